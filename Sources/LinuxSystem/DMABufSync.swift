import CLinuxSystem
public import SystemPackage

/// What the CPU is about to do with a dma-buf's memory, or has done (DMA_BUF_IOCTL_SYNC, linux/dma-buf.h).
///
/// A memory that the CPU and a device cache apart shows each of them what the other wrote only if both say when
/// they begin and when they are done.
public enum DMABufSync {
    /// DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE.
    public struct Access: OptionSet, Sendable, Hashable {
        public var rawValue: UInt32

        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        public static var read: Access { Access(rawValue: linux_dma_buf_read) }
        public static var write: Access { Access(rawValue: linux_dma_buf_write) }
        public static var readWrite: Access { [.read, .write] }
    }

    /// Begins an access of the CPU. It waits until those fences of the buffer have signalled that the access must
    /// not overtake: the writers' for reading, everybody's for writing.
    /// - Throws: EINVAL for no access at all; ENOTTY when it isn't a dma-buf; what its driver says.
    public static func begin(_ buffer: borrowing OwnedDescriptor, _ access: Access) throws(Errno) {
        let raw = buffer.raw
        try repeating { linux_dma_buf_begin_access(raw, access.rawValue) }
    }

    /// Ends an access, which must be told as it was begun.
    /// - Throws: as ``begin(_:_:)``; EINVAL from some drivers when none was ever begun.
    public static func end(_ buffer: borrowing OwnedDescriptor, _ access: Access) throws(Errno) {
        let raw = buffer.raw
        try repeating { linux_dma_buf_end_access(raw, access.rawValue) }
    }

    /// The call has to be repeated for EAGAIN as for EINTR: linux/dma-buf.h asks for it.
    private static func repeating(_ call: () -> Int) throws(Errno) {
        while true {
            let result = call()
            if result >= 0 { return }
            let errno = Errno(rawValue: CInt(-result))
            if errno != .interrupted, errno != .resourceTemporarilyUnavailable { throw errno }
        }
    }
}
