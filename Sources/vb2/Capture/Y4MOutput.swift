import Imaging
import PixelFormats

/// A YUV4MPEG2 file.
final class Y4MOutput: CaptureOutput {
    private let recorder: Y4MRecorder
    private let interval: Rational

    /// - Throws: `CommandFailure` (73) when the file can't be written.
    init(path: String, interval: Rational?) throws(CommandFailure) {
        self.interval = interval ?? Rational(1, 30)
        do { recorder = try Y4MRecorder(path) } catch { throw .output(error.message) }
    }

    func add(_ picture: I420Picture) throws {
        do { try recorder.add(picture, interval: interval) } catch { throw CommandFailure.output(error.message) }
    }

    func finish() {}
}
