/// Why a picture source can't go on: one line that says what was wrong, where, and how to mend it.
public struct PictureSourceError: Error, Hashable, Sendable, CustomStringConvertible {
    public var message: String

    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
