import LinuxSystem

/// A file system of a few MiB on a loop device, for what needs a disk that really runs full. Gone with its owner.
public struct SmallDisk: ~Copyable {
    private let base: String
    /// Where it is mounted.
    public var folder: String { base + "/mounted" }

    private init(base: String) {
        self.base = base
    }

    /// Only root can mount one.
    public static var isPossible: Bool { effectiveUserID == 0 }

    public static func make(megabytes: Int) throws -> SmallDisk {
        let base = try Files.makeTemporaryDirectory(prefix: "vb2-disk-", in: "/var/tmp")
        let image = base + "/image"
        let disk = SmallDisk(base: base)
        try Files.makeDirectory(disk.folder, mode: 0o700)
        try Self.run(["dd", "if=/dev/zero", "of=\(image)", "bs=1M", "count=\(megabytes)", "status=none"])
        try Self.run(["mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", image])
        try Self.run(["mount", "-o", "loop", image, disk.folder])
        return disk
    }

    deinit {
        // Nobody is left to be told; what stays shows in /proc/mounts.
        try? Self.run(["umount", folder])
        try? Self.run(["rm", "-rf", "--one-file-system", "--", base])
    }

    private static func run(_ words: [String]) throws {
        var child = try ChildProcess.spawn(words[0], arguments: Array(words.dropFirst()))
        let status = try child.wait()
        guard status == .exited(0) else { throw Failure(description: "\(words.joined(separator: " ")): \(status)") }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
