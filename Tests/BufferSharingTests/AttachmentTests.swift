import BufferSharing
import LinuxSystem
import Testing

@Suite struct AttachmentTests {
    let space = AddressSpace()
    let heap = MemoryFileHeap()

    @Test func mappingIsKept() throws {
        let attachment = try space.attach(heap.allocate(size: 4096, name: "kept"))
        let first = try attachment.map(direction: .fromDevice)
        attachment.unmap()
        #expect(!first.moved)
        for direction in [DataDirection.toDevice, .fromDevice, .bidirectional] {
            let next = try attachment.map(direction: direction)
            #expect(next.mapping === first.mapping)
            #expect(!next.moved)
            attachment.unmap()
        }
        #expect(space.counters.realMaps == 1)
        #expect(space.counters.keptMaps == 3)
        #expect(space.mappingCount == 1)
        attachment.detach()
        #expect(space.mappingCount == 0)
        #expect(space.counters.isBalanced)
    }

    @Test func attachmentsOfOneSpaceShareAMapping() throws {
        let buffer = try heap.allocate(size: 4096, name: "shared")
        let imported = try SharedBuffer.importing(buffer.exportDescriptor(access: .readWrite))
        let first = try space.attach(buffer)
        let second = try space.attach(imported)
        let mapping = try first.map(direction: .toDevice).mapping
        #expect(try second.map(direction: .toDevice).mapping === mapping)
        #expect(space.counters.realMaps == 1)
        #expect(space.counters.sharedMaps == 1)
        first.detach()
        #expect(space.mappingCount == 1)
        second.detach()
        #expect(space.mappingCount == 0)
    }

    @Test func misuseIsCountedAndRefused() throws {
        let attachment = try space.attach(heap.allocate(size: 4096, name: "misused"))
        attachment.unmap()
        #expect(space.counters.excessUnmaps == 1)
        #expect(!space.counters.isBalanced)
        attachment.detach()
        attachment.detach()
        #expect(space.counters.detaches == 1)
        expectCode(.detached) { _ = try attachment.map(direction: .toDevice) }
    }

    @Test func aMissingUnmapShows() throws {
        let attachment = try space.attach(heap.allocate(size: 4096, name: "forgotten"))
        _ = try attachment.map(direction: .toDevice)
        #expect(attachment.mapCount == 1)
        attachment.detach()
        #expect(!space.counters.isBalanced)
    }

    @Test func anAttachmentThatGoesAwayIsDetached() throws {
        do {
            let attachment = try space.attach(heap.allocate(size: 4096, name: "gone"))
            _ = try attachment.map(direction: .toDevice)
            attachment.unmap()
        }
        #expect(space.counters.isBalanced)
        #expect(space.counters.detaches == 1)
        #expect(space.mappingCount == 0)
    }

    @Test func aHeldMappingOutlivesItsAttachment() throws {
        let mapping: BufferMapping
        do {
            let attachment = try space.attach(heap.allocate(size: 4 << 20, name: "held"))
            mapping = try attachment.map(direction: .bidirectional).mapping
        }
        mapping.withMutableBytes { $0.storeBytes(of: 7, toByteOffset: 0, as: UInt8.self) }
        #expect(mapping.withBytes { unsafe $0.unsafeLoad(as: UInt8.self) } == 7)
    }
}
