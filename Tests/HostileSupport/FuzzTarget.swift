/// What is fuzzed: bytes of a fuzzer, or of its corpus, become what a program could do. What must not be, traps.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// Messages and descriptors on a program's sockets.
    case messages
    /// Words of the shared page, written between and during the looks of the server.
    case rings
    /// The structs of all ioctls, straight to the dispatcher.
    case ioctls

    /// One input. Each begins with new devices, so that the same bytes do the same.
    public func run(_ bytes: [UInt8]) {
        switch self {
        case .messages: MessageFuzz.run(bytes)
        case .rings: RingFuzz.run(bytes)
        case .ioctls: IoctlFuzz.run(bytes)
        }
    }
}

/// What must hold whatever a program does.
func require(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}
