import BufferQueue
import DeviceProtocol
import LinuxSystem
import Logging
import V4L2Types
import VideoDevice

/// One device on its thread: who has it open, when it is due, and which page its queue speaks to.
final class DeviceHost: EventHandler {
    let node: Int
    /// Tells this server's handles from another's.
    let server: UInt64
    let device: any StreamingDevice
    let ioctls: QueueIoctls
    let handles: HandleTable
    let dispatcher: IoctlDispatcher
    let loop: EventLoop
    let messages: MessageBuffer
    /// Where fillers are read to: not where a request may stand.
    let fillerRoom: MessageBuffer
    let count: HandleCount
    let pacer: RequestPacer

    private let admission: Admission
    private let listener: Listener
    private var failedOpens = RateLimitedLog(at: .now())
    private var shortages = RateLimitedLog(at: .now())
    private(set) var sessions: [Session] = []
    /// Of sessions that have ended.
    private(set) var framesOfTheGone = 0
    private let alarm: DeviceAlarm
    private var isScheduled = false
    private let logger: Logger
    private let onReport: (@Sendable (StreamReport) -> Void)?
    private var starvedBefore = 0
    private var lateBefore = 0

    init(
        specification: DeviceSpecification, type: BufferType, device: any StreamingDevice,
        listener: consuming UnixSocket,
        context: HostContext
    ) throws(Errno) {
        node = specification.node
        server = context.server
        self.device = device
        loop = context.loop
        messages = context.messages
        fillerRoom = context.fillerRoom
        count = context.count
        admission = context.admission
        pacer = context.pacer
        logger = context.logger
        onReport = context.onReport
        ioctls = QueueIoctls(device: device, type: type)
        handles = HandleTable { MonotonicTime.now().nanoseconds }
        dispatcher = IoctlDispatcher(device: device, handles: handles, buffers: ioctls)
        self.listener = try Listener(listener, name: "video\(specification.node)", logger: context.logger)
        alarm = try DeviceAlarm()
        device.queue.driver = device
        device.onEvent = { [weak handles] event in handles?.broadcast(event) }
        try self.listener.start(on: loop, self)
        try alarm.start(on: loop) { [unowned self] in if drain() { pump() } }
    }

    /// Someone opens the device.
    func handle(_ events: Events) {
        // One a turn: who opens without end waits behind the others.
        guard let socket = listener.accept() else { return }
        do throws(Errno) {
            try admit(socket)
        } catch {
            // Out of descriptors or memory: the program has been told. The next open may succeed.
            guard let left = failedOpens.mayWrite(at: .now()) else { return }
            logger.warning("video\(node): an open failed: \(error)\(left)")
        }
    }

    private func admit(_ socket: consuming UnixSocket) throws(Errno) {
        let client: Client
        do throws(Errno) {
            client = try admission.admit(socket, to: node)
        } catch {
            Refusal.send(error, to: socket.descriptor.raw)
            return
        }
        sessions.append(try Session(socket: socket, host: self, client: client))
        logger.debug("video\(node): opened", metadata: client.metadata)
    }

    /// Ends every session; nothing is served any more.
    func stop() {
        listener.stop()
        for session in sessions { end(session) }
        alarm.stop(on: loop)
    }

    func end(_ session: Session, because reason: String? = nil) {
        guard let place = sessions.firstIndex(where: { $0 === session }) else { return }
        if let reason {
            logger.warning("video\(node): a program was cut off: \(reason)", metadata: session.client.metadata)
        }
        settle(session)
        sessions.remove(at: place)
        framesOfTheGone += session.bridge.totalPublished
        report(session)
        session.close()
        ownerChanged()
        refreshOthers(than: session)
        checkBalance()
    }

    /// Without buffers all that was acquired is released, or there is a defect of ours.
    private func checkBalance() {
        guard device.queue.buffers.isEmpty else { return }
        for pair in device.queue.counters.unbalanced { logger.error("video\(node): the queue is unbalanced: \(pair)") }
    }

    /// Something has run out, and a program was told so.
    func reportExhaustion(_ what: String, _ error: Errno) {
        guard let left = shortages.mayWrite(at: .now()) else { return }
        logger.warning("video\(node): \(what): \(error)\(left)")
    }

    /// Whether the session is still one of ours.
    func serves(_ session: Session) -> Bool {
        sessions.contains { $0 === session }
    }

    // MARK: Rings

    func sessionThatOwns() -> Session? {
        sessions.first { owns($0) }
    }

    private func owns(_ session: Session) -> Bool {
        session.handle != nil && ioctls.owner === session.handle
    }

    /// Brings the queue up to date with the owner's page.
    /// - Returns: false if the owner's session had to end.
    func drain() -> Bool {
        guard let session = sessionThatOwns() else { return true }
        do throws(RingBridge.Fault) {
            try session.bridge.drain()
            return true
        } catch {
            end(session, because: "its page says what can't be (\(error))")
            return false
        }
    }

