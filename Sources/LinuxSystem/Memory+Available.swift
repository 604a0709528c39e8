public import SystemPackage

extension Memory {
    /// How much memory could be taken now without swapping, by the kernel's estimate: MemAvailable of /proc/meminfo,
    /// in bytes. It knows nothing of limits of a control group.
    /// - Throws: ENOENT, EACCES without /proc; ENODATA when the line isn't there.
    public static func available() throws(Errno) -> Int {
        guard let bytes = available(in: try Files.read("/proc/meminfo", limit: 64 << 10)) else { throw .noData }
        return bytes
    }

    /// What the machine has, in bytes: MemTotal of /proc/meminfo; 0 without /proc.
    public static var total: Int {
        let text = try? Files.read("/proc/meminfo", limit: 64 << 10)
        return text.flatMap { bytes(of: "MemTotal:", in: $0) } ?? 0
    }

    /// What is available, in the text of /proc/meminfo.
    package static func available(in text: [UInt8]) -> Int? { bytes(of: "MemAvailable:", in: text) }

    private static func bytes(of field: String, in text: [UInt8]) -> Int? {
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") where line.hasPrefix(field) {
            let words = line.split(separator: " ")
            guard words.count == 3, words[2] == "kB", let kibibytes = Int(words[1]), kibibytes >= 0 else { return nil }
            let (bytes, overflow) = kibibytes.multipliedReportingOverflow(by: 1024)
            return overflow ? nil : bytes
        }
        return nil
    }
}
