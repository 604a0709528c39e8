import CVideoABI
import DeviceClient
import DeviceServer
import LinuxSystem
import Testing

@Suite struct StreamingTests {
    @Test func framesComeInOrderThroughTheRings() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        try program.start()
        for expected in 0..<1000 as Range<UInt32> {
            #expect(try program.device.waitReadable(timeout: .seconds(10)))
            let (result, buffer) = unsafe program.dequeue()
            #expect(result == 0)
            #expect(unsafe buffer.sequence == expected)
            #expect(unsafe program.number(buffer.index) == expected)
            #expect(unsafe program.queue(buffer.index) == 0)
        }
        #expect(program.streamOff() == 0)
    }

    @Test func nothingToDequeueIsEAGAIN() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        #expect(program.requestBuffers(2) == 2)
        #expect(program.streamOn() == 0)
        let (result, _) = unsafe program.dequeue()
        #expect(result == -EAGAIN)
    }

    @Test func dequeueBeforeStreamingIsEINVAL() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        #expect(program.requestBuffers(2) == 2)
        let (result, _) = unsafe program.dequeue()
        #expect(result == -EINVAL)
    }

    @Test func aQueuedBufferCantBeQueuedAgain() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        #expect(program.requestBuffers(2) == 2)
        #expect(program.queue(0) == 0)
        #expect(program.queue(0) == -EINVAL)
        #expect(program.queue(7) == -EINVAL)
    }

    @Test func aSecondHandleIsBusy() throws {
        let server = try TestServer()
        let first = Program(try server.connect())
        let second = Program(try server.connect())
        try first.start()
        #expect(second.requestBuffers(2) == -EBUSY)
        #expect(second.queue(0) == -EBUSY)
        #expect(unsafe second.dequeue().result == -EBUSY)
        #expect(second.streamOn() == -EBUSY)
        #expect(unsafe second.queryBuffer(0).result == 0)
        first.streamOff()
        #expect(first.requestBuffers(0) == 0)
        #expect(second.requestBuffers(2) == 2)
    }

    @Test func theServerStopsAndTheProgramIsTold() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        try program.start()
        server.server.stop()
        #expect(throws: Errno.self) {
            while try program.device.waitReadable(timeout: .seconds(10)) {
                let (result, buffer) = unsafe program.dequeue()
                if result < 0 { throw Errno(rawValue: -result) }
                _ = unsafe program.queue(buffer.index)
            }
        }
        #expect(program.requestBuffers(1) == -ENODEV)
    }

    @Test func theLastBufferIsFollowedByEPIPE() throws {
        let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice(lastAt: 5) }])
        let program = Program(try server.connect())
        try program.start()
        for _ in 0...5 {
            #expect(try program.device.waitReadable(timeout: .seconds(10)))
            let (result, buffer) = unsafe program.dequeue()
            #expect(result == 0)
            _ = unsafe program.queue(buffer.index)
        }
        #expect(unsafe program.dequeue().result == -EPIPE)
        #expect(program.streamOff() == 0)
        #expect(unsafe program.dequeue().result == -EINVAL)
    }

    @Test func aFailedQueueIsEIOUntilStreamOff() throws {
        let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice(failsAt: 2) }])
        let program = Program(try server.connect())
        try program.start(2)
        // The device fails by itself; whoever waits is told.
        #expect(throws: Errno.ioError) {
            while true {
                _ = try program.device.waitReadable(timeout: .seconds(10))
                let (result, buffer) = unsafe program.dequeue()
                if result < 0 { throw Errno(rawValue: -result) }
                _ = unsafe program.queue(buffer.index)
            }
        }
        #expect(program.queue(0) == -EIO)
        #expect(program.streamOff() == 0)
        #expect(program.queue(0) == 0)
    }
}
