import HostileSupport
import LinuxSystem
import Testing

/// The fuzzers' corpora again, and as many inputs by chance: what `make fuzz` does for longer, and with eyes.
@Suite struct FuzzTests {
    private static let corpora: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/") + "/Fuzz/Corpus"
    }()

    @Test(arguments: FuzzTarget.allCases) func corpus(_ target: FuzzTarget) throws {
        let folder = "\(Self.corpora)/\(target.rawValue)"
        let names = try Files.list(folder).sorted()
        #expect(names.count > 10)
        for name in names { target.run(try Files.read("\(folder)/\(name)")) }
    }

    @Test(arguments: FuzzTarget.allCases) func chance(_ target: FuzzTarget) {
        var random = SplitMix(state: 1)
        for _ in 0..<200 {
            let count = Int.random(in: 1..<400, using: &random)
            target.run((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
    }
}

/// SplitMix64: the same numbers in every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
