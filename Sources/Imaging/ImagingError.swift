/// Why a picture couldn't be converted, read or written: one line for a person to read.
public struct ImagingError: Error, Hashable, Sendable, CustomStringConvertible {
    public var message: String

    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
