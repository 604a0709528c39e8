import BufferQueue
import BufferSharing
import DeviceProtocol
import LinuxSystem
import V4L2Types
import VideoDevice

/// One open file of a device: the socket that is the program's descriptor, the shared page, and a control
/// channel for each process that holds it. It ends when the last duplicate of the descriptor is closed.
final class Session: EventHandler {
    let host: DeviceHost
    let page: HandlePage
    let client: Client
    private let socket: UnixSocket
    private var token: UInt64 = 0
    private var fillers = FillerAccount()
    private var channels: [ControlChannel] = []
    /// Made by the first HELLO, which says how the file was opened.
    private(set) var handle: OpenHandle?
    private(set) var openFlags: UInt32 = 0
    let bridge: RingBridge
    /// For the report.
    var requests = 0
    var wakes = 0

    init(socket: consuming UnixSocket, host: DeviceHost, client: Client) throws(Errno) {
        self.host = host
        self.client = client
        self.socket = socket
        let raw = self.socket.descriptor.raw
        do throws(Errno) {
            // A session is many small objects, of which none may fail.
            try Memory.checkHeadroom()
            page = try HandlePage(
                slotCount: host.device.queue.configuration.maximumBuffers, bufferType: host.ioctls.type.rawValue,
                isOutput: host.ioctls.type.isOutput, node: UInt32(host.node))
        } catch {
            Refusal.send(Refusal.errno(of: error), to: raw)
            throw error
        }
        bridge = RingBridge(page: page, ioctls: host.ioctls) { Doorbell.send($0, to: raw) }
        if host.ioctls.type.isOutput { bridge.onFirstOutput = { [unowned self] in firstOutputIsAvailable() } }
        // Edge by edge: the filler keeps the socket readable for good.
        do throws(Errno) {
            token = try host.loop.add(raw, events: [.input, .readHangUp, .edgeTriggered], self)
        } catch {
            Refusal.send(Refusal.errno(of: error), to: raw)
            throw error
        }
    }

    func handle(_ events: Events) {
        do throws(End) {
            try readFillers()
        } catch {
            host.end(self, because: error.reason)
            return
        }
        if !events.intersection([.hangUp, .readHangUp, .error]).isEmpty { host.end(self) }
    }

    /// The program's descriptor becomes writable: a buffer can be dequeued.
    private func firstOutputIsAvailable() {
        fillers.announce()
        // If it fails the peer is gone, and the next event ends the session.
        try? readFillers()
    }

    /// Why a session ends that the program didn't end.
    private struct End: Error {
        /// For the log; nil when the program is gone, which is no fault.
        var reason: String?
    }

    /// Reads what the account allows, and the adoptions among it.
    private func readFillers() throws(End) {
        for _ in 0..<Self.readLimit {
            guard let unread = try? socket.unreadBytes() else { throw End() }
            let count = fillers.bytesToRead(unread: unread)
            if count == 0 { return try checkWhatStays(unread) }
            try readFillers(count)
        }
        // It writes as fast as it is read, and all others would wait for as long as it likes.
        throw End(reason: "it sends more than there is to say")
    }

    /// Fillers stay unread, and nothing else. The program's own end of the socket among them would keep the handle open
    /// for ever, after the last process has gone: the kernel can't know that we never read it.
    private func checkWhatStays(_ count: Int) throws(End) {
        guard channels.isEmpty, count > 0 else { return }
        if count > Self.unreadLimit || socket.hasUnreadDescriptor {
            throw End(reason: "it left a descriptor where nobody reads")
        }
    }

    /// Reads up to the next descriptor, which is a process's end of its control channel.
    private func readFillers(_ count: Int) throws(End) {
        let room = unsafe UnsafeMutableRawBufferPointer(
            rebasing: host.fillerRoom.whole[0..<min(count, host.fillerRoom.whole.count)])
        guard var message = unsafe (try? socket.receiveNonblocking(into: room)) ?? nil, message.count > 0 else {
            throw End()
        }
        defer { message.descriptors.reap() }
        fillers.didRead(message.count)
        // The process whose end was lost sees its own closed, and knows by that (Adoption.swift).
        if message.descriptorsTruncated { host.reportExhaustion("a process's line was lost", .tooManyOpenFiles) }
        if message.descriptors.count == 0 { return }
        guard channels.count < Self.channelLimit else { return }
        try adopt(&message.descriptors)
    }

    /// A process's end of its control channel. Any other descriptor might be polled for nothing, or make us wait: a
    /// socket of another family doesn't have to heed MSG_DONTWAIT.
    private func adopt(_ descriptors: inout ReceivedDescriptors) throws(End) {
        guard let descriptor = descriptors.take(0) else { return }
        guard descriptors.count == 1, UnixSocket.isPacketSocket(descriptor) else {
            DescriptorReaper.shared.close(descriptor)
            throw End(reason: "a descriptor that is no control channel")
        }
        // The first process's is the open file itself.
        var charge: ClientCharge?
        if !channels.isEmpty {
            charge = client.account.chargeHandle()
            if charge == nil { return }
        }
        do throws(Errno) {
            try Memory.checkHeadroom()
            channels.append(try ControlChannel(adopting: descriptor, session: self, charge: charge))
        } catch {
            // The others who hold the handle go on.
            host.reportExhaustion("a process's line was lost", error)
        }
    }

    /// A process closed its control channel: it died, or no longer holds the handle.
    func channelEnded(_ channel: ControlChannel) {
        channel.close()
        channels.removeAll { $0 === channel }
        if channels.isEmpty {
            do throws(End) {
                try readFillers()
            } catch {
                return host.end(self, because: error.reason)
            }
        }
        host.refresh(self, slot: nil, all: false)
        host.pump()
    }

    /// The HELLO that makes the handle.
    func open(flags: UInt32) {
        guard handle == nil else { return }
        openFlags = flags
        let access = flags & 3
        let made = host.handles.open(isReadable: access != 1, isWritable: access != 0)
        made.onEventsChanged = { [unowned self] count in
            page.setPendingEvents(count)
            if count > 0 { bridge.wake() }
        }
        handle = made
        host.count.add()
    }

    var descriptor: Int32 { socket.descriptor.raw }

    /// Undoes all that the handle holds. The descriptors close with this object.
    func close() {
        host.loop.remove(socket.descriptor.raw, token: token)
        for channel in channels { channel.close() }
        channels.removeAll()
        if let handle {
            host.ioctls.close(handle)
            host.handles.close(handle)
            host.count.subtract()
        }
        handle = nil
    }

    /// Processes that may hold one handle at a time.
    private static let channelLimit = 256
    /// Reads of one turn. Each adoption needs one or two, and so many processes don't fit into a socket's buffer.
    private static let readLimit = 1024
    /// Bytes of fillers that may stay unread, far more than those of one or two.
    private static let unreadLimit = 4096
}

/// The bytes that the program's socket carries.
enum Doorbell {
    /// Sends one without waiting. A socket that is full is readable anyway.
    static func send(_ byte: UInt8, to raw: Int32) {
        UnixSocket.sendByte(byte, to: raw)
    }
}
