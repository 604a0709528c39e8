import LinuxSystem

/// Buffers that are dma-bufs over memory files: /dev/udmabuf makes them of whole pages of a sealed memory file.
///
/// The memory file itself isn't kept: the dma-buf is the buffer, for our own devices as for those that it is given to.
/// The kernel pins the pages, so such a buffer can't be evicted.
public final class UDMABufHeap: BufferHeap, Exporter {
    public let name = "udmabuf"

    private let place: KernelHeapDevice
    private let device: OwnedDescriptor

    /// Opens the device.
    /// - Throws: `.accessDenied` (EACCES, EPERM) or `.system` (ENOENT and others), with the reason in its text.
    public convenience init() throws(BufferSharingError) {
        try self.init(places: KernelHeapDevice.Places())
    }

    init(places: KernelHeapDevice.Places) throws(BufferSharingError) {
        place = KernelHeapDevice(driver: .udmabuf, places: places)
        device = try place.open()
    }

    /// The most bytes of one buffer, by the driver's parameter size_limit_mb; nil when it can't be read.
    public var sizeLimit: Int? {
        let path = "\(place.places.system)/module/udmabuf/parameters/size_limit_mb"
        guard let text = try? Files.read(path) else { return nil }
        return Self.sizeLimit(in: text)
    }

    /// The same, in the text of the parameter.
    static func sizeLimit(in text: [UInt8]) -> Int? {
        let digits = String(decoding: text, as: UTF8.self).prefix { $0 != "\n" }
        guard let mebibytes = Int(digits), mebibytes >= 0 else { return nil }
        let (bytes, overflow) = mebibytes.multipliedReportingOverflow(by: 1 << 20)
        return overflow ? nil : bytes
    }

    /// - Throws: beside what ``BufferHeap/allocate(size:name:)`` says, `.invalidSize` (EINVAL) for more than
    ///   ``sizeLimit``, and `.system` (ENOMEM) for more than the machine has.
    public func allocate(size: Int, name: String) throws(BufferSharingError) -> SharedBuffer {
        let request = try AllocationRequest(size: size, name: name)
        try request.requireMemory()
        let buffer: OwnedDescriptor
        do {
            let file = try MemoryFile.create(name: name, size: request.size)
            buffer = try device.createUDMABuf(from: file.descriptor, size: request.size)
        } catch {
            throw Self.explained(error, request, limit: error == .invalidArgument ? sizeLimit : nil, place)
        }
        return try SharedBuffer(adopting: buffer, request, by: self)
    }

    /// The driver says EINVAL for a size that it doesn't take, and for all else that is wrong with a request.
    static func explained(
        _ errno: Errno, _ request: AllocationRequest, limit: Int?, _ place: KernelHeapDevice
    ) -> BufferSharingError {
        if errno == .invalidArgument, let limit, request.size > limit {
            return BufferSharingError(
                .invalidSize, errno: errno,
                context: "\(request.context): \(place.path) makes \(limit) bytes at most (its size_limit_mb)")
        }
        if errno == .inappropriateIOCTLForDevice { return .system(errno, place.absence(errno).reason) }
        return .system(errno, "\(request.context) from \(place.path)")
    }
}
