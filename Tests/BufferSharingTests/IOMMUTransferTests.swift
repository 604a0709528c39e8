import BufferSharing
import LinuxSystem
import Testing

@Suite struct IOMMUTransferTests {
    let device = DMADevice(name: "camera", constraints: DMAConstraints(addressBits: 36))

    private func map(
        _ memory: any IOBacking, _ access: IOAccess, in iommu: IOMMU
    ) throws -> IOMapping {
        try iommu.map(memory, length: memory.byteCount, access: access, constraints: device.constraints)
    }

    @Test func bytesGoWhereTheAddressesLead() throws {
        let iommu = IOMMU()
        let memory = IOTestMemory(pages: 5)
        let mapping = try map(memory, .readWrite, in: iommu)
        let bytes = (0..<9000).map { UInt8(truncatingIfNeeded: $0 % 251) }
        #expect(iommu.write(bytes, at: mapping.first + 3000, by: device) == nil)
        #expect((0..<20480).allSatisfy { memory[$0] == ((3000..<12_000).contains($0) ? bytes[$0 - 3000] : 0) })
        #expect(iommu.bytes(at: mapping.first + 3000, count: 9000, by: device).bytes == bytes)
        #expect(iommu.bytes(at: 1, count: 0, by: device).fault == nil)
        #expect(iommu.faultCount == 0)
    }

    @Test func aSharedBufferIsReached() throws {
        let buffer = try MemoryFileHeap().allocate(size: 4 << 20, name: "frame")
        let mapped = try AddressSpace().attach(buffer).map(direction: .bidirectional).mapping
        let iommu = IOMMU()
        let mapping = try map(mapped, .readWrite, in: iommu)
        #expect(iommu.write([1, 2, 3], at: mapping.first + 4095, by: device) == nil)
        mapped.withBytes { bytes in
            #expect((4095..<4098).map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } == [1, 2, 3])
        }
        #expect(iommu.bytes(at: mapping.first + 4094, count: 5, by: device).bytes == [0, 1, 2, 3, 0])
    }

    @Test func readOnlyMemoryIsNotMappedForWriting() throws {
        let iommu = IOMMU()
        let memory = IOTestMemory(byteCount: 4096, isWritable: false)
        for access in [IOAccess.write, .readWrite] {
            expectCode(.accessDenied, .permissionDenied) { _ = try map(memory, access, in: iommu) }
        }
        let mapping = try map(memory, .read, in: iommu)
        #expect(iommu.write([1], at: mapping.first, by: device)?.reason == .permission)
        let descriptor = try MemoryFileHeap().allocate(size: 4096, name: "").exportDescriptor(access: .readOnly)
        let shared = try AddressSpace().attach(.importing(descriptor)).map(direction: .toDevice).mapping
        expectCode(.accessDenied, .permissionDenied) { _ = try map(shared, .write, in: iommu) }
    }

    @Test func lengthsAreChecked() throws {
        let iommu = IOMMU()
        let memory = IOTestMemory(byteCount: 5000)
        for length in [0, -1, 5001, Int.max] {
            expectCode(.invalidSize) {
                _ = try iommu.map(memory, length: length, access: .read, constraints: device.constraints)
            }
        }
        for access in [IOAccess([]), IOAccess(rawValue: 5)] {
            expectCode(.system) { _ = try map(memory, access, in: iommu) }
        }
        // Only the pages of the length are mapped.
        let mapping = try iommu.map(memory, length: 4096, access: .read, constraints: device.constraints)
        #expect(mapping.segments.map(\.length) == [4096])
        #expect(iommu.bytes(at: mapping.first, count: 4097, by: device).fault?.address == mapping.first + 4096)
    }

    @Test(arguments: [
        (DataDirection.toDevice, true, false), (.fromDevice, false, true), (.bidirectional, true, true),
    ])
    func theDirectionSaysWhatTheDeviceMayDo(direction: DataDirection, reads: Bool, writes: Bool) throws {
        let iommu = IOMMU()
        let memory = IOTestMemory(pages: 1, fill: 0x22)
        let mapping = try map(memory, IOAccess(direction), in: iommu)
        // Twice: from the tables, and from the cache.
        for _ in 0..<2 {
            let (bytes, fault) = iommu.bytes(at: mapping.first, count: 4, by: device)
            #expect(bytes == [UInt8](repeating: reads ? 0x22 : 0xee, count: 4))
            #expect(fault?.reason == (reads ? nil : .permission))
            let refused = iommu.write([0x22], at: mapping.first + 9, by: device)
            #expect(refused?.reason == (writes ? nil : .permission))
        }
        #expect(memory[9] == 0x22)
        memory[9] = 0
        _ = iommu.write([0x33], at: mapping.first + 9, by: device)
        #expect(memory[9] == (writes ? 0x33 : 0))
    }

