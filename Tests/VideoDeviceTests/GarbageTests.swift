import RandomSupport
import SystemPackage
import Testing
import V4L2Types

@testable import VideoDevice

/// Whatever bytes a program sends, it gets an answer, and the server lives.
@Suite struct GarbageTests {
    @Test(arguments: [
        CapabilityFlags([.videoCapture, .streaming]), [.videoOutputMultiplanar], [.videoMemoryToMemory], [],
    ])
    func everyIoctlSurvivesAnyBytes(capabilities: CapabilityFlags) {
        let bench = Bench(TestCamera(capabilities: capabilities))
        var generator = SeededGenerator(seed: 0x7662_3201 &+ UInt64(capabilities.rawValue))
        // Small numbers and known ones reach further into the code than random words do.
        let telling: [UInt32] =
            [0, 1, 2, 3, 8, 9, 10, 1024, 0xffff_ffff, 0x8000_0000, 0xc000_0000]
            + (bench.camera.controls?.controls.map(\.id.rawValue) ?? [])
        var successes = 0
        for ioctl in Ioctl.allCases {
            for _ in 0..<500 {
                var argument = randomBytes(ioctl.argumentSize, telling, &generator)
                var nested = randomBytes(Int.random(in: 0...200, using: &generator), telling, &generator)
                let (argumentBytes, nestedBytes) = (argument.count, nested.count)
                if bench.perform(ioctl.command, &argument, &nested) == .success { successes += 1 }
                #expect(argument.count == argumentBytes && nested.count == nestedBytes)
            }
        }
        #expect(successes > 500)
        #expect(bench.handle.pendingEventCount <= EventQueue.maximumSubscriptions * 4)
    }

    @Test func anyNumberIsAnswered() {
        let bench = Bench()
        var generator = SeededGenerator(seed: 1)
        var nested: [UInt8] = []
        for _ in 0..<20_000 {
            let command = UInt32.random(in: .min ... .max, using: &generator)
            guard Ioctl(command: command) == nil else { continue }
            var argument: [UInt8] = []
            let reply = bench.perform(command, &argument, &nested)
            #expect(reply == .failure(.inappropriateIOCTLForDevice))
        }
    }

    private func randomBytes(
        _ count: Int, _ telling: [UInt32], _ generator: inout SeededGenerator
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let word =
                Bool.random(using: &generator)
                ? telling.randomElement(using: &generator) ?? 0
                : UInt32.random(in: .min ... .max, using: &generator)
            for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        return Array(bytes.prefix(count))
    }
}
