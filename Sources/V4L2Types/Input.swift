package import CVideoABI

/// One of the inputs that a capture device can take its picture from: `struct v4l2_input`,
/// VIDIOC_ENUMINPUT.
public struct Input: Sendable, Hashable {
    /// `V4L2_INPUT_TYPE_*`
    public struct Kind: RawRepresentable, Sendable, Hashable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `V4L2_INPUT_TYPE_CAMERA`: anything without a tuner.
        public static let camera = Kind(rawValue: UInt32(V4L2_INPUT_TYPE_CAMERA))
    }

    /// `V4L2_IN_ST_*`: what is wrong with the signal.
    public struct Status: OptionSet, Sendable, Hashable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `V4L2_IN_ST_NO_POWER`
        public static let noPower = Status(rawValue: UInt32(V4L2_IN_ST_NO_POWER))
        /// `V4L2_IN_ST_NO_SIGNAL`
        public static let noSignal = Status(rawValue: UInt32(V4L2_IN_ST_NO_SIGNAL))
        /// `V4L2_IN_ST_HFLIP`
        public static let flippedHorizontally = Status(rawValue: UInt32(V4L2_IN_ST_HFLIP))
        /// `V4L2_IN_ST_VFLIP`
        public static let flippedVertically = Status(rawValue: UInt32(V4L2_IN_ST_VFLIP))
    }

    /// For people, at most 31 bytes.
    public var name: String
    public var kind: Kind
    public var status: Status

    public init(name: String, kind: Kind = .camera, status: Status = []) {
        self.name = name
        self.kind = kind
        self.status = status
    }

    package init(_ c: v4l2_input) {
        self.init(
            name: FixedText.load(c.name), kind: Kind(rawValue: c.type), status: Status(rawValue: c.status))
    }

    /// Fills everything but the index, which the program gave.
    package func encode(into c: inout v4l2_input) {
        let index = c.index
        c = v4l2_input()
        c.index = index
        FixedText.store(name, into: &c.name)
        c.type = kind.rawValue
        c.status = status.rawValue
    }
}
