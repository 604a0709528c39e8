import BufferSharing
import LinuxSystem
import Testing

/// Descriptors whose owner answers no call.
@Suite struct HostileImportTests {
    @Test(.enabled(if: SilentFileSystem.isPossible, "FUSE can't be mounted here"))
    func aFileThatNeverAnswersIsRefusedAtOnce() throws {
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
