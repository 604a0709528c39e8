import CBenchmarks
import LinuxSystem
import Synchronization

/// The system's settings of huge pages for the time of the benchmarks, if we may change them: shared memory gets
/// transparent huge pages that asks for them, and the pool has enough for two buffers.
///
/// What was changed is put back in the end, and on a signal.
final class SystemSettings: Sendable {
    private static let transparent = "/sys/kernel/mm/transparent_hugepage/shmem_enabled"
    private static let pool = "/proc/sys/vm/nr_hugepages"
    /// Huge pages that the benchmarks need of the pool.
    private static let needed = 26

    private let before = Mutex<[(path: String, text: String)]>([])
    private let signals: SignalDescriptor

    /// Called before there are other threads.
    init() throws {
        signals = try SignalDescriptor(
            blocking: [SignalNumber.hangUp, SignalNumber.interrupt, SignalNumber.quit, SignalNumber.terminate])
        _ = try SystemThread.start(name: "signals") { [self] in endOnSignal() }
    }

    /// Changes nothing that is right already, or that can't be changed.
    func provideHugePages() {
        before.withLock { before in
            if let text = Self.read(Self.transparent), let chosen = Self.chosen(text), !Self.areTransparent,
                Self.write("advise", Self.transparent)
            {
                before.append((Self.transparent, chosen))
            }
            if let text = Self.read(Self.pool), let count = Int(text), count < Self.needed,
                Self.write("\(count + Self.needed)", Self.pool)
            {
                before.append((Self.pool, text))
            }
        }
    }

    func putBack() {
        before.withLock { before in
            for setting in before where !Self.write(setting.text, setting.path) {
                print("\(setting.path) could not be set back to \(setting.text)")
            }
            before = []
        }
    }

    private func endOnSignal() {
        while (try? signals.descriptor.wait(for: .input)) != nil {
            guard let signal = try? signals.read() else { continue }
            putBack()
            bench_exit(128 + signal)
        }
    }

    /// Whether shared memory gets transparent huge pages if it asks for them.
    static var areTransparent: Bool {
        ["advise", "always", "within_size", "force"].contains(read(transparent).flatMap(chosen))
    }

    /// The word in brackets.
    private static func chosen(_ text: String) -> String? {
        text.split(separator: "[").last?.split(separator: "]").first.map(String.init)
    }

    private static func read(_ path: String) -> String? {
        guard let bytes = try? Files.read(path) else { return nil }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init)
    }

    private static func write(_ text: String, _ path: String) -> Bool {
        do {
            try Files.open(path, .writeOnly).writeAll(text)
            return true
        } catch {
            return false
        }
    }
}
