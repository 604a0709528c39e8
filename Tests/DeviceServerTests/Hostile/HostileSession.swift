import CVideoABI
import DeviceProtocol
import Glibc
import HostileSupport
import LinuxSystem
import RandomSupport

/// A program that means harm, for the time of one session. What it does follows from its seed alone; when the server
/// gets to it doesn't.
final class HostileSession {
    let client: HostileClient
    let type: UInt32
    var random: SeededGenerator
    let supply = HostileDescriptors()
    private let path: String
    /// It has hung up by itself, in one direction at least: the server takes that for its end.
    var hasHungUp = false

    /// - Parameters:
    ///   - path: of the device's socket.
    ///   - type: of its buffers.
    init(path: String, type: UInt32, seed: UInt64) throws {
        self.path = path
        self.type = type
        random = SeededGenerator(seed: seed)
        client = try HostileClient(path: path)
    }

    /// - Returns: whether the server has cut it off, for a reason.
    /// - Throws: ETIMEDOUT: the server hangs.
    func run() throws -> Bool {
        if number(10) > 0 { try swallow { try client.open(flags: UInt32(number(4))) } }
        for _ in 0..<number(40) {
            try swallow { try act() }
            if number(3) == 0 { try swallow { while try client.takeAnswer() != nil {} } }
        }
        // A program that means well is served meanwhile.
        try HostileClient(path: path).open()
        return client.isCutOff && !hasHungUp
    }

    /// What a server does to a program that it cut off, or that fills its sockets, is no error here.
    func swallow(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as Errno where error != .timedOut {
            return
        }
    }

    private func act() throws {
        switch number(16) {
        case 0...3: try client.send(plausible())
        case 4: try client.send(wild())
        case 5: spoil()
        case 6: try forge()
        case 7: try race()
        case 8: try client.send(wild(), try supply.some(number(4), self))
        case 9: try client.send(plausible(), try supply.some(number(14), self))
        case 10: if number(8) == 0 { try malformed() }
        case 11: for _ in 0..<number(100) { try client.send(plausible()) }
        case 12: try adoption()
        case 13: for _ in 0..<number(4) { _ = try client.ask(question()) }
        case 14: try importing()
        default: try rare()
        }
    }

    func number(_ limit: Int) -> Int { Int.random(in: 0..<max(1, limit), using: &random) }

    /// A number that means something more often than not.
    func word() -> UInt32 {
        switch number(8) {
        case 0: .max
        case 1: UInt32.random(in: .min ... .max, using: &random)
        case 2: 1 << UInt32(number(32))
        default: UInt32(number(12))
        }
    }
}
