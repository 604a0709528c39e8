public import LinuxSystem

/// Which buffer it is. Descriptors that differ can be the same buffer: this tells, and a descriptor's
/// number doesn't. Valid for as long as somebody holds the buffer.
public struct BufferIdentity: Hashable, Sendable {
    public var file: FileIdentity

    public init(_ file: FileIdentity) {
        self.file = file
    }
}
