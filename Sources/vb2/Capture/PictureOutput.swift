import Imaging
import LinuxSystem

/// One picture file: of several frames, it keeps the last.
final class PictureOutput: CaptureOutput {
    private let path: String
    private let isJPEG: Bool
    private var last: I420Picture?

    init(path: String, isJPEG: Bool) {
        self.path = path
        self.isJPEG = isJPEG
    }

    func add(_ picture: I420Picture) {
        let copy = last ?? I420Picture(size: picture.size)
        copy.copy(from: picture)
        last = copy
    }

    func finish() throws {
        guard let last else { return }
        try isJPEG ? JPEGFile.write(last, to: path) : PNGFile.write(last, to: path)
    }
}

/// A directory with a picture for each frame: 000000.png, 000001.png, ...
final class DirectoryOutput: CaptureOutput {
    private let path: String
    private var count = 0

    /// - Throws: `CommandFailure` (73) when there is no such directory, and it can't be made.
    init(path: String) throws(CommandFailure) {
        self.path = path.hasSuffix("/") ? String(path.dropLast()) : path
        guard !Files.exists(path) else { return }
        do { try Files.makeDirectory(path) } catch {
            throw .output("can't make the directory '\(path)': \(error); use another")
        }
    }

    func add(_ picture: I420Picture) throws {
        let number = String(count)
        let name = String(repeating: "0", count: max(6 - number.count, 0)) + number
        try PNGFile.write(picture, to: "\(path)/\(name).png")
        count += 1
    }

    func finish() {}
}
