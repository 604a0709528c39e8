import BufferQueue
import LinuxSystem
import V4L2Types
import VideoDevice

/// Every ioctl with any bytes, and any bytes behind them, from two handles of one device.
enum IoctlFuzz {
    static func run(_ input: [UInt8]) {
        var bytes = FuzzBytes(input)
        let device = FuzzDevices.make(bytes.number(8))
        let ioctls = QueueIoctls(device: device, type: device.bufferType)
        let handles = HandleTable { 1 }
        let dispatcher = IoctlDispatcher(device: device, handles: handles, buffers: ioctls)
        device.queue.driver = device
        let programs = [
            handles.open(isReadable: true, isWritable: true),
            handles.open(isReadable: bytes.number(2) == 0, isWritable: true),
        ]
        for _ in 0..<64 where !bytes.isAtEnd {
            step(&bytes, device, dispatcher, programs[bytes.number(2)])
            ioctls.exported = nil
            FuzzDevices.check(device.queue)
        }
        for program in programs {
            ioctls.close(program)
            handles.close(program)
        }
        FuzzDevices.checkEnd(device.queue)
    }

    private static func step(
        _ bytes: inout FuzzBytes, _ device: any StreamingDevice, _ dispatcher: IoctlDispatcher, _ handle: OpenHandle
    ) {
        let known = Ioctl.allCases
        let choice = bytes.number(known.count + 4)
        if choice >= known.count + 1 {
            _ = device.service(at: MonotonicTime(nanoseconds: 1_000_000_000))
            return
        }
        let command = choice < known.count ? known[choice].command : bytes.word()
        let isFaulted = bytes.number(32) == 0
        let size = bytes.number(8) == 0 ? bytes.number(300) : Int(command >> 16 & 0x3FFF)
        var argument = Self.bytes(size, &bytes)
        var nested = Self.bytes(bytes.number(3) == 0 ? Int(bytes.byte()) * 4 : 0, &bytes)
        unsafe argument.withUnsafeMutableBytes { argument in
            unsafe nested.withUnsafeMutableBytes { nested in
                let request = unsafe IoctlRequest(
                    command: command, argument: argument, nested: nested, isFaulted: isFaulted, isNonBlocking: true)
                _ = dispatcher.perform(request, handle: handle)
            }
        }
    }

    /// So many bytes: words that mean something at every fourth, written short; or as they come.
    static func bytes(_ size: Int, _ bytes: inout FuzzBytes) -> [UInt8] {
        if size == 0 { return [] }
        var result = [UInt8](repeating: 0, count: size)
        for _ in 0..<bytes.number(16) {
            let place = Int(bytes.byte()) * 4 % size & ~3
            let word = bytes.word()
            for byte in 0..<4 where place + byte < size {
                result[place + byte] = UInt8(truncatingIfNeeded: word >> UInt32(8 * byte))
            }
        }
        return result
    }
}
