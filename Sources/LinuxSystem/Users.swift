/// The users that this machine's own file knows (passwd(5)).
public enum Users {
    /// A user's number, or nil: no directory service is asked.
    public static func id(of name: String) -> UInt32? {
        guard let text = try? Files.read("/etc/passwd") else { return nil }
        return AccountFile.id(of: name, in: text)
    }
}

/// What /etc/passwd and /etc/group have in common: lines of a name, a password, and a number.
package enum AccountFile {
    package static func id(of name: String, in text: [UInt8]) -> UInt32? {
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count >= 3, fields[0] == name { return UInt32(fields[2]) }
        }
        return nil
    }
}
