public import BufferQueue
import BufferSharing
import Imaging
public import LinuxSystem
import PictureSources
import PixelFormats
public import SystemPackage
import V4L2Types
public import VideoDevice

/// Making frames.
extension VirtualCamera {
    /// - Throws: EIO if the source can't be opened again; see `failure`.
    public func startStreaming(_ queue: Queue) throws(Errno) {
        failure = nil
        do throws(PictureSourceError) {
            let painter = try FramePainter(
                source: try source.restarted(), format: current, stamps: configuration.stamps)
            painter.adjustments = adjustments
            stream = CameraStream(painter: painter)
        } catch {
            report(error)
            throw .ioError
        }
    }

    public func stopStreaming(_ queue: Queue) {
        stream = nil
    }

    public func service(at now: MonotonicTime) -> NextService {
        guard queue.state.phase == .running, stream?.hasEnded == false else { return .whenStarted }
        if stream?.start == nil { stream?.start = now }
        switch configuration.pace {
        case .live: return serviceLive(at: now)
        case .onDemand: return serviceOnDemand(at: now)
        }
    }

    private func serviceOnDemand(at now: MonotonicTime) -> NextService {
        guard let index = queue.take() else { return .whenQueued }
        return makeFrame(in: index, at: now) ? .soon : .whenStarted
    }

    private func serviceLive(at now: MonotonicTime) -> NextService {
        var pacer = stream?.pacer ?? FramePacer(start: now, interval: interval)
        let due = pacer.dueCount(at: now)
        pacer.advance(by: due)
        stream?.pacer = pacer

        let hasBuffer = queue.state.queuedCount > 0
        if stream?.isStarved == true || !hasBuffer {
            // While nobody gave room, every frame that came due is gone; with room, the next is made in time.
            skip(due)
            starvedCount += Int(clamping: due)
            if due > 0 || stream?.isStarved == true { stream?.isStarved = !hasBuffer }
            return stream?.isStarved == true ? .whenQueued : .at(pacer.nextDue)
        }
        guard due > 0 else { return .at(pacer.nextDue) }
        skip(due - 1)
        lateCount += Int(clamping: due - 1)
        guard let index = queue.take() else { return .whenQueued }
        return makeFrame(in: index, at: now) ? .at(pacer.nextDue) : .whenStarted
    }

    private func skip(_ count: UInt64) {
        stream?.sequence &+= UInt32(truncatingIfNeeded: count)
    }

    /// Fills a buffer that was taken, and gives it back.
    /// - Returns: whether there will be another frame.
    private func makeFrame(in index: Int, at now: MonotonicTime) -> Bool {
        guard let stream, let start = stream.start else { return false }
        let sequence = stream.sequence
        let milliseconds = now.elapsed(since: start).nanoseconds / 1_000_000
        do throws(PictureSourceError) {
            // The mappings live as long as the buffer is taken, which is until it is completed below.
            let used = try unsafe stream.painter.paint(
                number: sequence, milliseconds: UInt32(truncatingIfNeeded: milliseconds),
                into: planes(ofBuffer: index))
            self.stream?.sequence = sequence &+ 1
            self.stream?.hasEnded = used == nil
            let sizes = PlaneSizes(count: planeSizes.count) { Int(used?.planes[$0] ?? 0) }
            queue.complete(index, .done, bytesUsed: sizes, isLast: used == nil) { payload in
                payload.sequence = sequence
                payload.timestamp = now.nanoseconds
                payload.field = FieldOrder.none.rawValue
                payload.flags = used == nil ? BufferFlags.last.rawValue : 0
            }
            return used != nil
        } catch {
            report(error)
            queue.fail()
            return false
        }
    }

    /// The memory of a taken buffer, as much of each plane as the program knows of.
    private func planes(ofBuffer index: Int) -> FramePlanes {
        var planes = unsafe FramePlanes()
        for plane in 0..<planeSizes.count {
            guard let mapping = queue.mapping(ofPlane: plane, ofBuffer: index) else { break }
            let length = min(mapping.count, Int(queue.buffers[index].planes[plane].length))
            unsafe planes.append(UnsafeMutableRawBufferPointer(start: mapping.base, count: length))
        }
        return unsafe planes
    }

    private func report(_ error: PictureSourceError) {
        failure = error
        configuration.onMessage?("\(information.card): \(error)")
    }
}
