import BufferSharing
import LinuxSystem
import RandomSupport
import Synchronization
import Testing

@Suite struct IOMMUConcurrencyTests {
    /// What a device was told.
    private struct Told {
        var mapping: IOMapping
        var value: UInt8
    }

    private static let pages = 3

    /// Drivers map and unmap while devices use the addresses that they were told, which may be old ones by then. No
    /// address is used twice here, so a device gets the bytes that it expects or a fault, never others.
    @Test func devicesNeverSeeAnotherBuffer() throws {
        let iommu = IOMMU(quarantine: .init(ranges: .max, pages: .max))
        let constraints = DMAConstraints(addressBits: 48)
        @Sendable func made(_ value: UInt8) throws(BufferSharingError) -> Told {
            let memory = IOTestMemory(pages: Self.pages, fill: value)
            let mapping = try iommu.map(
                memory, length: memory.byteCount, access: .read, constraints: constraints)
            return Told(mapping: mapping, value: value)
        }
        let told = Locked(try (0..<4).map { try made(UInt8($0 + 1)) })
        let running = Atomic<Int>(2)
        let wrong = Atomic<Int>(0)
        let failures = Atomic<Int>(0)

        @Sendable func drive(_ driver: UInt64) {
            var random = SeededGenerator(seed: driver)
            for round in 0..<1500 {
                let slot = Int.random(in: 0..<2, using: &random) * 2 + Int(driver)
                do {
                    let new = try made(UInt8(truncatingIfNeeded: round % 200 + 1))
                    let old = told.withLock { told in
                        let old = told[slot]
                        told[slot] = new
                        return old
                    }
                    switch round % 3 {
                    case 0: iommu.unmap(old.mapping)
                    case 1: iommu.revoke(old.mapping)
                    default: break
                    }
                } catch {
                    failures.add(1, ordering: .relaxed)
                }
            }
            running.subtract(1, ordering: .releasing)
        }

        @Sendable func use(_ number: UInt64) {
            let device = DMADevice(name: "device \(number)", constraints: constraints)
            var random = SeededGenerator(seed: 100 + number)
            var isLast = false
            while true {
                let slot = Int.random(in: 0..<4, using: &random)
                // The address only: who holds the mapping keeps it.
                let (address, value) = told.withLock { ($0[slot].mapping.segments[0].address, $0[slot].value) }
                let offset = Int.random(in: 0..<Self.pages * 4096 - 1, using: &random)
                let count = Self.pages * 4096 - offset
                let (bytes, fault) = iommu.bytes(at: address + UInt64(offset), count: count, by: device)
                let reached = fault.map { Int($0.address - address) - offset } ?? count
                if !bytes[..<reached].allSatisfy({ $0 == value }) || !bytes[reached...].allSatisfy({ $0 == 0xee }) {
                    wrong.add(1, ordering: .relaxed)
                }
                // Nobody unmaps any more in the last round: it must succeed.
                if isLast {
                    if fault != nil { failures.add(1, ordering: .relaxed) }
                    return
                }
                isLast = running.load(ordering: .acquiring) == 0
            }
        }

        try withThreads(count: 4) { thread in
            let number = UInt64(thread % 2)
            if thread < 2 { drive(number) } else { use(number) }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
        #expect(failures.load(ordering: .relaxed) == 0)
        let reasons = Set(iommu.faults.map(\.reason))
        #expect(reasons.isSubset(of: [.unmapped, .revoked]))

        told.withLock { $0 = [] }
        let statistics = iommu.statistics
        #expect(statistics.maps == 3004)
        #expect(statistics.mappings == 0)
        #expect(statistics.mappedPages == 0)
        #expect(statistics.tables == 1)
        #expect(statistics.staleTranslations == 0)
        #expect(statistics.quarantinedPages == UInt64(3004 * Self.pages))
    }
}
