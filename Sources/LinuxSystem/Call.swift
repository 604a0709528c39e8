import CLinuxSystem
import SystemPackage

/// Runs one call of the C floor, which answers with a value or with the errno negated, and repeats
/// it for as long as a signal interrupts it.
///
/// Every call that can fail goes through here or through ``checked(_:)``.
@inline(__always)
func retrying(_ call: () -> Int) throws(Errno) -> Int {
    while true {
        let result = call()
        if result >= 0 { return result }
        if result != -Int(Errno.interrupted.rawValue) { throw Errno(rawValue: CInt(-result)) }
    }
}

/// As ``retrying(_:)``, for a call whose expected "not now" (EAGAIN) is no error: it gives nil.
@inline(__always)
func retryingNonblocking(_ call: () -> Int) throws(Errno) -> Int? {
    while true {
        let result = call()
        if result >= 0 { return result }
        if result == -Int(Errno.resourceTemporarilyUnavailable.rawValue) { return nil }
        if result != -Int(Errno.interrupted.rawValue) { throw Errno(rawValue: CInt(-result)) }
    }
}

/// The value of one call of the C floor, or its errno thrown.
@inline(__always)
@discardableResult
func checked(_ result: Int) throws(Errno) -> Int {
    if result < 0 { throw Errno(rawValue: CInt(-result)) }
    return result
}
