import CVideoABI
import Synchronization

@c(vb2_core_probe)
func probe(_ p: UnsafeMutableRawPointer) -> Int32 {
    let word = unsafe p.assumingMemoryBound(to: Atomic<UInt32>.self)
    unsafe word.pointee.add(1, ordering: .sequentiallyConsistent)
    return unsafe Int32(truncatingIfNeeded: word.pointee.load(ordering: .acquiring)) + Int32(VIDIOC_TEST)
}
