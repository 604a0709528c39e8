import BufferSharing
import LinuxSystem
import Testing

/// What a map costs beside mapping the same memory in a process. Printed, not judged: only counts are.
@Suite(.serialized) struct IOMMUCostTests {
    static let length = 24 << 20

    @Test func mapping24MiB() throws {
        let iommu = IOMMU()
        let small = IOTestMemory(byteCount: Self.length)
        let large = IOTestMemory(byteCount: Self.length, layout: .contiguous(first: 512))
        let file = try MemoryFile.create(name: "cost", size: Self.length)
        // The pages exist, as those of a buffer that was used before.
        try MemoryMapping(descriptor: file.descriptor, length: Self.length, access: .readWrite).withMutableBytes {
            bytes in
            for offset in stride(from: 0, to: Self.length, by: 4096) {
                bytes.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
            }
        }

        let rounds = 31
        let process = try median(of: rounds) {
            _ = try MemoryMapping(
                descriptor: file.descriptor, length: Self.length, access: .readWrite, populate: true)
        }
        func mapAndUnmap(_ memory: IOTestMemory) throws -> Double {
            try median(of: rounds) {
                let mapping = try iommu.map(
                    memory, length: Self.length, access: .readWrite, constraints: DMAConstraints())
                iommu.unmap(mapping)
            }
        }
        let fine = try mapAndUnmap(small)
        let coarse = try mapAndUnmap(large)
        print(
            """
            24 MiB, map and unmap, median of \(rounds): process (MAP_POPULATE) \(Int(process)) us; \
            IOMMU in 4 KiB pages \(fine) us, ratio \(fine / process); in 2 MiB pages \(coarse) us, \
            ratio \(coarse / process)
            """)
        #expect(iommu.statistics.maps == UInt64(2 * rounds))
        #expect(iommu.statistics.tables == 1)
    }

    /// The lock and the look-up for each page, beside the copy itself.
    @Test func reading24MiB() throws {
        let iommu = IOMMU()
        let memory = IOTestMemory(byteCount: Self.length, fill: 7)
        let device = DMADevice(name: "display")
        let mapping = try iommu.map(
            memory, length: Self.length, access: .read, constraints: device.constraints)
        var picture = [UInt8](repeating: 0, count: Self.length)
        let rounds = 11
        let copy = median(of: rounds) {
            memory.withBytes(in: 0..<Self.length) { bytes in
                unsafe picture.withUnsafeMutableBytes { to in
                    unsafe bytes.withUnsafeBytes { unsafe to.copyMemory(from: $0) }
                }
            }
        }
        let transfer = try median(of: rounds) {
            var span = picture.mutableSpan
            var raw = unsafe span.mutableBytes
            try iommu.read(at: mapping.first, into: &raw, by: device)
        }
        print("24 MiB read by a device: \(Int(transfer)) us, ratio to one copy \(transfer / copy)")
        #expect(iommu.faultCount == 0)
        let statistics = iommu.statistics
        #expect(statistics.cacheHits + statistics.cacheMisses == UInt64(rounds * Self.length / 4096))
    }

    /// In microseconds.
    private func median(of rounds: Int, _ body: () throws -> Void) rethrows -> Double {
        var times: [Int64] = []
        for _ in 0..<rounds {
            let start = MonotonicTime.now()
            try body()
            times.append(MonotonicTime.now().nanoseconds - start.nanoseconds)
        }
        return Double(times.sorted()[rounds / 2]) / 1000
    }
}
