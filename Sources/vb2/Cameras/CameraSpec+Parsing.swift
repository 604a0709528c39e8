import PictureSources
import PixelFormats

/// What is wrong with a SPEC, and what to write instead: one line.
struct CameraSpecError: Error, Hashable, CustomStringConvertible {
    let spec: String
    let fault: String

    var description: String { "bad camera '\(spec)': \(fault)" }
}

extension CameraSpec {
    /// Reads a SPEC. See ``grammar``.
    init(_ text: String) throws(CameraSpecError) {
        let parts = Self.split(text)
        do throws(Fault) {
            self.init(source: try Self.source(parts[0]))
            for option in parts.dropFirst() { try apply(option) }
            if let format, !isMultiPlanar, PixelFormat.find(format)?.memoryPlanes ?? 1 > 1 {
                throw Fault("frames of \(format) are in several buffers; add mplane")
            }
        } catch {
            throw CameraSpecError(spec: text, fault: error.text)
        }
    }

    /// A fault, while it isn't known yet in which SPEC.
    private struct Fault: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    /// The parts between commas; a comma or a backslash after a backslash is a character of its part.
    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var escaped = false
        for character in text {
            if escaped {
                if character != "," && character != "\\" { parts[parts.count - 1].append("\\") }
                parts[parts.count - 1].append(character)
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else if character == "," {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        if escaped { parts[parts.count - 1].append("\\") }
        return parts
    }

    private static func source(_ text: String) throws(Fault) -> Source {
        let (kind, detail) = divide(text, at: ":")
        switch (kind, detail) {
        case ("pattern", nil): return .testPattern(.colourBars)
        case ("pattern", .some(let name)):
            guard let pattern = patterns.first(where: { $0.name == name })?.pattern else {
                let names = patterns.map(\.name).joined(separator: ", ")
                throw Fault("no pattern '\(name)'; there are \(names)")
            }
            return .testPattern(pattern)
        case ("file", .some(let path)) where !path.isEmpty: return .file(path, loops: nil)
        case ("file", _): throw Fault("a file needs its path; write 'file:PATH'")
        case ("-", nil), ("stdin", nil): return .standardInput
        case ("", _): throw Fault("it names no source; write 'pattern', 'file:PATH' or '-'")
        default:
            let mend = text.contains(".") || text.contains("/") ? "'file:\(text)'" : "'pattern', 'file:PATH' or '-'"
            throw Fault("'\(kind)' is no source; write \(mend)")
        }
    }

    /// The patterns by the names that people type.
    private static let patterns: [(name: String, pattern: TestPattern)] = [
        ("bars", .colourBars), ("ramp", .greyRamp), ("checkerboard", .checkerboard), ("black", .black),
    ]

    private mutating func apply(_ option: String) throws(Fault) {
        let (key, value) = Self.divide(option, at: "=")
        switch (key, value) {
        case ("loop", nil), ("once", nil):
            guard case .file(let path, _) = source else { throw Fault("'\(key)' is for a file; leave it out") }
            source = .file(path, loops: key == "loop")
        case ("mplane", nil): isMultiPlanar = true
        case ("size", .some(let value)): size = try Self.size(value)
        case ("fps", .some(let value)): rate = try Self.rate(value)
        case ("format", .some(let value)): format = try Self.format(value)
        case ("pace", .some(let value)):
            guard let pace = Pace(rawValue: value) else {
                throw Fault("no pace '\(value)'; write pace=live or pace=ondemand")
            }
            self.pace = pace
        case ("name", .some(let value)):
            guard (1...31).contains(value.utf8.count) else {
                throw Fault("a name has 1 to 31 bytes; write a shorter one")
            }
            name = value
        case ("node", .some(let value)): node = try Self.node(value)
        case ("size", nil), ("fps", nil), ("format", nil), ("pace", nil), ("name", nil), ("node", nil):
            throw Fault("'\(key)' needs a value; write \(key)=\(Self.examples[key] ?? "")")
        case ("loop", _), ("once", _), ("mplane", _): throw Fault("'\(key)' takes no value; write '\(key)'")
        case ("", nil): throw Fault("an option is empty; leave out the comma")
        default:
            throw Fault(
                "no option '\(key)'; there are size=, fps=, format=, pace=, name=, node=, mplane, loop and once")
        }
    }

    /// What each option's value looks like.
    private static let examples = [
        "size": "640x480", "fps": "30", "format": "YUYV", "pace": "live", "name": "TEXT", "node": "0",
    ]

    private static func size(_ text: String) throws(Fault) -> FrameSize {
        guard let size = FrameSize(text) else { throw Fault("'\(text)' is no size; write size=640x480") }
        let least = sizes.minimum
        let most = sizes.maximum
        guard (least.width...most.width).contains(size.width), (least.height...most.height).contains(size.height)
        else { throw Fault("the size \(size) is out of range; use \(least) to \(most)") }
        guard size.width % 2 == 0, size.height % 2 == 0 else {
            throw Fault("the size \(size) is odd; use even numbers")
        }
        return size
    }

    private static func rate(_ text: String) throws(Fault) -> Rational {
        let (whole, part) = divide(text, at: "/")
        let denominator = part.map { UInt32($0) } ?? 1
        guard let numerator = UInt32(whole), let denominator, denominator > 0 else {
            throw Fault("'\(text)' is no frame rate; write fps=30 or fps=30000/1001")
        }
        guard UInt64(numerator) >= UInt64(rates.lowerBound) * UInt64(denominator),
            UInt64(numerator) <= UInt64(rates.upperBound) * UInt64(denominator)
        else { throw Fault("\(text) frames per second are out of range; use 1 to 120") }
        return Rational(numerator, denominator)
    }

    private static func format(_ text: String) throws(Fault) -> FourCC {
        if let fourCC = FourCC(text), PixelFormat.find(fourCC) != nil { return fourCC }
        let known = PixelFormat.all.map { $0.fourCC.description }.joined(separator: " ")
        throw Fault("no format '\(text)'; use one of \(known)")
    }

    private static func node(_ text: String) throws(Fault) -> Int {
        guard let node = Int(text), (0...greatestNode).contains(node) else {
            throw Fault("'\(text)' is no device number; write node=0 to node=\(greatestNode)")
        }
        return node
    }

    /// What is before the first separator, and what is after it if there is one.
    private static func divide(_ text: String, at separator: Character) -> (String, String?) {
        guard let index = text.firstIndex(of: separator) else { return (text, nil) }
        return (String(text[..<index]), String(text[text.index(after: index)...]))
    }
}
