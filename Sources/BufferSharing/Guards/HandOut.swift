public import LinuxSystem
import Synchronization

/// One descriptor of a buffer that went to one process: that process, and nobody else, may account for it later, by
/// promising that it has the memory in one guarded mapping alone.
///
/// Made by whoever hands the descriptor out, after ``SharedBuffer/exportDescriptor(access:)``, and kept for the process
/// that it went to. It doesn't keep the buffer.
public final class HandOut: Sendable {
    private weak let hold: BufferHold?
    private let isSpent = Atomic(false)

    /// Whether it can still be accounted for.
    public var isOpen: Bool { hold != nil && !isSpent.load(ordering: .relaxed) }

    /// - Parameter buffer: of which one descriptor, open for reading and writing, was exported just now. Who can't write
    ///   can't account for it: a lie must not do more than a write could.
    public init(of buffer: SharedBuffer) {
        hold = buffer.hold
    }

    /// Takes the promise of the process that has the descriptor.
    ///
    /// The process may be lying, and mean harm: see docs/adr/0010 for why that harms nobody else.
    /// - Parameters:
    ///   - userfault: from the process: a ``Userfault`` for this mapping alone. A refused one is closed by the reaper.
    ///   - address: of the mapping in that process; what is there is the buffer from its first byte on.
    ///   - length: in bytes, whole pages, no more than the buffer has.
    /// - Returns: the guard. Retire it when the process's connection ends.
    /// - Throws: `.detached` (EINVAL): the buffer is gone, or this was called before; `.notABuffer` (EINVAL): no
    ///   descriptor of userfaultfd(2), or nothing of it at that address; `.invalidSize` (EINVAL); `.system`: EOPNOTSUPP
    ///   when the buffer never moves in this way, or the kernel can't do it; EPERM, ENOSYS, EMFILE.
    public func accept(
        _ userfault: consuming OwnedDescriptor, at address: UInt64, length: UInt64,
        reaper: DescriptorReaper = .shared
    ) throws(BufferSharingError) -> GuardedMapping {
        let hold: BufferHold
        let range: Range<UInt>
        do throws(BufferSharingError) {
            (hold, range) = try check(userfault, address, length)
        } catch {
            reaper.close(userfault)
            throw error
        }
        // Who lets go of the buffer retires its guards: not before this one is among them.
        defer { withExtendedLifetime(hold) {} }
        let storage = hold.storage
        try storage.exporter?.prepareForGuards()
        let mapping = GuardedMapping(Userfault(adopting: userfault), range: range, of: storage, file: hold.file)
        do throws(Errno) {
            try mapping.tryOut()
            guard isSpent.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else {
                throw .invalidArgument
            }
            try FaultService.shared.add(mapping)
        } catch {
            if error.meansGone {
                throw BufferSharingError(.notABuffer, errno: .invalidArgument, context: Self.context(storage))
            }
            throw .system(error, Self.context(storage))
        }
        guard storage.guards.add(mapping) else {
            FaultService.shared.remove(mapping)
            throw BufferSharingError(.detached, errno: .invalidArgument, context: Self.context(storage))
        }
        // Faults from before we listened are raised again.
        mapping.userfault.wake(range)
        return mapping
    }

    /// Whether it can be one at all, without asking the file.
    private func check(
        _ userfault: borrowing OwnedDescriptor, _ address: UInt64, _ length: UInt64
    ) throws(BufferSharingError) -> (BufferHold, Range<UInt>) {
        guard let hold else {
            throw BufferSharingError(.detached, errno: .invalidArgument, context: "guard of a buffer that is gone")
        }
        let context = Self.context(hold.storage)
        let mask = UInt64(Memory.pageSize - 1)
        let (end, overflow) = address.addingReportingOverflow(length)
        guard address & mask == 0, length & mask == 0, length > 0, !overflow, end <= UInt64(Int.max),
            length <= UInt64(hold.storage.size)
        else { throw BufferSharingError(.invalidSize, errno: .invalidArgument, context: context) }
        let isOne: Bool
        do {
            isOne = try userfault.isUserfault()
        } catch {
            throw .system(error, context)
        }
        guard isOne else { throw BufferSharingError(.notABuffer, errno: .invalidArgument, context: context) }
        guard hold.storage.exporter != nil else { throw .neverMoves(hold.storage.name) }
        return (hold, UInt(address)..<UInt(end))
    }

    private static func context(_ storage: BufferStorage) -> String { "guard of \(storage.name)" }
}

extension BufferSharingError {
    /// There is nothing to be gained by guarding it.
    static func neverMoves(_ name: String) -> BufferSharingError {
        .system(.notSupported, "guard of \(name), whose memory never moves in this way")
    }
}
