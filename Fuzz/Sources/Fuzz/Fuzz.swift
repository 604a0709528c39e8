import CFuzzer
import HostileSupport

/// `Fuzz TARGET` and libFuzzer's options and folders.
@main enum Fuzz {
    /// libFuzzer's callback has no context.
    nonisolated(unsafe) private static var target = FuzzTarget.messages

    static func main() {
        guard CommandLine.arguments.count > 1, let chosen = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
            print("Usage: Fuzz \(FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")) [libFuzzer's options]")
            return
        }
        unsafe target = chosen
        // The target's place is the program's name to libFuzzer.
        var count = CommandLine.argc - 1
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv + 1
        _ = unsafe LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
            unsafe Fuzz.target.run([UInt8](UnsafeBufferPointer(start: bytes, count: count)))
            return 0
        }
    }
}
