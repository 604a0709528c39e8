import BufferSharing
import LinuxSystem

extension ReceivedDescriptors {
    /// Lets go of what nobody took. A stranger's descriptor is never closed on the thread of the devices, because such
    /// a close may wait for ever.
    mutating func reap() {
        for index in 0..<count {
            if let stray = take(index) { DescriptorReaper.shared.close(stray) }
        }
    }
}
