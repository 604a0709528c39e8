/// Which way the data goes while a buffer is mapped, seen from memory (enum dma_data_direction).
public enum DataDirection: Hashable, Sendable {
    /// The device reads the memory.
    case toDevice
    /// The device writes the memory.
    case fromDevice
    case bidirectional

    /// Whether the device writes.
    public var deviceWrites: Bool { self != .toDevice }
}
