import LinuxSystem
import Testing

@Suite struct TimeTests {
    @Test func splitsIntoSecondsAndMicroseconds() {
        let time = MonotonicTime(nanoseconds: 12_345_678_901)
        #expect(time.seconds == 12)
        #expect(time.microseconds == 345_678)
    }

    @Test func arithmeticStaysInRange() {
        let time = MonotonicTime(nanoseconds: 5)
        #expect((time + 7).nanoseconds == 12)
        #expect((time - 7).nanoseconds == -2)
        #expect((time + Int64.max).nanoseconds == .max)
        #expect((MonotonicTime(nanoseconds: -5) - Int64.max).nanoseconds == .min)
        #expect(MonotonicDuration.seconds(.max).nanoseconds == .max)
        #expect(MonotonicDuration.milliseconds(-2).nanoseconds == -2_000_000)
        #expect((time + MonotonicDuration.microseconds(1)).elapsed(since: time) == .nanoseconds(1000))
    }

    @Test func clockDoesNotGoBack() {
        let first = MonotonicTime.now()
        #expect(first <= MonotonicTime.now())
        #expect(first.nanoseconds > 0)
    }
}
