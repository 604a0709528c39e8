#if DEBUG
    import Synchronization
    package import SystemPackage

    /// Makes chosen calls of the C floor fail without being made, for tests of what becomes of that. It isn't in release
    /// builds.
    ///
    /// One is in force for a task and what it calls (``current``), or for the whole process (``inForceEverywhere(_:)``):
    /// a server's threads are no task.
    package final class CallFaults: Sendable {
        /// A call that was made while the faults were in force.
        package struct Site: Hashable, Sendable {
            /// Of the Swift function that makes the call.
            package let file: String
            package let function: String
            /// Whether a signal may interrupt it, and it is then made again.
            package let isRepeated: Bool
        }

        @TaskLocal package static var current: CallFaults?

        private static let isAnywhere = Atomic<Bool>(false)
        private static let everywhere = Locked<CallFaults?>(nil)

        private let choice: Choice
        private let errno: Errno
        private let seen = Locked(Seen())
        private let struck = Locked<[Site]>([])

        private struct Seen {
            var calls: [Site] = []
            var occurrences: [Site: Int] = [:]
        }

        private enum Choice {
            case none
            case site(Site, occurrence: Int)
            case function(String, times: Int)
            case nothing(whatComesBefore: @Sendable (Site) -> Void)
        }

        /// Fails nothing: the calls are only counted.
        package init() {
            choice = .none
            errno = .noMemory
        }

        /// Fails one call.
        /// - Parameter occurrence: which of those that the function makes, counted from 0. Calls of other threads may come
        ///   in between, or not.
        package init(failing site: Site, occurrence: Int, with errno: Errno) {
            choice = .site(site, occurrence: occurrence)
            self.errno = errno
        }

        /// Fails the first so many calls that a Swift function makes.
        /// - Parameter function: as `#function` has it.
        package init(failing function: String, with errno: Errno, times: Int) {
            choice = .function(function, times: times)
            self.errno = errno
        }

        /// Fails nothing: before each call something happens that another process could do just then.
        /// - Parameter action: on the thread that makes the call. It must make none itself.
        package init(before action: @escaping @Sendable (Site) -> Void) {
            choice = .nothing(whatComesBefore: action)
            errno = .noMemory
        }

        /// The calls so far, in their order.
        package var calls: [Site] { seen.withLock { $0.calls } }

        /// Those that failed.
        package var failed: [Site] { struck.withLock { $0 } }

        /// Puts these in force in all threads of the process until the next call; nil: none.
        package static func inForceEverywhere(_ faults: CallFaults?) {
            everywhere.withLock { $0 = faults }
            isAnywhere.store(faults != nil, ordering: .releasing)
        }

        /// What the call that comes now gives instead of being made: an errno, negated.
        static func strike(_ file: StaticString, _ function: StaticString, isRepeated: Bool) -> Int? {
            let everywhere = isAnywhere.load(ordering: .acquiring) ? everywhere.withLock { $0 } : nil
            guard let faults = current ?? everywhere else { return nil }
            return faults.next(Site(file: "\(file)", function: "\(function)", isRepeated: isRepeated))
        }

        private func next(_ site: Site) -> Int? {
            if case .nothing(let action) = choice {
                action(site)
                return nil
            }
            let occurrence = seen.withLock { seen in
                seen.calls.append(site)
                seen.occurrences[site, default: -1] += 1
                return seen.occurrences[site] ?? 0
            }
            // A call that no signal interrupts never says that one did.
            if errno == .interrupted, !site.isRepeated { return nil }
            let fails = struck.withLock { struck in
                let fails =
                    switch choice {
                    case .none, .nothing: false
                    case .site(let chosen, let wanted): site == chosen && occurrence == wanted
                    case .function(let function, let times): site.function == function && struck.count < times
                    }
                if fails { struck.append(site) }
                return fails
            }
            return fails ? -Int(errno.rawValue) : nil
        }
    }
#endif
