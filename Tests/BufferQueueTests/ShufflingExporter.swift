import LinuxSystem
import Synchronization

@testable import BufferSharing

/// An exporter that takes the content of idle buffers away when a test says so: into a table, leaving zeros behind. It
/// comes back at the next use. Whoever looks without a use sees that the content is gone.
final class ShufflingExporter: BufferHeap, Exporter {
    let name = "shuffling"
    let canMove = true
    private let state = Locked(State())

    private struct State {
        var files: [BufferIdentity: BufferFile] = [:]
        var storages: [BufferIdentity: BufferStorage] = [:]
        var away: [BufferIdentity: [UInt8]] = [:]
        var moves = 0
    }

    var bufferCount: Int { state.withLock { $0.files.count } }
    var moves: Int { state.withLock { $0.moves } }
    var identities: [BufferIdentity] { state.withLock { Array($0.files.keys) } }

    func allocate(size: Int, name: String) throws(BufferSharingError) -> SharedBuffer {
        let made = try MemoryFileHeap.makeFile(size: size, name: name)
        let buffer = SharedBuffer(
            exporting: made.file, identity: made.identity, size: made.size, name: name, by: self, place: .absent)
        state.withLock {
            $0.files[made.identity] = made.file
            $0.storages[made.identity] = buffer.storage
        }
        return buffer
    }

    /// Moves a buffer away if nobody uses it: for good, if nobody is owed what is in it.
    func move(_ identity: BufferIdentity) throws {
        let found = state.withLock { ($0.files[identity], $0.storages[identity]) }
        guard case (let file?, let storage?) = found, storage.beginMove() != nil else { return }
        guard storage.reservation.test(for: .write) else { return storage.finishMove(at: .resident) }
        storage.callBack()
        let isOwed = storage.owesContent.load(ordering: .acquiring)
        let memory = try MemoryMapping(descriptor: file.descriptor, length: storage.size, access: .readWrite)
        let bytes = memory.withBytes { span in
            (0..<span.byteCount).map { unsafe span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }
        memory.withMutableBytes { span in
            for word in 0..<(span.byteCount / 8) { span.storeBytes(of: 0, toByteOffset: word * 8, as: UInt64.self) }
        }
        state.withLock { state in
            state.away[identity] = isOwed ? bytes : nil
            state.moves += 1
        }
        storage.countMove()
        storage.finishMove(at: isOwed ? .stored : .absent)
    }

    func restore(
        _ identity: BufferIdentity, from place: BufferPlace, mayWait: Bool
    ) throws(BufferSharingError) {
        let found = state.withLock { ($0.away.removeValue(forKey: identity), $0.files[identity]) }
        guard place == .stored, case (let bytes?, let file?) = found else { return }
        do {
            let memory = try MemoryMapping(descriptor: file.descriptor, length: bytes.count, access: .readWrite)
            memory.withMutableBytes { span in
                for (offset, byte) in bytes.enumerated() {
                    span.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
                }
            }
        } catch {
            throw .system(error, "restore")
        }
    }

    func released(_ identity: BufferIdentity) {
        let file = state.withLock { state in
            state.storages[identity] = nil
            state.away[identity] = nil
            return state.files.removeValue(forKey: identity)
        }
        withExtendedLifetime(file) {}
    }
}
