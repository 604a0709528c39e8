import CLinuxSystem
public import SystemPackage

/// The two ends of a pipe (pipe2(2)), close-on-exec and blocking.
public struct Pipe: ~Copyable, Sendable {
    public var read: OwnedDescriptor
    public var write: OwnedDescriptor

    /// - Throws: EMFILE.
    public static func create() throws(Errno) -> Pipe {
        var raw: [2 of Int32] = [-1, -1]
        var numbers = raw.mutableSpan
        try checked(
            unsafe numbers.withUnsafeMutableBufferPointer { unsafe linux_pipe($0.baseAddress) })
        return Pipe(read: OwnedDescriptor(adopting: raw[0]), write: OwnedDescriptor(adopting: raw[1]))
    }

    /// Closes the end for writing, and keeps the other.
    public consuming func intoRead() -> OwnedDescriptor {
        read
    }

    /// Closes the end for reading, and keeps the other.
    public consuming func intoWrite() -> OwnedDescriptor {
        write
    }
}
