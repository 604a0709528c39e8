import LinuxSystem

/// Who started a service and waits to hear how it goes: the protocol of sd_notify(3), in so far as it is lines of text in
/// a datagram.
struct ServiceManager: Sendable {
    private let address: String

    /// - Returns: nil if nobody wants to hear.
    init?(environment: (String) -> String? = Environment.value) {
        guard let address = environment("NOTIFY_SOCKET"), !address.isEmpty else { return nil }
        self.address = address
    }

    /// Programs can open the devices.
    func ready(_ status: String) { send(["READY=1", "STATUS=\(status)"]) }

    /// The end has begun.
    func stopping() { send(["STOPPING=1", "STATUS=Telling the programs"]) }

    /// A manager that can't be told anything is no reason to serve nobody.
    private func send(_ lines: [String]) { try? Datagram.send(lines.joined(separator: "\n"), to: address) }
}

/// Whether standard error is the journal, as $JOURNAL_STREAM says of a service (systemd.exec(5)).
enum Journal {
    static func isStandardError(
        environment: (String) -> String? = Environment.value, identity: FileIdentity? = standardErrorIdentity()
    ) -> Bool {
        // The variable is inherited by who redirects his output elsewhere: so the file has to be that very one.
        guard let identity, let parts = environment("JOURNAL_STREAM")?.split(separator: ":"), parts.count == 2 else {
            return false
        }
        return UInt64(parts[0]) == identity.device && UInt64(parts[1]) == identity.inode
    }

    private static func standardErrorIdentity() -> FileIdentity? {
        (try? FileStatus(vetting: StandardError.number))?.identity
    }
}
