import LinuxSystem
import Testing

@testable import BufferSharing

/// Attachments of a device behind an IOMMU.
@Suite struct DeviceAddressSpaceTests {
    let iommu = IOMMU(name: "engine")
    let device = DMADevice(name: "engine", constraints: DMAConstraints(addressBits: 32, maximumSegmentSize: 8192))
    let exporter = MovingExporter()

    private var space: AddressSpace { AddressSpace(iommu: iommu, constraints: device.constraints) }

    private func write(_ value: UInt8, to segment: DMASegment) throws {
        let bytes = [UInt8](repeating: value, count: segment.length)
        try unsafe iommu.write(at: segment.address, from: bytes.span.bytes, by: device)
    }

    @Test func theDeviceFillsTheBufferByItsOwnAddresses() throws {
        let buffer = try exporter.allocate(size: 20000, name: "frame")
        let attachment = try space.attach(buffer)
        let mapping = try attachment.map(direction: .fromDevice).mapping
        #expect(mapping.segments.map(\.length) == [8192, 8192, 4096])
        #expect(mapping.segments.allSatisfy { $0.address + UInt64($0.length) <= 1 << 32 })
        for (number, segment) in mapping.segments.enumerated() { try write(UInt8(number + 1), to: segment) }
        attachment.unmap()
        let cpu = try AddressSpace().attach(buffer).map(direction: .toDevice).mapping
        cpu.withBytes { bytes in
            for (offset, value) in [(0, 1), (8191, 1), (8192, 2), (16384, 3), (20479, 3)] {
                #expect(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self) == UInt8(value))
            }
        }
        #expect(iommu.faultCount == 0)
    }

    @Test func aKeptMappingKeepsItsAddresses() throws {
        let space = space
        let attachment = try space.attach(exporter.allocate(size: 4096, name: ""))
        let first = try attachment.map(direction: .fromDevice).mapping.segments
        attachment.unmap()
        #expect(try attachment.map(direction: .fromDevice).mapping.segments == first)
        attachment.unmap()
        #expect(space.counters.realMaps == 1)
        // Less is asked for, but not the same: the device gets addresses that can't be written.
        let readable = try attachment.map(direction: .toDevice).mapping
        #expect(readable.segments != first)
        #expect(throws: IOFault.self) { try write(1, to: readable.segments[0]) }
        #expect(iommu.faults.last?.reason == .permission)
    }

    @Test func whatMovedFaultsUntilItIsMappedAgain() throws {
        let buffer = try exporter.allocate(size: 4096, name: "")
        let other = try exporter.allocate(size: 4096, name: "other")
        let space = space
        let attachment = try space.attach(buffer)
        let before = try attachment.map(direction: .fromDevice).mapping
        try write(1, to: before.segments[0])
        attachment.unmap()
        #expect(buffer.move())
        // Somebody else's buffer is mapped meanwhile: the old addresses aren't its.
        let neighbour = try space.attach(other)
        let theirs = try neighbour.map(direction: .fromDevice).mapping
        #expect(theirs.segments[0].address != before.segments[0].address)
        #expect(throws: IOFault.self) { try write(9, to: before.segments[0]) }
        #expect(iommu.faultCount == 1)
        #expect(iommu.faults.last?.reason == .revoked)
        #expect(iommu.faults.last?.device == "engine")
        #expect(iommu.faults.last?.address == before.segments[0].address)
        theirs.withBytes { #expect(unsafe $0.unsafeLoad(as: UInt8.self) == 0) }

        let again = try attachment.map(direction: .fromDevice)
        #expect(again.moved)
        try write(2, to: again.mapping.segments[0])
        again.mapping.withBytes { #expect(unsafe $0.unsafeLoad(as: UInt8.self) == 2) }
        #expect(iommu.faultCount == 1)
    }

    @Test func memoryThatTheDeviceCannotTakeIsRefused() throws {
        let onePiece = DMAConstraints(addressBits: 32, maximumSegmentSize: 4096, maximumSegmentCount: 1)
        let space = AddressSpace(iommu: iommu, constraints: onePiece)
        let attachment = try space.attach(exporter.allocate(size: 8192, name: ""))
        expectCode(.system, .badAddress) { _ = try attachment.map(direction: .toDevice) }
        #expect(attachment.buffer.useCount == 0)
        attachment.detach()
        #expect(space.counters.isBalanced && space.mappingCount == 0)
    }
}
