/// A device, as the command line names it.
enum DeviceSpec: Hashable, Sendable {
    case camera(CameraSpec)
    case display(DisplaySpec)

    /// Reads a SPEC: one that begins with `display` is a display's, any other is a camera's.
    init(_ text: String) throws(SpecError) {
        let isDisplay = text.prefix { $0 != ":" && $0 != "," } == DisplaySpec.word
        self = isDisplay ? .display(try DisplaySpec(text)) : .camera(try CameraSpec(text))
    }

    var settings: DeviceSettings {
        switch self {
        case .camera(let camera): camera.settings
        case .display(let display): display.settings
        }
    }

    /// The camera, if it is one.
    var camera: CameraSpec? {
        if case .camera(let camera) = self { camera } else { nil }
    }

    /// The grammar, for help texts.
    static let grammar = """
        A camera's SPEC is a source, then options after a comma each:
          pattern[:NAME]   a moving picture: bars, ramp, checkerboard or black
          pattern:none     no picture: buffers come back as they were queued, to measure all else
          file:PATH        a Y4M file, or any video file if ffmpeg is installed
          -                Y4M on standard input (also: stdin)
        A display's SPEC is the word display, then options: display:OPTION,OPTION...
        Options of both:
          size=WxH         picture size, 48x32 to 3840x2160
          limit=WxH        the largest size that programs can choose
          fps=N            frames per second, 1 to 120; also a fraction, 30000/1001
          format=NAME      pixel format at the start: YUYV, NV12, MJPG, ...
          pace=live        frames at real intervals (the default)
          pace=ondemand    a frame for each queued buffer, as fast as the program is
          name=TEXT        what programs show as the device's name
          node=N           the N of /dev/videoN
          mplane           the multi-planar interface, as many SoC devices have it
        Options of a camera:
          frames=N         each stream ends after N frames, as a file's does: LAST, then EPIPE
          eos              the end of a stream is an EOS event too
          change=N:WxH     with frame N the source's size becomes WxH: SOURCE_CHANGE, then the end
        Options of a camera's file:
          loop, once       whether it starts again (the default is loop)
        Options of a display:
          png=FILE         writes the last frame of each stream
          y4m=FILE         records every frame that is shown
        A comma within a PATH, a FILE or a TEXT is written as \\,
        """
}
