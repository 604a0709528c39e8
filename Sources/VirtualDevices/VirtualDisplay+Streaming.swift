public import BufferQueue
import Imaging
public import LinuxSystem
import PixelFormats
public import SystemPackage
public import VideoDevice

/// Showing frames.
extension VirtualDisplay {
    /// All of a plane; anything of a compressed frame.
    public var minimumPayloads: PlaneSizes {
        PixelFormat.find(current.fourCC)?.isCompressed == true ? PlaneSizes([]) : planeSizes
    }

    /// Whole frames only, as the kernel's test driver has it (`vid_out_buf_prepare`); they are progressive,
    /// whatever the program says of them.
    /// - Throws: EINVAL if a plane's payload, without what is in front of it, is shorter than the format's.
    public func prepare(bufferAt index: Int, of queue: Queue) throws(Errno) {
        queue.setField(FieldOrder.none.rawValue, ofBuffer: index)
        let least = minimumPayloads
        for plane in 0..<min(least.count, queue.buffers[index].planeCount) {
            let payload = queue.buffers[index].planes[plane]
            guard Int(payload.bytesUsed) - Int(payload.dataOffset) >= least[plane] else { throw .invalidArgument }
        }
    }

    /// - Throws: EIO if the format's frames can't be read, which no format of ours is.
    public func startStreaming(_ queue: Queue) throws(Errno) {
        failure = nil
        let keeps = configuration.picturePath != nil || recorder != nil
        do throws(ImagingError) {
            stream = try DisplayStream(format: current, keeps: keeps)
        } catch {
            report(error)
            throw .ioError
        }
    }

    public func stopStreaming(_ queue: Queue) {
        defer { stream = nil }
        guard let path = configuration.picturePath, let shown = stream?.shown else { return }
        do throws(ImagingError) { try PNGFile.write(shown, to: path) } catch { report(error) }
    }

    public func service(at now: MonotonicTime) -> NextService {
        guard queue.state.phase == .running, var clock = stream?.clock else { return .whenStarted }
        clock.begin(at: now)
        defer { stream?.clock = clock }
        switch configuration.pace {
        case .onDemand:
            guard let index = queue.take() else { return .whenQueued }
            show(index, clock.sequence, at: now)
            clock.advance()
            return .soon
        case .live:
            let before = (clock.starvedCount, clock.lateCount)
            let step = clock.step(at: now, interval: interval, hasBuffer: queue.state.queuedCount > 0)
            starvedCount += clock.starvedCount - before.0
            lateCount += clock.lateCount - before.1
            switch step {
            case .starve: return .whenQueued
            case .wait(let time): return .at(time)
            case .frame(let next):
                guard let index = queue.take() else { return .whenQueued }
                show(index, clock.sequence, at: now)
                clock.advance()
                return .at(next)
            }
        }
    }

    /// Shows a buffer that was taken, and gives it back.
    private func show(_ index: Int, _ sequence: UInt32, at now: MonotonicTime) {
        var completion = Completion.done
        do throws(ImagingError) {
            // The mappings live as long as the buffer is taken, which is until it is completed below.
            unsafe try stream?.show(queue.planesOfTaken(index))
        } catch {
            // A damaged picture: the program is told, and the next one may be better.
            report(error)
            completion = .failed
        }
        queue.complete(index, completion, bytesUsed: planeSizes) { payload in
            payload.sequence = sequence
            payload.timestamp = now.nanoseconds
            payload.field = FieldOrder.none.rawValue
        }
        guard completion == .done else { return }
        shownCount += 1
        record()
    }

    /// Adds what is shown to the recording.
    private func record() {
        guard let recorder, let shown = stream?.shown else { return }
        do throws(ImagingError) { try recorder.add(shown, interval: interval) } catch {
            // Not again for each frame.
            self.recorder = nil
            report(error)
        }
    }

    private func report(_ error: ImagingError) {
        failure = error
        configuration.onMessage?("\(information.card): \(error)")
    }
}
