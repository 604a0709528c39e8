public import BufferSharing

/// Who answers for what a queue holds: asked before a buffer is made, and before the program's memory is taken in.
public protocol QueueAccount: AnyObject {
    /// - Returns: the charge. It ends with this object, so what is freed is given back, however it came to that.
    /// - Throws: `.overLimit` (ENOMEM).
    func charge(for item: QueueItem) throws(BufferSharingError) -> any QueueCharge
}

/// What a queue is charged for.
public enum QueueItem: Hashable, Sendable {
    /// A buffer, whatever memory it has.
    case buffer
    /// Memory of ours, in bytes.
    case memory(Int)
    /// Memory of the program's, in bytes, that the device is attached to.
    case pin(Int)
}

/// Something that was charged, for as long as it lives.
public protocol QueueCharge: AnyObject {}
