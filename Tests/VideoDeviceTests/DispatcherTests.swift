import CVideoABI
import PixelFormats
import SystemPackage
import Testing
import V4L2Types

@testable import VideoDevice

@Suite struct DispatcherTests {
    @Test func capability() {
        let bench = Bench()
        var c = v4l2_capability()
        #expect(bench.ioctl(Ioctl.queryCapability.command, &c) == .success)
        let capability = Capability(c)
        #expect(capability.busInfo == "platform:test-0")
        #expect(capability.deviceCapabilities == [.videoCapture, .streaming, .extendedPixelFormat])
        #expect(capability.capabilities == capability.deviceCapabilities.union(.deviceCapabilities))
    }

    /// As a real kernel does: see pointer.bad and call.unknown in Tests/Oracle.
    @Test func anUnknownIoctlsArgumentIsFetchedFirst() {
        let bench = Bench()
        var nothing: [UInt8] = []
        var nested: [UInt8] = []
        for command: UInt32 in [0, 0xc0fe_56ff, Ioctl.queryCapability.command ^ 0x0001_0000] {
            let isFetched = command & 0x4000_0000 != 0
            let reply = bench.perform(command, &nothing, &nested, isFaulted: true)
            #expect(reply == .failure(isFetched ? .badAddress : .inappropriateIOCTLForDevice))
            #expect(bench.perform(command, &nothing, &nested) == .failure(.inappropriateIOCTLForDevice))
        }
    }

    @Test func aKnownIoctlWithoutItsArgumentIsAFault() {
        let bench = Bench()
        var nested: [UInt8] = []
        for ioctl in Ioctl.allCases where !ioctl.isBufferIoctl && ioctl.argumentSize > 0 {
            var argument = [UInt8](repeating: 0, count: ioctl.argumentSize)
            #expect(bench.perform(ioctl.command, &argument, &nested, isFaulted: true) == .failure(.badAddress))
            argument.removeLast()
            #expect(bench.perform(ioctl.command, &argument, &nested) == .failure(.badAddress))
        }
    }

    @Test func withoutAQueueOrControlsTheirIoctlsAreMissing() {
        let bench = Bench(TestCamera(hasControls: false))
        var nested: [UInt8] = []
        for ioctl: Ioctl in [.queueBuffer, .requestBuffers, .queryControl, .getExtendedControls, .setControl] {
            var argument = [UInt8](repeating: 0, count: ioctl.argumentSize)
            let reply = bench.perform(ioctl.command, &argument, &nested)
            #expect(reply == .failure(.inappropriateIOCTLForDevice))
        }
    }

    @Test func failureLeavesTheStruct() {
        let bench = Bench()
        var nested: [UInt8] = []
        for ioctl: Ioctl in [
            .getFormat, .setFormat, .tryFormat, .enumerateFormats, .enumerateFrameSizes, .enumerateInputs,
            .getParameters, .queryControl, .queryExtendedControl, .queryMenu, .getControl, .setControl, .setInput,
        ] {
            let before = [UInt8](repeating: 0x5a, count: ioctl.argumentSize)
            var after = before
            #expect(bench.perform(ioctl.command, &after, &nested) == .failure(.invalidArgument), "\(ioctl)")
            #expect(before == after, "\(ioctl)")
        }
    }

    @Test func formats() throws {
        let bench = Bench()
        var description = v4l2_fmtdesc()
        description.type = BufferType.videoCapture.rawValue
        description.reserved = (1, 2, 3)
        #expect(bench.ioctl(Ioctl.enumerateFormats.command, &description) == .success)
        #expect(description.pixelformat == FourCC.yuyv.rawValue && description.reserved == (0, 0, 0))
        description.index = 1
        #expect(bench.ioctl(Ioctl.enumerateFormats.command, &description) == .failure(.invalidArgument))

        var format = unsafe v4l2_format()
        unsafe format.type = BufferType.videoCapture.rawValue
        unsafe format.fmt.pix.width = 1
        unsafe format.fmt.pix.height = .max
        unsafe #expect(bench.ioctl(Ioctl.setFormat.command, &format) == .success)
        unsafe #expect(format.fmt.pix.width == 48 && format.fmt.pix.height == 2160)
        unsafe #expect(format.fmt.pix.priv == UInt32(V4L2_PIX_FMT_PRIV_MAGIC))
        let set = try unsafe StreamFormat(format)
        unsafe format.fmt.pix.width = 0
        unsafe #expect(bench.ioctl(Ioctl.getFormat.command, &format) == .success)
        try unsafe #expect(StreamFormat(format) == set)
        unsafe #expect(bench.ioctl(Ioctl.tryFormat.command, &format) == .success)
        try unsafe #expect(StreamFormat(format) == set)

        for type: UInt32 in [0, 2, 3, 9, 10, 15, .max] {
            unsafe format.type = type
            unsafe #expect(bench.ioctl(Ioctl.getFormat.command, &format) == .failure(.invalidArgument))
        }
    }

