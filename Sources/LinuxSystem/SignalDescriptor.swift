import CLinuxSystem
public import SystemPackage

/// The numbers of the signals that a program deals with (signal(7)).
public enum SignalNumber {
    public static var hangUp: Int32 { linux_sighup }
    public static var interrupt: Int32 { linux_sigint }
    public static var quit: Int32 { linux_sigquit }
    public static var kill: Int32 { linux_sigkill }
    public static var user1: Int32 { linux_sigusr1 }
    public static var user2: Int32 { linux_sigusr2 }
    public static var pipe: Int32 { linux_sigpipe }
    public static var alarm: Int32 { linux_sigalrm }
    public static var terminate: Int32 { linux_sigterm }
    public static var child: Int32 { linux_sigchld }
    public static var `continue`: Int32 { linux_sigcont }
    public static var stop: Int32 { linux_sigstop }
    public static var terminalStop: Int32 { linux_sigtstp }
    public static var windowChange: Int32 { linux_sigwinch }
}

/// Signals as input (signalfd(2), nonblocking).
public struct SignalDescriptor: ~Copyable, Sendable {
    /// Ready for input while one of the signals is pending.
    public let descriptor: OwnedDescriptor

    /// Blocks the signals in this thread, and opens a descriptor for them.
    ///
    /// A signal that another thread doesn't block is delivered there: do this before other threads
    /// are made, which then inherit the mask.
    /// - Throws: EMFILE; ENOMEM.
    public init(blocking signals: [Int32]) throws(Errno) {
        try Self.blockSignals(signals)
        let raw = unsafe try signals.withUnsafeBufferPointer { numbers throws(Errno) in
            try checked(unsafe linux_signal_descriptor(numbers.baseAddress, numbers.count))
        }
        descriptor = OwnedDescriptor(adopting: Int32(raw))
    }

    /// Takes the next pending signal; nil when there is none.
    public func read() throws(Errno) -> Int32? {
        try retryingNonblocking { linux_signal_read(descriptor.raw) }.map { Int32($0) }
    }

    /// Blocks signals in this thread and in those that it makes from now on.
    public static func blockSignals(_ signals: [Int32]) throws(Errno) {
        unsafe try signals.withUnsafeBufferPointer { numbers throws(Errno) in
            _ = try checked(unsafe linux_block_signals(numbers.baseAddress, numbers.count))
        }
    }

    /// Makes the whole process ignore a signal. For SIGPIPE: a write to a pipe that nobody reads then
    /// gives EPIPE.
    public static func ignore(_ signal: Int32) throws(Errno) {
        try checked(linux_ignore_signal(signal))
    }
}
