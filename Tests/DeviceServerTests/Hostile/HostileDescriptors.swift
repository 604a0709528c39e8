import Glibc
import HostileSupport
import LinuxSystem

/// Descriptors that a program could hand in instead of a buffer's.
final class HostileDescriptors {
    private var kept: [SharedDescriptor] = []

    /// - Returns: numbers that stay open until this object goes.
    func some(_ count: Int, _ session: HostileSession) throws -> [Int32] {
        try (0..<count).map { _ in try one(session) }
    }

    private func one(_ session: HostileSession) throws -> Int32 {
        if session.number(5) == 0, let last = kept.last { return last.raw }
        let made: SharedDescriptor
        switch session.number(14) {
        case 0: made = try memory(size: 4096, seals: [])
        case 1: made = try memory(size: 4096, seals: [.shrink])
        case 2: made = try memory(size: 4096, seals: [.seal])
        case 3: made = try memory(size: 0, seals: [.shrink])
        case 4: made = try memory(size: 1, seals: [])
        // Far more than there is memory: nothing of it is touched.
        case 5: made = try memory(size: 1 << 46, seals: [])
        case 6: made = try memory(size: 8192, seals: [.shrink, .write])
        case 7: made = SharedDescriptor(try Pipe.create().intoRead())
        case 8: made = SharedDescriptor(try EventPoll().descriptor.duplicate())
        case 9: made = SharedDescriptor(try Files.open("/dev/zero", .readWrite))
        case 10: made = SharedDescriptor(try Files.open("/proc/self/mem", .readWrite))
        // O_PATH
        case 11: made = SharedDescriptor(OwnedDescriptor(adopting: unsafe open("/", O_CLOEXEC | 0o10000000)))
        case 12: return session.client.socket.descriptor.raw
        default:
            guard let control = session.client.control else { return session.client.socket.descriptor.raw }
            return control.raw
        }
        kept.append(made)
        return made.raw
    }

    private func memory(size: Int, seals: Seals) throws -> SharedDescriptor {
        SharedDescriptor(try MemoryFile.create(name: "hostile", size: size, seals: seals).intoDescriptor())
    }
}
