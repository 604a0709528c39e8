public import Imaging
public import PixelFormats

/// Where a device's pictures come from: a test pattern, a file, another program.
///
/// A source belongs to one thread at a time. It gives its pictures at the size of the picture it is handed.
public protocol PictureSource: AnyObject {
    /// The size that the pictures have by themselves; nil if any size is as good.
    var nativeSize: FrameSize? { get }
    /// The time from one picture to the next, in seconds; nil if any is as good.
    var nativeInterval: Rational? { get }
    /// Where the digits are best drawn over the source's pictures.
    var stampPlacement: FrameStamp.Placement { get }

    /// Makes the next picture; false at the end, where the picture is left as it was.
    ///
    /// May wait for a file or a program.
    /// - Parameters:
    ///   - frameNumber: the frame's sequence number.
    ///   - milliseconds: the time since the stream began.
    ///   - picture: where it goes; what was there before doesn't matter.
    func next(
        frameNumber: UInt32, milliseconds: UInt32, into picture: I420Picture
    ) throws(PictureSourceError) -> Bool

    /// Shows another test pattern from the next picture on. Sources that have none ignore it.
    func select(pattern: Int32)
}

extension PictureSource {
    public var stampPlacement: FrameStamp.Placement { .bottom }
    public func select(pattern: Int32) {}
}
