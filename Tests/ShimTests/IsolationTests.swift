import LinuxSystem
import ProgramSupport
import Testing

extension ShimTests {
    /// A server and its visitors, who are users of their own. Only root can run them all.
    @Suite(.enabled(if: effectiveUserID == 0, "only root can run programs as other users")) struct IsolationTests {
        /// Numbers that no user here has.
        private static let server = 61001
        private static let friend = 61002
        private static let member = 61003
        private static let stranger = 61004
        private static let group = 61010

        private static func user(_ id: Int, group: Int? = nil, groups: [Int] = []) -> [String] {
            let list = groups.map(String.init).joined(separator: ",")
            let more = groups.isEmpty ? ["--clear-groups"] : ["--groups", list]
            return ["setpriv", "--reuid=\(id)", "--regid=\(group ?? id)"] + more + ["--"]
        }

        private struct Scene: ~Copyable {
            let workspace: Workspace
            let program: String
            var server: TestServer

            init(_ options: [String]) throws {
                let workspace = try Workspace()
                let program = try workspace.compile("visitor")
                server = try TestServer(
                    workspace, devices: ["--camera", Workspace.camera] + options, under: user(IsolationTests.server))
                self.workspace = workspace
                self.program = program
            }

            func visit(_ what: String, as user: [String]) throws -> Summary {
                try Summary(
                    "visitor", workspace.run(user + [program, "--do=\(what)"], variables: server.variables))
            }

            func vb2(_ words: [String], as user: [String]) throws -> Outcome {
                try workspace.run(
                    user + [workspace.vb2] + words, variables: ["VB2_DIRECTORY": workspace.file("sockets")])
            }
        }

        /// Without the folder's mode in ServerDirectory.prepare and the sockets' in AccessPolicy.socketMode this fails;
        /// without vb2_path_is_closed_at in DevicePath.c the stranger hears that there is no such device.
        @Test func withoutListsOnlyTheOwnerAndRootComeIn() throws {
            var scene = try Scene([])
            #expect(try scene.visit("open", as: Self.user(Self.server))["errno"] == 0)
            #expect(try scene.visit("open", as: [])["errno"] == 0)
            #expect(try scene.visit("open", as: Self.user(Self.stranger))["errno"] == 13)
            for command in [["list"], ["list", "--json"], ["info"]] {
                let outcome = try scene.vb2(command, as: Self.user(Self.stranger))
                #expect(outcome.status == 77 && outcome.error.contains("--allow-user 61004"), "\(outcome.text)")
            }
            let status = try Files.status(scene.workspace.file("sockets"))
            #expect(status.permissions == 0o700 && status.owner == UInt32(Self.server))
            for name in ["video0.vb2", "buffers.info"] {
                #expect(try Files.status(scene.workspace.file("sockets/\(name)")).permissions == 0o600)
            }
            #expect(try scene.server.stop().status == 0)
        }

        /// Without `policy.admits` in Admission.check this fails; without the groups that are asked for there, for the
        /// member, who may have more than fit (UnixSocket.peerGroups); without the look at the refusal in Adoption.connect the stranger's errno is ENODEV.
        @Test func listsLetOthersIn() throws {
            var scene = try Scene(["--allow-user", "\(Self.friend)", "--allow-group", "\(Self.group)"])
            let friend = Self.user(Self.friend)
            let stranger = Self.user(Self.stranger)
            #expect(try scene.visit("open", as: friend)["errno"] == 0)
            // More groups than there is room for at the first look.
            let many = Array(70000..<70060) + [Self.group]
            for groups in [[5, Self.group], many] {
                #expect(try scene.visit("open", as: Self.user(Self.member, groups: groups))["errno"] == 0)
            }
            #expect(try scene.visit("open", as: Self.user(Self.member, group: Self.group))["errno"] == 0)
            #expect(try scene.visit("open", as: Self.user(Self.member, groups: [5]))["errno"] == 13)
            #expect(try scene.visit("open", as: stranger)["errno"] == 13)
            let seen = try scene.vb2(["list"], as: friend)
            #expect(seen.status == 0 && seen.output.contains("/dev/video0"), "\(seen.text)")
            for command in [["list"], ["list", "--json"], ["info"]] {
                let outcome = try scene.vb2(command, as: stranger)
                #expect(outcome.status == 77 && outcome.error.contains("--allow-user 61004"), "\(outcome.text)")
            }
            #expect(try scene.server.stop().status == 0)
            // One who tries often doesn't fill the log, but it says who, and what would let him in.
            let lines = scene.workspace.text("server.log").split(separator: "\n").filter { $0.contains("not let in") }
            #expect(lines.contains { $0.contains("uid=61004") && $0.contains("--allow-user") }, "\(lines)")
        }

        /// Without `fchmod` in linux_memory_file this fails: the kernel makes memory files for everybody to open.
        @Test func aReadOnlyDescriptorStaysSoForAnotherUser() throws {
            var scene = try Scene(["--allow-user", "\(Self.friend)"])
            #expect(try scene.visit("reopen", as: Self.user(Self.friend))["errno"] == 13)
            // What docs/security.md says of the server's own user: nothing can keep him from it.
            #expect(try scene.visit("reopen", as: Self.user(Self.server))["errno"] == 0)
            #expect(try scene.server.stop().status == 0)
        }

        /// Without `isSameUser` in Session.performMap this fails: the kernel lets whoever may open a device map what
        /// another has allocated there.
        @Test func anotherUsersBuffersCantBeMapped() throws {
            var scene = try Scene(["--allow-user", "\(Self.friend)"])
            var holder = try RunningProgram(
                scene.workspace, "holder", Self.user(Self.friend) + [scene.program, "--do=hold"],
                variables: scene.server.variables)
            try holder.wait(for: "holding", in: "holder.err")
            #expect(try scene.visit("map", as: Self.user(Self.server))["errno"] == 13)
            #expect(try scene.visit("map", as: Self.user(Self.friend))["errno"] == 0)
            let json = try scene.vb2(["list", "--json"], as: Self.user(Self.server))
            #expect(json.output.contains("\"ownerUid\" : \(Self.friend)"), "\(json.text)")
            try holder.send(SignalNumber.terminate)
            _ = try holder.outcome()
            #expect(try scene.server.stop().status == 0)
        }

        /// Who asks too much waits, and no other does: with one account for all (`account(of:)` in Admission.swift) the log
        /// names the wrong user. It asks for half a minute, unless it is ended before.
        @Test func whoAsksTooMuchWaitsAlone() throws {
            var scene = try Scene(["--limit-requests", "100", "--allow-user", "\(Self.friend)"])
            #expect(try scene.visit("open", as: Self.user(Self.server))["opened"] == 1)
            var asker = try RunningProgram(
                scene.workspace, "asker", Self.user(Self.friend) + [scene.program, "--do=ask", "--times=3000"],
                variables: scene.server.variables)
            try asker.wait(for: "user \(Self.friend) asks more than 100 times a second", in: "server.log")
            for _ in 0..<3 { #expect(try scene.visit("reopen", as: Self.user(Self.server))["opened"] == 1) }
            #expect(scene.workspace.text("asker.out").isEmpty)
            try asker.send(SignalNumber.terminate)
            _ = try asker.outcome()
            #expect(try scene.server.stop().status == 0)
            let log = scene.workspace.text("server.log")
            #expect(!log.contains("user \(Self.server) asks"), "\(log)")
        }

        /// One user has as many as allowed; another still has all of his.
        @Test func limitsAreOfAUser() throws {
            var scene = try Scene(["--limit-handles", "3", "--allow-user", "\(Self.friend)"])
            var holder = try RunningProgram(
                scene.workspace, "holder", Self.user(Self.server) + [scene.program, "--do=hold"],
                variables: scene.server.variables)
            try holder.wait(for: "holding", in: "holder.err")
            for (user, count) in [(Self.server, 2), (Self.friend, 3)] {
                let summary = try scene.visit("many", as: Self.user(user))
                #expect(summary["opened"] == count && summary["errno"] == 24)
            }
            try holder.send(SignalNumber.terminate)
            _ = try holder.outcome()
            #expect(try scene.server.stop().status == 0)
            #expect(scene.workspace.text("server.log").contains("--limit-handles allows more"))
        }
    }
}
