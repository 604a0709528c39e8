import ProgramSupport
import Testing

extension ProgramTests {
    /// The kernel's own conformance test.
    @Suite struct ComplianceTests {
        enum Kind: String, Sendable, CaseIterable, CustomStringConvertible {
            case capture, output
            case captureMultiPlanar = "capture, multi-planar"
            case outputMultiPlanar = "output, multi-planar"

            var description: String { rawValue }
            var isOutput: Bool { self == .output || self == .outputMultiPlanar }
            var isMultiPlanar: Bool { self == .captureMultiPlanar || self == .outputMultiPlanar }
            var device: String { isOutput ? "/dev/video1" : "/dev/video0" }
            var peer: String { isOutput ? "/dev/video0" : "/dev/video1" }
        }

        /// A camera and a display of the kind, with the same formats.
        private func check(
            _ kind: Kind, _ options: String, source: String = "pattern", _ words: [String],
            _ location: SourceLocation = #_sourceLocation
        ) throws -> Outcome {
            let workspace = try Workspace()
            let options = options + (kind.isMultiPlanar ? ",mplane,format=YM12" : "")
            let outcome = try workspace.underDevices(
                ["--camera", "\(source),\(options)", "--display", "display:\(options)"],
                ["v4l2-compliance", "-d", kind.device] + words)
            expectCompliance(outcome, location)
            return outcome
        }

        /// No failure and no warning; only that the tool knows NV12's kind by a description that kernels don't use
        /// any more, which is one failure of one test.
        private func expectCompliance(_ outcome: Outcome, _ location: SourceLocation = #_sourceLocation) {
            let lines = outcome.output.split { $0 == "\n" || $0 == "\t" || $0 == "\r" }
            let faults = lines.filter { $0.hasPrefix("fail:") || $0.hasPrefix("warn:") }
                .filter { !$0.contains("fmtdesc.description mismatch: was 'Y/") }
            #expect(faults.isEmpty, "\(faults)", sourceLocation: location)
            let totals = lines.filter { $0.hasPrefix("Total for ") }
            #expect(totals.count == 1, "\(outcome.text)", sourceLocation: location)
            let isClean = totals.allSatisfy { line in
                ["Failed: 0, Warnings: 0", "Failed: 1, Warnings: 0"].contains { line.contains($0) }
            }
            #expect(isClean, "\(totals)", sourceLocation: location)
        }

        /// Every streaming method, with buffers of the peer's for DMABUF. On demand: a live device that lacks its share
        /// of the CPUs leaves frames out, which is a warning.
        @Test(arguments: Kind.allCases)
        func streaming(_ kind: Kind) throws {
            let outcome = try check(kind, "size=320x240,fps=60,pace=ondemand", ["-s", "-e", kind.peer])
            for test in ["MMAP (epoll): OK", "USERPTR (select): OK", "DMABUF (select): OK"] {
                #expect(outcome.output.contains("test \(test)"), "no '\(test)' in \(outcome.text)")
            }
        }

        /// All formats, sizes and intervals of a small device, and all its inputs or outputs.
        @Test(arguments: Kind.allCases)
        func allFormats(_ kind: Kind) throws {
            let outcome = try check(kind, "limit=64x48,size=64x48,fps=60,pace=ondemand", ["-s8", "-a", "-f3"])
            #expect(outcome.output.contains("Stream using all formats"), "\(outcome.text)")
        }

        /// What is red is red in all formats.
        @Test func colours() throws {
            let workspace = try Workspace()
            let clip = try workspace.run([
                "ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i", "color=red:size=320x240:rate=30",
                "-t", "1", "-pix_fmt", "yuv420p", workspace.file("red.y4m"),
            ])
            try #require(clip.status == 0, "\(clip.text)")
            let outcome = try check(
                .capture, "size=320x240,pace=ondemand", source: "file:\(workspace.file("red.y4m"))",
                ["-c", "color=red,skip=1,perc=50"])
            #expect(outcome.output.contains("test 50% red for format YUYV: OK"), "\(outcome.text)")
        }
    }
}
