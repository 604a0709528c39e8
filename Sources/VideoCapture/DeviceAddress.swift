import LinuxSystem

/// Where a path leads: to a device of the kernel's, or to one in a server.
enum DeviceAddress: Hashable {
    case kernel(path: String)
    case server(socket: String)

    /// Follows a path.
    /// - Parameters:
    ///   - path: /dev/videoN, or the socket of a server's device, videoN.vb2 in any directory.
    ///   - directory: a server's. If it has a device of this name, that is meant, as the shim has it.
    init(_ path: String, directory: String?, exists: (String) -> Bool = Files.exists) {
        if path.hasSuffix(Self.suffix) {
            self = .server(socket: path)
            return
        }
        let prefix = "/dev/video"
        if let directory, path.hasPrefix(prefix), let node = UInt16(path.dropFirst(prefix.count)) {
            let socket = "\(directory)/video\(node)\(Self.suffix)"
            if exists(socket) {
                self = .server(socket: socket)
                return
            }
        }
        self = .kernel(path: path)
    }

    /// As VB2_SOCKET_SUFFIX of the wire protocol.
    private static let suffix = ".vb2"
}
