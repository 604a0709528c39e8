import LinuxSystem

/// What the signaller writes into a fence's socket, once: eight bytes, a mark and the errno, in this machine's
/// order of bytes. Pure values.
struct FenceMessage: Equatable {
    static var byteCount: Int { 8 }
    /// "vb2F": a socket that is of something else shall not look like a fence that succeeded.
    private static var mark: UInt32 { 0x4632_6276 }

    var status: Fence.Status

    init(_ status: Fence.Status) {
        self.status = status
    }

    /// What a packet of this length says, of which `word` has the first eight bytes. An end of the
    /// connection without a word is the signaller's death.
    init(packet length: Int, word: UInt64) {
        guard length > 0 else {
            status = .failed(.ownerDead)
            return
        }
        let isWhole = length == Self.byteCount && UInt32(truncatingIfNeeded: word) == Self.mark
        let errno = CInt(bitPattern: UInt32(truncatingIfNeeded: word >> 32))
        status = (isWhole ? Fence.Status(errnoValue: errno) : nil) ?? .failed(.badMessage)
    }

    /// The eight bytes.
    var word: UInt64 { UInt64(UInt32(status.errnoValue)) << 32 | UInt64(Self.mark) }
}

extension Fence.Status {
    /// The kernel's range of errors (MAX_ERRNO).
    static var errnoLimit: CInt { 4095 }

    /// 0 when it succeeded, else 1 to 4095. A failure with a number that is no errno is EINVAL.
    var errnoValue: CInt {
        switch self {
        case .succeeded: 0
        case .failed(let errno):
            (1...Self.errnoLimit).contains(errno.rawValue) ? errno.rawValue : Errno.invalidArgument.rawValue
        }
    }

    /// nil for a number that is no errno.
    init?(errnoValue: CInt) {
        switch errnoValue {
        case 0: self = .succeeded
        case 1...Self.errnoLimit: self = .failed(Errno(rawValue: errnoValue))
        default: return nil
        }
    }
}
