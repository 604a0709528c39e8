import DeviceProtocol
import FoundationEssentials

/// A device as `vb2 list --json` shows it. The keys stay; there may come more.
struct DeviceReport: Encodable {
    var node: Int
    var path: String
    var card: String
    var driver: String
    var bus: String
    /// V4L2_CAP_*, as VIDIOC_QUERYCAP has it in `device_caps`.
    var capabilities: UInt32
    /// "capture" or "output".
    var direction: String
    var format: String
    /// "streaming", "allocated" (a program has buffers) or "free".
    var state: String
    /// Whose buffers they are; absent if there are none.
    var ownerPid: Int32?
    var ownerUid: UInt32?
    var handles: Int
    var frames: Int
    var starved: Int
    var late: Int
    var buffers: Int
    var bytes: Int

    init(_ status: DeviceStatus) {
        node = status.node
        path = "/dev/video\(status.node)"
        card = status.card
        driver = status.driver
        bus = status.bus
        capabilities = status.capabilities
        direction = status.isOutput ? "output" : "capture"
        format = status.format
        state = status.isStreaming ? "streaming" : status.buffers > 0 ? "allocated" : "free"
        ownerPid = status.ownerUID == nil ? nil : status.ownerPID
        ownerUid = status.ownerUID
        handles = status.handles
        frames = status.frames
        starved = status.starved
        late = status.late
        buffers = status.buffers
        bytes = status.bytes
    }

    /// All devices as one JSON array, keys in alphabetical order.
    static func text(_ statuses: [DeviceStatus]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(statuses.map(Self.init)), as: UTF8.self)
    }
}
