/// Width and height of a frame, in pixels.
public struct FrameSize: Hashable, Sendable {
    public var width: UInt32
    public var height: UInt32

    public init(width: UInt32, height: UInt32) {
        self.width = width
        self.height = height
    }

    /// A size written as `640x480`. Nil for anything else, and for a zero.
    public init?(_ string: String) {
        let parts = string.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = UInt32(parts[0]), let height = UInt32(parts[1]),
            width > 0, height > 0
        else { return nil }
        self.init(width: width, height: height)
    }
}

extension FrameSize: CustomStringConvertible {
    public var description: String { "\(width)x\(height)" }
}
