import LinuxSystem
import PixelFormats
import Testing
import V4L2Types
import VideoDevice
import VirtualDevices

/// The whole frame is the only selection.
struct SelectionTests {
    private func select(
        _ bench: CameraBench, _ target: Selection.Target, _ rectangle: PixelRectangle, _ flags: Selection.Flags = []
    ) throws(Errno) -> PixelRectangle {
        try bench.camera.setSelection(
            Selection(type: .videoCapture, target: target, flags: flags, rectangle: rectangle), on: bench.handle)
    }

    @Test func `every crop is the frame, and follows its size`() throws {
        let bench = try CameraBench()
        for size in [FrameSize(width: 64, height: 48), FrameSize(width: 320, height: 240)] {
            try bench.setFormat(.yuyv, size)
            let whole = PixelRectangle(width: size.width, height: size.height)
            for target: Selection.Target in [.crop, .cropDefault, .cropBounds] {
                #expect(try bench.camera.selection(target, for: .videoCapture, on: bench.handle) == whole)
            }
            #expect(try select(bench, .crop, PixelRectangle(left: 7, width: 10, height: 9000)) == whole)
        }
    }

    @Test func `flags that forbid the whole frame are refused`() throws {
        let bench = try CameraBench()
        let small = PixelRectangle(width: 16, height: 16)
        let large = PixelRectangle(width: 9000, height: 9000)
        #expect(throws: Errno.outOfRange) { try select(bench, .crop, small, .atMost) }
        #expect(throws: Errno.outOfRange) { try select(bench, .crop, large, .atLeast) }
        #expect(try select(bench, .crop, small, .atLeast).width == 640)
        #expect(try select(bench, .crop, large, .atMost).width == 640)
    }

    @Test(arguments: [Selection.Target.compose, .composeBounds, .nativeSize])
    func `a camera composes nothing`(_ target: Selection.Target) throws {
        let bench = try CameraBench()
        #expect(throws: Errno.invalidArgument) {
            try bench.camera.selection(target, for: .videoCapture, on: bench.handle)
        }
        #expect(throws: Errno.invalidArgument) {
            try select(bench, target, PixelRectangle(width: 640, height: 480))
        }
    }
}
