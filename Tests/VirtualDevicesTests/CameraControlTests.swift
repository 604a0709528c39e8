import BufferQueue
import Imaging
import PictureSources
import PixelFormats
import SystemPackage
import Testing
import V4L2Types
import VirtualDevices

@testable import VideoDevice

struct CameraControlTests {
    private let bench: CameraBench
    private let controls: ControlHandler

    init() throws {
        bench = try CameraBench(CameraConfiguration(pace: .onDemand, size: FrameSize(width: 160, height: 120)))
        controls = try #require(bench.camera.controls)
        try bench.start()
    }

    private func set(_ id: ControlID, _ value: Int32) throws {
        _ = try controls.setShortValue(value, of: id.rawValue, from: bench.handle)
    }

    /// Luma and blue difference of the next frame, left of the middle and between the code's bands.
    private func frame() throws -> (luma: Int, left: [UInt8], blue: Int) {
        _ = bench.service(0)
        let index = try #require(try bench.queue.dequeue())
        #expect(try bench.reading(in: index) != nil)
        let picture = try bench.picture(in: index)
        let y = 32
        let line = (0..<picture.width).map { unsafe picture.luma[y * picture.lumaStride + $0] }
        try bench.give(index)
        return (Int(line[4]), line, Int(unsafe picture.blueDifference[y / 2 * picture.chromaStride + 30]))
    }

    @Test func `each pattern can be chosen`() throws {
        try set(.testPattern, TestPattern.black.rawValue)
        #expect(try frame().left.allSatisfy { $0 == 16 })
        try set(.testPattern, TestPattern.colourBars.rawValue)
        #expect(Set(try frame().left).count > 4)
        #expect(throws: Errno.outOfRange) { try set(.testPattern, 99) }
        let item = try controls.menuItem(at: 2, of: ControlID.testPattern.rawValue)
        #expect(item == .name(TestPattern.checkerboard.name))
    }

    @Test func `brightness and saturation change the next frame`() throws {
        let before = try frame()
        try set(.brightness, 168)
        #expect(try abs(frame().luma - before.luma - 40) <= 8)
        try set(.brightness, 128)
        try set(.saturation, 0)
        #expect(try frame().blue == 128)
    }

    @Test func `a flip mirrors the picture`() throws {
        // Both frames are the first of a stream, as the pattern moves.
        try set(.testPattern, TestPattern.greyRamp.rawValue)
        bench.queue.streamOff()
        for index in 0..<2 { try bench.give(index) }
        try bench.queue.streamOn()
        let before = try frame().left
        #expect(before[8] < before[150])
        bench.queue.streamOff()
        try set(.horizontalFlip, 1)
        for index in 0..<2 { try bench.give(index) }
        try bench.queue.streamOn()
        #expect(try frame().left == before.reversed())
    }

    @Test func `neutral controls show the picture as it was`() throws {
        let names = controls.controls.map(\.description.name)
        #expect(
            names == [
                "User Controls", "Brightness", "Contrast", "Saturation", "Hue", "Horizontal Flip", "Vertical Flip",
                "Image Processing Controls", "Test Pattern",
            ])
        #expect(try controls.value(of: .brightness) == 128)
        #expect(try controls.value(of: .testPattern) == 0)
    }
}
