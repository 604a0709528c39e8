import LinuxSystem

/// A shared buffer's memory behind a device's addresses.
///
/// A process doesn't know where its memory is in the machine. So its own addresses stand for the physical ones: the
/// process is the machine of its device models. They are in one piece; wrap the mapping in a ``RelocatedBacking`` to
/// model memory that isn't.
extension BufferMapping: IOBacking {
    public var byteCount: Int { count }
    public var isWritable: Bool { access == .readWrite }

    public func physicalPages(from index: Int) -> Range<UInt64> {
        let first = unsafe IOPage.number(of: UInt64(UInt(bitPattern: base))) + UInt64(index)
        return first..<first + UInt64(IOPage.count(of: count) - index)
    }

    public func withBytes(in range: Range<Int>, _ body: (RawSpan) -> Void) {
        withBytes { bytes in body(bytes.extracting(range)) }
    }

    public func withMutableBytes(in range: Range<Int>, _ body: (inout MutableRawSpan) -> Void) {
        withMutableBytes { bytes in
            var part = bytes._mutatingExtracting(range)
            body(&part)
        }
    }
}
