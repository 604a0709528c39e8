import CVideoABI
import HostileSupport
import LinuxSystem
import Testing

@testable import DeviceServer

/// Who asks for more than its share waits behind the others. Turns of the loop are counted, not time.
@Suite struct FloodTests {
    /// Fills the channel with requests that nobody will read the answers of.
    private func flood(_ client: HostileClient) throws -> Int {
        var count = 0
        while count < 10_000 {
            do throws(Errno) {
                try client.send(.capability)
            } catch {
                if error == .resourceTemporarilyUnavailable { break }
                throw error
            }
            count += 1
        }
        return count
    }

    /// Without "one message a turn" in `ControlChannel.handle` all that is there is answered first.
    @Test func aFullChannel() throws {
        let bench = try SteppedBench([CountingDevice(), CountingDevice(node: 1)])
        let flooder = try bench.open(0)
        let other = try bench.open(0)
        let neighbour = try bench.open(1)
        let waiting = try flood(flooder)
        #expect(waiting > 20)
        #expect(try turnsUntilAnswered(other, bench) <= 2)
        #expect(try turnsUntilAnswered(neighbour, bench) <= 2)
        // And there is enough left that would have come first.
        #expect(bench.server.settle() >= waiting - 5)
    }

    /// Each of them ready in every turn. Without "one message a turn" in `ControlChannel.handle` all of all of them are
    /// answered first.
    @Test func fiftyFullChannels() throws {
        let bench = try SteppedBench()
        let session = try bench.open()
        let channels = try (0..<50).map { _ in try bench.open() }
        for client in channels { #expect(try flood(client) > 20) }
        #expect(try turnsUntilAnswered(session, bench) <= 3)
    }

    /// Without "one a turn" in `DeviceHost.handle` all are accepted before anybody is answered.
    @Test func opensWithoutEnd() throws {
        let bench = try SteppedBench()
        let other = try bench.open()
        var opened: [HostileClient] = []
        for _ in 0..<100 { opened.append(try bench.connect()) }
        #expect(try turnsUntilAnswered(other, bench) <= 2)
        #expect(bench.server.sessionCount <= 4)
        bench.server.settle()
        #expect(bench.server.sessionCount == 101)
        opened.removeAll()
        bench.server.settle()
        #expect(bench.server.sessionCount == 1)
    }

    /// The same when none can be accepted, and each is told so: in a process of its own, whose table is full.
    ///
    /// Without `return nil` after `refuseNext` in `Listener.accept`, and the next look instead, all are refused before
    /// anybody is answered.
    @Test(.timeLimit(.minutes(2))) func refusalsWithoutEnd() async {
        await #expect(processExitsWith: .success) {
            let bench = try SteppedBench()
            let other = try bench.open()
            let refused = try (0..<50).map { _ in try bench.connect() }
            let table = FullTable(leaving: 0)
            #expect(try turnsUntilAnswered(other, bench) <= 2)
            #expect(refused.count { $0.isCutOff } <= 3)
            // As many turns as there are refusals, and no pause: nobody comes to whom nothing can be said.
            #expect(bench.server.settle() < 60)
            #expect(refused.allSatisfy { $0.isCutOff })
            #expect(!bench.log.contains("nobody can be let in"))
            // The reserve is there for each of them: without the end of `refused` before `takeReserve` every second is let
            // in, for as long as it takes to find no room for its page. One or two may be: the process has other
            // threads, which close what they have when it suits them.
            #expect(bench.log.count(of: "an open failed: Too many open files") <= 2)
            table.empty()
            let welcome = try bench.open()
            #expect(try bench.ask(welcome, .capability)?.result == 0)
        }
    }

    /// A program that writes to its descriptor as fast as it is read: more is there at each look. Without `readLimit` in
    /// `Session.readFillers` the server reads on for as long as it does.
    @Test func bytesWithoutEnd() throws {
        let bench = try SteppedBench()
        let other = try bench.open()
        let client = try bench.connect()
        let raw = client.socket.descriptor.raw
        // Odd bytes, as adoptions have.
        let bytes = [UInt8](repeating: 65, count: 7)
        let looks = Locked(0)
        let writer = CallFaults { call in
            if call.function != "unreadBytes()" { return }
            looks.withLock { $0 += 1 }
            if looks.withLock({ $0 }) < 5000 { _ = try? HostileClient.send(bytes, [], on: raw) }
        }
        try HostileClient.send(bytes, [], on: raw)
        CallFaults.$current.withValue(writer) { _ = bench.server.settle() }
        #expect(looks.withLock { $0 } == 1024)
        #expect(bench.log.cutOffs == ["video0: a program was cut off: it sends more than there is to say"])
        #expect(try bench.ask(other, .capability)?.result == 0)
    }

    /// Answers that nobody reads are lost, and cost nobody else anything.
    @Test func answersThatNobodyReads() throws {
        let bench = try SteppedBench()
        let silent = try bench.open()
        let other = try bench.open()
        for _ in 0..<100 {
            _ = try flood(silent)
            bench.server.settle()
        }
        #expect(!silent.isCutOff)
        #expect(try bench.ask(other, .capability)?.result == 0)
    }
}

/// Turns that a well-behaved program waits for its answer.
private func turnsUntilAnswered(_ client: HostileClient, _ bench: SteppedBench) throws -> Int {
    try client.send(.capability)
    for count in 1...10_000 {
        bench.server.turn()
        if let answer = try client.takeAnswer() {
            #expect(answer.result == 0)
            return count
        }
    }
    return .max
}
