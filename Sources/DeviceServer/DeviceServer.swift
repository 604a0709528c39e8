import DeviceProtocol
public import LinuxSystem
import Logging
import V4L2Types

/// Hosts devices for any number of programs.
///
/// Each device lives on one thread with its sessions, its timer and its queue, so nothing of them is locked.
/// Between threads there are only the count of open handles and the order to stop.
public final class DeviceServer: Sendable {
    public let configuration: ServerConfiguration
    private let devices: [DeviceSpecification]
    private let count: HandleCount
    let admission: Admission
    private let stopSignal: EventDescriptor
    private let threads = Locked<[RunningThread]>([])
    private let desks = Locked<[StatusDesk]>([])
    private let information = Locked<InformationService?>(nil)

    /// Nothing is offered until `start`.
    /// - Throws: EMFILE, ENFILE, ENOMEM.
    public init(configuration: ServerConfiguration, devices: [DeviceSpecification]) throws(Errno) {
        self.configuration = configuration
        self.devices = devices
        count = try HandleCount()
        admission = Admission(
            policy: configuration.access, limits: configuration.limits, logger: configuration.logger)
        stopSignal = try EventDescriptor()
    }

    /// Makes the devices and listens; on return programs can open them.
    /// - Throws: the first thing that went wrong; then nothing is left running.
    public func start() throws(ServerError) {
        var shares: [[DeviceSpecification]] = Array(
            repeating: [], count: min(configuration.threads, max(devices.count, 1)))
        for (place, device) in devices.enumerated() { shares[place % shares.count].append(device) }
        for (number, share) in shares.enumerated() {
            do {
                try startThread(number, share)
            } catch {
                stop()
                throw error
            }
        }
        do throws(Errno) {
            let service = try InformationService(
                directory: configuration.directory, mode: configuration.access.socketMode, admission: admission,
                logger: configuration.logger
            ) { [desks] in desks.withLock { $0 }.flatMap { $0.ask() }.sorted { $0.node < $1.node } }
            try service.start()
            information.withLock { $0 = service }
        } catch {
            stop()
            throw ServerError("can't listen in \(configuration.directory) for those who ask about buffers: \(error)")
        }
    }

    private func startThread(_ number: Int, _ share: [DeviceSpecification]) throws(ServerError) {
        let outcome: StartOutcome
        do throws(Errno) {
            let start = try StartSignal()
            let desk = try StatusDesk()
            desks.withLock { $0.append(desk) }
            let thread = RunningThread(
                try SystemThread.start(name: "vb2-devices-\(number)") { [self] in
                    ServerThread.run(share, server: self, desk: desk, started: start)
                })
            threads.withLock { $0.append(thread) }
            outcome = start.wait()
        } catch {
            throw ServerError("can't start a thread for the devices: \(error)")
        }
        if case .failed(let error) = outcome { throw error }
    }

    /// Returns when no program holds a device open.
    public func waitUntilUnused() {
        count.waitForZero()
    }

    /// Ends all sessions (programs get ENODEV), removes the sockets, joins the threads.
    public func stop() {
        information.withLock { $0.take() }?.stop()
        stopSignal.signal()
        for thread in threads.withLock({ $0 }) { thread.join() }
    }

    var handleCount: HandleCount { count }
    var stopDescriptor: Int32 { stopSignal.descriptor.raw }
}

/// A thread to be joined, which an array can hold.
final class RunningThread: Sendable {
    private let thread: Locked<SystemThread>

    init(_ thread: consuming SystemThread) {
        self.thread = Locked(thread)
    }

    func join() {
        thread.withLock { $0.join() }
    }
}
