import ArgumentParser
import DeviceServer
import LinuxSystem

/// Who may open the devices of a server.
struct AccessOptions: ParsableArguments {
    @Option(
        name: .customLong("allow-user"),
        help: ArgumentHelp(
            "Let this user in too; may be given several times. Default: the server's own user and root.",
            valueName: "name|uid"))
    var users: [String] = []

    @Option(
        name: .customLong("allow-group"),
        help: ArgumentHelp("Let the members of this group in too; may be given several times.", valueName: "name|gid"))
    var groups: [String] = []

    /// - Throws: `CommandFailure` (64) for a user or group that this machine's files don't know.
    func policy(
        userID: (String) -> UInt32? = Users.id, groupID: (String) -> UInt32? = Groups.id
    ) throws(CommandFailure) -> AccessPolicy {
        var policy = AccessPolicy()
        for name in users {
            guard let id = UInt32(name) ?? userID(name) else {
                throw .usage("no user '\(name)' in /etc/passwd; write the number: --allow-user=1000")
            }
            policy.users.insert(id)
        }
        for name in groups {
            guard let id = UInt32(name) ?? groupID(name) else {
                throw .usage("no group '\(name)' in /etc/group; write the number: --allow-group=44")
            }
            policy.groups.insert(id)
        }
        return policy
    }
}
