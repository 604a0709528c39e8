import BufferQueue
import BufferSharing
import CVideoABI
import DeviceProtocol
import LinuxSystem
import V4L2Types
import VideoDevice

/// One request after the other: the queue is brought up to date, the device answers, the page is told.
extension Session {
    func receive(_ message: consuming Received, on channel: ControlChannel) {
        // Whatever happens below: what no operation took.
        defer { message.descriptors.reap() }
        // Fewer than 8 are lost when our own table is full, which isn't this program's doing alone.
        if message.bytesTruncated || message.descriptorsTruncated && message.descriptors.count == 8 {
            return host.end(self, because: "a message that is longer than any request")
        }
        let header: RequestHeader
        do throws(RequestHeader.Fault) {
            header = unsafe try RequestHeader(decoding: host.messages.message(message.count))
        } catch {
            host.end(self, because: "a message that is no request (\(error))")
            return
        }
        if header.operation == .wake { wakes += 1 } else { requests += 1 }
        let entries = bridge.queuedHead
        // Another's page may end another's session: this one still gets its answer.
        guard host.drain() || host.serves(self) else { return }
        if message.descriptorsTruncated {
            // Without them the request would mean something else.
            host.reportExhaustion("a request's descriptors were lost", .tooManyOpenFiles)
            return channel.send(ReplyHeader(sequence: header.sequence, result: -Errno.noMemory.rawValue))
        }
        // Whoever asks answers for what comes of it.
        host.device.queue.account = client.account
        switch header.operation {
        case .hello: sayHello(header, channel)
        case .ioctl: performIoctl(header, &message.descriptors, channel)
        case .map: performMap(header, channel)
        case .plane: performPlane(header, channel)
        case .startIO: startIO(header, channel)
        case .wake:
            // One that brings a buffer is the end of a QBUF, and those are counted by nobody.
            if bridge.queuedHead != entries { client.account.giveBackRequest() }
            host.pump()
        case .sync: synchronise(header, channel)
        case .guardPlane: guardPlane(header, &message.descriptors, channel)
        }
    }

    private func sayHello(_ header: RequestHeader, _ channel: ControlChannel) {
        open(flags: header.value)
        guard let handle, header.argumentBytes == Hello.byteCount else {
            return channel.send(ReplyHeader(sequence: header.sequence, result: -EPROTO))
        }
        let hello = Hello(
            handle: UInt64(host.node) << 48 | handle.id, server: host.server, pageBytes: page.layout.byteCount,
            node: UInt32(host.node), openFlags: openFlags)
        unsafe hello.encode(into: host.messages.argument(header))
        host.refresh(self, slot: nil, all: false)
        var reply = ReplyHeader(sequence: header.sequence, result: 0)
        reply.argumentBytes = Hello.byteCount
        channel.send(reply, descriptor: page.descriptor)
    }

    // MARK: Ioctls

    private func performIoctl(
        _ header: RequestHeader, _ descriptors: inout ReceivedDescriptors, _ channel: ControlChannel
    ) {
        var reply = ReplyHeader(sequence: header.sequence, result: 0)
        guard let handle else {
            reply.result = -EBADF
            return channel.send(reply)
        }
        let ioctl = Ioctl(command: header.command)
        if ioctl == .streamOff || ioctl == .requestBuffers { host.settle(self) }
        if ioctl == .dequeueBuffer, !header.isFaulted {
            reply.result = checkDequeue(header, handle)
            host.refresh(self, slot: nil, all: false)
            return channel.send(reply)
        }
        do throws(Errno) {
            host.ioctls.imports =
                ioctl == .queueBuffer || ioctl == .prepareBuffer
                ? try Self.take(&descriptors, toFill: !host.ioctls.type.isOutput) : []
        } catch {
            host.reportExhaustion("a buffer could not be imported", error)
            reply.result = -Errno.noMemory.rawValue
            return channel.send(reply)
        }
        let request = unsafe IoctlRequest(
            command: header.command, argument: host.messages.argument(header), nested: host.messages.nested(header),
            isFaulted: header.isFaulted, isNonBlocking: true)
        switch host.dispatcher.perform(request, handle: handle) {
        case .success: break
        case .wouldBlock: reply.result = -ENOENT
        case .failure(let error): reply.result = -error.rawValue
        case .failureWithResults(let error):
            reply.result = -error.rawValue
            reply.argumentBytes = header.argumentBytes
            reply.nestedBytes = header.nestedBytes
        }
        host.ioctls.imports = []
        if reply.result == 0, Self.copiesBack(header.command) {
            reply.argumentBytes = header.argumentBytes
            reply.nestedBytes = header.nestedBytes
        }
        if reply.result == -Errno.noMemory.rawValue, ioctl == .queueBuffer || ioctl == .prepareBuffer {
            host.reportExhaustion("a buffer could not be taken", .noMemory)
        }
        // Output: the program's half fills its socket again for buffers that it could have taken.
        if ioctl == .streamOff || ioctl == .requestBuffers, host.ioctls.type.isOutput, reply.result == 0 {
            reply.value = bridge.takeUntaken()
        }
        let exported = host.ioctls.exported.take()
        if let ioctl, ioctl.isBufferIoctl { host.bufferIoctlDone(ioctl, by: self, slot: slotIndex(ioctl, header)) }
        if let exported {
            channel.send(reply, descriptor: exported.raw)
        } else {
            channel.send(reply)
        }
        // After the answer: the device may have much to do.
        if let ioctl, ioctl.isBufferIoctl { host.pump() }
    }

