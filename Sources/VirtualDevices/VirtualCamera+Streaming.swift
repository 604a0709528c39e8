public import BufferQueue
import BufferSharing
import Imaging
public import LinuxSystem
import PictureSources
import PixelFormats
public import SystemPackage
public import V4L2Types
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

    /// A frame begins. The end of a file is told by the LAST flag and EPIPE, and by no event: v4l2-ctl subscribes
    /// to EOS wherever it can, and then waits for another one for ever.
    public func supportsEvent(_ kind: EventKind, id: UInt32) -> Bool {
        kind == .frameSync && id == 0
    }

    public func stopStreaming(_ queue: Queue) {
        stream = nil
    }

    public func service(at now: MonotonicTime) -> NextService {
        guard queue.state.phase == .running, stream?.hasEnded == false else { return .whenStarted }
        stream?.clock.begin(at: now)
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
        guard var clock = stream?.clock else { return .whenStarted }
        let before = (clock.starvedCount, clock.lateCount)
        let step = clock.step(at: now, interval: interval, hasBuffer: queue.state.queuedCount > 0)
        starvedCount += clock.starvedCount - before.0
        lateCount += clock.lateCount - before.1
        stream?.clock = clock
        switch step {
        case .starve: return .whenQueued
        case .wait(let time): return .at(time)
        case .frame(let next):
            guard let index = queue.take() else { return .whenQueued }
            return makeFrame(in: index, at: now) ? .at(next) : .whenStarted
        }
    }

    /// Fills a buffer that was taken, and gives it back.
    /// - Returns: whether there will be another frame.
    private func makeFrame(in index: Int, at now: MonotonicTime) -> Bool {
        guard let stream, let start = stream.clock.start else { return false }
        let sequence = stream.clock.sequence
        let milliseconds = now.elapsed(since: start).nanoseconds / 1_000_000
        do throws(PictureSourceError) {
            // The mappings live as long as the buffer is taken, which is until it is completed below.
            let used = try unsafe stream.painter.paint(
                number: sequence, milliseconds: UInt32(truncatingIfNeeded: milliseconds),
                into: queue.planesOfTaken(index))
            if used != nil { onEvent?(VideoEvent(.frameSync(sequence: sequence))) }
            self.stream?.clock.advance()
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

    private func report(_ error: PictureSourceError) {
        failure = error
        configuration.onMessage?("\(information.card): \(error)")
    }
}
