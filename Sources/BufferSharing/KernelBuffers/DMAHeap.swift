import LinuxSystem

/// Buffers that are dma-bufs of one of the kernel's heaps, /dev/dma_heap/*: "system" takes any free pages, others
/// give memory that is contiguous, or out of a device's reserve (drivers/dma-buf/heaps).
public final class DMAHeap: BufferHeap, Exporter {
    /// The heap's name, which is also the kernel's for the exporter of its buffers.
    public let name: String

    private let place: KernelHeapDevice
    private let device: OwnedDescriptor

    /// Opens the device.
    /// - Parameter name: a name in /dev/dma_heap.
    /// - Throws: `.invalidName` (EINVAL) when it can't be a name there; `.accessDenied` (EACCES, EPERM) or `.system`
    ///   (ENOENT and others), with the reason in its text.
    public convenience init(name: String = "system") throws(BufferSharingError) {
        try self.init(name: name, places: KernelHeapDevice.Places())
    }

    init(name: String, places: KernelHeapDevice.Places) throws(BufferSharingError) {
        guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(0), !name.contains("/") else {
            throw BufferSharingError(.invalidName, errno: .invalidArgument, context: "a heap of the name '\(name)'")
        }
        self.name = name
        place = KernelHeapDevice(driver: .heap(name), places: places)
        device = try place.open()
    }

    /// - Throws: beside what ``BufferHeap/allocate(size:name:)`` says, `.system` (ENOMEM) for more than the machine
    ///   has: the kernel would look for a process to kill instead.
    public func allocate(size: Int, name: String) throws(BufferSharingError) -> SharedBuffer {
        let request = try AllocationRequest(size: size, name: name)
        try request.requireMemory()
        let buffer: OwnedDescriptor
        do {
            buffer = try device.allocateFromDMAHeap(size: request.size)
        } catch {
            if error == .inappropriateIOCTLForDevice { throw .system(error, place.absence(error).reason) }
            throw .system(error, "\(request.context) from \(place.path)")
        }
        return try SharedBuffer(adopting: buffer, request, by: self)
    }
}
