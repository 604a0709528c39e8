import ArgumentParser
import DeviceProtocol
import DeviceServer
import LinuxSystem
import Logging
import Testing

@testable import vb2

/// What an administrator gives and gets.
@Suite struct ServiceTests {
    @Test func usersAndGroupsByNameOrNumber() throws {
        let options = try AccessOptions.parse([
            "--allow-user", "1000", "--allow-user", "eve", "--allow-group", "video", "--allow-group=7",
        ])
        let policy = try options.policy(userID: { $0 == "eve" ? 1001 : nil }, groupID: { $0 == "video" ? 44 : nil })
        #expect(policy.users == [1000, 1001] && policy.groups == [44, 7])
        #expect(policy.owner == effectiveUserID)
        for words in [["--allow-user", "nobody-here"], ["--allow-group", "-1"], ["--allow-user", "4294967296"]] {
            let failure = #expect(throws: CommandFailure.self) {
                _ = try AccessOptions.parse(words.map { $0 == "-1" ? "no-group" : $0 }).policy()
            }
            #expect(failure?.status == 64)
        }
        #expect(!(try AccessOptions.parse([]).policy().isShared))
        #expect(try AccessOptions.parse(["--allow-user", "root", "--allow-group", "root"]).policy().users == [0])
    }

    @Test func accountsInTheSystemsFiles() {
        let text = Array("root:x:0:0:root:/root:/bin/sh\neve:x:1000:100::/:/bin/sh\nbad:x:no:1\nshort:x\n".utf8)
        #expect(AccountFile.id(of: "eve", in: text) == 1000)
        for name in ["bad", "short", "ev", "", "x"] { #expect(AccountFile.id(of: name, in: text) == nil) }
    }

    @Test func limitsHaveDefaults() throws {
        let limits = try LimitOptions.parse([]).limits(memory: 8 << 30)
        #expect(limits == ClientLimits(memory: 8 << 30))
        #expect(limits.bytes == 4 << 30 && limits.pinnedBytes == 4 << 30)
        #expect(ClientLimits(memory: 0).bytes == 400 << 20)
        let text = LimitOptions.helpMessage().split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for default_ in [limits.handles, limits.buffers, limits.pins, limits.requestsPerSecond] {
            #expect(text.contains("Default: \(default_)."), "\(text)")
        }
    }

    @Test func limitsAreSet() throws {
        let limits = try LimitOptions.parse([
            "--limit-handles=1", "--limit-buffers=2", "--limit-bytes=3k", "--limit-pins=4", "--limit-pinned-bytes=5M",
            "--limit-requests=6",
        ]).limits()
        #expect([limits.handles, limits.buffers, limits.bytes] == [1, 2, 3072])
        #expect([limits.pins, limits.pinnedBytes, limits.requestsPerSecond] == [4, 5 << 20, 6])
        for word in ["--limit-handles=0", "--limit-bytes=0", "--limit-pinned-bytes=much", "--limit-requests=0"] {
            let failure = #expect(throws: CommandFailure.self) { _ = try LimitOptions.parse([word]).limits() }
            #expect(failure?.status == 64 && failure?.line.contains("--limit-") == true, "\(word)")
        }
    }

    @Test func logLevels() throws {
        func level(_ words: [String]) throws -> Logger.Level { try DeviceOptions.parse(words).logger().logLevel }
        #expect(try level([]) == .warning)
        #expect(try level(["-v"]) == .debug)
        #expect(try level(["--log", "/dev/null"]) == .info)
        #expect(try level(["--log-level", "error", "-v"]) == .error)
        for name in ["trace", "debug", "info", "notice", "warning", "error"] {
            #expect("\(try level(["--log-level", name]))" == name)
        }
        #expect(throws: (any Error).self) { _ = try DeviceOptions.parse(["--log-level", "loud"]) }
    }

    /// A line for the journal begins with its priority, and only there: the variable goes to children too, whose
    /// output may be elsewhere. Without the comparison in Journal.isStandardError this fails.
    @Test func theJournalIsRecognised() {
        let here = FileIdentity(device: 9, inode: 1234)
        #expect(Journal.isStandardError(environment: { _ in "9:1234" }, identity: here))
        for text in ["9:1235", "8:1234", "", "9", "9:1234:5", "x:y"] {
            #expect(!Journal.isStandardError(environment: { _ in text }, identity: here))
        }
        #expect(!Journal.isStandardError(environment: { _ in nil }, identity: here))
        #expect(!Journal.isStandardError(environment: { _ in "9:1234" }, identity: nil))
        let levels: [Logger.Level] = [.trace, .debug, .info, .notice, .warning, .error, .critical]
        #expect(levels.map(LineLogHandler.priority) == [7, 7, 6, 5, 4, 3, 2])
    }

    @Test func noManagerNoWord() {
        #expect(ServiceManager(environment: { _ in nil }) == nil)
        #expect(ServiceManager(environment: { _ in "" }) == nil)
        // One that has gone keeps nobody from serving.
        ServiceManager(environment: { _ in "@vb2-no-such-manager" })?.ready("here")
    }

    @Test func statusLines() throws {
        var status = DeviceStatus()
        status.node = 3
        status.card = "Left\teye = \"red\"\nor so"
        status.driver = "vb2-pattern"
        status.bus = "platform:vb2-3"
        status.format = "YUYV 640x480"
        status.capabilities = 0x8520_0001
        status.isStreaming = true
        (status.handles, status.frames, status.starved, status.late) = (2, 300, 4, 5)
        (status.buffers, status.bytes, status.ownerPID, status.ownerUID) = (6, 7, 0, 1000)
        let read = try #require(DeviceStatus(line: status.line + "\tmore=1"))
        #expect(read.card == "Left eye = \"red\" or so")
        status.card = read.card
        #expect(read == status)
        status.ownerUID = nil
        #expect(try #require(DeviceStatus(line: status.line)).ownerUID == nil)
        for line in ["", "device", "device\tnode=x", "name=a\tsize=4096", "devices\tnode=1"] {
            #expect(DeviceStatus(line: line) == nil, "\(line)")
        }
    }

    /// The keys that monitoring reads are the ones that the help names.
    @Test func reportsKeepTheirKeys() throws {
        var status = DeviceStatus()
        status.card = "Left \"eye\""
        status.buffers = 1
        let free = try DeviceReport.text([status])
        for text in [#""card" : "Left \"eye\"""#, #""state" : "allocated""#] { #expect(free.contains(text), "\(free)") }
        #expect(!free.contains("owner"))
        status.ownerUID = 0
        let text = try DeviceReport.text([status])
        let keys = text.split(separator: "\n").filter { $0.contains(" : ") }.map { $0.split(separator: "\"")[1] }
        #expect(
            keys == [
                "buffers", "bus", "bytes", "capabilities", "card", "direction", "driver", "format", "frames", "handles",
                "late", "node", "ownerPid", "ownerUid", "path", "starved", "state",
            ])
        let help = ListCommand.helpMessage()
        for key in keys { #expect(help.contains(key), "\(key)") }
        #expect(try DeviceReport.text([]) == "[\n\n]")
    }
}
