import ArgumentParser
import Imaging
import LinuxSystem
import PictureSources
import PixelFormats

/// `vb2 inspect`: what became of a camera's frames in a recording.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Count the frames of a recording, and those that are lost or torn.",
        discussion: """
            Our cameras draw each frame's number into the frame, for programs to read. This reads the numbers back \
            from what a program has recorded, and prints one line: frames, lost (numbers left out between the first \
            and the last), torn (parts of two frames), unreadable, repeated, reordered, first, last.

            With --format and --size the file holds raw frames; without, it is Y4M, or anything that ffmpeg reads. \
            The exit status is 65 if the file has no frame, or ends within one.

            EXAMPLES
              vb2 inspect frames.raw --format YUYV --size 640x480
              vb2 inspect recording.mp4
            """,
        shouldDisplay: false)

    @Argument(help: "The recording.")
    var file: String

    @Option(help: ArgumentHelp("The pixel format of raw frames: YUYV, NV12, ...", valueName: "name"))
    var format: String?

    @Option(help: ArgumentHelp("The size of raw frames.", valueName: "WxH"))
    var size: String?

    func run() throws {
        let tally = try format == nil && size == nil ? video() : raw()
        try StandardOutput.writeLine(tally.line)
        guard tally.frames > 0 else { throw CommandFailure.data("'\(file)' has no frame; check --format and --size") }
    }

    private func raw() throws -> RecordingTally {
        guard let name = format, let size else {
            throw CommandFailure.usage("raw frames need both --format and --size; add the other, or leave out both")
        }
        guard let frameSize = FrameSize(size) else {
            throw CommandFailure.usage("'\(size)' is no size; write --size 640x480")
        }
        guard let fourCC = FourCC(name), let format = VideoFormat.layout(fourCC, size: frameSize) else {
            throw CommandFailure.usage("there are no \(name) frames of \(frameSize); check --format and --size")
        }
        let recording = try RawRecording(file, format: format)
        let picture = I420Picture(size: frameSize)
        var tally = RecordingTally()
        while try recording.next(into: picture) { tally.add(Self.read(picture)) }
        if recording.remainder > 0 {
            try StandardOutput.writeLine(tally.line)
            throw CommandFailure.data(
                "'\(file)' ends with \(recording.remainder) bytes of a frame; check --format and --size")
        }
        return tally
    }

    private func video() throws -> RecordingTally {
        let recording = try VideoRecording(file)
        let picture = I420Picture(size: recording.size)
        var tally = RecordingTally()
        while try recording.next(into: picture) { tally.add(Self.read(picture)) }
        return tally
    }

    private static func read(_ picture: I420Picture) -> BlockCode.Reading? {
        picture.withLuma {
            BlockCode.decode(luma: $0, width: picture.width, height: picture.height, stride: picture.lumaStride)
        }
    }
}
