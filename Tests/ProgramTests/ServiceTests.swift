import LinuxSystem
import ProgramSupport
import Testing

extension ProgramTests {
    /// The server under a service manager, and under who watches it.
    @Suite struct ServiceTests {
        /// Takes datagrams as systemd does, one line for each, until the one that says that the end has begun.
        private static let manager = """
            import os, socket, sys
            address = sys.argv[1]
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.bind('\\0' + address[1:] if address[0] == '@' else address)
            print('listening', flush=True)
            while True:
                text = s.recv(4096).decode()
                print(text.replace('\\n', ' | '), flush=True)
                if 'STOPPING=1' in text: break
            """

        /// Ready when programs can open the devices, and no earlier; an end that is announced. Without the calls of
        /// ServiceManager in ServeCommand this hangs until its watchdog ends it.
        @Test(arguments: [false, true]) func theManagerIsTold(_ isAbstract: Bool) throws {
            let workspace = try Workspace()
            let address = isAbstract ? "@\(workspace.file("notify"))" : workspace.file("notify")
            var manager = try RunningProgram(workspace, "manager", ["python3", "-c", Self.manager, address])
            try manager.wait(for: "listening", in: "manager.out")
            var server = try RunningProgram(
                workspace, "server", [workspace.vb2, "serve", "--directory", workspace.file("sockets")],
                variables: ["NOTIFY_SOCKET": address])
            try manager.wait(for: "READY=1", in: "manager.out")
            let list = try workspace.vb2(["list"], variables: ["VB2_DIRECTORY": workspace.file("sockets")])
            #expect(list.status == 0, "\(list.text)")
            try server.send(SignalNumber.terminate)
            #expect(try server.outcome().status == 0)
            let told = try manager.outcome()
            #expect(told.status == 0, "\(told.text)")
            #expect(
                told.output.split(separator: "\n") == [
                    "listening", "READY=1 | STATUS=Serving /dev/video0", "STOPPING=1 | STATUS=Telling the programs",
                ])
            #expect(try Files.list(workspace.file("sockets")) == [])
        }

        /// systemd itself says nothing against the unit, as it is installed.
        @Test func theUnitIsWellFormed() throws {
            let workspace = try Workspace()
            let unit = String(decoding: try Files.read("\(Workspace.root)/Support/vb2.service"), as: UTF8.self)
            let installed = unit.split(separator: "/usr/local/bin/vb2", omittingEmptySubsequences: false)
                .joined(separator: workspace.vb2)
            try Files.open(workspace.file("vb2.service"), .writeOnly, options: .create).writeAll(installed)
            let outcome = try workspace.run(
                ["systemd-analyze", "verify", "--user", workspace.file("vb2.service")])
            #expect(outcome.status == 0 && outcome.error.isEmpty && outcome.output.isEmpty, "\(outcome.text)")
        }

        /// What a monitor reads while a program streams, by a parser that isn't ours.
        @Test func listAsJSON() throws {
            let workspace = try Workspace()
            let check = """
                import json, sys
                d = json.load(sys.stdin)[0]
                assert d['node'] == 0 and d['path'] == '/dev/video0' and d['card'] == 'Left "eye"', d
                assert d['direction'] == 'capture' and d['capabilities'] & 0x4000001 == 0x4000001, d
                if d['state'] != 'streaming' or d['frames'] < 100: sys.exit(1)
                assert d['buffers'] == 3 and d['bytes'] == 3 * 155648 and d['handles'] == 1, d
                assert d['format'].startswith('YUYV 320x240') and d['ownerPid'] > 0, d
                print('as expected')
                """
            try Files.open(workspace.file("check.py"), .writeOnly, options: .create).writeAll(check)
            let outcome = try workspace.underDevices(
                ["--camera", "pattern,name=Left \"eye\",size=320x240,format=YUYV,pace=ondemand"],
                [
                    "sh", "-c",
                    "v4l2-ctl --stream-mmap=3 --stream-count=100000000 --stream-to=/dev/null & "
                        + "while ! \(workspace.vb2) list --json | python3 \(workspace.file("check.py")); do :; done; "
                        + "kill $!",
                ])
            #expect(outcome.output.contains("as expected"), "\(outcome.text)")
            #expect(!outcome.error.contains("AssertionError"), "\(outcome.text)")
        }

        /// Limits under `vb2 run`, and the log's level: one line, and the flag that raises the limit.
        @Test func runHasLimits() throws {
            let workspace = try Workspace()
            let outcome = try workspace.vb2([
                "run", "--limit-buffers=2", "--", "v4l2-ctl", "--stream-mmap=4", "--stream-count=5",
            ])
            #expect(outcome.status == 0, "\(outcome.text)")
            #expect(outcome.error.contains("--limit-buffers allows more"), "\(outcome.text)")
            let quiet = try workspace.vb2([
                "run", "--limit-buffers=2", "--log-level=error", "--", "v4l2-ctl", "--stream-mmap=4",
                "--stream-count=5",
            ])
            #expect(!quiet.error.contains("--limit-buffers"), "\(quiet.text)")
        }
    }
}
