import BufferSharing
import LinuxSystem
import Testing

/// Memory for a device model to reach, at physical pages as the test wants them.
///
/// `@unchecked Sendable` because its bytes are touched only through an IOMMU, under its lock, or before and after.
@safe
final class IOTestMemory: IOBacking, @unchecked Sendable {
    enum Layout {
        case contiguous(first: UInt64)
        /// Every other page, downwards.
        case scattered(last: UInt64)
    }

    private let bytes: UnsafeMutableRawBufferPointer
    private let layout: Layout
    let isWritable: Bool

    init(byteCount: Int, fill: UInt8 = 0, isWritable: Bool = true, layout: Layout = .scattered(last: 1 << 20)) {
        unsafe bytes = .allocate(byteCount: byteCount, alignment: 4096)
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: fill)
        self.isWritable = isWritable
        self.layout = layout
    }

    convenience init(pages: Int, fill: UInt8 = 0, layout: Layout = .scattered(last: 1 << 20)) {
        self.init(byteCount: pages * 4096, fill: fill, layout: layout)
    }

    deinit {
        unsafe bytes.deallocate()
    }

    var byteCount: Int { unsafe bytes.count }

    subscript(index: Int) -> UInt8 {
        get { unsafe bytes[index] }
        set { unsafe bytes[index] = newValue }
    }

    func physicalPages(from index: Int) -> Range<UInt64> {
        switch layout {
        case .contiguous(let first):
            return first + UInt64(index)..<first + UInt64((byteCount + 4095) / 4096)
        case .scattered(let last):
            let page = last - 2 * UInt64(index)
            return page..<page + 1
        }
    }

    func withBytes(in range: Range<Int>, _ body: (RawSpan) -> Void) {
        body(unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: bytes[range])))
    }

    func withMutableBytes(in range: Range<Int>, _ body: (inout MutableRawSpan) -> Void) {
        var span = unsafe MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: bytes[range]))
        body(&span)
    }
}

extension IOMMU {
    /// What a device reads. Bytes that no transfer reached are 0xee.
    func bytes(
        at address: UInt64, count: Int, by device: DMADevice
    ) -> (bytes: [UInt8], fault: IOFault?) {
        var bytes = [UInt8](repeating: 0xee, count: count)
        var span = bytes.mutableSpan
        var raw = unsafe span.mutableBytes
        do throws(IOFault) {
            try read(at: address, into: &raw, by: device)
            return (bytes, nil)
        } catch {
            return (bytes, error)
        }
    }

    /// Has a device write the bytes.
    func write(_ bytes: [UInt8], at address: UInt64, by device: DMADevice) -> IOFault? {
        do throws(IOFault) {
            try unsafe write(at: address, from: bytes.span.bytes, by: device)
            return nil
        } catch {
            return error
        }
    }
}

extension IOMapping {
    var first: UInt64 { segments[0].address }
}
