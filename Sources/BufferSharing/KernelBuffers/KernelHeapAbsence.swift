import LinuxSystem

/// Why a heap of the kernel can't be used, in words for people: a pure function of what was found.
struct KernelHeapAbsence {
    /// What its node looks like.
    struct Node {
        var owner: UInt32
        var group: UInt32
        var groupName: String?
        var permissions: UInt32
    }

    var path: String
    var driver: KernelHeapDevice.Driver
    /// What the system said.
    var errno: Errno
    /// Whether sysfs has the driver.
    var isInSystem: Bool
    /// The other heaps that have a node.
    var heaps: [String]
    var node: Node?

    /// One line, without a full stop.
    var reason: String {
        switch errno {
        case .noSuchFileOrDirectory, .notDirectory: missing
        case .permissionDenied: denied
        case .notPermitted:
            "not permitted: \(path) is forbidden to this control group; a container has to be given the device"
        case .noSuchAddressOrDevice, .operationNotSupportedByDevice: "\(path) is there, but no driver answers"
        case .inappropriateIOCTLForDevice: "\(path) is something else than its name says"
        default: "\(path) can't be used: \(errno)"
        }
    }

    private var missing: String {
        if isInSystem { return "no \(path): the kernel has the driver, but this /dev (a container's?) has no node" }
        switch driver {
        case .udmabuf:
            return "no \(path): the kernel has no CONFIG_UDMABUF, or the module udmabuf isn't loaded"
        case .heap where heaps.isEmpty:
            return "no \(path): the kernel has no CONFIG_DMABUF_HEAPS, or no driver has added a heap"
        case .heap:
            return "no \(path): the heaps here are \(heaps.joined(separator: ", "))"
        }
    }

    private var denied: String {
        guard let node else { return "permission denied: \(path)" }
        let owner = node.owner == 0 ? "root" : "user \(node.owner)"
        let group = node.groupName ?? "\(node.group)"
        let mode = String(node.permissions, radix: 8)
        let way =
            node.permissions & 0o060 == 0o060
            ? "join the group \(group), or run as \(owner)"
            : "run as \(owner), or let a udev rule give it to a group"
        return "permission denied: \(path) belongs to \(owner) and the group \(group), mode \(mode); \(way)"
    }
}
