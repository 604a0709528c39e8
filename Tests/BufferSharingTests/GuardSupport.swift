import Glibc
import LinuxSystem
import Testing

@testable import BufferSharing

/// One after the other, since they look at what the process has of them all.
@Suite(
    .serialized, .enabled(if: canGuard, "userfaultfd for the kernel's faults is root's, or as sysctl allows"),
    .timeLimit(.minutes(10)))
enum GuardTests {}

/// A mapping of a buffer in this process as another process would have it: by a descriptor that it was handed, with its
/// accesses caught, and granted.
final class GuardedView: Sendable {
    let memory: MemoryMapping
    let guardian: GuardedMapping
    private let handOut: HandOut

    init(_ buffer: SharedBuffer) throws {
        let descriptor = try buffer.exportDescriptor(access: .readWrite)
        handOut = HandOut(of: buffer)
        memory = try MemoryMapping(descriptor: descriptor, length: buffer.size, access: .readWrite)
        try descriptor.close()
        guardian = try handOut.accept(
            Self.catchFaults(of: memory), at: unsafe UInt64(UInt(bitPattern: memory.base)), length: UInt64(buffer.size))
    }

    static func catchFaults(of memory: borrowing MemoryMapping) throws -> OwnedDescriptor {
        let userfault = try Userfault(.everything)
        let start = unsafe UInt(bitPattern: memory.base)
        try memory.keepFromChildren()
        try userfault.register(start..<start + UInt(memory.count), for: [.missingPage, .protectedPage])
        return try userfault.descriptor.duplicate()
    }

    /// Pages that differ from what is expected, byte for byte.
    func wrongPages(_ expected: [UInt8]) -> Int {
        unsafe expected.withUnsafeBytes { expected in
            stride(from: 0, to: memory.count, by: 4096).count { offset in
                let page = unsafe UnsafeRawBufferPointer(rebasing: expected[offset..<offset + 4096])
                guard let bytes = page.baseAddress else { return true }
                return unsafe memcmp(memory.base + offset, bytes, page.count) != 0
            }
        }
    }

    func fill(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(start: memory.base, count: memory.count).copyMemory(from: bytes)
        }
    }

    /// What write(2) takes from it.
    func passed() throws -> [UInt8] {
        let file = try MemoryFile.create(name: "passed", size: 0, seals: [])
        try memory.withBytes { try file.descriptor.writeAll($0) }
        let copy = try MemoryMapping(descriptor: file.descriptor, length: memory.count, access: .read)
        return copy.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) } }
    }
}

extension [UInt8] {
    /// Words that say which buffer and where.
    static func pattern(_ value: UInt64, size: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        unsafe bytes.withUnsafeMutableBytes { bytes in
            for word in 0..<(size / 8) {
                unsafe bytes.storeBytes(of: value &+ UInt64(word), toByteOffset: word * 8, as: UInt64.self)
            }
        }
        return bytes
    }
}

/// A device that fills buffers and looks at them.
struct TestDevice {
    let space = AddressSpace(name: "test")

    func fill(_ buffer: SharedBuffer, _ content: [UInt8]) throws {
        let attachment = try space.attach(buffer)
        try attachment.map(direction: .fromDevice).mapping.withMutableBytes { bytes in
            unsafe bytes.withUnsafeMutableBytes { bytes in
                unsafe content.withUnsafeBytes { content in unsafe bytes.copyMemory(from: content) }
            }
        }
        buffer.setContentOwed(true)
        attachment.unmap()
    }

    func content(_ buffer: SharedBuffer) throws -> [UInt8] {
        let attachment = try space.attach(buffer)
        let bytes = try attachment.map(direction: .toDevice).mapping.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
        }
        attachment.unmap()
        return bytes
    }

    /// Uses it, so that something else has to leave.
    func touch(_ buffer: SharedBuffer) throws {
        let attachment = try space.attach(buffer)
        _ = try attachment.map(direction: .toDevice)
        attachment.unmap()
    }
}

/// Whether this process may catch the kernel's faults; else there is nothing to test.
let canGuard: Bool = {
    guard let _ = try? Userfault(.everything) else { return false }
    return true
}()

/// From here on this process is a user without any privilege.
func becomeNobody() throws(Errno) {
    let isNobody = setgroups(0, nil) == 0 && setgid(65534) == 0 && setuid(65534) == 0
    if !isNobody { throw .notPermitted }
}