    /// Lets the device do what is due, then waits for what it waits for.
    func pump() {
        isScheduled = false
        sessionThatOwns()?.bridge.tellPressure()
        for _ in 0..<Self.looks {
            guard drain() else { return }
            let now = MonotonicTime.now()
            device.queue.tendMemory(at: now)
            switch device.service(at: now) {
            case .soon:
                return scheduleOnce()
            case .at(let time):
                alarm.set(time)
                return
            case .whenStarted:
                alarm.set(nil)
                return
            case .whenQueued:
                alarm.set(nil)
                guard let bridge = sessionThatOwns()?.bridge else { return }
                // Asleep first, then one more look: a QBUF in between sees the flag, or we see the entry.
                bridge.page.isAsleep = true
                guard bridge.hasQueuedEntries else { return }
                bridge.page.isAsleep = false
            }
        }
        // Whoever writes to the ring whenever we look would keep us from all others.
        scheduleOnce()
    }

    /// Looks at the ring in one turn, each after the device had found nothing to do.
    private static let looks = 16

    private func scheduleOnce() {
        if isScheduled { return }
        isScheduled = true
        loop.schedule(self)
    }

    /// Before an output's buffers are taken back: what was queued by then is the device's to do, as far as it is due.
    /// A device that waits for no clock has done it all, however late the server hears of it.
    func settle(_ session: Session) {
        guard ioctls.type.isOutput, owns(session), (try? session.bridge.drain()) != nil else { return }
        for _ in 0..<device.queue.state.queuedCount {
            guard device.service(at: .now()) == .soon else { return }
        }
    }

    // MARK: Pages

    /// After a buffer ioctl: the page of the one who called, and what the others see.
    func bufferIoctlDone(_ ioctl: Ioctl, by session: Session, slot: Int?) {
        ownerChanged()
        if ioctl == .requestBuffers || ioctl == .createBuffers, let failure = device.queue.allocationFailure {
            logger.warning(
                "video\(node): a program got fewer buffers than it asked for: \(failure)",
                metadata: session.client.metadata)
        }
        switch ioctl {
        case .requestBuffers, .createBuffers, .removeBuffers, .streamOn, .streamOff:
            refresh(session, slot: nil, all: true)
            refreshOthers(than: session)
        default:
            refresh(session, slot: slot, all: false)
        }
    }

    /// Tells a handle's page what the queue has come to; only the owner's gate opens.
    func refresh(_ session: Session, slot: Int?, all: Bool) {
        if owns(session) {
            session.bridge.refresh(slot: slot, all: all)
        } else {
            session.bridge.refreshAsOther()
        }
    }

    private func refreshOthers(than session: Session) {
        for other in sessions where other !== session && !owns(other) { other.bridge.refreshAsOther() }
    }

    private func ownerChanged() {
        device.queue.observer = sessionThatOwns()?.bridge
    }

    // MARK: Reports

    private func report(_ session: Session) {
        let bridge = session.bridge
        guard bridge.totalPublished > 0 else { return }
        // What was taken after the last drain counts too; who gave the buffers up has nothing left to take.
        if owns(session) { try? bridge.drain() }
        let starved = device.starvedCount
        let late = device.lateCount
        let report = StreamReport(
            node: node, memory: memoryName, format: formatName(session), frames: bridge.totalPublished,
            untaken: bridge.totalPublished - bridge.totalTaken, starved: starved - starvedBefore,
            late: late - lateBefore, requests: session.requests, wakes: session.wakes,
            doorbells: bridge.totalDoorbells, copies: Int(session.page.copies))
        starvedBefore = starved
        lateBefore = late
        logger.info("video\(node): \(report.frames) frames, \(report.starved) starved, \(report.copies) copies")
        onReport?(report)
    }

    private var memoryName: String {
        if ioctls.isFileIO { return ioctls.type.isOutput ? "write" : "read" }
        return switch device.queue.lastMemory {
        case .mmap: "MMAP"
        case .userPointer: "USERPTR"
        case .dmabuf: "DMABUF"
        case nil: "none"
        }
    }

    private func formatName(_ session: Session) -> String {
        guard let handle = session.handle, let format = try? device.format(for: ioctls.type, on: handle) else {
            return "unknown"
        }
        return "\(format)"
    }
}

/// What all hosts of a thread share.
struct HostContext {
    var server: UInt64
    var loop: EventLoop
    var messages: MessageBuffer
    var fillerRoom: MessageBuffer
    var count: HandleCount
    var admission: Admission
    var pacer: RequestPacer
    var logger: Logger
    var onReport: (@Sendable (StreamReport) -> Void)?
}
