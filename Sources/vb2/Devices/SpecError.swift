/// What is wrong with a SPEC, and what to write instead: one line.
struct SpecError: Error, Hashable, CustomStringConvertible {
    /// Which kind of device was meant: "camera" or "display".
    let kind: String
    let spec: String
    let fault: String

    var description: String { "bad \(kind) '\(spec)': \(fault)" }
}

/// A fault, while it isn't known yet in which SPEC.
struct SpecFault: Error {
    let text: String

    init(_ text: String) { self.text = text }
}
