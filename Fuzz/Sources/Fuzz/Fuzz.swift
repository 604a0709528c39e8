import CFuzzer
import Glibc
import HostileSupport

/// libFuzzer with its own options and folders. VB2_FUZZ_TARGET says what is fuzzed: in the environment, because libFuzzer
/// starts itself again with the arguments that it has.
@main enum Fuzz {
    /// libFuzzer's callback has no context.
    nonisolated(unsafe) private static var target = FuzzTarget.messages

    static func main() {
        guard let name = unsafe getenv("VB2_FUZZ_TARGET"),
            let chosen = FuzzTarget(rawValue: unsafe String(cString: name))
        else {
            print("VB2_FUZZ_TARGET is to be one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")).")
            exit(EXIT_FAILURE)
        }
        unsafe target = chosen
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv
        _ = unsafe LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
            unsafe Fuzz.target.run([UInt8](UnsafeBufferPointer(start: bytes, count: count)))
            return 0
        }
    }
}
