import DeviceClient
import LinuxSystem

/// A device in a server of ours.
final class ServerTransport: V4L2Transport {
    private let connection: DeviceConnection

    /// - Parameter path: the device's socket.
    /// - Throws: ENOENT or ECONNREFUSED when no server listens there.
    init(socket path: String) throws(Errno) {
        connection = try DeviceConnection(path: path)
    }

    func ioctl(_ command: UInt32, _ argument: UnsafeMutableRawPointer) -> Int32 {
        unsafe connection.ioctl(command, argument)
    }

    func map(offset: UInt64, length: Int) throws(Errno) -> MemoryMapping {
        try connection.map(offset: offset, length: length)
    }

    func makeEvictionGrants() throws(Errno) -> EvictionGrants? {
        try EvictionGrants(connection)
    }

    func waitReadable(timeout: MonotonicDuration?) throws(Errno) -> Bool {
        try connection.waitReadable(timeout: timeout)
    }
}
