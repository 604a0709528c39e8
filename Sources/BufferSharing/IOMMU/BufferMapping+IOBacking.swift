import LinuxSystem

/// A shared buffer's memory behind a device's addresses.
///
/// A process doesn't know where its memory is in the machine. So its own addresses stand for the physical ones: the
/// process is the machine of its device models. They are in one piece; wrap the mapping in a ``RelocatedBacking`` to
/// model memory that isn't.
extension MappedMemory: IOBacking {
    var byteCount: Int { memory.count }
    var isWritable: Bool { memory.access == .readWrite }

    func physicalPages(from index: Int) -> Range<UInt64> {
        let first = unsafe IOPage.number(of: UInt64(UInt(bitPattern: memory.base))) + UInt64(index)
        return first..<first + UInt64(IOPage.count(of: memory.count) - index)
    }

    func withBytes(in range: Range<Int>, _ body: (RawSpan) -> Void) {
        memory.withBytes { bytes in body(bytes.extracting(range)) }
    }

    func withMutableBytes(in range: Range<Int>, _ body: (inout MutableRawSpan) -> Void) {
        memory.withMutableBytes { bytes in
            var part = bytes._mutatingExtracting(range)
            body(&part)
        }
    }
}

/// The same of a mapping, for device models that map it themselves.
extension BufferMapping: IOBacking {
    public var byteCount: Int { memory.byteCount }
    public var isWritable: Bool { memory.isWritable }

    public func physicalPages(from index: Int) -> Range<UInt64> { memory.physicalPages(from: index) }

    public func withBytes(in range: Range<Int>, _ body: (RawSpan) -> Void) {
        memory.withBytes(in: range, body)
    }

    public func withMutableBytes(in range: Range<Int>, _ body: (inout MutableRawSpan) -> Void) {
        memory.withMutableBytes(in: range, body)
    }
}
