import Glibc
import LinuxSystem
import Synchronization
import Testing

@testable import BufferSharing

extension GuardTests {
    /// Memory that leaves although it is mapped elsewhere, and comes back when somebody looks.
    @Suite struct GuardedMappingTests {
        static let size = 256 << 10
        let device = TestDevice()

        private func heap(_ buffers: Int) throws -> EvictableHeap {
            try EvictableHeap(.init(budget: buffers * Self.size, usesSwap: false))
        }

        private func pattern(_ value: UInt64) -> [UInt8] { .pattern(value, size: Self.size) }

        /// Moves all out that can go.
        /// - Parameter place: until it is there: whoever woke up for it may be at it still.
        private func sendAway(_ buffer: SharedBuffer, _ heap: EvictableHeap, to place: BufferPlace? = .stored) throws {
            repeat {
                try device.touch(buffer)
                _ = heap.makeRoom(for: heap.configuration.budget, user: nil)
            } while place != nil && buffer.place != place
        }

        /// One buffer that is guarded and away.
        private func storedBuffer(_ value: UInt64) throws -> (EvictableHeap, SharedBuffer, GuardedView) {
            let heap = try heap(1)
            let buffer = try heap.allocate(size: Self.size, name: "guarded")
            let view = try GuardedView(buffer)
            try device.fill(buffer, pattern(value))
            try sendAway(buffer, heap)
            #expect(heap.report.evictions[.guardedStore] == 1)
            return (heap, buffer, view)
        }

        @Test func aLookBringsItBack() throws {
            let (heap, buffer, view) = try storedBuffer(7)
            #expect(try view.memory.residentBytes() == 0)
            #expect(view.wrongPages(pattern(7)) == 0)
            // The program goes on as soon as it can, so this waits.
            try device.touch(buffer)
            #expect(buffer.place == .resident)
            #expect(heap.report.returns == 1)
            #expect(heap.report.storedBytes == 0)
            #expect(try device.content(buffer) == pattern(7))
        }

        @Test func theKernelLooksForTheProgram() throws {
            let (_, buffer, view) = try storedBuffer(8)
            #expect(try view.passed() == pattern(8))
            try device.touch(buffer)
            #expect(buffer.place == .resident)
        }

        @Test func aWriteBringsItBackAndIsKept() throws {
            let (heap, buffer, view) = try storedBuffer(9)
            unsafe view.memory.base.storeBytes(of: 0xAB, toByteOffset: 5 * 4096 + 17, as: UInt8.self)
            var expected = pattern(9)
            expected[5 * 4096 + 17] = 0xAB
            #expect(try device.content(buffer) == expected)
            // Away again, with what was written.
            try sendAway(buffer, heap)
            #expect(view.wrongPages(expected) == 0)
        }

        @Test func aDeviceBringsItBackForTheProgram() throws {
            let (_, buffer, view) = try storedBuffer(10)
            #expect(try device.content(buffer) == pattern(10))
            #expect(view.wrongPages(pattern(10)) == 0)
            // And nothing is protected any more.
            view.fill(pattern(11))
            #expect(try device.content(buffer) == pattern(11))
        }