    private func checkDequeue(_ header: RequestHeader, _ handle: OpenHandle) -> Int32 {
        do throws(Errno) {
            let raw = unsafe host.messages.argument(header)
            guard unsafe raw.count >= MemoryLayout<v4l2_buffer>.size else { throw .badAddress }
            let type = unsafe raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
            guard type == host.ioctls.type.rawValue else { throw .invalidArgument }
            try host.ioctls.checkDequeue(handle)
            return 0
        } catch {
            return -error.rawValue
        }
    }

    /// The buffer whose slot the request may have changed.
    private func slotIndex(_ ioctl: Ioctl, _ header: RequestHeader) -> Int? {
        let raw = unsafe host.messages.argument(header)
        switch ioctl {
        case .queueBuffer, .prepareBuffer:
            guard raw.count >= 4 else { return nil }
            return unsafe Int(raw.loadUnaligned(as: UInt32.self))
        case .exportBuffer:
            guard raw.count >= 8 else { return nil }
            return unsafe Int(raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        default:
            return nil
        }
    }

    /// The buffers that the descriptors name, in their order; nil for one that is no buffer.
    /// - Throws: what has run out, so that nobody can say whether it is one.
    private static func take(
        _ descriptors: inout ReceivedDescriptors, toFill: Bool
    ) throws(Errno) -> [SharedBuffer?] {
        var buffers: [SharedBuffer?] = []
        for index in 0..<descriptors.count {
            guard let descriptor = descriptors.take(index) else { continue }
            do throws(BufferSharingError) {
                let buffer = try SharedBuffer.importing(descriptor)
                buffers.append(toFill ? try buffer.reopenedForWriting() ?? buffer : buffer)
            } catch {
                if error.code == .system { throw error.errno }
                buffers.append(nil)
            }
        }
        return buffers
    }

    /// _IOC_READ: the kernel would copy the argument back.
    private static func copiesBack(_ command: UInt32) -> Bool {
        command & 0x8000_0000 != 0
    }

    // MARK: The rest

    private func performMap(_ header: RequestHeader, _ channel: ControlChannel) {
        var reply = ReplyHeader(sequence: header.sequence, result: 0)
        do throws(Errno) {
            guard let handle else { throw .badFileDescriptor }
            // Any handle may map what another one allocated, as in the kernel (A81), where whoever may open the device
            // may see its frames. Here each user's memory is his own.
            if let owner = host.sessionThatOwns(), !owner.client.isSameUser(as: client) { throw .permissionDenied }
            let place = try host.ioctls.planeToMap(
                offset: header.offset, length: header.length, protection: header.value, flags: header.command,
                handle: handle)
            let access: SharedBuffer.ExportAccess = handle.isWritable ? .readWrite : .readOnly
            let file = try host.device.queue.planeFile(place.plane, ofBuffer: place.index, access: access)
            if access == .readWrite {
                channel.guards.handedOut(host.device.queue.sharedBuffer(ofPlane: place.plane, ofBuffer: place.index))
            }
            host.sessionThatOwns()?.bridge.refresh(slot: place.index, all: false)
            channel.send(reply, descriptor: file.raw)
        } catch {
            reply.result = -error.rawValue
            channel.send(reply)
        }
    }

    private func performPlane(_ header: RequestHeader, _ channel: ControlChannel) {
        var reply = ReplyHeader(sequence: header.sequence, result: 0)
        let (index, plane) = (Int(header.command), Int(header.value))
        do throws(Errno) {
            guard let handle, host.ioctls.owner === handle else { throw .resourceBusy }
            let file = try host.device.queue.planeFile(plane, ofBuffer: index, access: .readWrite)
            // Of the file, not of the program's own memory, which may be longer.
            reply.value = UInt64(host.device.queue.memorySize(ofPlane: plane, ofBuffer: index))
            channel.send(reply, descriptor: file.raw)
        } catch {
            reply.result = -error.rawValue
            channel.send(reply)
        }
    }

    private func startIO(_ header: RequestHeader, _ channel: ControlChannel) {
        var reply = ReplyHeader(sequence: header.sequence, result: 0)
        do throws(Errno) {
            guard let handle else { throw .badFileDescriptor }
            guard header.value <= 1 else { throw .invalidArgument }
            guard header.value == 1 ? handle.isWritable : handle.isReadable else { throw .badFileDescriptor }
            try host.ioctls.startFileIO(handle, isOutput: header.value == 1)
        } catch {
            reply.result = -error.rawValue
        }
        host.bufferIoctlDone(.requestBuffers, by: self, slot: nil)
        // Before the answer: what is there at once is there for the very read that started it, every time.
        host.pump()
        channel.send(reply)
    }

    private func synchronise(_ header: RequestHeader, _ channel: ControlChannel) {
        var reply = ReplyHeader(sequence: header.sequence, result: 0)
        if header.value == 1 { reply.value = bridge.ringAgain() }
        host.refresh(self, slot: nil, all: false)
        channel.send(reply)
        host.pump()
    }
}
