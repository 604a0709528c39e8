import PixelFormats
import SystemPackage
import V4L2Types

/// Selection on a device that neither crops nor scales: the whole frame is all there is.
///
/// Capture devices crop what they see, output devices compose what they show; each has the targets of its kind.
enum WholeFrame {
    /// - Throws: EINVAL for a target of the other kind.
    static func rectangle(
        _ target: Selection.Target, of size: FrameSize, isOutput: Bool
    ) throws(Errno) -> PixelRectangle {
        switch target {
        case .crop, .cropDefault, .cropBounds: if isOutput { throw .invalidArgument }
        case .compose, .composeDefault, .composeBounds: if !isOutput { throw .invalidArgument }
        case .nativeSize, .composePadded: throw .invalidArgument
        }
        return PixelRectangle(width: size.width, height: size.height)
    }

    /// The nearest rectangle to what is asked for, which is always the whole.
    /// - Throws: EINVAL for a target that can't be set; ERANGE if the flags forbid the whole frame.
    static func select(_ asked: Selection, of size: FrameSize, isOutput: Bool) throws(Errno) -> PixelRectangle {
        guard asked.target == (isOutput ? .compose : .crop) else { throw .invalidArgument }
        let whole = try rectangle(asked.target, of: size, isOutput: isOutput)
        let isSmaller = whole.width < asked.rectangle.width || whole.height < asked.rectangle.height
        let isLarger = whole.width > asked.rectangle.width || whole.height > asked.rectangle.height
        if asked.flags.contains(.atLeast) && isSmaller || asked.flags.contains(.atMost) && isLarger {
            throw .outOfRange
        }
        return whole
    }
}
