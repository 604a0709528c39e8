import CLinuxSystem
import SystemPackage

/// Runs one call of the C floor, which answers with a value or with the errno negated, and repeats
/// it for as long as a signal interrupts it.
///
/// Every call that can fail goes through here or through ``checked(_:)``. In debug builds a test can make it fail
/// instead of being made: see ``CallFaults``.
@inline(__always)
func retrying(
    _ call: () -> Int, file: StaticString = #fileID, function: StaticString = #function
) throws(Errno) -> Int {
    while true {
        let result = fault(file, function, isRepeated: true) ?? call()
        if result >= 0 { return result }
        if result != -Int(Errno.interrupted.rawValue) { throw Errno(rawValue: CInt(-result)) }
    }
}

/// As ``retrying(_:)``, for a call whose expected "not now" (EAGAIN) is no error: it gives nil.
@inline(__always)
func retryingNonblocking(
    _ call: () -> Int, file: StaticString = #fileID, function: StaticString = #function
) throws(Errno) -> Int? {
    while true {
        let result = fault(file, function, isRepeated: true) ?? call()
        if result >= 0 { return result }
        if result == -Int(Errno.resourceTemporarilyUnavailable.rawValue) { return nil }
        if result != -Int(Errno.interrupted.rawValue) { throw Errno(rawValue: CInt(-result)) }
    }
}

/// The value of one call of the C floor, or its errno thrown.
@inline(__always)
@discardableResult
func checked(
    _ call: @autoclosure () -> Int, file: StaticString = #fileID, function: StaticString = #function
) throws(Errno) -> Int {
    let result = fault(file, function, isRepeated: false) ?? call()
    if result < 0 { throw Errno(rawValue: CInt(-result)) }
    return result
}

/// What a test wants the call to give; nil: it is to be made.
@inline(__always)
private func fault(_ file: StaticString, _ function: StaticString, isRepeated: Bool) -> Int? {
    #if DEBUG
        CallFaults.strike(file, function, isRepeated: isRepeated)
    #else
        nil
    #endif
}
