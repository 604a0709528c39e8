import LinuxSystem
import Testing

@Suite struct LockedTests {
    @Test func countsFromManyThreads() throws {
        let locked = Locked(0)
        var first = try SystemThread.start(name: "first") { for _ in 0..<1000 { locked.withLock { $0 += 1 } } }
        var second = try SystemThread.start(name: "second") { for _ in 0..<1000 { locked.withLock { $0 += 1 } } }
        first.join()
        second.join()
        #expect(locked.withLock { $0 } == 2000)
    }

    @Test func aBusyLockGivesNil() {
        let locked = Locked(1)
        locked.withLock { _ in
            #expect(locked.withLockIfAvailable { $0 } == nil)
        }
        #expect(locked.withLockIfAvailable { $0 } == 1)
    }

    @Test func holdsWhatCannotBeCopied() throws {
        let locked = Locked(try Pipe.create().intoRead() as OwnedDescriptor?)
        let taken = locked.withLock { $0.take() }
        let wasThere = taken != nil
        let isEmpty = locked.withLock { $0 == nil }
        #expect(wasThere)
        #expect(isEmpty)
    }
}
