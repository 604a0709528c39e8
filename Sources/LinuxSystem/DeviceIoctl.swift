import CLinuxSystem

extension OwnedDescriptor {
    /// Asks a device something (ioctl(2)), with a pointer to the command's struct. EINTR is not retried.
    /// - Parameter argument: must be memory of the size that the command says.
    /// - Returns: 0 or more, or the errno negated.
    public func deviceIoctl(_ command: UInt32, _ argument: UnsafeMutableRawPointer) -> Int32 {
        Int32(truncatingIfNeeded: unsafe linux_device_ioctl(raw, command, argument))
    }
}
