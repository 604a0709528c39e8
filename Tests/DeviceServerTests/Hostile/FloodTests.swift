import CVideoABI
import HostileSupport
import LinuxSystem
import Testing

@testable import DeviceServer

/// Who asks for more than its share waits behind the others. Turns of the loop are counted, not time.
@Suite struct FloodTests {
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
