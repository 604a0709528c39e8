public import LinuxSystem

/// Why a buffer can't be made, shared or mapped.
public struct BufferSharingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of trouble, to tell apart in code.
    public enum Code: Sendable, Hashable {
        /// The descriptor isn't of memory that can be shared. EINVAL, as dma_buf_get gives.
        case notABuffer
        /// The memory could lose pages under its users, and can't be sealed against that. EINVAL.
        case notSealable
        /// A size that is zero, negative or too large. EINVAL.
        case invalidSize
        /// A name that is too long. EINVAL, as DMA_BUF_SET_NAME gives.
        case invalidName
        /// The access isn't one that the descriptor gives. EACCES.
        case accessDenied
        /// The attachment was detached. EINVAL.
        case detached
        /// It would have to wait, and was told not to. EAGAIN.
        case wouldBlock
        /// More would be pinned than the exporter allows. ENOMEM, as for RLIMIT_MEMLOCK.
        case tooManyPins
        /// The heap's budget is used up by what can't be moved. ENOMEM.
        case overBudget
        /// Its owner holds as much as a server lets one user have. ENOMEM.
        case overLimit
        /// The system refused: see the errno.
        case system
    }

    public var code: Code
    /// What a program is told.
    public var errno: Errno
    /// What was tried.
    public var context: String

    public init(_ code: Code, errno: Errno, context: String) {
        self.code = code
        self.errno = errno
        self.context = context
    }

    public var description: String {
        "\(context): \(errno)"
    }

    static func wouldBlock(_ context: String) -> BufferSharingError {
        BufferSharingError(.wouldBlock, errno: .resourceTemporarilyUnavailable, context: context)
    }

    static func system(_ errno: Errno, _ context: String) -> BufferSharingError {
        let denied = errno == .permissionDenied || errno == .notPermitted
        return BufferSharingError(denied ? .accessDenied : .system, errno: errno, context: context)
    }
}
