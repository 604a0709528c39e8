import BufferSharing
import CVirtualGEM
import LinuxSystem

/// Work that a device has begun on a buffer of its own, and ends when told: the kernel's driver vgem makes such for
/// tests.
final class VirtualGEMWork {
    /// The buffer that is written to.
    let buffer: SharedBuffer

    private let device: OwnedDescriptor
    private let fence: UInt32

    init() throws {
        device = try Files.open("/dev/dri/card0", .readWrite)
        var create = vgem_create()
        create.height = 1
        create.width = 1024
        create.bits_per_pixel = 32
        try device.call(VGEM_CREATE, &create)
        var export = vgem_export()
        export.handle = create.handle
        export.flags = VGEM_EXPORT_FLAGS
        try device.call(VGEM_EXPORT, &export)
        buffer = try SharedBuffer.importing(OwnedDescriptor(adopting: export.fd), name: "vgem")
        var attach = vgem_fence_attach()
        attach.handle = create.handle
        attach.flags = VGEM_FENCE_OF_WRITER
        try device.call(VGEM_FENCE_ATTACH, &attach)
        fence = attach.fence
    }

    /// Ends the work.
    func finish() throws {
        var signal = vgem_fence_signal()
        signal.fence = fence
        try device.call(VGEM_FENCE_SIGNAL, &signal)
    }
}

extension OwnedDescriptor {
    /// Asks a device with a struct of the command's.
    func call<Argument>(_ command: UInt32, _ argument: inout Argument) throws(Errno) {
        let result = unsafe withUnsafeMutablePointer(to: &argument) { pointer in
            unsafe deviceIoctl(command, UnsafeMutableRawPointer(pointer))
        }
        if result < 0 { throw Errno(rawValue: -result) }
    }
}
