import LinuxSystem

/// One mapping of a buffer in another process, which waits for the memory: the process catches its accesses to missing
/// pages and its writes to protected ones with a ``Userfault``, and sent us that.
///
/// For as long as this lives the buffer may leave memory although a descriptor of it has left the process. What the
/// process has promised, and what becomes of one that lied, is in docs/adr/0010.
public final class GuardedMapping: Sendable {
    let userfault: Userfault
    /// Addresses in the other process; the first is the buffer's first byte.
    let range: Range<UInt>
    private let file: BufferFile
    private weak let storage: BufferStorage?

    init(_ userfault: consuming Userfault, range: Range<UInt>, of storage: BufferStorage, file: BufferFile) {
        self.userfault = userfault
        self.range = range
        self.file = file
        self.storage = storage
    }

    /// Whether the buffer is there, and counts on it.
    public var isActive: Bool { storage?.guards.has(self) ?? false }

    /// Whether there is anything to hold, and whether its faults can be read without waiting.
    /// - Throws: ESRCH, ENOENT when nothing is there; EOPNOTSUPP before Linux 6.10.
    func tryOut() throws(Errno) {
        var faults = Userfault.Faults()
        _ = try userfault.take(into: &faults)
        // Nobody counts on it yet, so nothing moves in this way.
        try userfault.protect(range)
        try userfault.unprotect(range)
    }

    /// Ends the guard while the process may go on using its mapping: its content is brought back, and stays.
    ///
    /// To be called when the promise ends: the process closed its connection, or died. Of one that has died, or has
    /// unmapped the memory, nothing is brought back. May wait for a move. A second time does nothing.
    public func retire() {
        guard let storage, storage.guards.has(self) else { return FaultService.shared.remove(self) }
        // At worst this holds off a write until we are done here; and it tells whether anybody is there.
        do throws(Errno) {
            try protect()
        } catch {
            if error.meansGone { return storage.guards.remove(self) }
        }
        // From here on the buffer isn't moved in this way any more: who has begun is waited for.
        guard storage.guards.loosen(self) else { return }
        do {
            try storage.beginUse()
            release(storage)
            storage.endUse()
        } catch {
            // Its content is lost, and must not read as zeros.
            poison(range)
            release(storage)
        }
    }

    private func release(_ storage: BufferStorage) {
        unprotect()
        // It fails only if the process is gone, or its mapping.
        try? userfault.unregister(range)
        storage.guards.remove(self)
    }

    // MARK: While the memory is on its way

    func protect() throws(Errno) { try userfault.protect(range) }

    /// Lets writes go on, and wakes whoever waits. If it fails nobody is there to wait; or somebody is changing the
    /// mapping at this moment, and then the fault that comes of it does it again.
    func unprotect() { try? userfault.unprotect(range) }

    // MARK: Faults

    /// Somebody waits for a page: the content is brought back if it is away, and whoever waits goes on.
    func resolve(_ fault: Userfault.Fault) {
        guard range.contains(fault.address), let storage else { return }
        do {
            // Waits for the end of a move that is under way.
            try storage.beginUse()
            do throws(Errno) {
                switch fault.cause {
                case .protectedPage: unprotect()
                default: try makePresent(fault.address)
                }
            } catch {
                poison(page(at: fault.address))
            }
            storage.endUse()
        } catch {
            poison(page(at: fault.address))
        }
        userfault.wake(range)
    }

    /// A page that the content leaves out: nobody has written to it since it was made or thrown away, and it is zeros.
    private func makePresent(_ address: UInt) throws(Errno) {
        let start = (address - range.lowerBound) / Self.window * Self.window
        let length = min(Self.window, UInt(range.count) - start)
        try MemoryMapping(descriptor: file.descriptor, offset: Int(start), length: Int(length), access: .read)
            .populateForReading()
    }

    /// Content that can't be had: an access is SIGBUS from now on.
    private func poison(_ pages: Range<UInt>) {
        for start in stride(from: pages.lowerBound, to: pages.upperBound, by: Memory.pageSize) {
            // One that is there stays; and without the process nobody looks.
            try? userfault.poison(page(at: start))
        }
    }

    private func page(at address: UInt) -> Range<UInt> {
        let start = address & ~UInt(Memory.pageSize - 1)
        return start..<start + UInt(Memory.pageSize)
    }

    /// How much is made present at a fault, in bytes: one fault for many pages that will be looked at next.
    private static let window: UInt = 256 << 10
}
