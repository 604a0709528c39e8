package import CVideoABI

/// What a device is and can do: `struct v4l2_capability`, VIDIOC_QUERYCAP.
public struct Capability: Sendable, Hashable {
    /// Name of the driver, at most 15 bytes.
    public var driver: String
    /// Name of the device, for people, at most 31 bytes.
    public var card: String
    /// Where the device sits, at most 31 bytes. Programs know a fixed set of prefixes, of which
    /// `platform:` suits a device without hardware.
    public var busInfo: String
    /// The version of the interface.
    public var version: InterfaceVersion
    /// Of the whole physical device.
    public var capabilities: CapabilityFlags
    /// Of this node.
    public var deviceCapabilities: CapabilityFlags

    public init(
        driver: String, card: String, busInfo: String, version: InterfaceVersion,
        capabilities: CapabilityFlags, deviceCapabilities: CapabilityFlags
    ) {
        self.driver = driver
        self.card = card
        self.busInfo = busInfo
        self.version = version
        self.capabilities = capabilities
        self.deviceCapabilities = deviceCapabilities
    }

    package init(_ c: v4l2_capability) {
        self.init(
            driver: FixedText.load(c.driver), card: FixedText.load(c.card), busInfo: FixedText.load(c.bus_info),
            version: InterfaceVersion(rawValue: c.version),
            capabilities: CapabilityFlags(rawValue: c.capabilities),
            deviceCapabilities: CapabilityFlags(rawValue: c.device_caps))
    }

    package func encode(into c: inout v4l2_capability) {
        c = v4l2_capability()
        FixedText.store(driver, into: &c.driver)
        FixedText.store(card, into: &c.card)
        FixedText.store(busInfo, into: &c.bus_info)
        c.version = version.rawValue
        c.capabilities = capabilities.rawValue
        c.device_caps = deviceCapabilities.rawValue
    }
}

/// A kernel version as QUERYCAP packs it: major, minor and patch in bits 16..., 8...15 and 0...7.
public struct InterfaceVersion: RawRepresentable, Sendable, Hashable {
    public var rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public init(_ major: UInt8, _ minor: UInt8, _ patch: UInt8) {
        self.init(rawValue: UInt32(major) << 16 | UInt32(minor) << 8 | UInt32(patch))
    }

    /// The version of the interface that this package follows: Linux 6.12.
    public static let current = InterfaceVersion(6, 12, 0)
}
