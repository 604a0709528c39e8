public import V4L2Types

/// What a device says of itself, constant as long as it exists.
public struct DeviceInformation: Sendable, Hashable {
    /// Name of the driver, at most 15 bytes.
    public var driver: String
    /// Name of the device, for people, at most 31 bytes.
    public var card: String
    /// Where the device sits, at most 31 bytes: `platform:` and a name that no other device has.
    public var busInfo: String
    /// What the node can do. The flags that every node has are added.
    public var capabilities: CapabilityFlags

    public init(driver: String, card: String, busInfo: String, capabilities: CapabilityFlags) {
        self.driver = driver
        self.card = card
        self.busInfo = busInfo
        self.capabilities = capabilities
    }

    /// The answer to VIDIOC_QUERYCAP, with what the kernel adds for every driver (`v4l_querycap`).
    package var capability: Capability {
        let ofNode = capabilities.union(.extendedPixelFormat)
        return Capability(
            driver: driver, card: card, busInfo: busInfo, version: .current,
            capabilities: ofNode.union(.deviceCapabilities), deviceCapabilities: ofNode)
    }
}
