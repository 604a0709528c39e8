package import LinuxSystem

/// A file system of user space (FUSE) that lets its one file be opened and then answers nothing any more: what asks it
/// waits until it is shut down.
///
/// Who waits for it can't even be killed. So a watchdog shuts it down after a minute.
package final class SilentFileSystem {
    private let folder: String
    private let shared: Shared
    private var watchdog: SystemThread?

    /// Whether this machine lets this process mount one.
    package static let isPossible: Bool = (try? SilentFileSystem()) != nil

    /// What the watchdog has to do with it.
    private final class Shared: Sendable {
        let device: Locked<OwnedDescriptor?>
        let isOver: EventDescriptor
        let wasHung: Locked<Bool>

        init(_ device: consuming OwnedDescriptor) throws {
            self.device = Locked(device)
            isOver = try EventDescriptor()
            wasHung = Locked(false)
        }

        func watch() {
            guard let ready = try? isOver.descriptor.wait(for: .input, timeout: .seconds(60)), ready.isEmpty else {
                return
            }
            wasHung.withLock { $0 = true }
            close()
        }

        /// Ends the connection: all that wait get ENOTCONN or ECONNABORTED.
        func close() {
            device.withLock { $0 = nil }
        }
    }

    /// - Throws: what opening /dev/fuse gives; EPERM when mount(8) fails.
    package init() throws {
        let device = try Files.open("/dev/fuse", .readWrite)
        let number = device.raw
        shared = try Shared(device)
        folder = try Files.makeTemporaryDirectory(prefix: "vb2-silent-")
        // From here on the deinit cleans up, whatever fails.
        var mount = try ChildProcess.spawn(
            "mount",
            arguments: ["-i", "-t", "fuse", "-o", "fd=0,rootmode=40000,user_id=0,group_id=0", "silent", folder],
            standardInput: .descriptor(number), standardOutput: .null, standardError: .null)
        if try mount.wait() != .exited(0) { throw Errno.notPermitted }
        watchdog = try SystemThread.start(name: "silent-watchdog") { [shared] in shared.watch() }
    }

    deinit {
        shutDown()
        shared.isOver.signal()
        watchdog?.join()
        if var unmount = try? ChildProcess.spawn("umount", arguments: ["-l", folder], standardError: .null) {
            _ = try? unmount.wait()
        }
        try? Files.remove(folder)
    }

    /// Whether the watchdog had to end it.
    package var wasHung: Bool { shared.wasHung.withLock { $0 } }

    /// Opens the file, which is answered. It is the last answer.
    package func openFile() throws -> OwnedDescriptor {
        guard let raw = shared.device.withLock({ $0?.raw }) else { throw Errno.socketNotConnected }
        var server = try SystemThread.start(name: "silent-fuse") { Self.serve(raw) }
        let file = Result { () throws(Errno) in try Files.open("\(folder)/file", .readWrite).relinquish() }
        server.join()
        return OwnedDescriptor(adopting: try file.get())
    }

    /// Ends it.
    package func shutDown() {
        shared.close()
    }

    // MARK: The protocol (linux/fuse.h)

    private static func serve(_ raw: Int32) {
        // A borrowed number: the file system owns it, and outlives this thread.
        let device = OwnedDescriptor(adopting: raw)
        var isOpen = false
        var request = [UInt8](repeating: 0, count: 128 << 10)
        while !isOpen {
            var span = request.mutableSpan
            let count = try? unsafe span.withUnsafeMutableBytes { buffer throws(Errno) in
                try unsafe device.read(into: buffer)
            }
            guard let count, count >= 40 else { break }
            let opcode = number(in: request, at: 4, bytes: 4)
            guard let body = answer(to: opcode) else { continue }
            // The header: length, no error, and the request's own number.
            let header = bytes(16 + body.count, 4) + bytes(0, 4) + Array(request[8..<16])
            guard (try? device.writeAll(header + body)) != nil else { break }
            isOpen = opcode == 14
        }
        _ = device.relinquish()
    }

    /// What is needed until the file is open; nil for all else, which is never answered.
    private static func answer(to opcode: Int) -> [UInt8]? {
        switch opcode {
        case 26:
            // INIT: version 7.31, and the least of everything.
            let limits = bytes(4096, 4) + bytes(0, 4) + bytes(1 << 16 | 1, 4) + bytes(4096, 4)
            return bytes(7, 4) + bytes(31, 4) + limits + bytes(0, 40)
        case 1:
            // LOOKUP: node 2, whose name and attributes are valid for no time; a regular file of a page.
            let attributes = bytes(2, 8) + bytes(4096, 8) + bytes(8, 8) + bytes(0, 36) + bytes(0o100666, 4)
            return bytes(2, 8) + bytes(0, 32) + attributes + bytes(1, 4) + bytes(0, 20)
        case 14:
            // OPEN.
            return bytes(1, 8) + bytes(0, 8)
        default:
            return nil
        }
    }

    private static func bytes(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * $0)) : 0 }
    }

    private static func number(in request: [UInt8], at offset: Int, bytes count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(request[offset + $1]) << (8 * $1) }
    }
}
