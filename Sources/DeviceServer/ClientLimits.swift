/// How much of a server one user may have.
///
/// A client is a user: of a process's number a program has as many as it likes (fork), and what a process left behind in
/// a descriptor that it passed on would be nobody's. So all programs of a user share these, over all devices. The server's
/// own user and root have them too: the limits keep a broken program from taking all there is, whoever runs it.
public struct ClientLimits: Hashable, Sendable {
    /// Open files of devices, and one more for each further process that speaks on one (after fork or exec, or because it
    /// was passed). EMFILE. 4096: with the three descriptors of each no more than a quarter of what a server may usually
    /// have, four times what a program may open without raising its own limit.
    public var handles = 4096
    /// Buffers of all queues. REQBUFS gives fewer than asked, at last ENOMEM. 32768: as many as one queue can have.
    public var buffers = 32768
    /// Bytes of the buffers' memory, in whole pages. As for `buffers`. Half of the machine's memory, as a tmpfs has it.
    public var bytes: Int
    /// Planes of the program's own memory (DMABUF) that devices are attached to; each is a descriptor and a mapping here.
    /// QBUF gives ENOMEM. 16384: a quarter of the mappings that Linux lets a process have (vm.max_map_count).
    public var pins = 16384
    /// Bytes of those: memory that can't go while a device is attached to it. Half of the machine's memory.
    public var pinnedBytes: Int
    /// Requests in a second, and as many at once after a rest. Who asks for more waits, and no other. 100000: more than
    /// a program can ask that waits for its answers, each of which takes some 11 µs.
    public var requestsPerSecond = 100_000

    /// The defaults.
    /// - Parameter memory: bytes that the machine has.
    public init(memory: Int) {
        bytes = max(memory / 2, Self.leastBytes)
        pinnedBytes = bytes
    }

    /// 32 buffers of 4K NV12.
    private static let leastBytes = 400 << 20

    func limit(of resource: ClientResource) -> Int {
        switch resource {
        case .handles: handles
        case .buffers: buffers
        case .bytes: bytes
        case .pins: pins
        case .pinnedBytes: pinnedBytes
        }
    }
}

/// What is counted for a user.
enum ClientResource: String, CaseIterable, Sendable {
    case handles
    case buffers
    case bytes
    case pins
    case pinnedBytes = "pinned-bytes"

    /// Of `vb2 serve`: where an administrator raises it.
    var flag: String { "--limit-\(rawValue)" }
}
