import LinuxSystem

@testable import BufferSharing

extension BufferMapping {
    /// Pages of this mapping that the process has page-table entries of, by /proc/self/smaps (Rss).
    func entryCount() -> Int {
        let start = unsafe String(UInt(bitPattern: base), radix: 16)
        let lines = String(decoding: (try? Files.read("/proc/self/smaps")) ?? [], as: UTF8.self)
            .split(separator: "\n")
        guard let head = lines.firstIndex(where: { $0.hasPrefix("\(start)-") }),
            let rss = lines[head...].first(where: { $0.hasPrefix("Rss:") })
        else { return -1 }
        return (Int(rss.split(separator: " ")[1]) ?? -1) / 4
    }
}
