public import BufferSharing
public import LinuxSystem

/// A device's queue of buffers: the state machine, with memory behind it.
///
/// The queue owns its buffers and the device's attachments to them. It lives on its device's thread: it
/// is not Sendable and has no lock, and each call is complete when it returns.
///
/// Counterpart: `struct vb2_queue` and videobuf2-core.c. What is V4L2's own (owners, priorities, structs)
/// is above, in VideoDevice.
public final class Queue {
    public let configuration: QueueConfiguration
    public internal(set) var state: QueueState
    /// By index; one that REMOVE_BUFS freed has no planes.
    public internal(set) var buffers: [QueueBuffer] = []
    /// The memory type of the buffers that exist; nil if there are none.
    public internal(set) var memory: MemoryType?
    /// Planes of each buffer, 0 if there are none.
    public internal(set) var planeCount = 0
    /// The memory type of the buffers that were there last, for reports.
    public internal(set) var lastMemory: MemoryType?
    /// Counts for the leak check; see `QueueCounters.unbalanced`.
    public internal(set) var counters = QueueCounters()
    /// The device. It owns the queue, so the queue does not own it.
    public weak var driver: (any QueueDriver)?
    /// Who tells the program.
    public weak var observer: (any QueueObserver)?

    /// Why the last REQBUFS or CREATE_BUFS made fewer buffers than asked; nil if it didn't.
    public internal(set) var allocationFailure: BufferSharingError?
    /// Who answers for the buffers that are made or taken in next; nil: nobody counts them.
    public weak var account: (any QueueAccount)?

    let heap: any BufferHeap
    let addressSpace: AddressSpace
    let mappingPolicy: MappingPolicy?

    /// - Parameters:
    ///   - heap: where MMAP planes come from.
    ///   - addressSpace: where the device sees its planes.
    ///   - mappingPolicy: what becomes of a mapping that the device isn't using; nil for what goes with the two.
    public init(
        configuration: QueueConfiguration, heap: any BufferHeap, addressSpace: AddressSpace = .process,
        mappingPolicy: MappingPolicy? = nil
    ) {
        self.configuration = configuration
        self.heap = heap
        self.addressSpace = addressSpace
        self.mappingPolicy = mappingPolicy
        self.state = QueueState(minimumQueued: configuration.minimumQueued)
    }

    /// See ``BufferHeap/pressure``.
    public var memoryPressure: UInt32 { heap.pressure }

    /// See ``BufferHeap/tend(at:)``.
    public func tendMemory(at now: MonotonicTime) { heap.tend(at: now) }

    /// A program has given up its page-table entries: what could not be moved for them may go now.
    public func programYielded() { heap.programYielded() }

    deinit {
        addressSpace.dropIdle(of: MappingOwner(self))
    }

    /// Which way the device's mappings go.
    var dataDirection: DataDirection {
        switch configuration.direction {
        case .capture: .fromDevice
        case .output: .toDevice
        }
    }
}
