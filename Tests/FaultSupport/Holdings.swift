import BufferSharing
package import LinuxSystem

/// What this process holds of the kernel's and of ours, to be compared with what it held before.
package struct Holdings: Sendable {
    /// What each descriptor is open on, sorted.
    private let descriptors: [String]
    private let owned: Int
    private let mappings: [String]
    private let buffers: [String]
    /// Names of threads of ours that somebody joins.
    private let threads: [String]

    package static func now() throws(Errno) -> Holdings {
        var descriptors: [String] = []
        for name in try Files.list("/proc/self/fd") {
            // Of the listing itself, which is closed by now, there is no link.
            guard let target = try? Files.target(ofLink: "/proc/self/fd/\(name)") else { continue }
            // Sockets and pipes are the same whatever their inode.
            descriptors.append(String(target.prefix { $0 != "[" }))
        }
        let maps = String(decoding: try Files.read("/proc/self/maps"), as: UTF8.self)
        let mappings = maps.split(separator: "\n").filter { $0.contains("/memfd:") }.map { line in
            String(line.split(separator: " ").last { $0.hasPrefix("/memfd:") } ?? line)
        }
        let threads = try Files.list("/proc/self/task").compactMap { number in
            (try? Files.read("/proc/self/task/\(number)/comm")).map { String(decoding: $0, as: UTF8.self) }
        }
        return Holdings(
            descriptors: descriptors.sorted(), owned: OwnedDescriptor.liveCount, mappings: mappings.sorted(),
            buffers: BufferInformation.all.map { "\($0.name), inode \($0.inode)" },
            threads: threads.filter { $0.hasPrefix("vb2-") && !$0.hasPrefix("vb2-reaper") }.sorted())
    }

    /// What is there now and wasn't then, or the other way round, as text for a person; empty if all is as it was.
    /// What ends by itself, as a thread that was joined and refused descriptors, has time to.
    /// - Parameter earlier: becomes what there is now, so that nothing is reported twice.
    package static func changes(since earlier: inout Holdings) throws(Errno) -> [String] {
        DescriptorReaper.shared.waitUntilIdle()
        var now = try now()
        for _ in 0..<20 where !now.changes(since: earlier).isEmpty { now = try Self.now() }
        defer { earlier = now }
        return now.changes(since: earlier)
    }

    private func changes(since earlier: Holdings) -> [String] {
        var changes: [String] = []
        Self.compare("descriptor", descriptors, earlier.descriptors, &changes)
        Self.compare("mapping", mappings, earlier.mappings, &changes)
        Self.compare("buffer", buffers, earlier.buffers, &changes)
        Self.compare("thread", threads, earlier.threads, &changes)
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
