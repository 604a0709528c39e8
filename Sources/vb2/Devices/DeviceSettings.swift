import PixelFormats
import VirtualDevices

/// What every kind of device can be told.
struct DeviceSettings: Hashable, Sendable {
    /// The sizes that a device can have.
    static let sizes = SizeRange.standard
    /// The frame rates that a device can have, in frames per second.
    static let rates: ClosedRange<UInt32> = 1...120
    /// The greatest N of a /dev/videoN.
    static let greatestNode = 255

    var pace: Pace = .live
    /// The card's name; nil for one made from the number.
    var name: String?
    /// N of /dev/videoN; nil for the next free one.
    var node: Int?
    /// The size at the start; nil for the source's own, or the usual one.
    var size: FrameSize?
    /// The largest size that programs can choose.
    var limit = Self.sizes.maximum
    /// Frames per second at the start; nil for the source's own, or the usual one.
    var rate: Rational?
    /// The pixel format at the start; nil for the first.
    var format: FourCC?
    /// Whether the device has the multi-planar interface.
    var isMultiPlanar = false

    /// The sizes that programs can choose.
    var sizes: SizeRange {
        SizeRange(minimum: Self.sizes.minimum, maximum: limit, step: Self.sizes.step)
    }

    /// Takes an option, if it is one of those that every device has.
    /// - Returns: whether it is.
    mutating func apply(_ key: String, _ value: String?) throws(SpecFault) -> Bool {
        switch (key, value) {
        case ("mplane", nil): isMultiPlanar = true
        case ("size", .some(let value)): size = try SpecText.size(value, key)
        case ("limit", .some(let value)): limit = try SpecText.size(value, key)
        case ("fps", .some(let value)): rate = try SpecText.rate(value)
        case ("format", .some(let value)): format = try SpecText.format(value)
        case ("pace", .some("live")): pace = .live
        case ("pace", .some("ondemand")): pace = .onDemand
        case ("pace", .some(let value)): throw SpecFault("no pace '\(value)'; write pace=live or pace=ondemand")
        case ("name", .some(let value)):
            guard (1...31).contains(value.utf8.count) else {
                throw SpecFault("a name has 1 to 31 bytes; write a shorter one")
            }
            name = value
        case ("node", .some(let value)): node = try SpecText.node(value)
        case ("mplane", _): throw SpecFault("'mplane' takes no value; write 'mplane'")
        case ("", nil): throw SpecFault("an option is empty; leave out the comma")
        default:
            guard value == nil, let example = Self.examples[key] else { return false }
            throw SpecFault("'\(key)' needs a value; write \(key)=\(example)")
        }
        return true
    }

    /// Whether the options go together.
    func check() throws(SpecFault) {
        if let format, !isMultiPlanar, PixelFormat.find(format)?.memoryPlanes ?? 1 > 1 {
            throw SpecFault("frames of \(format) are in several buffers; add mplane")
        }
        if let size, size.width > limit.width || size.height > limit.height {
            throw SpecFault("the size \(size) is above the limit; write a greater limit=\(size)")
        }
    }

    /// What each option's value looks like.
    private static let examples = [
        "size": "640x480", "limit": "640x480", "fps": "30", "format": "YUYV", "pace": "live", "name": "TEXT",
        "node": "0",
    ]

    /// The names of the options, for faults.
    static let names = "size=, limit=, fps=, format=, pace=, name=, node=, mplane"
}
