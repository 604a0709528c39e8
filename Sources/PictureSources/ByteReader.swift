import LinuxSystem
import SystemPackage

/// Reads a file or a pipe in lines and in blocks, and counts.
///
/// A block is read straight to where it is wanted; only lines go through a small buffer. Blocks that are read and
/// lines that are compared allocate nothing.
struct ByteReader: ~Copyable {
    private let input: OwnedDescriptor
    /// What error messages call it.
    let name: String
    private var buffer = [UInt8](repeating: 0, count: 4096)
    private var unread = 0..<0
    /// Bytes taken so far.
    private(set) var position = 0

    init(_ input: consuming OwnedDescriptor, name: String) {
        self.input = input
        self.name = name
    }

    /// Takes the next byte; nil at the end.
    mutating func byte() throws(PictureSourceError) -> UInt8? {
        if unread.isEmpty {
            let count = try readBuffer()
            unread = 0..<count
            if count == 0 { return nil }
        }
        let byte = buffer[unread.lowerBound]
        unread = (unread.lowerBound + 1)..<unread.upperBound
        position += 1
        return byte
    }

    /// Takes a line of at most `limit` bytes; nil at the end of the file. The line's end isn't part of it.
    mutating func line(limit: Int) throws(PictureSourceError) -> String? {
        var bytes: [UInt8] = []
        while let byte = try byte() {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
            if bytes.count > limit { return String(decoding: bytes, as: UTF8.self) }
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// Takes bytes until the block is full or the file ends, and says how many.
    mutating func fill(_ block: inout [UInt8]) throws(PictureSourceError) -> Int {
        let buffered = min(unread.count, block.count)
        for index in 0..<buffered { block[index] = buffer[unread.lowerBound + index] }
        unread = (unread.lowerBound + buffered)..<unread.upperBound
        var filled = buffered
        while filled < block.count {
            let count = try read(into: &block, from: filled)
            if count == 0 { break }
            filled += count
        }
        position += filled
        return filled
    }

    /// As below, to the buffer, which is taken out of `self` meanwhile.
    private mutating func readBuffer() throws(PictureSourceError) -> Int {
        var taken: [UInt8] = []
        swap(&taken, &buffer)
        defer { swap(&taken, &buffer) }
        return try read(into: &taken, from: 0)
    }

    /// One read(2) to the rest of a block; 0 at the end of the file.
    private func read(into block: inout [UInt8], from first: Int) throws(PictureSourceError) -> Int {
        var result: Result<Int, Errno> = .success(0)
        unsafe block.withUnsafeMutableBytes { bytes in
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[first...])
            result = Result { () throws(Errno) in try unsafe input.read(into: rest) }
        }
        switch result {
        case .success(let count): return count
        case .failure(let error): throw PictureSourceError("\(name) can't be read at byte \(position): \(error)")
        }
    }
}
