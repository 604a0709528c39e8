public import LinuxSystem

/// Which of the kernel's own heaps this process can use now, found out by use: each makes a buffer of one page.
public struct KernelHeaps: Sendable, Hashable, CustomStringConvertible {
    /// What is known of one heap.
    public struct Finding: Sendable, Hashable, CustomStringConvertible {
        /// The device's node.
        public var path: String
        /// The name of the heap, as ``BufferHeap/name``.
        public var name: String
        /// Why it makes no buffers, in words for people; nil when it makes them.
        public var obstacle: String?
        /// What the system said to that.
        public var errno: Errno?

        public var isAvailable: Bool { obstacle == nil }

        /// One line.
        public var description: String { "\(path): \(obstacle ?? "makes buffers")" }
    }

    /// /dev/udmabuf, which `UDMABufHeap` uses.
    public var udmabuf: Finding
    /// The heaps in /dev/dma_heap, which `DMAHeap` uses, and "system" in any case, for the reason why it isn't there.
    public var dmaHeaps: [Finding]

    /// A line for each.
    public var description: String { ([udmabuf] + dmaHeaps).map(\.description).joined(separator: "\n") }

    /// Asks the kernel.
    public static func probe() -> KernelHeaps {
        probe(KernelHeapDevice.Places())
    }

    static func probe(_ places: KernelHeapDevice.Places) -> KernelHeaps {
        let present = (try? Files.list("\(places.devices)/dma_heap")) ?? []
        let names = ["system"] + present.filter { $0 != "system" }
        return KernelHeaps(
            udmabuf: finding(KernelHeapDevice(driver: .udmabuf, places: places), "udmabuf") {
                () throws(BufferSharingError) in try UDMABufHeap(places: places)
            },
            dmaHeaps: names.map { name in
                finding(KernelHeapDevice(driver: .heap(name), places: places), name) {
                    () throws(BufferSharingError) in try DMAHeap(name: name, places: places)
                }
            })
    }

    private static func finding(
        _ place: KernelHeapDevice, _ name: String, _ open: () throws(BufferSharingError) -> some BufferHeap
    ) -> Finding {
        do {
            _ = try open().allocate(size: Memory.pageSize, name: "vb2-probe")
            return Finding(path: place.path, name: name, obstacle: nil, errno: nil)
        } catch {
            return Finding(path: place.path, name: name, obstacle: error.context, errno: error.errno)
        }
    }
}
