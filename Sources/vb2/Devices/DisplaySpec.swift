/// What one `--display` says: what it offers, and where what it shows is kept.
///
/// The text is `display`, and options: `display:size=1280x720,png=last.png`. See ``DeviceSpec/grammar``.
struct DisplaySpec: Hashable, Sendable {
    var settings = DeviceSettings()
    /// A PNG file of the last frame of each stream; nil for none.
    var picturePath: String?
    /// A Y4M file of every frame that is shown; nil for none.
    var recordingPath: String?

    /// What a SPEC begins with.
    static let word = "display"

    init() {}

    /// Reads a SPEC.
    init(_ text: String) throws(SpecError) {
        var parts = SpecText.split(text)
        do throws(SpecFault) {
            let (kind, first) = SpecText.divide(parts.removeFirst(), at: ":")
            guard kind == Self.word else { throw SpecFault("a display's SPEC begins with 'display'") }
            if let first { parts.insert(first, at: 0) }
            for option in parts {
                let (key, value) = SpecText.divide(option, at: "=")
                if try settings.apply(key, value) { continue }
                try applyOwn(key, value)
            }
            try settings.check()
        } catch {
            throw SpecError(kind: "display", spec: text, fault: error.text)
        }
    }

    /// The options that only a display has.
    private mutating func applyOwn(_ key: String, _ value: String?) throws(SpecFault) {
        switch (key, value) {
        case ("png", .some(let path)) where !path.isEmpty: picturePath = path
        case ("y4m", .some(let path)) where !path.isEmpty: recordingPath = path
        case ("png", _), ("y4m", _): throw SpecFault("'\(key)' needs a path; write \(key)=FILE")
        default: throw SpecFault("no option '\(key)'; there are \(DeviceSettings.names), png= and y4m=")
        }
    }
}
