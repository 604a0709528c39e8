import LinuxSystem
import Testing

/// What files in /proc and /etc say of the machine.
@Suite struct MachineTests {
    @Test func availableMemoryIsRead() throws {
        let text = "MemTotal:        1000 kB\nMemFree:           10 kB\nMemAvailable:     500 kB\nBuffers:   1 kB\n"
        #expect(Memory.available(in: Array(text.utf8)) == 500 << 10)
        #expect(try Memory.available() > 0)
    }

    @Test(arguments: [
        "", "MemTotal: 1 kB\n", "MemAvailable:\n", "MemAvailable: x kB\n", "MemAvailable: -1 kB\n",
        "MemAvailable: 1 MB\n", "MemAvailable: 9223372036854775807 kB\n", "MemAvailable: 1 kB 2\n",
    ])
    func whatIsNoMemoryIsNot(_ text: String) {
        #expect(Memory.available(in: Array(text.utf8)) == nil)
    }

    @Test func groupsHaveNames() {
        let text = "root:x:0:\nvideo:x:44:me,you\nkvm:x:104\nbad\nworse:x:y:\n"
        #expect(Groups.name(of: 0, in: Array(text.utf8)) == "root")
        #expect(Groups.name(of: 44, in: Array(text.utf8)) == "video")
        #expect(Groups.name(of: 104, in: Array(text.utf8)) == "kvm")
        #expect(Groups.name(of: 7, in: Array(text.utf8)) == nil)
        #expect(Groups.name(of: 0) == "root")
    }

    @Test func aFileHasAGroup() throws {
        #expect(try Files.status("/proc").group == 0)
        let file = try MemoryFile.create(name: "mine", size: 1)
        #expect(try file.descriptor.status().group == file.descriptor.vettingStatus().group)
    }
}
