import LinuxSystem
import Testing

@Suite struct ProcessTests {
    @Test(arguments: [Int32(0), 1, 7, 255]) func exitCodes(_ code: Int32) throws {
        var child = try ChildProcess.spawn("sh", arguments: ["-c", "exit \(code)"])
        #expect(try child.wait() == .exited(code))
        #expect(try child.wait() == .exited(code))
        #expect(try child.poll() == .exited(code))
        #expect(throws: Errno.noSuchProcess) { try child.send(signal: SignalNumber.terminate) }
    }

    @Test func signalsEndAChild() throws {
        var child = try ChildProcess.spawn("sleep", arguments: ["1000"])
        #expect(try child.poll() == nil)
        let ended = try child.pidDescriptor()
        #expect(try ended.wait(for: .input, timeout: .zero) == [])
        try child.send(signal: SignalNumber.terminate)
        #expect(try ended.wait(for: .input) == .input)
        #expect(try child.poll() == .signaled(SignalNumber.terminate))
        #expect(ExitStatus.signaled(15).shellCode == 143)
    }

    @Test func abandonedChildIsKilledAndReaped() throws {
        let ended: OwnedDescriptor
        do {
            let child = try ChildProcess.spawn("sleep", arguments: ["1000"])
            ended = try child.pidDescriptor()
        }
        #expect(try ended.wait(for: .input, timeout: .zero).contains(.input))
    }

    @Test func programsThatCannotStart() throws {
        #expect(throws: Errno.noSuchFileOrDirectory) {
            _ = try ChildProcess.spawn("vb2-no-such-program", arguments: [])
        }
        #expect(throws: Errno.noSuchFileOrDirectory) { _ = try ChildProcess.spawn("/nowhere/x", arguments: []) }
        #expect(throws: Errno.noSuchFileOrDirectory) { _ = try ChildProcess.spawn("", arguments: []) }
        #expect(throws: Errno.invalidArgument) { _ = try ChildProcess.spawn("sh", arguments: ["a\0b"]) }
        let folder = try Files.makeTemporaryDirectory(prefix: "vb2-program-")
        defer { try? Files.removeTree(folder) }
        try Files.write(Array("text".utf8), to: "\(folder)/file")
        #expect(!Files.isExecutable("\(folder)/file"))
        #expect(throws: Errno.permissionDenied) { _ = try ChildProcess.spawn("\(folder)/file", arguments: []) }
        try Files.write(Array("text".utf8), to: "\(folder)/program", permissions: 0o755)
        #expect(throws: Errno.execFormatError) { _ = try ChildProcess.spawn("\(folder)/program", arguments: []) }
    }

    @Test func streamsAndEnvironmentAreRedirected() throws {
        let input = try Pipe.create()
        let output = try Pipe.create()
        try input.write.writeAll("from the pipe\n")
        var child = try ChildProcess.spawn(
            "/bin/sh", arguments: ["-c", "read line; echo \"$line, $WORD\"; echo lost >&2; ls /proc/$$/fd | wc -l"],
            environment: ["WORD": "environment", "PATH": "/usr/bin:/bin"],
            standardInput: .descriptor(input.read.raw), standardOutput: .descriptor(output.write.raw),
            standardError: .null)
        #expect(try child.wait() == .exited(0))
        let text = String(decoding: try output.intoRead().readToEnd(), as: UTF8.self)
        #expect(text.hasPrefix("from the pipe, environment\n"))
    }

    @Test func standardStreamsCanBeExchanged() throws {
        // Output and error of the child change places: a source number is a target number too.
        let output = try Pipe.create()
        var child = try ChildProcess.spawn(
            "sh",
            arguments: [
                "-c", "exec \"$0\" -c 'echo out; echo err >&2' 3>&1 1>&2 2>&3", "sh",
            ], standardOutput: .descriptor(output.write.raw), standardError: .descriptor(output.write.raw))
        #expect(try child.wait() == .exited(0))
        #expect(try output.intoRead().readToEnd() == Array("out\nerr\n".utf8))
    }

    @Test func childHasNothingBlocked() throws {
        let output = try Pipe.create()
        let raw = output.write.raw
        var thread = try SystemThread.start(name: "blocked") {
            // This thread blocks signals; its child must not.
            var child = try? ChildProcess.spawn(
                "grep", arguments: ["SigBlk", "/proc/self/status"], standardOutput: .descriptor(raw))
            _ = try? child?.wait()
        }
        thread.join()
        #expect(try output.intoRead().readToEnd() == Array("SigBlk:\t0000000000000000\n".utf8))
    }

    @Test func environmentAndLimits() throws {
        #expect(Environment.value("PATH") != nil)
        #expect(Environment.value("VB2_NO_SUCH_VARIABLE") == nil)
        #expect(Environment.all.contains { $0.hasPrefix("PATH=") })
        #expect(try ResourceLimits.raiseDescriptorLimit() == ResourceLimits.descriptorLimit())
        #expect(processID > 0)
        #expect(threadID > 0)
    }

    @Test func filesAndDirectories() throws {
        let folder = try Files.makeTemporaryDirectory(prefix: "vb2-files-")
        defer { try? Files.removeTree(folder) }
        #expect(try Files.status(folder).permissions == 0o700)
        try Files.makeDirectory("\(folder)/b", mode: 0o750)
        #expect(throws: Errno.fileExists) { try Files.makeDirectory("\(folder)/b") }
        try Files.write([1, 2, 3], to: "\(folder)/a")
        #expect(try Files.read("\(folder)/a") == [1, 2, 3])
        #expect(try Files.list(folder) == ["a", "b"])
        #expect(throws: Errno.notDirectory) { try Files.list("\(folder)/a") }
        try Files.rename("\(folder)/a", to: "\(folder)/b/c")
        #expect(throws: Errno.directoryNotEmpty) { try Files.remove("\(folder)/b") }
        try Files.removeTree(folder)
        #expect(!Files.exists(folder))
        #expect(Files.isExecutable("/bin/sh"))
        #expect(!Files.isExecutable("/bin"))
    }
}
