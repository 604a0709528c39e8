import ArgumentParser
import Imaging
import LinuxSystem
import PixelFormats
import VideoCapture

/// `vb2 capture`: frames from a device into files.
struct CaptureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture",
        abstract: "Capture frames from a camera, a real one or one of ours, into files.",
        discussion: """
            What is written depends on the name: FILE.png and FILE.jpg hold one picture (the last frame), FILE.y4m \
            a raw video, and a directory a PNG file for each frame. At the end the command says how many frames it \
            got, how many were lost, and at which rate they came. Frames that the device says are damaged are left \
            out.

            /dev/videoN is a device of the running server if it has one of that number, else the kernel's.

            EXAMPLES
              vb2 capture -o picture.png
              vb2 capture -o video.y4m --count 300 --size 1280x720 --format YUYV
              vb2 run -- vb2 capture -o frames/ --count 10
            """)

    @Option(name: .shortAndLong, help: ArgumentHelp("FILE.png, FILE.jpg, FILE.y4m or a directory.", valueName: "path"))
    var output: String

    @Option(name: .shortAndLong, help: ArgumentHelp("How many frames.", valueName: "n"))
    var count = 1

    @Option(name: .shortAndLong, help: ArgumentHelp("The camera.", valueName: "path"))
    var device = "/dev/video0"

    @Option(help: ArgumentHelp("The picture's size. Default: the camera's.", valueName: "WxH"))
    var size: String?

    @Option(help: ArgumentHelp("The pixel format: YUYV, NV12, MJPG, ... Default: the camera's.", valueName: "name"))
    var format: String?

    @Option(help: ArgumentHelp("The longest time to wait for a frame.", valueName: "seconds"))
    var timeout = 10

    func run() throws {
        guard count > 0 else { throw CommandFailure.usage("--count \(count) is no number of frames; use 1 or more") }
        guard timeout > 0 else { throw CommandFailure.usage("--timeout \(timeout) is no time; use 1 second or more") }
        let isDirectory = (try? Files.status(output))?.isDirectory ?? false
        let target = try CaptureTarget(output, isDirectory: isDirectory)
        let camera = try open()
        let format = try chooseFormat(camera)
        let reader: FrameReader
        do { reader = try FrameReader(format: format) } catch {
            throw CommandFailure.usage("\(error); choose another --format")
        }
        let output = try target.open(interval: try camera.frameInterval())
        let summary = try capture(from: camera, reader, into: output)
        do { try output.finish() } catch let failure as ImagingError { throw CommandFailure.output("\(failure)") }
        try StandardOutput.writeLine("\(self.output): \(summary)")
    }

    private func open() throws(CommandFailure) -> CaptureDevice {
        do { return try CaptureDevice.open(device, serverDirectory: ServerDirectory.standard()) } catch {
            switch error {
            case .notFound, .notPermitted, .notVideoDevice, .cannotCapture:
                throw .input("\(error); 'vb2 list' shows the devices of a server, 'vb2 serve' starts one")
            default: throw .unavailable("\(device): \(error)")
            }
        }
    }

    private func chooseFormat(_ camera: CaptureDevice) throws -> VideoFormat {
        let now = try camera.format()
        guard size != nil || format != nil else { return now }
        guard let wanted = size == nil ? now.size : size.flatMap({ FrameSize($0) }) else {
            throw CommandFailure.usage("'\(size ?? "")' is no size; write --size 640x480")
        }
        guard let fourCC = format == nil ? now.fourCC : format.flatMap({ FourCC($0) }) else {
            throw CommandFailure.usage("'\(format ?? "")' is no format; write --format YUYV")
        }
        let given = try camera.setFormat(fourCC, size: wanted)
        guard given.fourCC == fourCC, given.size == wanted else {
            throw CommandFailure.usage(
                "the camera has no \(fourCC) \(wanted); the nearest is --format \(given.fourCC) --size \(given.size)")
        }
        return given
    }

    private func capture(
        from camera: CaptureDevice, _ reader: FrameReader, into output: any CaptureOutput
    ) throws -> CaptureSummary {
        let stream = try camera.startStream()
        let picture = I420Picture(size: reader.format.size)
        var bar = ProgressBar(total: count)
        defer { bar.clear() }
        var summary = CaptureSummary()
        while summary.frames < count {
            let frame = try stream.nextFrame(timeout: .seconds(Int64(timeout))) { frame -> (MonotonicTime, Bool) in
                let isDamaged = frame.flags.contains(.error)
                if !isDamaged {
                    try unsafe reader.read(frame, into: picture)
                    try output.add(picture)
                }
                return (frame.timestamp, isDamaged)
            }
            guard let (time, isDamaged) = frame else {
                if stream.isEnded, summary.frames > 0 { break }
                throw CommandFailure.unavailable("no frame came within \(timeout) s; see --timeout")
            }
            summary.add(time, lost: stream.lostCount, isDamaged: isDamaged)
            bar.show(summary.frames, summary.rateText)
        }
        return summary
    }
}
