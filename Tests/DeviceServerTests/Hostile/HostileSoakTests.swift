import CVideoABI
import DeviceClient
import DeviceServer
import Glibc
import HostileSupport
import LinuxSystem
import Testing

/// Programs that mean harm, for many seeds, beside programs that don't.
///
/// In a process of its own: what a server does there by mistake (a trap, a SIGBUS) ends that process, and whatever it
/// leaves behind can be counted.
@Suite struct HostileSoakTests {
    /// VB2_SOAK_SEEDS is how many; VB2_SOAK_FIRST the first, to do one again.
    static func setting(_ name: String, _ usual: UInt64) -> UInt64 {
        guard let text = unsafe getenv(name), let value = UInt64(unsafe String(cString: text)) else { return usual }
        return value
    }

    @Test(.timeLimit(.minutes(60))) func nobodyElseLosesAnything() async throws {
        let directory = try Files.makeTemporaryDirectory(prefix: "vb2-soak-")
        defer { try? Files.removeTree(directory) }
        let diary = "\(directory)/diary"
        await #expect(processExitsWith: .success) { [diary = diary as String] in
            do {
                try HostileSoak(diary: diary).run()
            } catch {
                try Files.write(Array("\(error)".utf8), to: diary)
                exit(EXIT_FAILURE)
            }
        }
        // What it came to; if it died, what it was at.
        print(String(decoding: try Files.read(diary), as: UTF8.self))
    }
}

/// One server thread with three devices: two of them for the programs that mean harm, and on the third a stream that
/// must not lose a frame.
final class HostileSoak {
    private let log = RecordingLog()
    private let first = HostileSoakTests.setting("VB2_SOAK_FIRST", 1)
    private let count = HostileSoakTests.setting("VB2_SOAK_SEEDS", 300)

    /// The file that says what it is at.
    private let diary: String

    init(diary: String) { self.diary = diary }

    private func note(_ text: String) throws { try Files.write(Array(text.utf8), to: diary) }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    func run() throws {
        let server = try TestServer(
            [
                DeviceSpecification(node: 0) { CountingDevice() },
                DeviceSpecification(node: 1) { CountingDevice(node: 1, isOutput: true) },
                DeviceSpecification(node: 2) { CountingDevice(node: 2) },
            ], log: log)
        let paths = (0..<3).map { "\(server.directory)/video\($0).vb2" }
        let bystander = try Bystander(stream: paths[2], others: Array(paths[0..<2]))
        let before = try Self.openThings()
        let types = [V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue, V4L2_BUF_TYPE_VIDEO_OUTPUT.rawValue]
        var cutOffs = 0
        for seed in first..<first + count {
            let place = Int(seed % 2)
            try note("seed \(seed) of \(first) to \(first + count - 1)")
            do {
                let session = try HostileSession(path: paths[place], type: types[place], seed: seed)
                if try session.run() { cutOffs += 1 }
                try bystander.check()
            } catch {
                throw Failure(description: "seed \(seed): \(error)")
            }
        }
        let frames = try bystander.stop()
        let seeds = "seeds \(first) to \(first + count - 1)"
        try note("\(seeds): \(cutOffs) of \(count) were cut off; \(frames) frames meanwhile")
        if frames < 100 { throw Failure(description: "only \(frames) frames") }
        // A line for each that was cut off, at least: some are only after they were last looked at.
        if log.cutOffs.count < cutOffs { throw Failure(description: "\(log.cutOffs.count) lines for \(cutOffs)") }
        if cutOffs == 0, count >= 100 { throw Failure(description: "nobody was cut off") }
        try waitUntil(before)
    }

    /// Descriptors, mappings of buffers and pages, and threads of this process.
    private static func openThings() throws -> [Int] {
        let maps = String(decoding: try Files.read("/proc/self/maps"), as: UTF8.self)
        return [
            try Files.list("/proc/self/fd").count, maps.split(separator: "\n").count { $0.contains("/memfd:") },
            try Files.list("/proc/self/task").count,
        ]
    }

    /// The server lets go of what a session had after the session ends, and the reaper on threads of its own.
    private func waitUntil(_ before: [Int]) throws {
        let end = MonotonicTime.now() + 30_000_000_000
        while true {
            let now = try Self.openThings()
            if zip(now, before).allSatisfy({ $0 <= $1 }) { return }
            if MonotonicTime.now() >= end {
                let open = try Files.list("/proc/self/fd").compactMap {
                    try? Files.target(ofLink: "/proc/self/fd/\($0)")
                }
                throw Failure(
                    description: "descriptors, mappings, threads: \(before) before, \(now) now: \(open.sorted())")
            }
            sched_yield()
        }
    }
}
