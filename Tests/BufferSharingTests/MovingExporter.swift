import BufferSharing
import LinuxSystem
import Synchronization
import Testing

@testable import BufferSharing

/// An exporter whose buffers move when a test says so, and which counts what it is asked.
final class MovingExporter: BufferHeap, Exporter {
    let name = "moving"
    let canMove = true
    let pinAccount: PinAccount?
    let restores = Atomic<Int>(0)
    let releases = Atomic<Int>(0)
    let wants = Atomic<Bool>(false)
    /// Thrown by the next restores.
    let failure = Locked<BufferSharingError?>(nil)

    init(pinLimit: Int? = nil) {
        pinAccount = pinLimit.map { PinAccount(limit: $0) }
    }

    func allocate(size: Int, name: String) throws(BufferSharingError) -> SharedBuffer {
        let made = try MemoryFileHeap.makeFile(size: size, name: name)
        return SharedBuffer(
            exporting: made.file, identity: made.identity, size: made.size, name: name, by: self, place: .resident)
    }

    func restore(
        _ identity: BufferIdentity, from place: BufferPlace, mayWait: Bool
    ) throws(BufferSharingError) {
        restores.add(1, ordering: .relaxed)
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    func wantsToMove(_ identity: BufferIdentity) -> Bool { wants.load(ordering: .relaxed) }

    func released(_ identity: BufferIdentity) { releases.add(1, ordering: .relaxed) }
}

extension SharedBuffer {
    /// Moves the memory, as far as its users can tell.
    /// - Returns: false if somebody uses it.
    func move(to place: BufferPlace = .resident) -> Bool {
        guard storage.beginMove() != nil else { return false }
        storage.callBack()
        storage.countMove()
        storage.finishMove(at: place)
        return true
    }
}
