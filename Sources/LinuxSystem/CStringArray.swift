import SystemPackage

/// Texts as a C array of C strings with a null at its end, for as long as the object lives.
@safe
final class CStringArray {
    @unsafe let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    /// - Throws: EINVAL when a text has a zero byte in it, which C would take for its end.
    init(_ texts: [String]) throws(Errno) {
        for text in texts where text.utf8.contains(0) { throw .invalidArgument }
        count = texts.count
        unsafe pointers = .allocate(capacity: count + 1)
        for (index, text) in texts.enumerated() {
            let bytes = text.utf8CString
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            for (offset, byte) in bytes.enumerated() { unsafe (copy + offset).initialize(to: byte) }
            unsafe (pointers + index).initialize(to: copy)
        }
        unsafe (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { unsafe pointers[index]?.deallocate() }
        unsafe pointers.deallocate()
    }
}
