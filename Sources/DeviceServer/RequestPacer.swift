import LinuxSystem

/// Control channels whose users asked too much: they aren't read until their time has come. One for a thread, which goes
/// on with the others meanwhile; what a channel's process sends then stays in the socket, until that is full.
final class RequestPacer {
    private let loop: EventLoop
    private let alarm: DeviceAlarm
    private var waiting: [(channel: ControlChannel, time: MonotonicTime)] = []

    init(loop: EventLoop) throws(Errno) {
        self.loop = loop
        alarm = try DeviceAlarm()
        try alarm.start(on: loop) { [unowned self] in resume(at: .now()) }
    }

    /// Looks at the channel again at `time`. It is out of the loop; if it is closed until then, nothing comes of it.
    func pause(_ channel: ControlChannel, until time: MonotonicTime) {
        waiting.append((channel, time))
        alarm.set(waiting.map(\.time).min())
    }

    func stop() {
        waiting.removeAll()
        alarm.stop(on: loop)
    }

    private func resume(at now: MonotonicTime) {
        let due = waiting.filter { $0.time <= now }
        waiting.removeAll { $0.time <= now }
        for (channel, _) in due { channel.resume() }
        alarm.set(waiting.map(\.time).min())
    }
}
