import CLinuxSystem
public import SystemPackage

extension SignalDescriptor {
    /// Takes the next pending signal, and says whether a process sent it (kill(2), sigqueue(3)). If not, the
    /// kernel did: a terminal's Ctrl-C goes to the whole foreground process group, so a child has it already.
    /// Nil when none is pending.
    public func readWithSender() throws(Errno) -> (signal: Int32, isFromProcess: Bool)? {
        var isFromProcess = false
        let raw = descriptor.raw
        let result = try retryingNonblocking { unsafe linux_signal_read_sender(raw, &isFromProcess) }
        return result.map { (Int32($0), isFromProcess) }
    }
}
