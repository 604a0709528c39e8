import LinuxSystem

/// A fence that is signalled elsewhere, behind a descriptor that polls readable once it is.
struct FenceDescriptor: ~Copyable, Sendable {
    enum Kind: Hashable, Sendable {
        /// A socket with a ``FenceMessage`` to come.
        case message
        /// A sync_file of the kernel's.
        case syncFile
    }

    private let descriptor: OwnedDescriptor
    private let kind: Kind

    init(_ descriptor: consuming OwnedDescriptor, _ kind: Kind) {
        self.descriptor = descriptor
        self.kind = kind
    }

    func duplicate() throws(Errno) -> OwnedDescriptor { try descriptor.duplicate() }

    /// How it ended; nil while it hasn't. Takes nothing away. One system call, and a second for a sync_file
    /// that is signalled.
    func look() -> Fence.Status? {
        switch kind {
        case .message: message()
        case .syncFile: isReady ? syncFileStatus : nil
        }
    }

    /// Sleeps until it ended.
    /// - Throws: ETIMEDOUT; ENOMEM.
    func wait(until deadline: MonotonicTime?) throws(Errno) -> Fence.Status {
        let timeout = deadline.map { $0.elapsed(since: .now()) }
        if try descriptor.wait(for: .input, timeout: timeout).isEmpty { throw .timedOut }
        // Ready with nothing to see: another holder has taken the message, or hides it (SO_PEEK_OFF). Nothing
        // better will come, and to wait again would be to spin.
        return look() ?? .failed(.badMessage)
    }

    private var isReady: Bool {
        guard let ready = try? descriptor.wait(for: .input, timeout: .zero) else { return false }
        return !ready.isEmpty
    }

    private func message() -> Fence.Status? {
        var word: UInt64 = 0
        // ECONNRESET says that the signaller left something unread, and is said once: the message is behind it.
        for isLast in [false, true] {
            do {
                guard let length = try peek(into: &word) else { return nil }
                return FenceMessage(packet: length, word: word).status
            } catch {
                if isLast || error != .connectionReset { return .failed(error) }
            }
        }
        return nil
    }

    private func peek(into word: inout UInt64) throws(Errno) -> Int? {
        var bytes: [8 of UInt8] = .init(repeating: 0)
        var span = bytes.mutableSpan
        var room = unsafe span.mutableBytes
        let length = try descriptor.peekNonblocking(into: &room)
        word = unsafe room.bytes.unsafeLoadUnaligned(as: UInt64.self)
        return length
    }

    /// A kernel that can't say more says with POLLIN alone that all is well.
    private var syncFileStatus: Fence.Status {
        guard let status = try? descriptor.syncFileStatus(), status < 0 else { return .succeeded }
        return .failed(Errno(rawValue: -status))
    }
}
