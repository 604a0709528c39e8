import BufferSharing
import LinuxSystem

/// Checks of the kernel's own dma-bufs, in a kernel that has them: `Scripts/kernel-oracle heaps` boots one with this
/// program in it.
///
/// With the argument "denied" it is run by a user who may use none of the devices.
@main
struct KernelBufferProbe {
    static func main() {
        var tally = Tally()
        if CommandLine.arguments.dropFirst().first == "denied" {
            tally.checkDenial()
        } else {
            tally.checkProbe()
            tally.checkDrivers()
            for heap in heaps(&tally) {
                tally.checkHeap(heap)
                tally.checkImportOfMany(heap)
                if !(heap is MemoryFileHeap) {
                    tally.checkDMABuf(heap)
                    tally.checkFences(heap)
                    tally.checkVividFills(heap)
                }
            }
            tally.checkLimits()
            tally.checkVividExports()
        }
        print("\(tally.passed) passed, \(tally.failed) failed")
    }

    /// All that must behave alike.
    private static func heaps(_ tally: inout Tally) -> [any BufferHeap] {
        var heaps: [any BufferHeap] = [MemoryFileHeap()]
        tally.check("udmabuf opens") { heaps.append(try UDMABufHeap()) }
        tally.check("the system heap opens") { heaps.append(try DMAHeap()) }
        return heaps
    }
}
