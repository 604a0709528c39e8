import LinuxSystem
import Testing

@testable import BufferSharing

/// The heaps of the kernel, where there are none, or others than they should be. Where there are some they are tested by
/// Tests/KernelBufferProbe.
@Suite struct KernelHeapTests {
    typealias Absence = KernelHeapAbsence

    private func absence(
        _ errno: Errno, _ driver: KernelHeapDevice.Driver = .udmabuf, isInSystem: Bool = false, heaps: [String] = [],
        node: Absence.Node? = nil
    ) -> String {
        let path = KernelHeapDevice(driver: driver).path
        return Absence(path: path, driver: driver, errno: errno, isInSystem: isInSystem, heaps: heaps, node: node)
            .reason
    }

    @Test func aMissingDeviceHasItsReason() {
        #expect(
            absence(.noSuchFileOrDirectory)
                == "no /dev/udmabuf: the kernel has no CONFIG_UDMABUF, or the module udmabuf isn't loaded")
        #expect(
            absence(.noSuchFileOrDirectory, .heap("system"))
                == "no /dev/dma_heap/system: the kernel has no CONFIG_DMABUF_HEAPS, or no driver has added a heap")
        #expect(
            absence(.noSuchFileOrDirectory, .heap("cma"), heaps: ["reserved", "system"])
                == "no /dev/dma_heap/cma: the heaps here are reserved, system")
        for driver in [KernelHeapDevice.Driver.udmabuf, .heap("system")] {
            #expect(
                absence(.noSuchFileOrDirectory, driver, isInSystem: true, heaps: ["other"])
                    == "no \(KernelHeapDevice(driver: driver).path): the kernel has the driver, but this /dev "
                    + "(a container's?) has no node")
        }
    }

    @Test func aForbiddenDeviceHasItsOwner() {
        let path = "/dev/dma_heap/system"
        let mine = Absence.Node(owner: 0, group: 0, groupName: "root", permissions: 0o600)
        #expect(
            absence(.permissionDenied, .heap("system"), node: mine)
                == "permission denied: \(path) belongs to root and the group root, mode 600; run as root, or let a "
                + "udev rule give it to a group")
        let groups = Absence.Node(owner: 5, group: 44, groupName: "video", permissions: 0o660)
        #expect(
            absence(.permissionDenied, .heap("system"), node: groups)
                == "permission denied: \(path) belongs to user 5 and the group video, mode 660; join the group "
                + "video, or run as user 5")
        let nameless = Absence.Node(owner: 0, group: 1234, groupName: nil, permissions: 0o640)
        #expect(
            absence(.permissionDenied, .heap("system"), node: nameless)
                == "permission denied: \(path) belongs to root and the group 1234, mode 640; run as root, or let a "
                + "udev rule give it to a group")
        #expect(absence(.permissionDenied) == "permission denied: /dev/udmabuf")
        #expect(
            absence(.notPermitted)
                == "not permitted: /dev/udmabuf is forbidden to this control group; a container has to be given the "
                + "device")
    }

    @Test func anythingElseHasItsErrno() {
        #expect(absence(.operationNotSupportedByDevice) == "/dev/udmabuf is there, but no driver answers")
        #expect(absence(.noSuchAddressOrDevice) == "/dev/udmabuf is there, but no driver answers")
        #expect(absence(.inappropriateIOCTLForDevice) == "/dev/udmabuf is something else than its name says")
        #expect(absence(.tooManyOpenFiles) == "/dev/udmabuf can't be used: Too many open files")
    }

    @Test func theProbeOfThisMachineIsInWords() {
        let found = KernelHeaps.probe()
        #expect(found.udmabuf.path == "/dev/udmabuf")
        #expect(found.dmaHeaps.first?.path == "/dev/dma_heap/system")
        for finding in [found.udmabuf] + found.dmaHeaps {
            #expect(finding.isAvailable == (finding.errno == nil))
            // A reason is a sentence that names the device.
            #expect(finding.obstacle.map { $0.contains(finding.path) && $0.contains(" ") } ?? true)
        }
        #expect(found.description.split(separator: "\n").count == 1 + found.dmaHeaps.count)
    }

    @Test func theProbeOfAMachineWithNothing() throws {
        try withMachine { places, _ in
            let found = KernelHeaps.probe(places)
            #expect(found.udmabuf.errno == .noSuchFileOrDirectory)
            #expect(found.udmabuf.obstacle?.contains("CONFIG_UDMABUF") == true)
            #expect(found.dmaHeaps.map(\.name) == ["system"])
            #expect(found.dmaHeaps.first?.obstacle?.contains("CONFIG_DMABUF_HEAPS") == true)
        }
    }

    @Test func theProbeOfAContainerWithoutNodes() throws {
        try withMachine { places, root in
            try makeDirectories("\(root)/sys", ["class", "class/misc", "class/misc/udmabuf"])
            try makeDirectories("\(root)/sys", ["class/dma_heap", "class/dma_heap/system"])
            let found = KernelHeaps.probe(places)
            for finding in [found.udmabuf] + found.dmaHeaps {
                #expect(finding.obstacle?.contains("has the driver") == true, "\(finding)")
            }
        }
    }

    /// Files, pipes and devices that are there under these names, and aren't what they say.
    @Test func theProbeOfAMachineThatLies() throws {
        try withMachine { places, root in
            try makeDirectories("\(root)/dev", ["dma_heap", "dma_heap/folder"])
            try Files.makeLink("\(root)/dev/udmabuf", to: "/dev/null")
            try Files.makeLink("\(root)/dev/dma_heap/system", to: "/dev/zero")
            try Files.write([], to: "\(root)/dev/dma_heap/file")
            let found = KernelHeaps.probe(places)
            let byName = Dictionary(uniqueKeysWithValues: found.dmaHeaps.map { ($0.name, $0.errno) })
            #expect(found.udmabuf.errno == .inappropriateIOCTLForDevice)
            #expect(found.udmabuf.obstacle == "\(root)/dev/udmabuf is something else than its name says")
            #expect(
                byName == [
                    "system": .inappropriateIOCTLForDevice, "file": .inappropriateIOCTLForDevice,
                    "folder": .isDirectory,
                ])
        }
    }

    @Test(arguments: ["", ".", "..", "a/b", "../udmabuf", "a\u{0}b"])
    func namesThatAreNoHeaps(_ name: String) {
        expectCode(.invalidName) { _ = try DMAHeap(name: name) }
    }

    @Test func memoryIsAskedForOnlyWhereThereIsSome() throws {
        let request = try AllocationRequest(size: 7 << 20, name: "")
        try request.requireMemory { () throws(Errno) in 8 << 20 }
        expectCode(.system, .noMemory) { try request.requireMemory { () throws(Errno) in (8 << 20) - 8 } }
        expectCode(.system, .noMemory) { try request.requireMemory { () throws(Errno) in 0 } }
        expectCode(.system, .noSuchFileOrDirectory) {
            try request.requireMemory { () throws(Errno) in throw .noSuchFileOrDirectory }
        }
        let absurd = try AllocationRequest(size: 1 << 50, name: "")
        expectCode(.system, .noMemory) { try absurd.requireMemory() }
    }

    @Test func theLimitOfUDMABufIsExplained() throws {
        #expect(UDMABufHeap.sizeLimit(in: Array("64\n".utf8)) == 64 << 20)
        for text in ["", "-1\n", "x\n", "9223372036854775807\n"] {
            #expect(UDMABufHeap.sizeLimit(in: Array(text.utf8)) == nil)
        }
        let request = try AllocationRequest(size: 65 << 20, name: "")
        let place = KernelHeapDevice(driver: .udmabuf)
        let tooLarge = UDMABufHeap.explained(.invalidArgument, request, limit: 64 << 20, place)
        #expect(tooLarge.code == .invalidSize && tooLarge.errno == .invalidArgument)
        #expect(tooLarge.context.contains("67108864 bytes at most"))
        // Another reason, or an unknown limit.
        #expect(UDMABufHeap.explained(.invalidArgument, request, limit: 65 << 20, place).code == .system)
        #expect(UDMABufHeap.explained(.invalidArgument, request, limit: nil, place).code == .system)
        #expect(UDMABufHeap.explained(.tooManyOpenFiles, request, limit: nil, place).errno == .tooManyOpenFiles)
    }

    /// Runs the test in a folder that has an empty /dev and /sys.
    private func withMachine(_ body: (KernelHeapDevice.Places, String) throws -> Void) throws {
        let root = try Files.makeTemporaryDirectory(prefix: "vb2-heaps-")
        defer { try? Files.removeTree(root) }
        try makeDirectories(root, ["dev", "sys"])
        try body(KernelHeapDevice.Places(devices: "\(root)/dev", system: "\(root)/sys"), root)
    }

    private func makeDirectories(_ root: String, _ names: [String]) throws {
        for name in names { try Files.makeDirectory("\(root)/\(name)") }
    }
}
