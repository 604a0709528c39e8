public import LinuxSystem
public import Logging
public import VideoDevice

/// How a server runs.
public struct ServerConfiguration: Sendable {
    /// The folder in which it listens: one socket for each device. It must exist.
    public var directory: String
    public var logger: Logger
    /// Threads that devices are spread over; a device lives on one for good.
    public var threads: Int
    /// Who may open the devices; the sockets' permissions follow from it.
    public var access: AccessPolicy
    /// How much each user may have.
    public var limits: ClientLimits
    /// Told of each stream that ends, on the device's thread.
    public var onReport: (@Sendable (StreamReport) -> Void)?

    public init(
        directory: String, logger: Logger, threads: Int = 2, access: AccessPolicy = AccessPolicy(),
        limits: ClientLimits = ClientLimits(memory: Memory.total)
    ) {
        self.directory = directory
        self.logger = logger
        self.threads = max(1, threads)
        self.access = access
        self.limits = limits
    }
}

/// One device that a server is to offer.
public struct DeviceSpecification: Sendable {
    /// N of /dev/videoN.
    public var node: Int
    /// Makes the device, on the thread that it will live on. What it throws becomes a `ServerError`.
    public var make: @Sendable () throws -> any StreamingDevice

    public init(node: Int, make: @escaping @Sendable () throws -> any StreamingDevice) {
        self.node = node
        self.make = make
    }
}

/// Why a server could not start: one line for a person.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    public var description: String
    /// What the maker of a device threw, if that was it.
    public var cause: (any Error)?

    public init(_ description: String, cause: (any Error)? = nil) {
        self.description = description
        self.cause = cause
    }
}
