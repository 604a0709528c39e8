public import LinuxSystem

/// What a program grants a server: that it takes pages of mapped planes away for a while, when memory is short. An access
/// to such a page waits until its content is back.
///
/// The program promises that it has a plane in that one mapping alone, writes to it only through that (so no O_DIRECT
/// read(2) into it, no buffer registered with io_uring), leaves the mapping where it is until it unmaps it, and shares it
/// with no child. If the server dies, what it had taken away is lost: an access gets SIGBUS.
///
/// Keep it for as long as the mappings are used.
public final class EvictionGrants: Sendable {
    private let device: DeviceConnection
    private let watch: ServerWatch
    private let thread: Locked<SystemThread>

    /// - Throws: EMFILE; ENOMEM; EAGAIN.
    public init(_ device: DeviceConnection) throws(Errno) {
        self.device = device
        let watch = try ServerWatch(device.descriptor.raw)
        self.watch = watch
        thread = Locked(try SystemThread.start(name: "vb2-watch", stackSize: 256 << 10) { watch.run() })
    }

    deinit {
        watch.stop.signal()
        thread.withLock { $0.join() }
    }

    /// Grants it for one plane.
    /// - Parameter mapping: of the plane from its first byte on, by ``DeviceConnection/map(offset:length:)``, and not
    ///   shared yet with anybody.
    /// - Throws: `.here` when this process may not (EPERM), or can't (ENOSYS); `.server` when the server has no use for
    ///   it. The mapping is then an ordinary one.
    public func add(_ mapping: borrowing MemoryMapping, index: UInt32, plane: UInt32) throws(Refusal) {
        let start = unsafe UInt(bitPattern: mapping.base)
        guard let length = Memory.roundedToPages(mapping.count) else { throw .here(.invalidArgument) }
        let range = start..<start + UInt(length)
        let userfault = try Self.catchFaults(of: mapping, range)
        let result = device.offer(userfault, for: range, index: index, plane: plane)
        // The descriptor closes here, and nobody waits for the mapping any more.
        if result < 0 { throw .server(Errno(rawValue: -result)) }
        watch.add(userfault, range)
    }

    private static func catchFaults(
        of mapping: borrowing MemoryMapping, _ range: Range<UInt>
    ) throws(Refusal) -> Userfault {
        do throws(Errno) {
            let userfault = try Userfault(.everything)
            // A child would have the memory without being held up, and see zeros.
            try mapping.keepFromChildren()
            try userfault.register(range, for: [.missingPage, .protectedPage])
            return userfault
        } catch {
            throw .here(error)
        }
    }

    /// Why it can't be.
    public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        case here(Errno)
        case server(Errno)

        public var description: String {
            switch self {
            case .here(let errno): errno.userfaultReason
            case .server(.notSupported): "the server's memory stays where it is"
            case .server(let errno): "the server refused: \(errno)"
            }
        }
    }
}
