import CPNG
import LinuxSystem
import PixelFormats

/// PNG files of 8-bit RGB.
public enum PNGFile {
    /// Writes a picture, replacing the file if there is one.
    public static func write(_ picture: RGBPicture, to path: String) throws(ImagingError) {
        var image = unsafe png_image()
        unsafe image.version = png_uint_32(PNG_IMAGE_VERSION)
        unsafe image.width = picture.size.width
        unsafe image.height = picture.size.height
        unsafe image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
        let result = unsafe png_image_write_to_file(&image, path, 0, picture.bytes, Int32(picture.stride), nil)
        guard result != 0 else { throw unsafe ImagingError("\(path) can't be written: \(reason(&image))") }
    }

    /// The same, for a picture that has to be converted first.
    public static func write(_ picture: I420Picture, to path: String) throws(ImagingError) {
        let colours = RGBPicture(size: picture.size)
        colours.convert(from: picture)
        try write(colours, to: path)
    }

    /// Reads a file of any PNG kind as RGB; transparent parts are laid over black.
    /// Fails if the file can't be read, isn't a PNG file, or is larger than 16384 in a dimension.
    public static func read(_ path: String) throws(ImagingError) -> RGBPicture {
        var image = unsafe png_image()
        unsafe image.version = png_uint_32(PNG_IMAGE_VERSION)
        defer { unsafe png_image_free(&image) }
        guard unsafe png_image_begin_read_from_file(&image, path) != 0 else {
            throw unsafe ImagingError("\(path) can't be read: \(reason(&image))")
        }
        let size = unsafe FrameSize(width: image.width, height: image.height)
        guard (1...16384).contains(size.width), (1...16384).contains(size.height) else {
            throw ImagingError("\(path) is larger than 16384x16384")
        }
        unsafe image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
        let picture = RGBPicture(size: size)
        var black = png_color(red: 0, green: 0, blue: 0)
        let finished = unsafe png_image_finish_read(&image, &black, picture.bytes, Int32(picture.stride), nil)
        guard finished != 0 else { throw unsafe ImagingError("\(path) can't be read: \(reason(&image))") }
        return picture
    }

    /// The library's own message, which lies in a fixed array within its struct.
    private static func reason(_ image: inout png_image) -> String {
        let bytes = unsafe withUnsafeBytes(of: &image.message) { unsafe Array($0.prefix { $0 != 0 }) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// JPEG files with 4:2:0 chroma.
public enum JPEGFile {
    /// Writes a picture, replacing the file if there is one.
    /// - Parameter quality: 1 (small) to 100.
    public static func write(_ picture: I420Picture, to path: String, quality: Int = 90) throws(ImagingError) {
        let encoder = try JPEGEncoder(size: picture.size, quality: quality)
        try unsafe encoder.encode(picture) { (data: UnsafeRawBufferPointer) throws(ImagingError) -> Void? in
            do {
                let file = try Files.open(path, .writeOnly, options: [.create, .truncate])
                try unsafe file.writeAll(data.bytes)
                try file.close()
            } catch {
                throw ImagingError("\(path) can't be written: \(error)")
            }
            return ()
        }
    }
}
