import LinuxSystem

/// How much a long random test does.
package enum Effort {
    /// `count`, divided by VB2_TEST_DIVISOR where a run sets it: a sanitizer's build is slower by a factor of ten and
    /// more, and a fault run does the test again for each call.
    package static func scaled(_ count: Int) -> Int {
        max(1, count / divisor)
    }

    /// Whether all is done: a short walk needn't have come to everything.
    package static var isWhole: Bool { divisor == 1 }

    private static let divisor = max(1, Environment.value("VB2_TEST_DIVISOR").flatMap { Int($0) } ?? 1)
}
