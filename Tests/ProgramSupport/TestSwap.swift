import LinuxSystem

/// Swap for the time of a test: compressed memory (zram) if the machine has it, else a file. Taken away again in the
/// end, with all that is in it coming back.
public struct TestSwap: ~Copyable {
    private let workspace: Workspace
    private let undo: [[String]]

    /// What the swap area is called, by which one that a killed test left is known.
    private static let label = "vb2-test"
    private static let fileStem = "/var/tmp/vb2-swap-"

    /// Only root can make it.
    public static var isPossible: Bool { effectiveUserID == 0 }

    /// - Parameter megabytes: how much.
    public init(_ workspace: Workspace, megabytes: Int) throws {
        try Self.takeAwayWhatWasLeft(workspace)
        let file = "\(Self.fileStem)\(processID)"
        let ways: [(device: String, make: [[String]], undo: [[String]])] = [
            (
                "/dev/zram0", [["sh", "-c", "echo \(megabytes)M > /sys/block/zram0/disksize"]],
                [["sh", "-c", "echo 1 > /sys/block/zram0/reset"]]
            ),
            (
                file, [["dd", "if=/dev/zero", "of=\(file)", "bs=1M", "count=\(megabytes)"], ["chmod", "600", file]],
                [["rm", "-f", file]]
            ),
        ]
        var said = ""
        for way in ways {
            let steps = way.make + [["mkswap", "-L", Self.label, way.device], ["swapon", way.device]]
            let failure = try steps.lazy.map { try workspace.run($0) }.first { $0.status != 0 }
            if let failure {
                said += failure.text
                for step in way.undo { _ = try workspace.run(step) }
            } else {
                undo = [["swapoff", way.device]] + way.undo
                self.workspace = workspace
                return
            }
        }
        throw SwapFailure(description: "no swap can be made: \(said)")
    }

    /// A test that is killed can't undo anything, and the next one would find its device taken.
    private static func takeAwayWhatWasLeft(_ workspace: Workspace) throws {
        let script = """
            if [ "$(swaplabel /dev/zram0 2>&1 | sed -n 's/^LABEL: *//p')" = \(label) ]; then
                swapoff /dev/zram0; echo 1 > /sys/block/zram0/reset
            fi
            for file in \(fileStem)*; do
                if [ -e "$file" ] && [ ! -d "/proc/${file##*-}" ]; then swapoff "$file"; rm -f "$file"; fi
            done
            """
        _ = try workspace.run(["sh", "-c", script])
    }

    deinit {
        // Nobody is left to be told; what stays shows in /proc/swaps.
        for step in undo { _ = try? workspace.run(step) }
    }
}

public struct SwapFailure: Error, CustomStringConvertible {
    public let description: String
}
