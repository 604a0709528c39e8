import BufferSharing
import CBenchmarks
import LinuxSystem
import SystemPackage

/// What it costs to map a buffer: for the first time, again, into a device's addresses, and when descriptors rotate.
enum MapRows {
    /// A frame of 4K in YUYV, and half as much again.
    private static let size = 24 << 20

    static func run(_ settings: SystemSettings, _ add: (Row) -> Void) throws {
        try addFirstMap("4K pages", .standard, add)
        try addKeptMap(add)
        try addDeviceMap(add)
        try addRotation(add)
        // Last: from here on all shared memory that asks for huge pages has them.
        settings.provideHugePages()
        defer { settings.putBack() }
        if SystemSettings.areTransparent {
            try addFirstMap("THP", .transparentHuge, add)
        } else {
            print("no transparent huge pages here; their rows are left out")
        }
        do {
            try addFirstMap("hugetlb", .huge, add)
        } catch let error as BufferSharingError {
            print("no rows of hugetlb: \(error)")
        }
    }

    /// From attach to detach, alone and with a write to each page: a map whose pages come one by one, as the device
    /// writes, would seem to cost nothing.
    private static func addFirstMap(_ name: String, _ pages: PageKind, _ add: (Row) -> Void) throws {
        let buffer = try MemoryFileHeap(pages: pages).allocate(size: size, name: "bench")
        let space = AddressSpace()
        func once(writes: Bool) throws {
            let attachment = try space.attach(buffer, policy: .perUse)
            let mapping = try attachment.map(direction: .fromDevice).mapping
            if writes { unsafe bench_write_pages(mapping.base, mapping.count) }
            attachment.unmap()
            attachment.detach()
        }
        // The reference has memory of its own, of the same kind, and all pages of both are there.
        let file = try MemoryFile.create(name: "reference", size: size, isHuge: pages == .huge)
        try fill(file.descriptor, pages)
        try once(writes: true)
        for writes in [false, true] {
            let medians = try Rounds.compare(
                31,
                reference: {
                    try Rounds.time { try check(bench_map_populated(file.descriptor.raw, size, writes)) }
                }, subject: { try Rounds.time { try once(writes: writes) } })
            let what = writes ? "first map + a write to each page" : "first map"
            let reference = writes ? "mmap(MAP_POPULATE), writes" : "mmap(MAP_POPULATE)"
            add(
                Row(
                    name: "\(what) of 24 MiB that are there, \(name)", unit: .nanoseconds, value: medians.value,
                    reference: medians.reference, referenceName: reference, target: .atMost(1.5)))
        }
    }

    private static func fill(_ file: borrowing OwnedDescriptor, _ pages: PageKind) throws {
        let mapping = try MemoryMapping(descriptor: file, length: size, access: .readWrite)
        if pages == .transparentHuge { mapping.adviseHugePages() }
        unsafe bench_write_pages(mapping.base, mapping.count)
    }

    /// As a queue does around each frame.
    private static func addKeptMap(_ add: (Row) -> Void) throws {
        let pairs = 100_000
        let buffer = try MemoryFileHeap().allocate(size: size, name: "bench")
        let attachment = try AddressSpace().attach(buffer, policy: .forever)
        _ = try attachment.map(direction: .fromDevice)
        attachment.unmap()
        let medians = try Rounds.compare(
            31, reference: { Rounds.time(pairs) { bench_null_calls(Int64(pairs)) } },
            subject: {
                try Rounds.time(pairs) {
                    for _ in 0..<pairs {
                        _ = try attachment.map(direction: .fromDevice)
                        attachment.unmap()
                    }
                }
            })
        add(
            Row(
                name: "kept map + unmap", unit: .nanoseconds, value: medians.value, reference: medians.reference,
                referenceName: "getppid()", target: .atMost(0.4)))
    }

    /// 6144 pages, each with an entry of its own in the page tables.
    private static func addDeviceMap(_ add: (Row) -> Void) throws {
        let buffer = try MemoryFileHeap().allocate(size: size, name: "bench")
        let file = try MemoryFile.create(name: "reference", size: size)
        try fill(file.descriptor, .standard)
        let iommu = IOMMU()
        let space = AddressSpace(iommu: iommu, constraints: DMAConstraints())
        let attachment = try space.attach(buffer)
        let mapping = try attachment.map(direction: .fromDevice).mapping
        let backing: any IOBacking = mapping
        let medians = try Rounds.compare(
            31, reference: { try Rounds.time { try check(bench_map_populated(file.descriptor.raw, size, false)) } },
            subject: {
                try Rounds.time {
                    let mapped = try iommu.map(backing, length: size, access: .write, constraints: DMAConstraints())
                    iommu.unmap(mapped)
                }
            })
        attachment.unmap()
        add(
            Row(
                name: "IOVA map + unmap of 24 MiB", unit: .nanoseconds, value: medians.value,
                reference: medians.reference, referenceName: "mmap(MAP_POPULATE)", target: .atMost(0.1)))
    }

    /// A program that queues 32 buffers over 4 indices in turn: each index is attached to another buffer every time.
    private static func addRotation(_ add: (Row) -> Void) throws {
        let heap = MemoryFileHeap()
        let descriptors = try (0..<32).map { _ in try heap.allocate(size: size, name: "bench") }
        let space = AddressSpace(idleLimits: IdleMappingLimits(mappings: 64, bytes: 32 * size))
        let owner = MappingOwner(heap)
        var indices: [Attachment?] = Array(repeating: nil, count: 4)
        func round() throws -> Double {
            let before = space.counters.realMaps
            for (number, buffer) in descriptors.enumerated() {
                let index = number % indices.count
                indices[index]?.detach()
                let attachment = try space.attach(buffer, owner: owner)
                _ = try attachment.map(direction: .fromDevice)
                attachment.unmap()
                indices[index] = attachment
            }
            return Double(space.counters.realMaps - before)
        }
        let first = try round()
        let later = try (0..<10).map { _ in try round() }.max() ?? .nan
        add(
            Row(
                name: "32 descriptors over 4 indices: maps in a later round", unit: .count("maps"), value: later,
                reference: first, referenceName: "in the first round", target: .atMost(0)))
    }

    private static func check(_ result: Int32) throws(Errno) {
        if result < 0 { throw Errno(rawValue: -result) }
    }
}
