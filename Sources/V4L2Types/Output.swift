package import CVideoABI

/// One of the outputs that a device can send its picture to: `struct v4l2_output`, VIDIOC_ENUMOUTPUT.
public struct Output: Sendable, Hashable {
    /// `V4L2_OUTPUT_TYPE_*`
    public struct Kind: RawRepresentable, Sendable, Hashable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `V4L2_OUTPUT_TYPE_ANALOG`: anything without a modulator.
        public static let analog = Kind(rawValue: UInt32(V4L2_OUTPUT_TYPE_ANALOG))
    }

    /// For people, at most 31 bytes.
    public var name: String
    public var kind: Kind

    public init(name: String, kind: Kind = .analog) {
        self.name = name
        self.kind = kind
    }

    package init(_ c: v4l2_output) {
        self.init(name: FixedText.load(c.name), kind: Kind(rawValue: c.type))
    }

    /// Fills everything but the index, which the program gave.
    package func encode(into c: inout v4l2_output) {
        let index = c.index
        c = v4l2_output()
        c.index = index
        FixedText.store(name, into: &c.name)
        c.type = kind.rawValue
    }
}
