import Glibc
import LinuxSystem
import Testing

@testable import BufferSharing

extension GuardTests {
    /// Guards of other processes: of some that keep their promise, of some that die, and of some that lie.
    @Suite struct GuardedProcessTests {
        static let size = 128 << 10
        let device = TestDevice()

        private func pattern(_ value: UInt64) -> [UInt8] { .pattern(value, size: Self.size) }

        private func heap(_ buffers: Int = 1) throws -> EvictableHeap {
            try EvictableHeap(.init(budget: buffers * Self.size, usesSwap: false))
        }

        private func sendAway(_ buffer: SharedBuffer, _ heap: EvictableHeap) throws {
            repeat {
                try device.touch(buffer)
                _ = heap.makeRoom(for: heap.configuration.budget, user: nil)
            } while buffer.place != .stored
        }

        private func filled(_ heap: EvictableHeap, _ value: UInt64) throws -> SharedBuffer {
            let buffer = try heap.allocate(size: Self.size, name: "frame")
            try device.fill(buffer, pattern(value))
            return buffer
        }

        @Test func anotherProcessReadsAndWrites() throws {
            let heap = try heap()
            let buffer = try filled(heap, 5)
            let program = try GuardedProgram()
            try program.map(buffer)
            for round in UInt64(6)..<16 {
                try sendAway(buffer, heap)
                #expect(try program.ask("r", 0, round - 1) == 0)
                try sendAway(buffer, heap)
                #expect(try program.ask("p", 0, round - 1) == 0)
                try sendAway(buffer, heap)
                try program.ask("w", 0, round)
                #expect(try device.content(buffer) == pattern(round))
            }
        }

        @Test func aChildHasNoMapping() throws {
            let heap = try heap()
            let buffer = try filled(heap, 5)
            let program = try GuardedProgram()
            try program.map(buffer)
            try sendAway(buffer, heap)
            #expect(try program.ask("f") == Int64(SIGSEGV))
            #expect(buffer.place == .stored)
            #expect(try program.ask("r", 0, 5) == 0)
        }

        @Test func processesShareABuffer() throws {
            let heap = try heap()
            let buffer = try filled(heap, 1)
            let programs = try [GuardedProgram(), GuardedProgram()]
            for program in programs { try program.map(buffer) }
            for round in UInt64(2)..<12 {
                try sendAway(buffer, heap)
                try programs[Int(round % 2)].ask("w", 0, round)
                try sendAway(buffer, heap)
                #expect(try programs[Int(1 - round % 2)].ask("r", 0, round) == 0)
            }
            // The one that dies takes nothing from the other.
            try programs[0].kill()
            try sendAway(buffer, heap)
            #expect(!programs[0].guards[0].isActive && programs[1].guards[0].isActive)
            #expect(try programs[1].ask("r", 0, 11) == 0)
        }

        @Test func whoUnmapsIsForgotten() throws {
            let heap = try heap()
            let buffer = try filled(heap, 1)
            let program = try GuardedProgram()
            try program.map(buffer)
            try program.ask("u")
            try sendAway(buffer, heap)
            #expect(!program.guards[0].isActive)
            #expect(try device.content(buffer) == pattern(1))
        }

        @Test func deathInTheMiddle() async {
            // In a process of its own, since the table of descriptors is of the whole process.
            await #expect(processExitsWith: .success) { try GuardedProcessTests().killPrograms() }
        }

        private func killPrograms() throws {
            let live = OwnedDescriptor.liveCount
            do {
                let heap = try heap(2)
                var buffers: [SharedBuffer] = []
                for index in UInt64(0)..<6 { buffers.append(try filled(heap, index << 32)) }
                for _ in 0..<10 {
                    let program = try GuardedProgram()
                    for buffer in buffers { try program.map(buffer) }
                    try program.ask("t")
                    // It looks at all of them without end, as they move, and is killed somewhere.
                    while try program.looks().rounds < 3 { _ = heap.makeRoom(for: Self.size, user: nil) }
                    #expect(try program.looks().wrong == 0)
                    try program.kill()
                    for mapping in program.guards { mapping.retire() }
                    for (index, buffer) in buffers.enumerated() {
                        #expect(try device.content(buffer) == pattern(UInt64(index) << 32))
                        #expect(BufferInformation(buffer.hold).isGuarded)
                    }
                    #expect(!program.guards.contains { FaultService.shared.has($0) })
                }
                #expect(heap.report.evictions[.guardedStore] ?? 0 > 50)
            }
            // The thread lets go of its own last.
            while OwnedDescriptor.liveCount != live { sched_yield() }
            #expect(device.space.counters.isBalanced)
        }

        /// It waits for what it has made wait for ever; all others go on.
        @Test func whoMakesItsDescriptorBlockHarmsItselfAlone() throws {
            let heap = try heap(2)
            let buffer = try filled(heap, 1)
            let liar = try GuardedProgram()
            try liar.map(buffer)
            let honest = try GuardedProgram()
            let other = try filled(heap, 2)
            try honest.map(other)
            try liar.ask("b")
            for _ in 0..<5 {
                try sendAway(buffer, heap)
                try sendAway(other, heap)
                #expect(try honest.ask("r", 0, 2) == 0)
                #expect(try device.content(buffer) == pattern(1))
            }
            try liar.kill()
            for mapping in liar.guards { mapping.retire() }
        }

        /// Events that come with descriptors are read and closed; the buffer stays, or moves, for all others.
        @Test func whoAsksForEventsHarmsItselfAlone() throws {
            let heap = try heap(2)
            let buffer = try filled(heap, 1)
            let liar = try GuardedProgram()
            try liar.map(buffer, how: "e")
            let events = 100
            let before = try userfaultCount()
            for _ in 0..<events { #expect(try liar.ask("c") == 1) }
            // Each would have left one here. Tests that run beside this one have a few of their own.
            #expect(try userfaultCount() < before + events / 2)
            #expect(try device.content(buffer) == pattern(1))
        }

        /// Descriptors of userfaultfd(2) in this process.
        private func userfaultCount() throws -> Int {
            // One that is gone since it was listed isn't one.
            try Files.list("/proc/self/fd").count { number in
                (try? Files.target(ofLink: "/proc/self/fd/\(number)"))?.contains("userfaultfd") == true
            }
        }

        /// Its next look makes a page of zeros, for itself and for nobody else.
        @Test func whoStopsWaitingHarmsItselfAlone() throws {
            let heap = try heap()
            let buffer = try filled(heap, 1)
            let liar = try GuardedProgram()
            try liar.map(buffer)
            let honest = try GuardedProgram()
            try honest.map(buffer)
            try sendAway(buffer, heap)
            try liar.ask("o")
            #expect(try liar.ask("r", 0, 1) != 0)
            // Everything it has made there is put right.
            #expect(try device.content(buffer) == pattern(1))
            #expect(try honest.ask("r", 0, 1) == 0)
            #expect(try liar.ask("r", 0, 1) == 0)
            // And it isn't counted on any more.
            try sendAway(buffer, heap)
            #expect(!liar.guards[0].isActive && honest.guards[0].isActive)
        }
    }
}
