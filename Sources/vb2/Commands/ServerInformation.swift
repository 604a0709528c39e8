import BufferSharing
import DeviceProtocol
import LinuxSystem

/// What a running server tells of itself.
struct ServerInformation {
    let devices: [DeviceStatus]
    let buffers: [BufferInformation]

    /// Asks the server that listens in a directory.
    /// - Throws: `CommandFailure`: 77 when it doesn't let this user in, 69 when none answers.
    init(directory: String) throws(CommandFailure) {
        let bytes: [UInt8]
        do throws(Errno) {
            let socket = try UnixSocket.connect(path: "\(directory)/\(Wire.informationSocket)", kind: .stream)
            bytes = try socket.descriptor.readToEnd(limit: 64 << 20)
        } catch {
            if error == .permissionDenied { throw .refused(directory) }
            throw .unavailable("no server answers in '\(directory)' (\(error)); start one with 'vb2 serve'")
        }
        if bytes.first == Wire.refusal, bytes.count == 1 { throw .refused(directory) }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        devices = lines.compactMap { DeviceStatus(line: $0) }
        buffers = lines.compactMap { BufferInformation(line: $0) }
    }
}
