import HostileSupport
import LinuxSystem
import RandomSupport
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
        var random = SeededGenerator(seed: 1)
        for _ in 0..<200 {
            let count = Int.random(in: 1..<400, using: &random)
            target.run((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
    }
}
