import BufferQueue
import FaultSupport
import LinuxSystem
import RandomSupport
import Testing

@testable import BufferSharing

/// Cameras and displays that share buffers, importers beside them, and an exporter that moves what nobody uses: in any
/// order, from printed seeds. After each step contents and counters are what a model says.
@Suite(.eachCallFailing) struct InterleavingTests {
    @Test(arguments: 0..<8)
    func inAnyOrder(_ run: Int) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var world = try World(seed: seed)
        for step in 0..<Effort.scaled(130_000) {
            try world.step()
            if let fault = world.fault {
                Issue.record("seed \(seed), step \(step): \(fault)")
                return
            }
        }
        if Effort.isWhole {
            #expect(world.exporter.moves > 1000, "seed \(seed)")
            #expect(world.comparisons > 3000, "seed \(seed)")
        }
        world.closeAll()
        #expect(world.exporter.bufferCount == 0, "seed \(seed)")
        for space in world.spaces {
            #expect(space.counters.isBalanced, "seed \(seed)")
            #expect(space.mappingCount == space.idleMappings.count, "seed \(seed)")
        }
    }
}

/// All that takes part, and what a model knows of it.
private struct World {
    private var random: SeededGenerator
    let exporter = ShufflingExporter()
    let spaces = [
        AddressSpace(name: "shared"), AddressSpace(name: "cheap", isMappingExpensive: false),
        AddressSpace(iommu: IOMMU(), constraints: DMAConstraints(addressBits: 48)),
    ]
    private var devices: [Device] = []
    private var guests: [Guest] = []
    /// What is in the memory of a buffer, as far as anybody is owed it.
    private var content: [BufferIdentity: UInt64] = [:]
    private var nextValue: UInt64 = 1
    private(set) var comparisons = 0
    private(set) var fault: String?

    /// A device, its queue and its program.
    private struct Device {
        let queue: Queue
        let driver: ScriptedDriver
        let space: AddressSpace
        var taken: [Int] = []
        /// What the program has queued, by index: the buffers that it holds on to itself.
        var held: [SharedBuffer] = []
    }

