import CVideoABI
import PixelFormats
import SystemPackage
import Testing
import V4L2Types

/// What is encoded is decoded as the same value, and what the struct held before is gone.
@Suite struct RoundTripTests {
    /// A struct with every byte set, so that a field left alone shows.
    private func filled<Value>(_ type: Value.Type) -> Value {
        let size = MemoryLayout<Value>.size
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { unsafe bytes.deallocate() }
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0xa5)
        return unsafe bytes.load(as: type)
    }

    @Test func capability() {
        let value = Capability(
            driver: "vb2", card: "A camera", busInfo: "platform:vb2-000", version: InterfaceVersion(6, 12, 3),
            capabilities: [.videoCapture, .streaming, .deviceCapabilities],
            deviceCapabilities: [.videoCapture, .streaming])
        var c = filled(v4l2_capability.self)
        value.encode(into: &c)
        #expect(Capability(c) == value)
        #expect(c.version == 0x06_0c03)
        #expect(c.reserved == (0, 0, 0))
    }

    @Test func textIsCutBetweenCharactersAndEnded() {
        var c = filled(v4l2_capability.self)
        FixedText.store("12345678901234é", into: &c.driver)
        #expect(FixedText.load(c.driver) == "12345678901234")
        FixedText.store("1234567890123é", into: &c.driver)
        #expect(FixedText.load(c.driver) == "1234567890123é")
        FixedText.store("123456789012345678", into: &c.driver)
        #expect(FixedText.load(c.driver) == "123456789012345")
        #expect(FixedText.load(filled(v4l2_capability.self).card).isEmpty == false)
    }

    @Test func formatDescription() {
        var c = filled(v4l2_fmtdesc.self)
        FormatDescription(fourCC: .mjpg, flags: .compressed, text: "Motion-JPEG").encode(into: &c)
        #expect(FormatDescription(c) == FormatDescription(fourCC: .mjpg, flags: .compressed, text: "Motion-JPEG"))
        #expect(c.index == 0xa5a5_a5a5 && c.type == 0xa5a5_a5a5)
        #expect(c.mbus_code == 0 && c.reserved == (0, 0, 0))
    }

    @Test(arguments: BufferType.allCases) func format(type: BufferType) throws {
        let fourCC: FourCC = type.isMultiplanar ? .nv12m : .yuyv
        let layout = try #require(VideoFormat.layout(fourCC, size: FrameSize(width: 640, height: 480)))
        let value = StreamFormat(type: type, format: layout)
        var c = unsafe filled(v4l2_format.self)
        unsafe value.encode(into: &c)
        try unsafe #expect(StreamFormat(c) == value)
        if !type.isMultiplanar { unsafe #expect(c.fmt.pix.priv == UInt32(V4L2_PIX_FMT_PRIV_MAGIC)) }
    }

    @Test func extendedFieldsWithoutTheMagicNumberAreRubbish() throws {
        var c = unsafe filled(v4l2_format.self)
        unsafe c.type = BufferType.videoCapture.rawValue
        let value = try unsafe StreamFormat(c)
        #expect(value.flags == [])
        #expect(value.format.colorimetry == Colorimetry())
        #expect(value.format.size.width == 0xa5a5_a5a5)
    }

    @Test func planesAreAtMostEight() throws {
        var c = unsafe filled(v4l2_format.self)
        unsafe c.type = BufferType.videoOutputMultiplanar.rawValue
        unsafe c.fmt.pix_mp.num_planes = 255
        #expect(try unsafe StreamFormat(c).format.planeCount == 8)
    }

    @Test func sizesAndIntervals() throws {
        for value in [
            FrameSizes.discrete(FrameSize(width: 640, height: 480)), .stepwise(.standard),
        ] {
            var c = filled(v4l2_frmsizeenum.self)
            value.encode(into: &c)
            #expect(try FrameSizes(c) == value)
            #expect(c.reserved == (0, 0))
        }
        for value in [
            FrameIntervals.discrete(Rational(1, 30)),
            .stepwise(minimum: Rational(1, 60), maximum: Rational(1, 1), step: Rational(1, 60)),
            .continuous(minimum: Rational(1, 60), maximum: Rational(1, 1)),
        ] {
            var c = filled(v4l2_frmivalenum.self)
            value.encode(into: &c)
            #expect(try FrameIntervals(c) == value)
            #expect(c.width == 0xa5a5_a5a5)
        }
    }

    @Test func parametersInputsOutputsSelections() throws {
        let parameters = StreamParameters(type: .videoOutput, interval: Rational(1, 25), bufferCount: 3)
        var parm = filled(v4l2_streamparm.self)
        parameters.encode(into: &parm)
        #expect(try StreamParameters(parm) == parameters)
        unsafe #expect(parm.parm.output.timeperframe.denominator == 25 && parm.parm.output.extendedmode == 0)

        var input = filled(v4l2_input.self)
        Input(name: "Camera 1", status: .noSignal).encode(into: &input)
        #expect(Input(input) == Input(name: "Camera 1", status: .noSignal))
        #expect(input.std == 0 && input.capabilities == 0 && input.tuner == 0)

        var output = filled(v4l2_output.self)
        Output(name: "Output 1").encode(into: &output)
        #expect(Output(output) == Output(name: "Output 1"))

        let selection = Selection(
            type: .videoCapture, target: .cropBounds, flags: .atLeast,
            rectangle: PixelRectangle(left: -1, top: 2, width: 3, height: 4))
        var c = filled(v4l2_selection.self)
        selection.encode(into: &c)
        #expect(try Selection(c) == selection)
    }

    @Test func controlsAndEvents() throws {
        let control = ControlDescription(
            id: .brightness, type: .integer, name: "Brightness", minimum: -5, maximum: 255, step: 2,
            defaultValue: 7, flags: .slider)
        var extended = filled(v4l2_query_ext_ctrl.self)
        control.encode(into: &extended)
        #expect(try ControlDescription(extended) == control)
        #expect(extended.elems == 1 && extended.elem_size == 4 && extended.nr_of_dims == 0)
        var query = filled(v4l2_queryctrl.self)
        control.encode(into: &query)
        #expect(query.minimum == -5 && query.maximum == 255 && query.step == 2 && query.default_value == 7)

        let event = VideoEvent(.control(ControlChange(control, value: -3, changes: [.value, .flags])), id: 9)
        var c = filled(v4l2_event.self)
        event.encode(into: &c, pending: 2, sequence: 3, nanoseconds: 5_000_000_007)
        #expect(try VideoEvent(c) == event)
        #expect(c.pending == 2 && c.sequence == 3 && c.timestamp.tv_sec == 5 && c.timestamp.tv_nsec == 7)

        for type in [ControlType.menu, .integerMenu] {
            let item: ControlMenuItem = type == .menu ? .name("Bars") : .value(-7)
            var menu = filled(v4l2_querymenu.self)
            item.encode(into: &menu)
            #expect(ControlMenuItem(menu, type: type) == item)
            #expect(menu.reserved == 0 && menu.index == 0xa5a5_a5a5)
        }
    }

    @Test func bufferRequests() throws {
        let request = RequestBuffers(
            count: 4, type: .videoCapture, memory: .dmaBuf, capabilities: [.mmap, .dmaBuf], flags: .nonCoherent)
        var c = filled(v4l2_requestbuffers.self)
        request.encode(into: &c)
        #expect(try RequestBuffers(c) == request)
        #expect(c.reserved == (0, 0, 0))
        c.flags = 0xff
        #expect(try RequestBuffers(c).flags == .nonCoherent)

        let export = ExportBuffer(type: .videoOutputMultiplanar, index: 1, plane: 2, flags: 3, descriptor: 4)
        var e = filled(v4l2_exportbuffer.self)
        export.encode(into: &e)
        #expect(try ExportBuffer(e) == export)

        let remove = RemoveBuffers(index: 1, count: 2, type: .videoCapture)
        var r = filled(vb2_remove_buffers.self)
        remove.encode(into: &r)
        #expect(try RemoveBuffers(r) == remove)
        #expect(r.reserved.12 == 0)
    }

    @Test func createBuffersKeepsTheFormat() throws {
        let layout = try #require(VideoFormat.layout(.yuyv, size: FrameSize(width: 64, height: 32)))
        var c = unsafe filled(v4l2_create_buffers.self)
        unsafe StreamFormat(type: .videoCapture, format: layout).encode(into: &c.format)
        unsafe c.memory = BufferMemory.mmap.rawValue
        var create = try unsafe CreateBuffers(c)
        #expect(create.format.format == layout)
        create.index = 3
        create.capabilities = [.mmap, .maximumBufferCount]
        create.maximumBufferCount = 64
        unsafe create.encode(into: &c)
        unsafe #expect(c.index == 3 && c.reserved.0 == 64 && c.reserved.1 == 0)
        try unsafe #expect(CreateBuffers(c).format.format == layout)
        create.capabilities = .mmap
        unsafe create.encode(into: &c)
        unsafe #expect(c.reserved.0 == 0)
    }
}
