package import LinuxSystem

/// Which calls of a run are to fail, and with what.
package enum FaultPlan {
    /// One run: the call of this number fails.
    package struct Strike: Sendable, CustomStringConvertible {
        package let site: CallFaults.Site
        /// Which of the site's calls.
        package let occurrence: Int
        package let errno: Errno

        package var faults: CallFaults { CallFaults(failing: site, occurrence: occurrence, with: errno) }

        package var description: String {
            "call \(occurrence) of \(site.file) \(site.function), failing with \(errno)"
        }
    }

    /// Each call once with each errno that it may give; of a run with more calls than `limit`, as of a random walk, the
    /// first twenty, and twenty of the rest, evenly spread.
    package static func strikes(on calls: [CallFaults.Site], limit: Int = 400) -> [Strike] {
        var numbers = Array(calls.indices)
        if numbers.count > limit {
            numbers = Array(0..<20) + Array(stride(from: 20, to: calls.count, by: (calls.count - 20) / 20))
        }
        var seen: [CallFaults.Site: Int] = [:]
        let occurrences = calls.map { site in
            seen[site, default: -1] += 1
            return seen[site] ?? 0
        }
        return numbers.flatMap { number in
            errnos(of: calls[number]).map { errno in
                Strike(site: calls[number], occurrence: occurrences[number], errno: errno)
            }
        }
    }

    /// What the manual pages say that the calls of a file may give when something has run out, and EINTR where a call is
    /// made again.
    static func errnos(of site: CallFaults.Site) -> [Errno] {
        let name = site.file.split(separator: "/").last.map(String.init) ?? site.file
        let errnos: [Errno] =
            switch name {
            case "MemoryFile.swift": [.tooManyOpenFiles, .noMemory]
            case "OwnedDescriptor.swift", "Files.swift", "UnixSocket.swift": [.tooManyOpenFiles]
            // F_GET_SEALS says what a file is; nothing runs out.
            case "Seals.swift" where site.function == "seals()": []
            // Waking nobody is no error (futex(2)).
            case "Futex.swift": []
            // Only the making of one can fail (eventfd(2), timerfd_create(2)).
            case "EventDescriptor.swift", "TimerDescriptor.swift":
                site.function == "init()" ? [.tooManyOpenFiles] : []
            case "EventPoll.swift":
                site.function == "init()" ? [.tooManyOpenFiles] : site.function.hasPrefix("add") ? [.noSpace] : []
            case "SystemThread.swift": [.resourceTemporarilyUnavailable]
            case "OwnedDescriptor+Space.swift", "MemoryMapping+Residency.swift": [.noSpace, .ioError]
            case "OwnedDescriptor+Bytes.swift": [.ioError]
            default: [.noMemory]
            }
        return errnos + (site.isRepeated ? [.interrupted] : [])
    }
}
