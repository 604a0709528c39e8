import CVideoABI
import DeviceClient
import DeviceServer
import LinuxSystem
import Testing

/// The socket itself, as poll(2) sees it with nothing of ours in between, against what DQBUF gives.
@Suite struct ReadinessTests {
    private func native(_ program: Program) throws -> Events {
        try program.device.descriptor.wait(for: [.input, .output], timeout: .nanoseconds(0))
    }

    @Test func aCaptureHandleIsReadableExactlyWhileABufferIsThere() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        #expect(try native(program).isEmpty)
        try program.start(3)
        for _ in 0..<10_000 {
            _ = try program.device.descriptor.wait(for: .input, timeout: .seconds(10))
            #expect(try native(program) == .input)
            let (result, buffer) = unsafe program.dequeue()
            #expect(result == 0)
            _ = unsafe program.queue(buffer.index)
        }
        // Take all that will come: no buffer is queued any more, so nothing can follow.
        var taken = 0
        while taken < 3 {
            #expect(try program.device.waitReadable(timeout: .seconds(10)))
            #expect(unsafe program.dequeue().result == 0)
            taken += 1
        }
        #expect(unsafe program.dequeue().result == -EAGAIN)
        #expect(try native(program).isEmpty)
        program.streamOff()
        #expect(try native(program).isEmpty)
    }

    @Test func anOutputHandleIsWritableExactlyWhileABufferIsThere() throws {
        let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice(isOutput: true) }])
        let program = Program(try server.connect(), type: V4L2_BUF_TYPE_VIDEO_OUTPUT.rawValue)
        program.bytesUsed = 4096
        #expect(try native(program).isEmpty)
        try program.start(3)
        for _ in 0..<10_000 {
            _ = try program.device.descriptor.wait(for: .output, timeout: .seconds(10))
            #expect(try native(program) == .output)
            let (result, buffer) = unsafe program.dequeue()
            #expect(result == 0)
            _ = unsafe program.queue(buffer.index)
        }
        var taken = 0
        while taken < 3 {
            _ = try program.device.descriptor.wait(for: .output, timeout: .seconds(10))
            #expect(unsafe program.dequeue().result == 0)
            taken += 1
        }
        #expect(unsafe program.dequeue().result == -EAGAIN)
        #expect(try native(program).isEmpty)
        // STREAMOFF with buffers that could be dequeued: they can't any more.
        #expect(program.queue(0) == 0)
        _ = try program.device.descriptor.wait(for: .output, timeout: .seconds(10))
        program.streamOff()
        #expect(try native(program).isEmpty)
    }
}
