/// A text field of a kernel struct: UTF-8, zero-terminated, of fixed size.
package enum FixedText {
    /// Reads up to the first zero byte, or the whole field if it has none. Bytes that are no UTF-8 are replaced.
    package static func load<Field: BitwiseCopyable>(_ field: Field) -> String {
        unsafe withUnsafeBytes(of: field) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// Writes `text`, cut between two characters so that a zero always ends it, and zeroes the rest.
    package static func store<Field: BitwiseCopyable>(_ text: String, into field: inout Field) {
        unsafe withUnsafeMutableBytes(of: &field) { bytes in
            unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
            var position = 0
            for character in text {
                let units = character.utf8
                guard position + units.count < bytes.count else { return }
                for unit in units {
                    unsafe bytes[position] = unit
                    position += 1
                }
            }
        }
    }
}