    @Test func aTransferStopsAtTheFault() throws {
        let iommu = IOMMU()
        let memory = IOTestMemory(pages: 2, fill: 0x44)
        // It can count beyond the mapping's end, which is at the top of what the mapping was made for.
        let device = DMADevice(name: "camera", constraints: DMAConstraints(addressBits: 64))
        let mapping = try map(memory, .readWrite, in: iommu)
        let end = mapping.first + 8192
        let (bytes, fault) = iommu.bytes(at: end - 100, count: 200, by: device)
        #expect(bytes == [UInt8](repeating: 0x44, count: 100) + [UInt8](repeating: 0xee, count: 100))
        #expect(
            fault == IOFault(sequence: 1, device: "camera", address: end, access: .read, reason: .unmapped))
        let written = iommu.write([UInt8](repeating: 0x55, count: 200), at: end - 100, by: device)
        #expect(
            written == IOFault(sequence: 2, device: "camera", address: end, access: .write, reason: .unmapped))
        #expect((0..<8192).allSatisfy { memory[$0] == ($0 < 8092 ? 0x44 : 0x55) })
        #expect(iommu.faults == [fault, written])
        #expect(written?.description == "camera: fault 2: write at 0x\(String(end, radix: 16)): unmapped")
    }

    @Test func theLastPageEndsWithTheMemory() throws {
        let iommu = IOMMU()
        let memory = IOTestMemory(byteCount: 4096 + 10, fill: 0x66)
        let mapping = try map(memory, .readWrite, in: iommu)
        let (bytes, fault) = iommu.bytes(at: mapping.first + 4096, count: 20, by: device)
        #expect(bytes == [UInt8](repeating: 0x66, count: 10) + [UInt8](repeating: 0xee, count: 10))
        #expect(fault?.address == mapping.first + 4096 + 10)
        #expect(fault?.reason == .unmapped)
        #expect(iommu.write([0], at: mapping.first + 4096 + 10, by: device)?.reason == .unmapped)
    }

    @Test func addressesBeyondTheMaskFault() throws {
        let iommu = IOMMU()
        let memory = IOTestMemory(pages: 2)
        let mapping = try map(memory, .readWrite, in: iommu)
        // The highest pages of 36 bits: a device of fewer can't say such an address, and behind it is its mask.
        let narrow = DMADevice(name: "narrow", constraints: DMAConstraints(addressBits: 32))
        #expect(mapping.segments.last?.end == 1 << 36)
        let refused = iommu.write([1], at: mapping.first, by: narrow)
        #expect(
            refused
                == IOFault(
                    sequence: 1, device: "narrow", address: mapping.first, access: .write, reason: .beyondMask))
        #expect(iommu.bytes(at: 1 << 36 - 1, count: 2, by: device).fault?.reason == .beyondMask)
        #expect(iommu.bytes(at: 1 << 36 - 1, count: 2, by: device).fault?.address == 1 << 36)
        // No device gets further than the tables do, nor around the end of all numbers.
        let wide = DMADevice(name: "wide", constraints: DMAConstraints(addressBits: 64))
        #expect(iommu.bytes(at: 1 << 48 - 1, count: 1, by: wide).fault?.reason == .unmapped)
        #expect(iommu.bytes(at: 1 << 48, count: 1, by: wide).fault?.reason == .beyondMask)
        #expect(iommu.bytes(at: .max, count: 100, by: wide).fault?.reason == .beyondMask)
        #expect(iommu.write([1, 2], at: .max, by: wide)?.address == .max)
    }

    @Test(arguments: [1, 4, 64])
    func theLogKeepsTheLastFaults(capacity: Int) {
        let iommu = IOMMU(faultCapacity: capacity)
        #expect(iommu.faults.isEmpty)
        for number in 1...150 {
            let device = DMADevice(name: "device \(number % 3)")
            let fault = iommu.bytes(at: UInt64(number) << 12, count: 1, by: device).fault
            #expect(fault?.sequence == UInt64(number))
            let kept = iommu.faults
            #expect(kept.map(\.sequence) == (max(1, number - capacity + 1)...number).map { UInt64($0) })
            #expect(kept.allSatisfy { $0.address == $0.sequence << 12 && $0.device == "device \($0.sequence % 3)" })
        }
        #expect(iommu.faultCount == 150)
        #expect(iommu.statistics.faults == 150)
    }
}
