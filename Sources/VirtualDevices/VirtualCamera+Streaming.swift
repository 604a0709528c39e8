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
            let painter = try source.restarted().map { source throws(PictureSourceError) in
                try FramePainter(source: source, format: current, stamps: configuration.stamps)
            }
            painter?.adjustments = adjustments
            stream = CameraStream(painter: painter)
        } catch {
            report(error)
            throw .ioError
        }
    }

    /// A frame begins; the source changes; the stream ends. A camera that doesn't announce its end has no EOS to
    /// subscribe to: v4l2-ctl subscribes wherever it can, and without a poll loop it then waits for frames for ever.
    public func supportsEvent(_ kind: EventKind, id: UInt32) -> Bool {
        guard id == 0 else { return false }
        return switch kind {
        case .frameSync: true
        case .endOfStream: configuration.announcesEnd
        case .sourceChange: configuration.sourceChange != nil
        case .control: false
        }
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
            var used: PlaneSizes?
            if let change = change(at: sequence) {
                become(change)
            } else if configuration.frameCount.map({ sequence < $0 }) ?? true {
                used = try paint(
                    stream, index, number: sequence, milliseconds: UInt32(truncatingIfNeeded: milliseconds))
            }
            if used != nil {
                onEvent?(VideoEvent(.frameSync(sequence: sequence)))
            } else if configuration.announcesEnd {
                onEvent?(VideoEvent(.endOfStream))
            }
            self.stream?.clock.advance()
            self.stream?.hasEnded = used == nil
            let sizes = used ?? PlaneSizes(count: planeSizes.count) { _ in 0 }
            queue.complete(index, .done, bytesUsed: sizes, isLast: used == nil) { payload in
                payload.sequence = sequence
                payload.timestamp = now.nanoseconds
                payload.field = FieldOrder.none.rawValue
                if used == nil { payload.flags |= BufferFlags.last.rawValue }
            }
            return used != nil
        } catch {
            report(error)
            queue.fail()
            return false
        }
    }

    /// - Returns: the bytes of each plane; nil at the source's end.
    private func paint(
        _ stream: CameraStream, _ index: Int, number: UInt32, milliseconds: UInt32
    ) throws(PictureSourceError) -> PlaneSizes? {
        guard let painter = stream.painter else { return planeSizes }
        // The mappings live as long as the buffer is taken, which is until it is completed.
        let used = try unsafe painter.paint(
            number: number, milliseconds: milliseconds, into: queue.planesOfTaken(index))
        return used.map { used in PlaneSizes(count: planeSizes.count) { Int(used.planes[$0]) } }
    }

    /// The change of the source that is due with this frame.
    private func change(at sequence: UInt32) -> CameraConfiguration.SourceChange? {
        guard !hasChanged, let change = configuration.sourceChange, sequence >= change.frame else { return nil }
        return change
    }

    /// The new format holds at once, as a decoder's does after a resolution change; the old one's buffers stay until
    /// the program frees them. The stream ends with an empty last buffer.
    private func become(_ change: CameraConfiguration.SourceChange) {
        hasChanged = true
        let resized = VideoFormat(fourCC: current.fourCC, size: change.size, planes: [PlaneGeometry()])
        // Fails for no size that the camera offers.
        if let format = try? modes.nearest(to: resized) { current = format }
        onEvent?(VideoEvent(.sourceChange(.resolution)))
    }

    private func report(_ error: PictureSourceError) {
        failure = error
        configuration.onMessage?("\(information.card): \(error)")
    }
}
