import CVideoABI
import SystemPackage
import V4L2Types

@testable import VideoDevice

/// A device with its dispatcher, and programs that make ioctls on it.
final class Bench {
    let camera: TestCamera
    let handles = HandleTable(now: { 5_000_000_001 })
    let dispatcher: IoctlDispatcher
    let handle: OpenHandle

    init(_ camera: TestCamera = TestCamera()) {
        self.camera = camera
        dispatcher = IoctlDispatcher(device: camera, handles: handles)
        handle = handles.open(isReadable: true, isWritable: true)
    }

    /// One ioctl with a struct. The struct changes as the program's would.
    func ioctl<Value>(
        _ command: UInt32, _ value: inout Value, on handle: OpenHandle? = nil, isNonBlocking: Bool = true
    ) -> IoctlReply {
        var bytes = unsafe withUnsafeBytes(of: value) { unsafe [UInt8]($0) }
        var nested: [UInt8] = []
        let reply = perform(command, &bytes, &nested, on: handle, isNonBlocking: isNonBlocking)
        value = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: Value.self) }
        return reply
    }

    /// One extended control ioctl.
    func ioctl(
        _ command: UInt32, _ which: ControlSelector, _ controls: inout [v4l2_ext_control],
        on handle: OpenHandle? = nil
    ) -> (reply: IoctlReply, errorIndex: UInt32) {
        var argument = unsafe v4l2_ext_controls()
        unsafe argument.which = which.rawValue
        unsafe argument.count = UInt32(controls.count)
        var bytes = unsafe withUnsafeBytes(of: argument) { unsafe [UInt8]($0) }
        var nested: [UInt8] = []
        for index in unsafe controls.indices {
            unsafe withUnsafeBytes(of: controls[index]) { unsafe nested.append(contentsOf: $0) }
        }
        let reply = perform(command, &bytes, &nested, on: handle, isNonBlocking: true)
        unsafe argument = bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: v4l2_ext_controls.self) }
        for index in unsafe controls.indices {
            unsafe controls[index] = nested.withUnsafeBytes {
                unsafe $0.loadUnaligned(fromByteOffset: index * 20, as: v4l2_ext_control.self)
            }
        }
        return unsafe (reply, argument.error_idx)
    }

    func perform(
        _ command: UInt32, _ argument: inout [UInt8], _ nested: inout [UInt8], on handle: OpenHandle? = nil,
        isFaulted: Bool = false, isNonBlocking: Bool = true
    ) -> IoctlReply {
        unsafe argument.withUnsafeMutableBytes { argument in
            unsafe nested.withUnsafeMutableBytes { nested in
                let request = unsafe IoctlRequest(
                    command: command, argument: argument, nested: nested, isFaulted: isFaulted,
                    isNonBlocking: isNonBlocking)
                return dispatcher.perform(request, handle: handle ?? self.handle)
            }
        }
    }
}

extension v4l2_ext_control {
    init(_ id: ControlID, _ value: Int32 = 0) {
        unsafe self.init()
        unsafe self.id = id.rawValue
        unsafe self.value = value
    }
}
