package import DeviceClient
package import LinuxSystem

/// How calls get to a device: the kernel's ioctls, or a server's.
package protocol V4L2Transport: AnyObject, Sendable {
    /// One V4L2 command with its struct.
    /// - Parameter argument: memory of the size that the command says.
    /// - Returns: 0, or the errno negated. DQBUF doesn't wait: -EAGAIN when there is no buffer.
    func ioctl(_ command: UInt32, _ argument: UnsafeMutableRawPointer) -> Int32

    /// Maps one plane of an MMAP buffer for reading, by the offset that QUERYBUF gave.
    func map(offset: UInt64, length: Int) throws(Errno) -> MemoryMapping

    /// Waits until DQBUF has something to say, be it a frame or an error.
    /// - Parameter timeout: nil waits without end.
    /// - Returns: false at the timeout.
    func waitReadable(timeout: MonotonicDuration?) throws(Errno) -> Bool

    /// By which the device may take mapped pages away for a while; nil for one whose memory stays where it is.
    func makeEvictionGrants() throws(Errno) -> EvictionGrants?
}

extension V4L2Transport {
    package func makeEvictionGrants() throws(Errno) -> EvictionGrants? { nil }
}
