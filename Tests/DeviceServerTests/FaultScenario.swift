import CVideoABI
import DeviceClient
import DeviceProtocol
import DeviceServer
import LinuxSystem
import Logging

/// All that a program does with a device, from open to close, once.
struct FaultScenario {
    let directory: String

    /// - Throws: what the first call that failed gave the program.
    func run() throws(Errno) {
        let program = Program(try DeviceConnection(path: "\(directory)/video0.vb2"))
        try program.start(2)
        // Fewer than it asked for, as the kernel gives when memory runs out on the way.
        if program.views.count < 2 { throw .noMemory }
        try capture(program)
        let exported = try export(program)
        _ = try MemoryMapping(descriptor: exported, length: 4096, access: .readWrite)
        try check(program.streamOff())
        try check(program.requestBuffers(0))
        try importing(program)
        try ask()
    }

    private func capture(_ program: Program) throws(Errno) {
        for _ in 0..<4 {
            _ = try program.device.waitReadable(timeout: .seconds(60))
            let (result, buffer) = unsafe program.dequeue()
            try check(result)
            try check(program.queue(unsafe buffer.index))
        }
    }

    private func export(_ program: Program) throws(Errno) -> OwnedDescriptor {
        var export = v4l2_exportbuffer()
        export.type = program.type
        export.index = 1
        export.flags = UInt32(O_CLOEXEC | O_RDWR)
        try check(program.call(VB2_VIDIOC_EXPBUF, &export))
        return OwnedDescriptor(adopting: export.fd)
    }

    /// The same with memory that the program brings; the device reopens what comes without permission to write.
    private func importing(_ program: Program) throws(Errno) {
        program.memory = V4L2_MEMORY_DMABUF.rawValue
        try check(program.requestBuffers(2))
        let memory = try MemoryFile.create(name: "imported", size: 4096).intoDescriptor()
        let readOnly = try memory.reopen(readOnly: true)
        for (index, descriptor) in [memory.raw, readOnly.raw].enumerated() {
            var buffer = unsafe program.blank(UInt32(index))
            unsafe buffer.m.fd = descriptor
            try check(unsafe program.call(VB2_VIDIOC_QBUF, &buffer))
        }
        try check(program.streamOn())
        _ = try program.device.waitReadable(timeout: .seconds(60))
        try check(unsafe program.dequeue().result)
        try check(program.streamOff())
    }

    /// Somebody looks at the buffers.
    private func ask() throws(Errno) {
        let socket = try UnixSocket.connect(path: "\(directory)/\(Wire.informationSocket)", kind: .stream)
        // An answer that could not be written ends early.
        if try socket.descriptor.readToEnd(limit: 1 << 20).isEmpty { throw .operationNotSupportedByDevice }
    }

    private func check(_ result: Int32) throws(Errno) {
        if result < 0 { throw Errno(rawValue: -result) }
    }
}
