import PictureSources
import Testing

@testable import vb2

struct RecordingTallyTests {
    private func frame(_ number: UInt32) -> BlockCode.Reading {
        .frame(BlockCode.Stamp(number: number, milliseconds: number &* 33))
    }

    private func tally(_ readings: [BlockCode.Reading?]) -> RecordingTally {
        var tally = RecordingTally()
        for reading in readings { tally.add(reading) }
        return tally
    }

    @Test func consecutive() {
        let tally = tally((5..<15).map(frame))
        #expect(
            tally.line == "frames=10 lost=0 torn=0 unreadable=0 repeated=0 reordered=0 first=5 last=14")
    }

    @Test func gapsAreLost() {
        #expect(tally([frame(1), frame(2), frame(5), frame(6)]).lost == 2)
        #expect(tally([frame(0), frame(UInt32.max)]).lost == Int(UInt32.max) - 1)
    }

    @Test func tornAndUnreadableFramesAreNotLostToo() {
        let torn = BlockCode.Reading.torn(
            top: BlockCode.Stamp(number: 2, milliseconds: 0), bottom: BlockCode.Stamp(number: 3, milliseconds: 0))
        let tally = tally([frame(1), torn, frame(3), nil, frame(6)])
        #expect(tally.torn == 1)
        #expect(tally.unreadable == 1)
        #expect(tally.lost == 1)
    }

    @Test func repeatedAndReordered() {
        let tally = tally([frame(1), frame(1), frame(3), frame(2), frame(4)])
        #expect(tally.repeated == 1)
        #expect(tally.reordered == 1)
        #expect(tally.first == 1)
        #expect(tally.last == 4)
    }

    @Test func aFrameThatComesLateIsNotLost() {
        #expect(tally([frame(1), frame(3), frame(2), frame(4)]).lost == 0)
    }

    @Test func nothing() {
        #expect(tally([]).line == "frames=0 lost=0 torn=0 unreadable=0 repeated=0 reordered=0 first=- last=-")
    }
}
