public import LinuxSystem
import Synchronization

/// Work that isn't done yet and will be: the counterpart of the kernel's `struct dma_fence`, and with its
/// descriptor of a `sync_file`.
///
///                signal(), fail(_:)
///     pending ───────────────────────▶ done      or the signal is dropped (ECANCELED),
///                  once, for good                or its process dies (EOWNERDEAD)
///
/// Who has the ``FenceSignal`` decides when; everybody else waits. The signaller owes an end in finite time:
/// whoever waits for a fence may hold locks meanwhile.
///
/// Between threads a fence is a word of memory, with no descriptor, and no system call unless somebody sleeps.
/// For other processes ``exportDescriptor()`` makes a descriptor, which ``init(adopting:name:reaper:)`` takes.
/// A child of fork(2) is another process: the objects that it inherits never change there.
public final class Fence: Sendable {
    /// How it ended.
    public enum Status: Hashable, Sendable {
        case succeeded
        /// The work wasn't done. ECANCELED: the signal was dropped. EOWNERDEAD: its process has died. EBADMSG:
        /// another holder of the descriptor has meddled with it. Anything else is what the signaller said.
        case failed(Errno)
    }

    /// A label for people.
    public let name: String
    /// The number of its timeline. It is of this process: an imported fence is on a timeline of its own.
    public let context: UInt64
    /// Its place on the timeline.
    public let sequenceNumber: UInt64

    let source: FenceSource
    private let completion = FenceCompletion()

    private static let lastContext = Atomic<UInt64>(0)

    /// A number that no other timeline of this process has (dma_fence_context_alloc).
    static func makeContext() -> UInt64 { lastContext.add(1, ordering: .relaxed).newValue }

    init(
        name: String, context: UInt64 = Fence.makeContext(), sequenceNumber: UInt64 = 1, source: consuming FenceSource
    ) {
        self.name = name
        self.context = context
        self.sequenceNumber = sequenceNumber
        self.source = source
    }

    /// A fence that was signalled before anybody asked (dma_fence_get_stub).
    public static let alreadySignaled: Fence = {
        let fence = Fence(name: "signaled", source: .here(FenceExports()))
        fence.complete(.succeeded)
        return fence
    }()

    /// How it ended, and nil while it hasn't. Doesn't wait.
    ///
    /// One that was seen to be done is known to be so from then on, without a system call.
    public var status: Status? {
        if let known = completion.status { return known }
        let seen: Status? =
            switch source {
            case .here: nil
            case .descriptor(let descriptor): descriptor.look()
            case .all(let group): group.look()
            }
        return seen.map { completion.complete($0) }
    }

    /// Whether it is done, well or not.
    public var isSignaled: Bool { status != nil }

    /// Whether it comes after the other on the same timeline (dma_fence_is_later). Never, if they are on
    /// different ones.
    public func isLater(than other: Fence) -> Bool {
        context == other.context && sequenceNumber > other.sequenceNumber
    }

    /// Waits until it is done. A fence of another process is done when that one wishes: give a deadline.
    /// - Parameter deadline: nil for none; one that has passed only looks.
    /// - Returns: how it ended. A failed fence is an outcome of the work, not an error of the wait.
    /// - Throws: `.system`: ETIMEDOUT at the deadline; ENOMEM.
    @discardableResult
    public func wait(until deadline: MonotonicTime? = nil) throws(BufferSharingError) -> Status {
        if let status { return status }
        do throws(Errno) {
            switch source {
            case .here: return try completion.wait(until: deadline)
            case .descriptor(let descriptor): return completion.complete(try descriptor.wait(until: deadline))
            case .all(let group): return completion.complete(try group.wait(until: deadline))
            }
        } catch {
            throw .system(error, "wait for a fence")
        }
    }

    /// A descriptor of this fence to give away (close-on-exec); the caller owns it.
    ///
    /// It polls readable (POLLIN) once the fence is done, for every holder and for ever: who looks takes nothing
    /// away. It outlives this object. If this process dies first, the fence is done then.
    ///
    /// Each descriptor of a fence that is signalled or merged here is independent of the others. Holders of
    /// duplicates of one share it: one who means harm can make it look failed to them, but never succeeded.
    /// - Throws: `.system`: EMFILE; ENOMEM; EAGAIN when a merged fence needs a thread that can't be had.
    public func exportDescriptor() throws(BufferSharingError) -> OwnedDescriptor {
        do {
            return try export()
        } catch {
            throw .system(error, "export of a fence")
        }
    }

    func export() throws(Errno) -> OwnedDescriptor {
        switch source {
        case .here(let exports): return try exports.export { completion.status }
        case .descriptor(let descriptor): return try descriptor.duplicate()
        case .all(let group):
            if let status { return try Fence.ended(status).export() }
            return try group.relay().export()
        }
    }

    /// Says how it ended to all who wait, in this process and elsewhere. Only the first time counts. Does nothing
    /// to a fence that isn't signalled in this process.
    func complete(_ status: Status) {
        if completion.status != nil { return }
        switch source {
        case .here(let exports): exports.end { completion.complete(status) }
        case .descriptor: break
        case .all: break
        }
    }
}

/// Where a fence is signalled.
enum FenceSource: ~Copyable, Sendable {
    /// In this process.
    case here(FenceExports)
    /// Behind a descriptor.
    case descriptor(FenceDescriptor)
    /// When all of several are.
    case all(FenceGroup)
}
