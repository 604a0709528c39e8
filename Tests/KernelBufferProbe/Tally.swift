import BufferSharing
import LinuxSystem

/// Counts the checks that passed, and prints each.
struct Tally {
    private(set) var passed = 0
    private(set) var failed = 0

    /// Runs one check. It fails if it throws.
    mutating func check(_ name: String, _ body: () throws -> Void) {
        do {
            try body()
            passed += 1
            print("ok \(name)")
        } catch {
            failed += 1
            print("FAILED \(name): \(error)")
        }
    }
}

/// Why a check failed.
struct CheckFailure: Error, CustomStringConvertible {
    let description: String
}

/// Fails unless it holds.
func expect(_ condition: Bool, _ text: @autoclosure () -> String, line: Int = #line) throws {
    if !condition { throw CheckFailure(description: "line \(line): \(text())") }
}

/// Fails unless both are the same.
func expectEqual<Value: Equatable>(_ value: Value, _ expected: Value, line: Int = #line) throws {
    try expect(value == expected, "\(value), and not \(expected)", line: line)
}

/// Fails unless this error of a buffer is thrown; gives its text.
@discardableResult
func expectError(
    _ code: BufferSharingError.Code, _ errno: Errno, line: Int = #line, _ body: () throws -> Void
) throws -> String {
    do {
        try body()
    } catch let error as BufferSharingError {
        try expect(error.code == code && error.errno == errno, "\(error.code), \(error)", line: line)
        return error.description
    }
    throw CheckFailure(description: "line \(line): nothing was thrown")
}

/// Fails unless this errno is thrown.
func expectErrno(_ errno: Errno, line: Int = #line, _ body: () throws(Errno) -> Void) throws {
    do {
        try body()
    } catch {
        return try expectEqual(error, errno, line: line)
    }
    throw CheckFailure(description: "line \(line): nothing was thrown")
}
