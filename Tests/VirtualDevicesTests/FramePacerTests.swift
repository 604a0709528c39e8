import LinuxSystem
import PixelFormats
import Testing
import VirtualDevices

struct FramePacerTests {
    private let start = MonotonicTime(nanoseconds: 123_456_789)

    @Test(arguments: [Rational(1, 30), Rational(1001, 30000), Rational(1, 120), Rational(1, 1), Rational(7, 90)])
    func `a thousand frames drift by less than a nanosecond`(interval: Rational) {
        var pacer = FramePacer(start: start, interval: interval)
        for frame in UInt64(0)..<1000 {
            let exact = frame * UInt64(interval.numerator) * 1_000_000_000 / UInt64(interval.denominator)
            #expect(pacer.nextDue == start + Int64(exact))
            #expect(pacer.dueCount(at: pacer.nextDue - 1) == 0)
            #expect(pacer.dueCount(at: pacer.nextDue) == 1)
            pacer.advance(by: 1)
        }
    }

    @Test func `moments that have come are counted, the last to the nanosecond`() {
        var pacer = FramePacer(start: start, interval: Rational(1, 30))
        #expect(pacer.dueCount(at: start - 1_000_000_000) == 0)
        #expect(pacer.dueCount(at: start + 999_999_999) == 30)
        #expect(pacer.dueCount(at: start + 1_000_000_000) == 31)
        pacer.advance(by: 31)
        #expect(pacer.dueCount(at: start + 1_000_000_000) == 0)
        #expect(pacer.nextDue == start + 1_033_333_333)
    }

    @Test func `years and odd fractions don't overflow`() {
        let interval = Rational(4_294_967_291, 4_294_967_295)
        let pacer = FramePacer(start: MonotonicTime(nanoseconds: 0), interval: interval)
        #expect(pacer.dueCount(at: MonotonicTime(nanoseconds: .max)) > 9_000_000_000)
        #expect(pacer.dueCount(at: MonotonicTime(nanoseconds: .min)) == 0)
    }

    @Test func `another interval goes on at the next moment`() {
        var pacer = FramePacer(start: start, interval: Rational(1, 10))
        pacer.advance(by: 3)
        var changed = pacer.changed(to: Rational(1, 50))
        #expect(changed.nextDue == start + 300_000_000)
        changed.advance(by: 1)
        #expect(changed.nextDue == start + 320_000_000)
    }
}
