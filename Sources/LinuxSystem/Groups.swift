/// The groups of users that this machine's own file knows (group(5)).
public enum Groups {
    /// A group's name, or nil: no directory service is asked.
    public static func name(of id: UInt32) -> String? {
        guard let text = try? Files.read("/etc/group") else { return nil }
        return name(of: id, in: text)
    }

    /// A group's number, or nil.
    public static func id(of name: String) -> UInt32? {
        guard let text = try? Files.read("/etc/group") else { return nil }
        return AccountFile.id(of: name, in: text)
    }

    /// The name, in the text of /etc/group.
    package static func name(of id: UInt32, in text: [UInt8]) -> String? {
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count >= 3, UInt32(fields[2]) == id { return String(fields[0]) }
        }
        return nil
    }
}
