import LinuxSystem

/// A device's clock: one timer, set anew only when the time changes.
final class DeviceAlarm: EventHandler {
    private let timer: TimerDescriptor
    private var token: UInt64 = 0
    private var action: () -> Void = {}
    private var time: MonotonicTime?

    init() throws(Errno) {
        timer = try TimerDescriptor()
    }

    func start(on loop: EventLoop, _ action: @escaping () -> Void) throws(Errno) {
        self.action = action
        token = try loop.add(timer.descriptor.raw, events: .input, self)
    }

    func stop(on loop: EventLoop) {
        loop.remove(timer.descriptor.raw, token: token)
    }

    /// When to act; nil: not at all.
    func set(_ time: MonotonicTime?) {
        guard time != self.time else { return }
        self.time = time
        // Neither fails for a timer of ours and a time that is positive.
        if let time {
            try? timer.arm(at: time)
        } else {
            try? timer.disarm()
        }
    }

    func handle(_ events: Events) {
        guard (try? timer.drain()) ?? 0 > 0 else { return }
        time = nil
        action()
    }
}
