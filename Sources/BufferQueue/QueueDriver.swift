public import SystemPackage

/// What a device does for its queue (`struct vb2_ops`). All methods are called on the thread that the
/// device lives on, from inside a call to the queue.
public protocol QueueDriver: AnyObject {
    /// The sizes that the current format needs, in bytes, one for each plane (`queue_setup`).
    var planeSizes: PlaneSizes { get }

    /// Output: bytes of payload in each plane, without what is in front of it, with which `prepare` lets every
    /// buffer pass. One with less is shown to `prepare` before its QBUF returns.
    var minimumPayloads: PlaneSizes { get }

    /// Checks one buffer's payload before the device gets it (`buf_prepare`).
    func prepare(bufferAt index: Int, of queue: Queue) throws(Errno)

    /// Buffers may be taken from now on (`start_streaming`). On error the queue stays stopped.
    func startStreaming(_ queue: Queue) throws(Errno)

    /// Gives back what it has (`stop_streaming`). What it keeps is taken from it.
    func stopStreaming(_ queue: Queue)
}

extension QueueDriver {
    public var minimumPayloads: PlaneSizes { PlaneSizes([]) }

    public func prepare(bufferAt index: Int, of queue: Queue) throws(Errno) {}
}

/// One to eight sizes in bytes, without an allocation.
public struct PlaneSizes: Sendable, Equatable {
    public private(set) var count: Int
    private var sizes: [8 of Int]

    /// - Parameter count: 0 to 8; more are cut off.
    public init(count: Int, _ size: (Int) -> Int) {
        let count = min(max(count, 0), 8)
        self.count = count
        self.sizes = .init { $0 < count ? size($0) : 0 }
    }

    public init(_ sizes: [Int]) {
        self.init(count: sizes.count) { sizes[$0] }
    }

    /// The size of plane `index`, 0 for a plane that isn't there.
    public subscript(index: Int) -> Int {
        index >= 0 && index < count ? sizes[index] : 0
    }

    /// Whether a buffer can be made of them: at least one plane, and none is empty.
    var areUsable: Bool {
        for index in 0..<count where sizes[index] <= 0 { return false }
        return count > 0
    }

    public static func == (a: PlaneSizes, b: PlaneSizes) -> Bool {
        guard a.count == b.count else { return false }
        for index in 0..<a.count where a.sizes[index] != b.sizes[index] { return false }
        return true
    }
}
