import CVideoABI
import SystemPackage
import Testing
import V4L2Types

@testable import VideoDevice

@Suite struct ExtendedControlTests {
    private let get = Ioctl.getExtendedControls.command
    private let attempt = Ioctl.tryExtendedControls.command
    private let set = Ioctl.setExtendedControls.command

    private func value(_ bench: Bench, _ id: ControlID) throws -> Int64? {
        try bench.camera.controls?.value(of: id)
    }

    @Test func readsSeveralAtOnce() {
        var list = unsafe [v4l2_ext_control(.brightness), v4l2_ext_control(TestCamera.long)]
        let outcome = unsafe Bench().ioctl(get, .current, &list)
        #expect(outcome.reply == .success)
        unsafe #expect(list[0].value == 100 && list[1].value64 == -1)
    }

    @Test func setsSeveralAndGivesBackWhatWasSet() throws {
        let bench = Bench()
        var list = unsafe [v4l2_ext_control(.brightness, 199), v4l2_ext_control(TestCamera.long)]
        unsafe list[1].value64 = .min
        #expect(unsafe bench.ioctl(set, .controlClass(.user), &list).reply == .success)
        unsafe #expect(list[0].value == 200)
        #expect(try value(bench, .brightness) == 200)
        #expect(try value(bench, TestCamera.long) == .min)
        var defaults = unsafe [v4l2_ext_control(.brightness)]
        #expect(unsafe bench.ioctl(get, .defaults, &defaults).reply == .success)
        unsafe #expect(defaults[0].value == 100)
    }

    @Test func nothingIsSetIfOneIsWrong() throws {
        let bench = Bench()
        for (id, bad, errno): (ControlID, Int32, Errno) in [
            (TestCamera.menu, 5, .outOfRange), (TestCamera.fixed, 1, .permissionDenied),
            (ControlID(rawValue: 0), 1, .invalidArgument), (TestCamera.title, 1, .permissionDenied),
        ] {
            var list = unsafe [v4l2_ext_control(.brightness, 0), v4l2_ext_control(id, bad)]
            let setting = unsafe bench.ioctl(set, .current, &list)
            #expect(setting.reply == .failureWithResults(errno) && setting.errorIndex == 2)
            let trying = unsafe bench.ioctl(attempt, .current, &list)
            #expect(trying.reply == .failureWithResults(errno) && trying.errorIndex == 1)
        }
        #expect(try value(bench, .brightness) == 100)
        #expect(bench.camera.changes.isEmpty)
    }

    @Test func theIndexOfTheControlThatTheDeviceRefused() {
        let bench = Bench()
        bench.camera.refusal = .ioError
        var list = unsafe [v4l2_ext_control(.brightness, 100), v4l2_ext_control(TestCamera.flip, 1)]
        let outcome = unsafe bench.ioctl(set, .current, &list)
        #expect(outcome.reply == .failureWithResults(.ioError) && outcome.errorIndex == 1)
    }

    @Test func readingFailsAsAWhole() {
        let bench = Bench()
        for (id, errno): (ControlID, Errno) in [
            (TestCamera.button, .permissionDenied), (TestCamera.title, .permissionDenied),
            (ControlID(rawValue: 1), .invalidArgument),
            (ControlID(rawValue: UInt32(V4L2_CID_PRIVATE_BASE)), .invalidArgument),
        ] {
            var list = unsafe [v4l2_ext_control(.brightness, 1), v4l2_ext_control(id)]
            let outcome = unsafe bench.ioctl(get, .current, &list)
            #expect(outcome.reply == .failureWithResults(errno) && outcome.errorIndex == 2)
            unsafe #expect(list[0].value == 1)
        }
    }

    @Test func classesAndSelectors() {
        let bench = Bench()
        var none: [v4l2_ext_control] = unsafe []
        for command in [get, attempt, set] {
            let invalid = IoctlReply.failureWithResults(.invalidArgument)
            #expect(unsafe bench.ioctl(command, .current, &none).reply == .success)
            #expect(unsafe bench.ioctl(command, .controlClass(.user), &none).reply == .success)
            #expect(unsafe bench.ioctl(command, .controlClass(.camera), &none).reply == invalid)
            #expect(unsafe bench.ioctl(command, .request, &none).reply == invalid)
            let defaults = unsafe bench.ioctl(command, .defaults, &none).reply
            #expect(defaults == (command == get ? .success : invalid))
            var mixed = unsafe [v4l2_ext_control(.brightness), v4l2_ext_control(.testPattern)]
            #expect(unsafe bench.ioctl(command, .controlClass(.user), &mixed).reply == invalid)
            #expect(unsafe bench.ioctl(command, .current, &mixed).reply == .success)
        }
    }

    @Test func countsThatDoNotFitTheBytes() {
        let bench = Bench()
        for (count, errno): (UInt32, Errno) in [(1, .badAddress), (1025, .invalidArgument), (.max, .invalidArgument)] {
            var argument = unsafe v4l2_ext_controls()
            unsafe argument.count = count
            unsafe #expect(bench.ioctl(get, &argument) == .failure(errno))
        }
    }
}
