import BufferQueue
import BufferSharing
import DeviceProtocol
import LinuxSystem
import VideoDevice

extension Session {
    /// A process promises to wait for a plane's memory, so that it can leave while the process has it mapped.
    ///
    /// All that it says is used with its own descriptor alone, never as an address of ours.
    func guardPlane(
        _ header: RequestHeader, _ descriptors: inout ReceivedDescriptors, _ channel: ControlChannel
    ) {
        var reply = ReplyHeader(sequence: header.sequence, result: 0)
        let queue = host.device.queue
        do throws(Errno) {
            guard descriptors.count == 1, let userfault = descriptors.take(0) else { throw .invalidArgument }
            guard queue.memory == .mmap, header.argumentBytes == 0, header.nestedBytes == 0,
                let buffer = queue.sharedBuffer(ofPlane: Int(header.value), ofBuffer: Int(header.command))
            else {
                // Whatever it is, its close may wait.
                DescriptorReaper.shared.close(userfault)
                throw .invalidArgument
            }
            try channel.guards.accept(userfault, of: buffer, at: header.offset, length: header.length)
        } catch {
            reply.result = -error.rawValue
        }
        channel.send(reply)
    }
}