    /// Somebody who attaches to a buffer beside the devices.
    private struct Guest {
        let attachment: BufferSharing.Attachment
        var uses = 0
        var isPinned = false
    }

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        for number in 0..<4 {
            let driver = ScriptedDriver(planeSizes: PlaneSizes([4096]))
            let isOutput = number == 3
            let space = spaces[number % 3]
            let queue = Queue(
                configuration: QueueConfiguration(
                    name: "device-\(number)", direction: isOutput ? .output : .capture, maximumBuffers: 4),
                heap: exporter, addressSpace: space,
                mappingPolicy: isOutput ? nil : MappingPolicy.allCases[number])
            queue.driver = driver
            devices.append(Device(queue: queue, driver: driver, space: space))
        }
    }

    mutating func step() throws {
        let number = random.below(4)
        switch random.below(16) {
        case 0: try allocate(number)
        case 1: kill(number)
        case 2: try? devices[number].queue.streamOn()
        case 3: if random.below(16) == 0 { stop(number) }
        case 4...6: try enqueue(number)
        case 7, 8: take(number)
        case 9, 10: try complete(number)
        case 11: try dequeue(number)
        case 12: try move()
        case 13: try visit()
        case 14: try useGuest()
        default: endGuest()
        }
        check()
    }

    // MARK: Devices

    private mutating func allocate(_ number: Int) throws {
        let device = devices[number]
        guard !device.queue.state.isStreaming, random.below(4) == 0 else { return }
        let imports = number == 3
        forget(device.queue)
        _ = try device.queue.requestBuffers(1 + random.below(4), memory: imports ? .dmabuf : .mmap)
        devices[number].taken = []
    }

    /// The program dies: its handle closes, whatever the device is at.
    private mutating func kill(_ number: Int) {
        guard random.below(80) == 0 else { return }
        forget(devices[number].queue)
        devices[number].queue.release()
        devices[number].taken = []
        devices[number].held = []
        if !devices[number].queue.counters.unbalanced.isEmpty { fault = "\(devices[number].queue.counters.unbalanced)" }
    }

    private mutating func stop(_ number: Int) {
        let queue = devices[number].queue
        // What was completed and never dequeued is owed to nobody.
        for index in queue.buffers.indices where queue.state.slots[index].state == .done { void(queue, index) }
        for index in devices[number].taken { void(queue, index) }
        queue.streamOff()
        devices[number].taken = []
    }

    private mutating func enqueue(_ number: Int) throws {
        let queue = devices[number].queue
        guard !queue.buffers.isEmpty else { return }
        let index = random.below(queue.buffers.count)
        guard queue.state.slots[index].state == .dequeued else { return }
        var submission = BufferSubmission()
        submission.planeCount = 1
        if queue.memory == .dmabuf {
            // The display shows whatever a camera's program has.
            guard let source = frame() else { return }
            submission.imports = [source]
            submission.planes[0].bytesUsed = 4096
            submission.planes[0].length = 4096
        }
        try queue.enqueue(index, submission)
        if queue.configuration.direction == .capture { void(queue, index) }
    }

    private mutating func take(_ number: Int) {
        if let index = devices[number].queue.take() { devices[number].taken.append(index) }
    }

    private mutating func complete(_ number: Int) throws {
        guard !devices[number].taken.isEmpty else { return }
        let place = random.below(devices[number].taken.count)
        let index = devices[number].taken.remove(at: place)
        let queue = devices[number].queue
        guard let mapping = queue.mapping(ofPlane: 0, ofBuffer: index),
            let buffer = queue.sharedBuffer(ofPlane: 0, ofBuffer: index)
        else {
            fault = "a taken buffer has no mapping"
            return
        }
        if queue.configuration.direction == .output {
            compare(buffer, try read(mapping, devices[number].space), "shown")
        } else {
            nextValue += 1
            try write(nextValue, mapping, devices[number].space)
            content[buffer.identity] = nextValue
        }
        queue.complete(index, .done, bytesUsed: PlaneSizes([4096])) { _ in }
    }

    private mutating func dequeue(_ number: Int) throws {
        guard let index = (try? devices[number].queue.dequeue()) ?? nil,
            let buffer = devices[number].queue.sharedBuffer(ofPlane: 0, ofBuffer: index)
        else { return }
        compare(buffer, try buffer.withBytes { unsafe $0.unsafeLoad(as: UInt64.self) }, "dequeued")
        guard devices[number].queue.configuration.direction == .capture else { return }
        devices[number].held.append(buffer)
        if devices[number].held.count > 3 { devices[number].held.removeFirst() }
    }

    // MARK: Others

    private mutating func move() throws {
        let identities = exporter.identities
        if !identities.isEmpty { try exporter.move(identities[random.below(identities.count)]) }
    }

    /// Somebody attaches to a frame.
    private mutating func visit() throws {
        guard guests.count < 6, let buffer = frame() else { return }
        let policy = MappingPolicy.allCases[random.below(5)]
        guests.append(Guest(attachment: try spaces[random.below(3)].attach(buffer, policy: policy)))
    }

    private mutating func useGuest() throws {
        guard !guests.isEmpty else { return }
        let number = random.below(guests.count)
        let attachment = guests[number].attachment
        switch random.below(5) {
        case 0...2 where guests[number].uses < 3:
            let result = try attachment.map(direction: .toDevice)
            guests[number].uses += 1
            compare(attachment.buffer, try read(result.mapping, attachment.addressSpace), "mapped")
        case 3:
            if guests[number].isPinned { attachment.unpin() } else { try attachment.pin() }
            guests[number].isPinned.toggle()
        default:
            if guests[number].uses > 0 {
                attachment.unmap()
                guests[number].uses -= 1
            }
        }
    }

    /// A guest goes: it detaches, or is just gone. What it had not unmapped is let go of either way.
    private mutating func endGuest() {
        guard !guests.isEmpty, random.below(3) == 0 else { return }
        let guest = guests.remove(at: random.below(guests.count))
        for _ in 0..<guest.uses { guest.attachment.unmap() }
        if random.below(2) == 0 { guest.attachment.detach() }
    }

    private mutating func frame() -> SharedBuffer? {
        let held = devices[random.below(3)].held
        return held.isEmpty ? nil : held[random.below(held.count)]
    }

    mutating func closeAll() {
        while !guests.isEmpty { endGuest() }
        for number in devices.indices {
            devices[number].held = []
            devices[number].queue.release()
            if !devices[number].queue.counters.unbalanced.isEmpty {
                fault = "\(devices[number].queue.counters.unbalanced)"
            }
        }
    }

    // MARK: Contents

    private func read(_ mapping: BufferMapping, _ space: AddressSpace) throws -> UInt64 {
        guard let iommu = space.iommu else { return mapping.withBytes { unsafe $0.unsafeLoad(as: UInt64.self) } }
        var word = [UInt8](repeating: 0, count: 8)
        var span = word.mutableSpan
        var bytes = unsafe span.mutableBytes
        try iommu.read(at: mapping.segments[0].address, into: &bytes, by: Self.engine)
        return word.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func write(_ value: UInt64, _ mapping: BufferMapping, _ space: AddressSpace) throws {
        guard let iommu = space.iommu else {
            return mapping.withMutableBytes { $0.storeBytes(of: value, as: UInt64.self) }
        }
        let word = (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        try unsafe iommu.write(at: mapping.segments[0].address, from: word.span.bytes, by: Self.engine)
    }

    private static let engine = DMADevice(name: "engine", constraints: DMAConstraints(addressBits: 48))

    private mutating func compare(_ buffer: SharedBuffer, _ value: UInt64, _ what: String) {
        guard let expected = content[buffer.identity] else { return }
        comparisons += 1
        if value != expected { fault = "a frame that is \(what) holds \(value), and not \(expected)" }
    }

    private mutating func void(_ queue: Queue, _ index: Int) {
        if let identity = queue.buffers[index].identity(ofPlane: 0) { content[identity] = nil }
    }

    /// The queue's buffers are freed; who holds one still sees what was in it, if it was ever owed.
    private mutating func forget(_ queue: Queue) {
        guard queue.memory == .mmap else { return }
        for index in queue.buffers.indices where !queue.state.slots[index].isVacant {
            if queue.state.slots[index].state != .dequeued { void(queue, index) }
        }
    }

    // MARK: Counters

    private mutating func check() {
        var uses: [BufferIdentity: Int] = [:]
        for device in devices {
            for index in device.taken {
                if let identity = device.queue.buffers[index].identity(ofPlane: 0) { uses[identity, default: 0] += 1 }
            }
        }
        for guest in guests {
            uses[guest.attachment.buffer.identity, default: 0] += guest.uses + (guest.isPinned ? 1 : 0)
        }
        for guest in guests {
            let buffer = guest.attachment.buffer
            // A policy that pins adds one of its own, once it has mapped.
            let least = uses[buffer.identity] ?? 0
            if buffer.useCount < least { fault = "\(buffer.useCount) uses of a buffer that has at least \(least)" }
            if least > 0, buffer.place != .resident { fault = "a buffer in use is \(buffer.place)" }
        }
    }
}

extension SeededGenerator {
    fileprivate mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
