import LinuxSystem

/// The pages that a heap asks the system for.
public enum PageKind: Hashable, Sendable {
    /// Those of 4 KiB that every memory file has.
    case standard
    /// Huge ones where the system gives them to shared memory that asks (transparent huge pages): less to map, less to
    /// look up. What isn't given is of the standard kind.
    case transparentHuge
    /// Pages of 2 MiB from the system's pool (hugetlbfs). They are there or not from the start, and their descriptor
    /// never leaves the process: a hole in such a file can become a SIGBUS for whoever maps it.
    case huge

    /// The size of a huge page in bytes.
    static let hugeSize = 2 << 20

    /// Why shared memory gets no transparent huge pages here; nil if it does.
    static func shortfall(
        setting: String? = (try? Files.read("/sys/kernel/mm/transparent_hugepage/shmem_enabled")).map {
            String(decoding: $0, as: UTF8.self)
        }
    ) -> String? {
        guard let setting else { return "this kernel has no transparent huge pages; buffers have pages of 4 KiB" }
        let chosen = setting.split(separator: "[").last?.split(separator: "]").first.map(String.init) ?? setting
        switch chosen {
        case "advise", "always", "within_size", "force": return nil
        default:
            return "shared memory gets no huge pages here, so buffers have pages of 4 KiB; "
                + "an administrator can change that: echo advise > /sys/kernel/mm/transparent_hugepage/shmem_enabled"
        }
    }
}
