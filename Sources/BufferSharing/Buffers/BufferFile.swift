import LinuxSystem

/// The open file of a buffer, for those who share it in this process. Closed with the last of them.
final class BufferFile: Sendable {
    let descriptor: OwnedDescriptor

    init(_ descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }
}
