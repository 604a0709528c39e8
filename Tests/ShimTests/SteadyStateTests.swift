import LinuxSystem
import ProgramSupport
import Testing

extension ShimTests {
    /// A thousand frames of a stream that has settled.
    @Suite struct SteadyStateTests {
        /// Nobody allocates: not the program's half, and not the server.
        @Test(arguments: ["mmap", "userptr", "dmabuf"])
        func nothingIsAllocated(_ memory: String) throws {
            let workspace = try Workspace()
            let counter = try workspace.compileAllocationCounter()
            let steady = try workspace.compile("steady")
            let count = workspace.file("server.count")
            var server = try TestServer(
                workspace, devices: Workspace.twoCameras, variables: ["LD_PRELOAD": counter, "MALLOCCOUNT_FILE": count])
            var variables = server.variables
            variables["LD_PRELOAD"] = "\(workspace.file("libVideoShim.so")):\(counter)"
            let outcome = try workspace.run(
                [steady, "--memory=\(memory)", "--server-count=\(count)"], variables: variables)
            let summary = try Summary("steady", outcome)
            #expect(summary["counted"] == 3)
            #expect(summary["frames"] == 1000)
            #expect(summary["allocations"] == 0)
            #expect(summary["server"] == 0)
            _ = try server.stop()
        }

        /// As the server counts them, requests belong to the start and the end of a stream.
        @Test(arguments: ["mmap", "userptr", "dmabuf"])
        func requestsDoNotGrow(_ memory: String) throws {
            let workspace = try Workspace()
            _ = try workspace.runProgram("steady", ["--memory=\(memory)", "--frames=100"])
            let few = workspace.counter("requests")
            _ = try workspace.runProgram("steady", ["--memory=\(memory)", "--frames=1000"])
            #expect(few != nil && workspace.counter("requests") == few)
            #expect(workspace.counter("wakes") ?? .max <= 1060)
        }

        /// Nobody maps, and nothing is asked of the server: at most it is woken, once a frame.
        @Test(
            .enabled(if: SystemCallTrace.isAvailable, "strace isn't installed"),
            arguments: ["mmap", "userptr", "dmabuf"])
        func nothingIsAsked(_ memory: String) throws {
            let workspace = try Workspace()
            let steady = try workspace.compile("steady")
            let outcome = try workspace.underCamera(
                Workspace.camera,
                SystemCallTrace.command(output: workspace.file("trace")) + [steady, "--memory=\(memory)"])
            _ = try Summary("steady", outcome)
            let trace = try SystemCallTrace(workspace.text("trace"))
            #expect(trace.requests(besides: SystemCallTrace.wake).isEmpty)
            #expect(trace.count("sendmsg") <= 1000)
            for call in ["mmap", "munmap", "mremap", "brk", "madvise", "openat", "close"] {
                #expect(trace.count(call) == 0, "\(call)")
            }
            // DMABUF's check of the file: with F_DUPFD_QUERY, which strace may not know, or fstat on an old kernel.
            let queries = trace.count("fcntl", with: "F_DUPFD_QUERY") + trace.count("fcntl", with: "0x403 ")
            #expect(trace.count("fstat") + queries <= (memory == "dmabuf" ? 1000 : 0))
            #expect(trace.count("fstat") == 0 || queries == 0)
            // The doorbell is waited for and drained; whoever waits has asked whether it may.
            #expect(trace.count("recvfrom") <= 3000)
            #expect(trace.count("fcntl") - queries <= trace.count("recvfrom"))
            #expect(trace.count("recvmsg") == 0)
        }
    }
}

/// What a program asked of the kernel between the marks of `steady.c`.
struct SystemCallTrace {
    private let lines: [Substring]

    static let isAvailable = Files.isExecutable("/usr/bin/strace")

    /// The operation WAKE, as strace writes it.
    static let wake: Substring = #"\x06\x00\x00\x00"#

    /// Traces a program; strings are in hexadecimal, and long enough to tell the operation.
    static func command(output: String) -> [String] {
        ["strace", "-f", "-xx", "-s", "16", "-o", output]
    }

    init(_ text: String) throws {
        let lines = text.split(separator: "\n")
        // "steady b", "steady e"
        let name = #"\x73\x74\x65\x61\x64\x79\x20"#
        guard let first = lines.firstIndex(where: { $0.contains(name + #"\x62"#) }),
            let last = lines.firstIndex(where: { $0.contains(name + #"\x65"#) }), first < last
        else { throw ProgramFailure(text: "the trace has no marks") }
        self.lines = Array(lines[(first + 1)..<last])
    }

    /// How often a system call was made.
    func count(_ call: String) -> Int {
        lines.filter { $0.contains(" \(call)(") }.count
    }

    /// The same, of those that have a text in their line.
    func count(_ call: String, with text: String) -> Int {
        lines.filter { $0.contains(" \(call)(") && $0.contains(text) }.count
    }

    /// Messages to the server other than of one operation: the third word of a request.
    func requests(besides operation: Substring) -> [Substring] {
        lines.filter { $0.contains(" sendmsg(") && $0.contains("iov_len=64}") }.filter { line in
            guard let start = line.range(of: #"iov_base=""#) else { return true }
            return !line[start.upperBound...].dropFirst(8 * 4).hasPrefix(operation)
        }
    }
}

extension Substring {
    /// Where a text occurs first.
    fileprivate func range(of text: String) -> Range<Index>? {
        var place = startIndex
        while place < endIndex {
            if self[place...].hasPrefix(text) { return place..<index(place, offsetBy: text.count) }
            place = index(after: place)
        }
        return nil
    }
}
