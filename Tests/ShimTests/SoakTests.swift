import LinuxSystem
import ProgramSupport
import Testing

extension ShimTests {
    /// Sixteen programs at a time that come and go, half of them killed on their way. `make soak` lets them do so for half an
    /// hour (`VB2_SOAK_MINUTES`), here some hundred come.
    @Suite struct SoakTests {
        private static let minutes = Environment.value("VB2_SOAK_MINUTES").flatMap { Int($0) }
        private static let devices = 32

        /// When all are gone the server has not a byte, a descriptor, a mapping or a thread more than after the first few.
        ///
        /// Without `host.handles.close(handle)` in `Session.close` (Session.swift) this fails: bytes stay.
        @Test func nothingIsLeft() throws {
            let workspace = try Workspace()
            let program = try workspace.compile("soak")
            let counter = try workspace.compileAllocationCounter()
            let count = workspace.file("server.count")
            let seconds = (Self.minutes ?? 1) * 60
            let camera = ["--camera", Workspace.camera]
            let display = ["--display", "display:size=64x48,format=GREY,pace=ondemand"]
            let devices =
                Array(repeating: camera, count: Self.devices / 2) + Array(repeating: display, count: Self.devices / 2)
            var server = try TestServer(
                workspace, devices: devices.flatMap { $0 },
                variables: ["LD_PRELOAD": counter, "MALLOCCOUNT_FILE": count], seconds: seconds + 300)
            func run(_ options: String...) throws -> Summary {
                let words = [program, "--devices=\(Self.devices)"] + options
                return try Summary(
                    "soak", try workspace.run(words, variables: server.variables, seconds: seconds + 120))
            }
            let idle = try server.holdings()
            // What is made once and kept: what a device needs for each kind of stream, and room for so many handles at a
            // time, here twice as many as later.
            _ = try run("--tour=1")
            _ = try run("--programs=32", "--lives=150")
            let before = try server.holdings(returningTo: idle)
            let (threads, bytes) = (try server.threadCount(), try Self.liveBytes(count, atMost: 0))

            let seed = Int.random(in: 1...1_000_000_000)
            let summary = try run(
                "--programs=16", "--lives=\(Self.minutes == nil ? 400 : .max)", "--seconds=\(seconds)", "--seed=\(seed)"
            )
            let after = try server.holdings(returningTo: before)
            let left = try Self.liveBytes(count, atMost: bytes) - bytes
            let frames = Self.framesTaken(workspace.text("server.log"))
            print(
                """
                soak: \(summary["lives"]) programs, \(summary["killed"]) of them killed, \(frames) frames delivered, \
                \(max(left, 0)) bytes leaked, seed \(seed)
                """)
            #expect(after == before, "seed \(seed)")
            #expect(left <= 0, "seed \(seed)")
            #expect(try server.threadCount() == threads)
            #expect(summary["killed"] >= summary["lives"] / 8 && summary["lives"] >= 300)
            #expect(frames > 10_000)
            #expect(try server.stop().status == 0)
            #expect(!workspace.text("server.log").contains("unbalanced"))
        }

        /// What the server has allocated and not freed, once it is no more than `limit`, or after five seconds.
        private static func liveBytes(_ file: String, atMost limit: Int) throws -> Int {
            var last = Int.max
            for _ in 0..<500 {
                let bytes = try Files.read(file)
                let now = bytes[8..<16].reversed().reduce(0) { $0 << 8 | Int($1) }
                // Without a limit: when it has come to rest.
                if now <= limit || (limit == 0 && now == last) { return now }
                last = now
                try Processes.pause(milliseconds: 10)
            }
            return last
        }

        /// By the server's own account: completed, and taken by the program.
        private static func framesTaken(_ log: String) -> Int {
            var sum = 0
            for line in log.split(separator: "\n") where line.contains("stream ended") {
                for word in line.split(separator: " ") {
                    if word.hasPrefix("frames=") { sum += Int(word.dropFirst(7)) ?? 0 }
                    if word.hasPrefix("untaken=") { sum -= Int(word.dropFirst(8)) ?? 0 }
                }
            }
            return sum
        }
    }
}
