import LinuxSystem

/// The library that is loaded into programs so that they see our devices.
enum ShimLibrary {
    /// The names that it has: as it is built, and as it is installed.
    static let names = ["libVideoShim.so", "libvb2.so"]

    /// Where it may be, for a command at this path: beside it, and in the lib folder beside its bin.
    static func candidates(executable: String) -> [String] {
        let folder = parent(of: executable)
        return [folder, parent(of: folder) + "/lib"].flatMap { place in names.map { "\(place)/\($0)" } }
    }

    /// The library's path.
    /// - Throws: `CommandFailure` (69) when it isn't in any of the places.
    static func locate() throws(CommandFailure) -> String {
        let executable: String
        do { executable = try Files.target(ofLink: "/proc/self/exe") } catch {
            throw .unavailable("can't find this command's own path (/proc/self/exe: \(error)); mount /proc")
        }
        for path in candidates(executable: executable) where Files.exists(path) {
            // The dynamic linker splits LD_PRELOAD at these, and knows no way to quote them.
            guard !path.contains(":"), !path.contains(" ") else {
                throw .unavailable("LD_PRELOAD can't name '\(path)', with a space or a colon; install it elsewhere")
            }
            return path
        }
        throw .unavailable(
            "libvb2.so is neither beside \(executable) nor in \(parent(of: parent(of: executable)))/lib; "
                + "build it with 'make build' or install it with 'make install'")
    }

    /// The value of LD_PRELOAD with the library first.
    static func preload(_ library: String, before other: String?) -> String {
        guard let other, !other.isEmpty else { return library }
        // A nested command finds the same library there already; twice in the list does nothing, but is ugly.
        let rest = other.split(whereSeparator: { $0 == ":" || $0 == " " }).filter { $0 != library }
        return ([library] + rest.map(String.init)).joined(separator: ":")
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "" : String(path[..<slash])
    }
}
