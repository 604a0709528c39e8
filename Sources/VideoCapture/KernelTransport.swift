import LinuxSystem

/// A device node of the kernel's.
final class KernelTransport: V4L2Transport {
    private let descriptor: OwnedDescriptor

    /// - Throws: what open(2) gives.
    init(path: String) throws(Errno) {
        descriptor = try Files.open(path, .readWrite, options: .nonblocking)
    }

    func ioctl(_ command: UInt32, _ argument: UnsafeMutableRawPointer) -> Int32 {
        unsafe descriptor.deviceIoctl(command, argument)
    }

    func map(offset: UInt64, length: Int) throws(Errno) -> MemoryMapping {
        // Drivers may refuse a mapping that can't be written (old vb2 did), so it is both; nothing here writes.
        try MemoryMapping(descriptor: descriptor, offset: Int(offset), length: length, access: .readWrite)
    }

    func waitReadable(timeout: MonotonicDuration?) throws(Errno) -> Bool {
        try !descriptor.wait(for: .input, timeout: timeout).isEmpty
    }
}
