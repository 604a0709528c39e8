import PictureSources
import PixelFormats

extension CameraSpec {
    /// Reads a SPEC. See ``DeviceSpec/grammar``.
    init(_ text: String) throws(SpecError) {
        let parts = SpecText.split(text)
        do throws(SpecFault) {
            self.init(source: try Self.source(parts[0]))
            for option in parts.dropFirst() {
                let (key, value) = SpecText.divide(option, at: "=")
                if try settings.apply(key, value) { continue }
                try applyOwn(key, value)
            }
            try settings.check()
        } catch {
            throw SpecError(kind: "camera", spec: text, fault: error.text)
        }
    }

    private static func source(_ text: String) throws(SpecFault) -> Source {
        let (kind, detail) = SpecText.divide(text, at: ":")
        switch (kind, detail) {
        case ("pattern", nil): return .testPattern(.colourBars)
        case ("pattern", "none"): return .unpainted
        case ("pattern", .some(let name)):
            guard let pattern = patterns.first(where: { $0.name == name })?.pattern else {
                let names = (patterns.map(\.name) + ["none"]).joined(separator: ", ")
                throw SpecFault("no pattern '\(name)'; there are \(names)")
            }
            return .testPattern(pattern)
        case ("file", .some(let path)) where !path.isEmpty: return .file(path, loops: nil)
        case ("file", _): throw SpecFault("a file needs its path; write 'file:PATH'")
        case ("-", nil), ("stdin", nil): return .standardInput
        case ("", _): throw SpecFault("it names no source; write 'pattern', 'file:PATH' or '-'")
        default:
            let mend = text.contains(".") || text.contains("/") ? "'file:\(text)'" : "'pattern', 'file:PATH' or '-'"
            throw SpecFault("'\(kind)' is no source; write \(mend)")
        }
    }

    /// The patterns by the names that people type.
    private static let patterns: [(name: String, pattern: TestPattern)] = [
        ("bars", .colourBars), ("ramp", .greyRamp), ("checkerboard", .checkerboard), ("black", .black),
    ]

    /// The options that only a camera has.
    private mutating func applyOwn(_ key: String, _ value: String?) throws(SpecFault) {
        switch (key, value) {
        case ("loop", nil), ("once", nil):
            guard case .file(let path, _) = source else { throw SpecFault("'\(key)' is for a file; leave it out") }
            source = .file(path, loops: key == "loop")
        case ("eos", nil): announcesEnd = true
        case ("frames", .some(let value)): frameCount = try Self.frame(value, "frames=100")
        case ("change", .some(let value)): change = try Self.change(value)
        case ("loop", _), ("once", _), ("eos", _): throw SpecFault("'\(key)' takes no value; write '\(key)'")
        case ("frames", nil): throw SpecFault("'frames' needs a value; write frames=100")
        case ("change", nil): throw SpecFault("'change' needs a value; write change=100:1280x720")
        default:
            let names = "\(DeviceSettings.names), frames=, eos, change=, loop and once"
            throw SpecFault("no option '\(key)'; there are \(names)")
        }
    }

    private static func frame(_ text: String, _ example: String) throws(SpecFault) -> UInt32 {
        guard let frame = UInt32(text), frame > 0 else {
            throw SpecFault("'\(text)' is no number of frames; write \(example)")
        }
        return frame
    }

    private static func change(_ text: String) throws(SpecFault) -> Change {
        let (frame, size) = SpecText.divide(text, at: ":")
        guard let size, FrameSize(size) != nil else {
            throw SpecFault("'\(text)' names no size; write change=100:1280x720")
        }
        return Change(frame: try self.frame(frame, "change=100:1280x720"), size: try SpecText.size(size, "change"))
    }
}
