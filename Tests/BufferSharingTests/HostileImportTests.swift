import BufferSharing
import CLinuxSystem
import Glibc
import LinuxSystem
import ProgramSupport
import Testing

/// Descriptors whose owner answers no call.
///
/// Each in a process of its own: a child of another test would have them until its exec(2), which waits for their close.
@Suite struct HostileImportTests {
    @Test(.enabled(if: SilentFileSystem.isPossible, "FUSE can't be mounted here"))
    func aFileThatNeverAnswersIsRefusedAtOnce() async {
        await #expect(processExitsWith: .success) {
            let silent = try SilentFileSystem()
            let reaper = DescriptorReaper()
            for _ in 0..<3 {
                expectCode(.notABuffer) {
                    let file = try silent.openFile()
                    #expect(try file.dmaBufDescription() == nil)
                    _ = try SharedBuffer.importing(file, reaper: reaper)
                }
            }
            // Their closes wait for the file system, elsewhere than here.
            #expect(reaper.pendingCount >= 3)
            #expect(!silent.wasHung)
            silent.shutDown()
            reaper.waitUntilIdle()
            #expect(reaper.pendingCount == 0)
        }
    }

    /// The kernel describes an epoll set in /proc only when nobody is being given its events. Whoever is can be held up
    /// for ever, by a page of a file that nobody answers for.
    ///
    /// Without the look at the link in `dmaBufDescription` (DMABufDescription.swift) this waits for the watchdog.
    @Test(.enabled(if: SilentFileSystem.isPossible, "FUSE can't be mounted here"))
    func anEpollSetThatIsHeldUpIsRefusedAtOnce() async {
        await #expect(processExitsWith: .success) {
            let silent = try SilentFileSystem()
            let file = try silent.openFile()
            let page = try MemoryMapping(descriptor: file, length: 4096, access: .readWrite)
            let set = try EventPoll()
            let event = try EventDescriptor()
            event.signal()
            try set.add(event.descriptor.raw, events: .input, token: 0)
            let (raw, place) = (set.descriptor.raw, unsafe UInt(bitPattern: page.base))
            let thread = Locked<Int32>(0)
            var held = try SystemThread.start(name: "held-up") {
                thread.withLock { $0 = threadID }
                guard let room = unsafe UnsafeMutablePointer<linux_event>(bitPattern: place) else { return }
                _ = unsafe linux_epoll_wait(raw, room, 1, -1)
            }
            while try !HostileImportTests.sleeps(thread.withLock { $0 }) { sched_yield() }
            let reaper = DescriptorReaper()
            expectCode(.notABuffer) { _ = try SharedBuffer.importing(try set.descriptor.duplicate(), reaper: reaper) }
            #expect(!silent.wasHung)
            silent.shutDown()
            held.join()
            reaper.close(file)
            reaper.waitUntilIdle()
        }
    }

    /// Whether the thread waits in the kernel.
    private static func sleeps(_ thread: Int32) throws -> Bool {
        if thread == 0 { return false }
        let line = String(decoding: try Files.read("/proc/self/task/\(thread)/stat"), as: UTF8.self)
        let state = line.split(separator: ")").last?.dropFirst().first
        return state == "S" || state == "D"
    }
}
