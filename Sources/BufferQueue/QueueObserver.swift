/// Who carries the queue's news to the program. Called on the device's thread.
public protocol QueueObserver: AnyObject {
    /// A buffer was completed and can be dequeued; news in the order of completion.
    func bufferDone(_ index: Int, in queue: Queue)
    /// All buffers went back to the program (STREAMOFF, REQBUFS).
    func buffersReturned(in queue: Queue)
    /// Some buffers were freed while others went on (REMOVE_BUFS).
    func buffersRemoved(in queue: Queue)
    /// The queue failed: waiters must look again.
    func queueFailed(_ queue: Queue)
}
