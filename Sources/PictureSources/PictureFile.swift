import LinuxSystem

/// Chooses the source for a path.
public enum PictureFile {
    /// Opens a Y4M file or pipe directly, and everything else through ffmpeg.
    ///
    /// Y4M is what begins like it; a pipe, which can't be looked into, and `-` (standard input) are taken to be Y4M.
    /// - Parameter loops: whether the end is followed by the beginning.
    public static func open(_ path: String, loops: Bool = false) throws(PictureSourceError) -> any PictureSource {
        // What isn't a file here may be an address that ffmpeg knows, and it gives the better message.
        guard path != "-", let status = try? Files.status(path), status.isRegular else {
            let pipe = path == "-" || (try? Files.status(path))?.isPipe == true
            return pipe ? try Y4MSource(path: path, loops: loops) : try FFmpegSource(path: path, loops: loops)
        }
        var beginning = [UInt8](repeating: 0, count: Y4MHeader.magic.utf8.count)
        do {
            var reader = ByteReader(try Files.open(path, .readOnly), name: path)
            _ = try reader.fill(&beginning)
        } catch { throw PictureSourceError("\(path) can't be opened: \(error)") }
        return beginning.elementsEqual(Y4MHeader.magic.utf8)
            ? try Y4MSource(path: path, loops: loops) : try FFmpegSource(path: path, loops: loops)
    }
}
