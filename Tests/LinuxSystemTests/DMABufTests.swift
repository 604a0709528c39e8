import LinuxSystem
import RandomSupport
import Testing

@Suite struct DMABufTests {
    private static let common = "pos:\t0\nflags:\t02000002\nmnt_id:\t14\nino:\t7\n"

    private func parse(_ text: String) -> DMABufDescription? {
        DMABufDescription(fileInformation: Array(text.utf8))
    }

    @Test func aDMABufIsDescribed() throws {
        let text = Self.common + "size:\t8192\ncount:\t2\nexp_name:\tudmabuf\nname:\tframe\n"
        let description = try #require(parse(text))
        #expect(description.size == 8192)
        #expect(description.exporterName == "udmabuf")
        // Locks come in between, and the name may be missing.
        let locked =
            Self.common + "lock:\t1: POSIX  ADVISORY  READ 7 00:0e:7 0 EOF\nsize:\t4096\ncount:\t1\nexp_name:\tx y\n"
        #expect(parse(locked)?.size == 4096)
        #expect(parse(locked)?.exporterName == "x y")
    }

    @Test func theNameIsNotRead() {
        let lie = Self.common + "size:\t4096\ncount:\t2\nexp_name:\tsystem\nname:\tx\nsize:\t99\nexp_name:\tfake\n"
        #expect(parse(lie)?.size == 4096)
        #expect(parse(lie)?.exporterName == "system")
    }

    @Test(arguments: [
        "", "\n", "size", "size:\t1\n", "exp_name:\tsystem\n", common, common + "size:\t4096\ncount:\t1\n",
        // Other kinds of files, with a user's text in a line of theirs.
        common + "eventfd-count:\t0\neventfd-id: 1\n", common + "seals:\t0\nsize:\t1\nexp_name:\tx\n",
        common + "link_type:\tuprobe_multi\npath:\t/tmp/x\nsize:\t1\ncount:\t1\nexp_name:\tx\n",
        common + "UserFiles:\n    0: /tmp/x\nsize:\t1\nexp_name:\tx\n",
        // Sizes that can't be.
        common + "size:\t-1\ncount:\t1\nexp_name:\tx\n", common + "size:\tx\ncount:\t1\nexp_name:\tx\n",
        common + "size:\t99999999999999999999\ncount:\t1\nexp_name:\tx\n",
        common + "size:\t1\nsize:\t2\ncount:\t1\nexp_name:\tx\n", common + "count:\t1\nexp_name:\tx\nsize:\t1\n",
    ])
    func whatIsNoDMABufIsNot(_ text: String) {
        #expect(parse(text) == nil)
    }

    @Test func anyBytesAreRead() {
        var random = SeededGenerator(seed: 0x646d_6162)
        let pieces = ["pos:\t", "size:\t", "exp_name:\t", "count:\t1", "\n", "4096", ":", "\t", "\u{0}", "lock:", "é"]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0..<12, using: &random)).compactMap { _ in
                pieces.randomElement(using: &random)
            }.joined()
            guard let description = parse(text) else { continue }
            // Only what has the two lines, in this order, is taken.
            #expect(description.size >= 0 && text.contains("size:"), "\(text)")
            #expect(text.contains("exp_name:"), "\(text)")
        }
    }

    @Test func otherFilesAreNoDMABufs() throws {
        #expect(try Pipe.create().read.dmaBufDescription() == nil)
        #expect(try MemoryFile.create(name: "memory", size: 1).descriptor.dmaBufDescription() == nil)
        #expect(try EventDescriptor().descriptor.dmaBufDescription() == nil)
        #expect(try Files.open("/", .readOnly).dmaBufDescription() == nil)
        #expect(try Files.open("/dev/null", .readWrite).dmaBufDescription() == nil)
        let isSocketOne = try UnixSocket.pair(kind: .stream).split { first, _ in
            try first.intoDescriptor().dmaBufDescription() != nil
        }
        #expect(!isSocketOne)
        #expect(throws: Errno.noSuchFileOrDirectory) {
            _ = try OwnedDescriptor(adopting: Int32.max).dmaBufDescription()
        }
    }

    /// The calls reach the kernel: whatever isn't asked the right thing says so.
    @Test func callsOnOtherFilesGiveENOTTY() throws {
        let file = try MemoryFile.create(name: "memory", size: 4096)
        #expect(throws: Errno.inappropriateIOCTLForDevice) { try DMABufSync.begin(file.descriptor, .read) }
        #expect(throws: Errno.inappropriateIOCTLForDevice) { try DMABufSync.end(file.descriptor, .readWrite) }
        #expect(throws: Errno.inappropriateIOCTLForDevice) { try file.descriptor.setDMABufName("name") }
        #expect(throws: Errno.inappropriateIOCTLForDevice) { _ = try file.descriptor.exportSyncFile(.write) }
        #expect(throws: Errno.inappropriateIOCTLForDevice) {
            let pipe = try Pipe.create()
            try file.descriptor.importSyncFile(pipe.read, .write)
        }
        let null = try Files.open("/dev/null", .readWrite)
        #expect(throws: Errno.inappropriateIOCTLForDevice) { _ = try null.allocateFromDMAHeap(size: 4096) }
        #expect(throws: Errno.inappropriateIOCTLForDevice) {
            _ = try null.createUDMABuf(from: file.descriptor, size: 4096)
        }
        #expect(throws: Errno.invalidArgument) { _ = try null.allocateFromDMAHeap(size: -1) }
        #expect(throws: Errno.invalidArgument) {
            _ = try null.createUDMABuf(from: file.descriptor, offset: -1, size: 4096)
        }
    }
}
