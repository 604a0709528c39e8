import BufferSharing
package import LinuxSystem

/// What this process holds of the kernel's and of ours, to be compared with what it held before.
package struct Holdings: Sendable {
    /// What each descriptor is open on, sorted.
    private let descriptors: [String]
    private let owned: Int
    private let mappings: [String]
    private let buffers: [String]

    private init(descriptors: [String], owned: Int, mappings: [String], buffers: [String]) {
        self.descriptors = descriptors
        self.owned = owned
        self.mappings = mappings
        self.buffers = buffers
    }

    package static func now() throws(Errno) -> Holdings {
        var descriptors: [String] = []
        for name in try Files.list("/proc/self/fd") {
            // Of the listing itself, which is closed by now, there is no link.
            guard let target = try? Files.target(ofLink: "/proc/self/fd/\(name)") else { continue }
            // Sockets and pipes are the same whatever their inode.
            descriptors.append(String(target.prefix { $0 != "[" }))
        }
        let maps = String(decoding: try Files.read("/proc/self/maps"), as: UTF8.self)
        let mappings = maps.split(separator: "\n").filter { $0.contains("/memfd:") }.map(String.init)
        return Holdings(
            descriptors: descriptors.sorted(), owned: OwnedDescriptor.liveCount, mappings: mappings,
            buffers: BufferInformation.all.map { "\($0.name), inode \($0.inode)" })
    }

    /// What is there now and wasn't then, or the other way round, as text for a person; empty if all is as it was.
    package func changes(since earlier: Holdings) -> [String] {
        var changes: [String] = []
        Self.compare("descriptor", descriptors, earlier.descriptors, &changes)
        Self.compare("mapping", mappings, earlier.mappings, &changes)
        Self.compare("buffer", buffers, earlier.buffers, &changes)
        if owned != earlier.owned { changes.append("\(owned - earlier.owned) owned descriptors more") }
        return changes
    }

    private static func compare(_ what: String, _ now: [String], _ then: [String], _ changes: inout [String]) {
        for change in now.difference(from: then) {
            switch change {
            case .insert(_, let element, _): changes.append("\(what) left: \(element)")
            case .remove(_, let element, _): changes.append("\(what) gone: \(element)")
            }
        }
    }
}
