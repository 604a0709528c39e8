import VideoCapture

/// Captures a hundred frames from a camera, real or virtual, and says how bright each tenth is.
///
///     swift run --package-path Examples grab            # a real /dev/video0
///     vb2 run -- Examples/.build/debug/grab             # a camera of ours
@main
struct Grab {
    static func main() throws {
        let camera = try CaptureDevice.open("/dev/video0")
        print("\(camera.capability.card) offers:", try camera.formats().map { "\($0.fourCC)" }.joined(separator: " "))
        // The device gives the nearest that it has.
        let format = try camera.setFormat(.yuyv, size: FrameSize(width: 640, height: 480))
        print("capturing \(format)")

        let stream = try camera.startStream()
        while stream.frameCount < 100 {
            // The frame is lent: its bytes are the device's own memory, which it fills again afterwards.
            let frame = try stream.nextFrame(timeout: .seconds(5)) { frame in
                (number: frame.sequence, brightness: frame.withPlane(0, averageOfLuma))
            }
            guard let frame else {
                print("no more frames")
                break
            }
            if stream.frameCount % 10 == 0 { print("frame \(frame.number): luma \(frame.brightness)") }
        }
        print("\(stream.frameCount) frames, \(stream.lostCount) lost")
    }

    /// In YUYV every second byte is luma.
    private static func averageOfLuma(_ bytes: RawSpan) -> Int {
        var sum = 0
        for offset in stride(from: 0, to: bytes.byteCount, by: 2) {
            sum += Int(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
        }
        return bytes.isEmpty ? 0 : sum / (bytes.byteCount / 2)
    }
}
