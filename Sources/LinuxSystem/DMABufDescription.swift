public import SystemPackage

/// What the kernel says of a dma-buf in /proc/…/fdinfo (dma_buf_show_fdinfo in drivers/dma-buf/dma-buf.c, Linux 5.3).
public struct DMABufDescription: Sendable, Hashable {
    /// In bytes. It never changes.
    public var size: Int
    /// The driver that made it: "udmabuf", "system".
    public var exporterName: String

    /// Reads the text of an fdinfo file; nil when it isn't a dma-buf's.
    ///
    /// The lines that every file has come first, then those of its kind. A user can put any text into the name of a
    /// dma-buf, which is the last line, and into some lines of other kinds of files. So nothing is read behind the
    /// exporter's name, and the first line that a dma-buf hasn't ends it.
    public init?(fileInformation text: [UInt8]) {
        var size: Int?
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let value = String(decoding: line[colon...].dropFirst(2), as: UTF8.self)
            switch String(decoding: line[..<colon], as: UTF8.self) {
            case "pos", "flags", "mnt_id", "ino", "lock", "count":
                continue
            case "size":
                guard size == nil, let number = Int(value), number >= 0 else { return nil }
                size = number
            case "exp_name":
                guard let size else { return nil }
                self.size = size
                exporterName = value
                return
            default:
                return nil
            }
        }
        return nil
    }
}

extension OwnedDescriptor {
    /// What the kernel says of this dma-buf; nil when it is something else.
    ///
    /// This never waits, whatever the descriptor is. The link's target, which only the kernel's dma-bufs have, comes
    /// first and asks nobody. The description of other kinds may wait: that of an epoll set does for whoever is being
    /// given its events, who may be held up by a page of a file system of user space (FUSE).
    /// - Throws: ENOENT, EACCES without a /proc that shows this thread's descriptors; EFBIG for a file with more
    ///   locks than anybody needs.
    public func dmaBufDescription() throws(Errno) -> DMABufDescription? {
        // The thread's own table of descriptors: /proc/self is the first thread's, which may have ended, or have
        // another table.
        guard try Files.target(ofLink: "/proc/thread-self/fd/\(raw)").hasPrefix("/dmabuf:") else { return nil }
        return try DMABufDescription(
            fileInformation: Files.read("/proc/thread-self/fdinfo/\(raw)", limit: 64 << 10))
    }
}
