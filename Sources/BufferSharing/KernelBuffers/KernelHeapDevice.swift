import LinuxSystem

/// A device node that makes dma-bufs.
struct KernelHeapDevice: Sendable {
    /// Which driver is behind it.
    enum Driver: Sendable, Hashable {
        /// drivers/dma-buf/udmabuf.c.
        case udmabuf
        /// drivers/dma-buf/dma-heap.c, with the heap's name.
        case heap(String)
    }

    /// Where the kernel's file systems are mounted. Tests have folders of their own.
    struct Places: Sendable {
        var devices = "/dev"
        var system = "/sys"
    }

    let driver: Driver
    var places = Places()

    var path: String {
        switch driver {
        case .udmabuf: "\(places.devices)/udmabuf"
        case .heap(let name): "\(places.devices)/dma_heap/\(name)"
        }
    }

    /// Where sysfs shows the driver, whether or not there is a node.
    private var systemPath: String {
        switch driver {
        case .udmabuf: "\(places.system)/class/misc/udmabuf"
        case .heap(let name): "\(places.system)/class/dma_heap/\(name)"
        }
    }

    /// Opens it.
    /// - Throws: `.accessDenied` or `.system`, with the reason in words for people.
    func open() throws(BufferSharingError) -> OwnedDescriptor {
        do {
            // Nonblocking, in case that somebody has put a pipe there.
            return try Files.open(path, .readWrite, options: .nonblocking)
        } catch {
            throw .system(error, absence(error).reason)
        }
    }

    /// Collects what explains that a call on the node has failed.
    func absence(_ errno: Errno) -> KernelHeapAbsence {
        let heaps = (try? Files.list("\(places.devices)/dma_heap")) ?? []
        return KernelHeapAbsence(
            path: path, driver: driver, errno: errno, isInSystem: Files.exists(systemPath), heaps: heaps,
            node: (try? Files.status(path)).map {
                KernelHeapAbsence.Node(
                    owner: $0.owner, group: $0.group, groupName: Groups.name(of: $0.group), permissions: $0.permissions)
            })
    }
}
