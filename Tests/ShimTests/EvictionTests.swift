import LinuxSystem
import ProgramSupport
import Testing

extension ShimTests {
    /// A program holds a frame of 2 MiB while another camera's buffers push it out to swap, and compares each byte of it
    /// after every move: what it reads, writes, shares with a child, maps twice, maps read-only, or has the kernel read.
    @Suite(.serialized, .enabled(if: TestSwap.isPossible, "only root can make swap")) struct EvictionTests {
        /// As often as for 10^6 pages over all modes with `make soak-moves`.
        static let pages = Environment.value("VB2_SOAK_PAGES").flatMap { Int($0) } ?? 40_000

        private func expectIntact(_ workspace: Workspace, _ mode: String, pages: Int) throws {
            let patience = max(200, pages / 200)
            let prey = try workspace.compile("prey")
            let spec = "pattern,size=2048x1024,format=GREY,pace=ondemand"
            func run() throws -> Outcome {
                try workspace.underDevices(
                    ["--budget", "7M", "--camera", spec, "--camera", spec], seconds: patience,
                    [prey, "--mode=\(mode)", "--pages=\(pages)", "--seconds=\(patience + 10)"])
            }
            var outcome = try run()
            // Seen once, why isn't known: for minutes nobody moved the frame, or the kernel did and neither of the two below
            // counts that. So another program tries once more. A byte that differs ends it with another status.
            if outcome.isHung {
                print("\(mode): nothing that counts moved in \(patience) s, once more")
                outcome = try run()
            }
            let summary = try Summary("prey", outcome)
            #expect(summary["compared"] >= pages, "it ends after \(patience) s, if the frame is away too seldom")
            // The comparisons were of a frame that had been away: seen by the program as pages that are missing (not those
            // that swap still has a copy of in memory), or counted by the server (not those that the kernel took).
            #expect(max(summary["away"], summary["moves"]) >= pages / 1000)
            print("\(mode): \(pages) pages compared, away \(summary["away"]) times, \(summary["moves"]) by the server")
        }

        @Test(arguments: ["reader", "writer", "fork", "second", "readonly", "write"])
        func contentIsWhatItWas(_ mode: String) throws {
            let workspace = try Workspace()
            let swap = try TestSwap(workspace, megabytes: 512)
            try expectIntact(workspace, mode, pages: Self.pages)
            _ = consume swap
        }

        /// Shared memory in huge pages, if the kernel has them.
        @Test func hugePagesComeBackWhole() throws {
            let setting = "/sys/kernel/mm/transparent_hugepage/shmem_enabled"
            guard Files.exists(setting) else { return }
            let workspace = try Workspace()
            let swap = try TestSwap(workspace, megabytes: 512)
            let text = String(decoding: try Files.read(setting), as: UTF8.self)
            let before = text.split(separator: "[").last?.split(separator: "]").first.map(String.init) ?? "never"
            try Files.write(Array("advise".utf8), to: setting)
            defer { try? Files.write(Array(before.utf8), to: setting) }
            try expectIntact(workspace, "reader", pages: 20_000)
            try expectIntact(workspace, "write", pages: 20_000)
            _ = consume swap
        }
    }
}