    @Test func whatTheDeviceHasNotIsMissingWhateverTheType() {
        let bench = Bench()
        for type: UInt32 in [1, 2, 99] {
            var selection = v4l2_selection()
            selection.type = type
            let reply = bench.ioctl(Ioctl.getSelection.command, &selection)
            #expect(reply == .failure(.inappropriateIOCTLForDevice))
        }
        var interval = v4l2_frmivalenum()
        let reply = bench.ioctl(Ioctl.enumerateFrameIntervals.command, &interval)
        #expect(reply == .failure(.inappropriateIOCTLForDevice))
    }

    @Test func parameters() {
        let bench = Bench()
        var c = v4l2_streamparm()
        c.type = 1
        #expect(bench.ioctl(Ioctl.getParameters.command, &c) == .success)
        unsafe #expect(c.parm.capture.timeperframe.denominator == 30 && c.parm.capture.readbuffers == 2)
        c.type = 2
        #expect(bench.ioctl(Ioctl.getParameters.command, &c) == .failure(.invalidArgument))
    }

    @Test func inputs() {
        let bench = Bench()
        var input = v4l2_input()
        #expect(bench.ioctl(Ioctl.enumerateInputs.command, &input) == .success)
        #expect(Input(input) == Input(name: "Camera 1"))
        input.index = 1
        #expect(bench.ioctl(Ioctl.enumerateInputs.command, &input) == .failure(.invalidArgument))
        var index: Int32 = 7
        #expect(bench.ioctl(Ioctl.getInput.command, &index) == .success)
        #expect(index == 0)
        #expect(bench.ioctl(Ioctl.setInput.command, &index) == .success)
        index = -1
        #expect(bench.ioctl(Ioctl.setInput.command, &index) == .failure(.invalidArgument))
        #expect(bench.ioctl(Ioctl.getOutput.command, &index) == .failure(.inappropriateIOCTLForDevice))
        var nothing: [UInt8] = []
        var nested: [UInt8] = []
        #expect(bench.perform(Ioctl.logStatus.command, &nothing, &nested) == .success)
    }

    @Test func outputs() {
        let bench = Bench(TestCamera(capabilities: [.videoOutput, .streaming]))
        var output = v4l2_output()
        #expect(bench.ioctl(Ioctl.enumerateOutputs.command, &output) == .success)
        var index: Int32 = 0
        #expect(bench.ioctl(Ioctl.getInput.command, &index) == .failure(.inappropriateIOCTLForDevice))
        #expect(bench.ioctl(Ioctl.setOutput.command, &index) == .success)
    }
}

@Suite struct PriorityTests {
    @Test func aLowerHandleMayLookButNotChange() {
        let bench = Bench()
        let background = bench.handles.open(isReadable: true, isWritable: true)
        var priority: UInt32 = AccessPriority.background.rawValue
        #expect(bench.ioctl(Ioctl.setPriority.command, &priority, on: background) == .success)
        #expect(bench.ioctl(Ioctl.getPriority.command, &priority, on: background) == .success)
        #expect(priority == AccessPriority.interactive.rawValue)

        var nested: [UInt8] = []
        for ioctl in Ioctl.allCases where !ioctl.isBufferIoctl {
            var argument = [UInt8](repeating: 0, count: ioctl.argumentSize)
            let reply = bench.perform(ioctl.command, &argument, &nested, on: background)
            #expect((reply == .failure(.resourceBusy)) == ioctl.needsPriority, "\(ioctl)")
        }
        bench.handles.close(bench.handle)
        #expect(bench.ioctl(Ioctl.setPriority.command, &priority, on: background) == .success)
    }

    @Test func valuesThatAreNone() {
        let bench = Bench()
        for var priority: UInt32 in [0, 4, .max] {
            #expect(bench.ioctl(Ioctl.setPriority.command, &priority) == .failure(.invalidArgument))
        }
        #expect(bench.handle.priority == .interactive)
        #expect(bench.handles.highestPriority == .interactive)
    }

    @Test func recordingKeepsTheOthersOut() {
        let bench = Bench()
        let other = bench.handles.open(isReadable: true, isWritable: false)
        var priority = AccessPriority.record.rawValue
        #expect(bench.ioctl(Ioctl.setPriority.command, &priority, on: other) == .success)
        var index: Int32 = 0
        #expect(bench.ioctl(Ioctl.setInput.command, &index) == .failure(.resourceBusy))
        #expect(bench.ioctl(Ioctl.setInput.command, &index, on: other) == .success)
    }
}
