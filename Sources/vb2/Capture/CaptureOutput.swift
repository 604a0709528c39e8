import Imaging
import PixelFormats

/// Where `vb2 capture` puts its pictures.
protocol CaptureOutput: AnyObject {
    /// Adds a picture.
    func add(_ picture: I420Picture) throws
    /// Writes what isn't written yet.
    func finish() throws
}

/// The kinds of output, by the name that is given.
enum CaptureTarget: Hashable {
    case png(String)
    case jpeg(String)
    case y4m(String)
    /// A PNG file for each frame.
    case directory(String)

    /// - Parameter isDirectory: whether there is a directory of that name.
    /// - Throws: `CommandFailure` (64) for a name that says no kind.
    init(_ path: String, isDirectory: Bool) throws(CommandFailure) {
        let name = path.lowercased()
        if isDirectory || path.hasSuffix("/") {
            self = .directory(path)
        } else if name.hasSuffix(".png") {
            self = .png(path)
        } else if name.hasSuffix(".jpg") || name.hasSuffix(".jpeg") {
            self = .jpeg(path)
        } else if name.hasSuffix(".y4m") {
            self = .y4m(path)
        } else {
            throw .usage("'\(path)' says no kind of file; use FILE.png, FILE.jpg, FILE.y4m or a directory ('\(path)/')")
        }
    }

    /// Opens it.
    /// - Parameter interval: from frame to frame, in seconds.
    func open(interval: Rational?) throws -> any CaptureOutput {
        switch self {
        case .png(let path): PictureOutput(path: path, isJPEG: false)
        case .jpeg(let path): PictureOutput(path: path, isJPEG: true)
        case .y4m(let path): try Y4MOutput(path: path, interval: interval)
        case .directory(let path): try DirectoryOutput(path: path)
        }
    }
}