        @Test func anotherDescriptorKeepsItInMemory() throws {
            let heap = try heap(1)
            let buffer = try heap.allocate(size: Self.size, name: "guarded")
            let view = try GuardedView(buffer)
            try device.fill(buffer, pattern(1))
            let other = try buffer.exportDescriptor(access: .readWrite)
            let stranger = try MemoryMapping(descriptor: other, length: Self.size, access: .read)
            try sendAway(buffer, heap, to: nil)
            #expect(buffer.place == .resident)
            #expect(heap.overBudget("test").description.contains("a program holds its content"))
            let same = stranger.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) } == pattern(1) }
            #expect(same)
            #expect(view.wrongPages(pattern(1)) == 0)
        }

        @Test func whatIsHandedOutWhileItIsAwayComesBackFirst() throws {
            let (_, buffer, _) = try storedBuffer(3)
            let other = try buffer.exportDescriptor(access: .readWrite)
            #expect(buffer.place == .resident)
            let stranger = try MemoryMapping(descriptor: other, length: Self.size, access: .read)
            let same = stranger.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) } == pattern(3) }
            #expect(same)
        }

        @Test func twoMappingsOfOneBuffer() throws {
            let (heap, buffer, first) = try storedBuffer(20)
            let second = try GuardedView(buffer)
            for round in UInt64(21)..<41 {
                // Each of them in turn finds it away, and writes what the other reads when it is away again.
                let (writer, reader) = round % 2 == 0 ? (first, second) : (second, first)
                try sendAway(buffer, heap)
                writer.fill(pattern(round))
                try sendAway(buffer, heap)
                #expect(reader.wrongPages(pattern(round)) == 0)
            }
            let information = BufferInformation(buffer.hold)
            #expect(information.guards == 2 && information.isGuarded)
            #expect(BufferInformation(line: information.line) == information)
        }

        @Test func whatOwesNothingIsThrownAwayAndReadsAsZeros() throws {
            let (heap, buffer, view) = try storedBuffer(30)
            buffer.setContentOwed(false)
            try sendAway(buffer, heap, to: .absent)
            #expect(view.wrongPages([UInt8](repeating: 0, count: Self.size)) == 0)
            // It counts as what it is: memory that is used.
            try device.touch(buffer)
            #expect(buffer.place == .resident)
        }

        @Test func theEndOfTheGuardBringsItBackForGood() throws {
            let (heap, buffer, view) = try storedBuffer(40)
            view.guardian.retire()
            #expect(buffer.place == .resident)
            #expect(!view.guardian.isActive)
            view.guardian.retire()
            try sendAway(buffer, heap, to: nil)
            // The program may have it mapped still, and waits no more.
            #expect(buffer.place == .resident)
            #expect(view.wrongPages(pattern(40)) == 0)
            #expect(!FaultService.shared.has(view.guardian))
        }

        @Test func theEndOfTheBufferLeavesTheContent() throws {
            let view: GuardedView
            let heap: EvictableHeap
            do {
                let (made, buffer, guarded) = try storedBuffer(50)
                (heap, view) = (made, guarded)
                withExtendedLifetime(buffer) {}
            }
            #expect(heap.report.bufferCount == 0)
            #expect(heap.report.storedBytes == 0)
            #expect(view.wrongPages(pattern(50)) == 0)
            view.fill(pattern(51))
            #expect(!FaultService.shared.has(view.guardian))
        }

        @Test func aCopyThatFailsLeavesAllAsItWas() throws {
            // What the limit says is what a full disk says: ENOSPC.
            let heap = try EvictableHeap(.init(budget: Self.size, storeLimit: 0, usesSwap: false))
            let buffer = try heap.allocate(size: Self.size, name: "guarded")
            let view = try GuardedView(buffer)
            try device.fill(buffer, pattern(1))
            try sendAway(buffer, heap, to: nil)
            #expect(buffer.place == .resident)
            #expect(heap.overBudget("test").description.contains("No space left on device"))
            #expect(view.wrongPages(pattern(1)) == 0)
            view.fill(pattern(2))
            #expect(try device.content(buffer) == pattern(2))
        }

        @Test func contentThatIsLostIsAnErrorAndNotZeros() throws {
            let size = 1 << 20
            let heap = try EvictableHeap(.init(budget: size, usesSwap: false))
            let buffer = try heap.allocate(size: size, name: "guarded")
            let view = try GuardedView(buffer)
            try device.fill(buffer, .pattern(60, size: size))
            try sendAway(buffer, heap)
            let file = try #require(heap.state.withLock { $0.store?.file })
            try file.descriptor.truncate(to: size / 2)
            expectCode(.system, .ioError) { try device.touch(buffer) }
            #expect(buffer.place == .stored)
            // What isn't all there is not there at all.
            #expect(try view.memory.residentBytes() == 0)
            #expect(throws: Errno.badAddress) { _ = try view.passed() }
        }

        /// A page that others can see has its content, from its first moment on.
        @Test func noPageIsThereBeforeItsContent() throws {
            let (heap, buffer, view) = try storedBuffer(70)
            let file = try #require(heap.state.withLock { $0.store?.file })
            // Past the page cache a read takes long, with its target waiting.
            #if arch(x86_64)
                let direct: Int32 = 0o40000  // O_DIRECT
            #else
                let direct: Int32 = 0o200000
            #endif
            guard fcntl(file.descriptor.raw, F_SETFL, direct) == 0 else { return }
            let expected = pattern(70)
            let onlooker = try MemoryMapping(descriptor: buffer.file.descriptor, length: Self.size, access: .read)
            let isLooking = Atomic(false)
            let isAsked = Atomic(false)
            let isOver = Atomic(false)
            let seen = Atomic(0)
            let wrong = Atomic(0)
            try withThreads(count: 2) { thread in
                if thread == 0 {
                    defer { isOver.store(true, ordering: .releasing) }
                    for _ in 0..<100 {
                        try sendAway(buffer, heap)
                        isAsked.store(true, ordering: .releasing)
                        while !isLooking.load(ordering: .acquiring) { sched_yield() }
                        try device.touch(buffer)
                        isAsked.store(false, ordering: .releasing)
                        while isLooking.load(ordering: .acquiring) { sched_yield() }
                    }
                    return
                }
                while !isOver.load(ordering: .acquiring) {
                    let asked = isAsked.load(ordering: .acquiring)
                    isLooking.store(asked, ordering: .releasing)
                    guard asked else {
                        sched_yield()
                        continue
                    }
                    // Only at what is there: a look at what isn't would make a page.
                    for (page, isThere) in try onlooker.residentPages().enumerated() where isThere {
                        seen.add(1, ordering: .relaxed)
                        let same = onlooker.withBytes { bytes in
                            unsafe bytes.unsafeLoad(fromByteOffset: page * 4096 + 8, as: UInt64.self)
                                == 70 + UInt64(page * 512 + 1)
                        }
                        if !same { wrong.add(1, ordering: .relaxed) }
                    }
                }
            }
            print("\(seen.load(ordering: .relaxed)) pages seen")
            #expect(wrong.load(ordering: .relaxed) == 0)
            #expect(seen.load(ordering: .relaxed) > 1000)
            #expect(view.guardian.isActive)
            #expect(view.wrongPages(expected) == 0)
        }

        @Test func whatCannotBeGuardedIsRefused() throws {
            let heap = try heap(2)
            let buffer = try heap.allocate(size: Self.size, name: "guarded")
            let reaper = DescriptorReaper()
            let view = try MemoryMapping(
                descriptor: buffer.exportDescriptor(access: .readWrite), length: Self.size, access: .readWrite)
            let handOut = HandOut(of: buffer)
            let address = unsafe UInt64(UInt(bitPattern: view.base))
            func refuse(
                _ code: BufferSharingError.Code, _ descriptor: consuming OwnedDescriptor, at address: UInt64,
                length: Int = Self.size, by handOut: HandOut, errno: Errno = .invalidArgument
            ) {
                let raw = descriptor.relinquish()
                expectCode(code, errno) {
                    _ = try handOut.accept(
                        OwnedDescriptor(adopting: raw), at: address, length: UInt64(bitPattern: Int64(length)),
                        reaper: reaper)
                }
            }
            // Something else.
            try refuse(.notABuffer, Pipe.create().intoRead(), at: address, by: handOut)
            let file = try MemoryFile.create(name: "[userfaultfd]", size: 4096)
            refuse(.notABuffer, file.intoDescriptor(), at: address, by: handOut)
            // Addresses that can't be.
            let other = try MemoryMapping(
                descriptor: buffer.exportDescriptor(access: .readWrite), length: Self.size, access: .readWrite)
            let userfault = try GuardedView.catchFaults(of: other)
            try refuse(.invalidSize, userfault.duplicate(), at: address + 8, by: handOut)
            try refuse(.invalidSize, userfault.duplicate(), at: address, length: 0, by: handOut)
            try refuse(.invalidSize, userfault.duplicate(), at: address, length: Self.size + 4096, by: handOut)
            try refuse(.invalidSize, userfault.duplicate(), at: address, length: -4096, by: handOut)
            try refuse(.invalidSize, userfault.duplicate(), at: .max - 4095, length: 4096, by: handOut)
            // Nothing of that descriptor's is there.
            try refuse(.notABuffer, userfault.duplicate(), at: 1 << 30, by: handOut)
            // Memory that never moves in this way.
            let still = try MemoryFileHeap().allocate(size: Self.size, name: "still")
            try refuse(.system, userfault.duplicate(), at: address, by: HandOut(of: still), errno: .notSupported)
            let storeless = try EvictableHeap(.init(budget: 1 << 20, evictsTo: nil)).allocate(size: Self.size, name: "")
            try refuse(.system, userfault.duplicate(), at: address, by: HandOut(of: storeless), errno: .notSupported)
            // None of that has spent it; but it is good for one.
            let start = unsafe UInt64(UInt(bitPattern: other.base))
            let guardian = try handOut.accept(userfault.duplicate(), at: start, length: UInt64(Self.size))
            try refuse(.system, userfault.duplicate(), at: start, by: handOut)
            // Two descriptors left, and one of them is accounted for.
            #expect(!BufferInformation(buffer.hold).isGuarded)
            guardian.retire()
            reaper.waitUntilIdle()
            #expect(!FaultService.shared.has(guardian))
        }

        @Test func aBufferThatIsGoneCannotBeGuarded() throws {
            let handOut = HandOut(of: try heap(1).allocate(size: Self.size, name: "gone"))
            #expect(!handOut.isOpen)
            expectCode(.detached) { _ = try handOut.accept(Pipe.create().intoRead(), at: 4096, length: 4096) }
        }

        @Test func withoutPrivilegeThereIsAReason() async {
            await #expect(processExitsWith: .success) {
                try becomeNobody()
                #expect(throws: Errno.notPermitted) { _ = try Userfault(.everything) }
                #expect(Errno.notPermitted.userfaultReason.contains("vm.unprivileged_userfaultfd"))
                // What the heap itself needs has no privilege.
                _ = try PageMaker()
                // Nor has what receives a guard: all else is as it was.
                let heap = try EvictableHeap(.init(budget: 1 << 20, evictsTo: "/tmp", usesSwap: false))
                let buffer = try heap.allocate(size: 1 << 20, name: "frame")
                let device = TestDevice()
                _ = try buffer.exportDescriptor(access: .readWrite)
                try device.fill(buffer, .pattern(1, size: 1 << 20))
                #expect(throws: BufferSharingError.self) { try heap.allocate(size: 1 << 20, name: "more") }
                #expect(try device.content(buffer) == .pattern(1, size: 1 << 20))
            }
        }

        @Test func nothingIsLeftBehind() async {
            // In a process of its own, since the table of descriptors is of the whole process.
            await #expect(processExitsWith: .success) {
                // What the runtime opens for itself.
                _ = try Files.list("/proc/self/fd")
                let live = OwnedDescriptor.liveCount
                let space = AddressSpace()
                for _ in 0..<3 {
                    let heap = try EvictableHeap(.init(budget: 1 << 18, usesSwap: false))
                    let device = TestDevice()
                    var views: [GuardedView] = []
                    for number in UInt64(0)..<4 {
                        let buffer = try heap.allocate(size: 1 << 18, name: "")
                        views.append(try GuardedView(buffer))
                        try device.fill(buffer, .pattern(number << 32, size: 1 << 18))
                        #expect(views[Int(number)].wrongPages(.pattern(number << 32, size: 1 << 18)) == 0)
                    }
                    #expect(device.space.counters.isBalanced)
                }

                // The thread lets go of its own last.
                while OwnedDescriptor.liveCount != live { sched_yield() }
                #expect(space.counters.isBalanced)
            }
        }
    }
}
