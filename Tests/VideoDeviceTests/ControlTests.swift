import CVideoABI
import SystemPackage
import Testing
import V4L2Types

@testable import VideoDevice

@Suite struct ControlTests {
    private func set(_ bench: Bench, _ id: ControlID, _ value: Int32) -> (IoctlReply, Int32) {
        var c = v4l2_control(id: id.rawValue, value: value)
        let reply = bench.ioctl(Ioctl.setControl.command, &c)
        return (reply, c.value)
    }

    @Test func iterationVisitsAllInOrder() {
        let bench = Bench()
        var found: [UInt32] = []
        var c = v4l2_queryctrl()
        c.id = UInt32(V4L2_CTRL_FLAG_NEXT_CTRL)
        while bench.ioctl(Ioctl.queryControl.command, &c) == .success {
            found.append(c.id)
            c.id |= UInt32(V4L2_CTRL_FLAG_NEXT_CTRL) | UInt32(V4L2_CTRL_FLAG_NEXT_COMPOUND)
        }
        #expect(found == found.sorted() && found.count == 9)
        #expect(found.contains(ControlClass.user.id.rawValue))
        #expect(found.contains(ControlClass.imageProcessing.id.rawValue))
        c.id = UInt32(V4L2_CTRL_FLAG_NEXT_COMPOUND)
        #expect(bench.ioctl(Ioctl.queryControl.command, &c) == .failure(.invalidArgument))
    }

    @Test func titles() {
        let bench = Bench()
        var c = v4l2_query_ext_ctrl()
        c.id = ControlClass.user.id.rawValue
        #expect(bench.ioctl(Ioctl.queryExtendedControl.command, &c) == .success)
        #expect(FixedText.load(c.name) == "User Controls")
        #expect(c.type == ControlType.controlClass.rawValue)
        #expect(c.flags == UInt32(V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_WRITE_ONLY))
        var value = v4l2_control(id: c.id, value: 0)
        #expect(bench.ioctl(Ioctl.getControl.command, &value) == .failure(.permissionDenied))
        #expect(bench.ioctl(Ioctl.setControl.command, &value) == .failure(.permissionDenied))
    }

    @Test func oldNumbersOfADriversOwnControls() {
        let bench = Bench()
        var found: [UInt32] = []
        var c = v4l2_queryctrl()
        c.id = UInt32(V4L2_CID_PRIVATE_BASE)
        while bench.ioctl(Ioctl.queryControl.command, &c) == .success {
            found.append(c.id)
            c.id += 1
        }
        // The 64-bit one is left out.
        let base = UInt32(V4L2_CID_PRIVATE_BASE)
        #expect(found == [base, base + 1, base + 2])
    }

    @Test func menus() {
        let bench = Bench()
        var c = v4l2_querymenu()
        c.id = TestCamera.menu.rawValue
        #expect(bench.ioctl(Ioctl.queryMenu.command, &c) == .success)
        #expect(ControlMenuItem(c, type: .menu) == .name("One"))
        for index: UInt32 in [1, 3, .max] {
            c.index = index
            #expect(bench.ioctl(Ioctl.queryMenu.command, &c) == .failure(.invalidArgument))
        }
        c.index = 0
        c.id = ControlID.brightness.rawValue
        #expect(bench.ioctl(Ioctl.queryMenu.command, &c) == .failure(.invalidArgument))
    }

    @Test(arguments: [
        (Int32(104), Int32(100)), (105, 110), (-100, -10), (.max, 250), (.min, -10), (-6, -10), (-5, 0), (250, 250),
    ])
    func numbersGoToTheNearestStep(asked: Int32, given: Int32) {
        #expect(set(Bench(), .brightness, asked) == (.success, given))
    }

    @Test func aRangeAcrossTheWholeWordDoesNotOverflow() throws {
        let control = Control.integer64(TestCamera.long, name: "L", range: .min ... .max, step: 3, default: 0)
        #expect(try control.validated(.min) == .min)
        #expect(try control.validated(.max) == .max)
        #expect(try control.validated(0) == 1)
        let short = Control.integer(.gain, name: "G", range: .min ... .max, step: .max, default: 0)
        #expect(try short.validated(Int64(Int32.max)) == Int64(Int32.max))
    }

    @Test func errnosOfOneControl() {
        let bench = Bench()
        #expect(set(bench, ControlID(rawValue: 5), 0).0 == .failure(.invalidArgument))
        #expect(set(bench, TestCamera.fixed, 0).0 == .failure(.permissionDenied))
        #expect(set(bench, TestCamera.menu, 3).0 == .failure(.outOfRange))
        #expect(set(bench, TestCamera.menu, -1).0 == .failure(.outOfRange))
        #expect(set(bench, TestCamera.menu, 1).0 == .failure(.invalidArgument))
        #expect(set(bench, TestCamera.long, 1).0 == .failure(.invalidArgument))
        #expect(set(bench, TestCamera.flip, 77) == (.success, 1))
        var c = v4l2_control(id: TestCamera.button.rawValue, value: 0)
        #expect(bench.ioctl(Ioctl.getControl.command, &c) == .failure(.permissionDenied))
    }

    @Test func theDeviceHearsOfChangesOnlyAndMayRefuse() throws {
        let bench = Bench()
        _ = set(bench, .brightness, 100)
        #expect(bench.camera.changes.isEmpty)
        _ = set(bench, .brightness, 200)
        _ = set(bench, TestCamera.button, 1)
        _ = set(bench, TestCamera.button, 1)
        #expect(bench.camera.changes == [.brightness, TestCamera.button, TestCamera.button])
        bench.camera.refusal = .resourceBusy
        #expect(set(bench, .brightness, 50).0 == .failure(.resourceBusy))
        #expect(try bench.camera.controls?.value(of: .brightness) == 200)
    }

    @Test func grabbedControls() throws {
        let bench = Bench()
        try bench.camera.controls?.setFlags(.grabbed, of: .brightness)
        #expect(set(bench, .brightness, 50).0 == .failure(.resourceBusy))
        var list = unsafe [v4l2_ext_control(.brightness, 50)]
        #expect(unsafe bench.ioctl(Ioctl.tryExtendedControls.command, .current, &list).reply == .success)
    }

    @Test func volatileControlsAreAsked() throws {
        let handler = ControlHandler([
            .integer(.gain, name: "Gain", range: 0...10, default: 1, flags: [.volatile, .readOnly])
        ])
        handler.volatileValue = { _ in 99 }
        #expect(try handler.value(of: .gain) == 10)
    }

    @Test func aNewRangeMovesTheValue() throws {
        let handler = try #require(TestCamera().controls)
        try handler.setRange(0...50, step: 5, default: 5, of: .brightness)
        #expect(try handler.value(of: .brightness) == 50)
        #expect(throws: Errno.invalidArgument) { try handler.setRange(0...1, step: 1, default: 2, of: .brightness) }
        #expect(throws: Errno.invalidArgument) { try handler.setRange(0...1, step: 1, default: 1, of: .hue) }
    }
}
