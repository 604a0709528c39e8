import PixelFormats
import Testing
import VirtualDevices

@testable import vb2

struct DisplaySpecTests {
    @Test func theFirstWordTellsTheKind() throws {
        #expect(try DeviceSpec("display") == .display(DisplaySpec()))
        #expect(try DeviceSpec("display:mplane").settings.isMultiPlanar)
        #expect(try DeviceSpec("display,mplane").settings.isMultiPlanar)
        #expect(try DeviceSpec("pattern").camera != nil)
        #expect(try DeviceSpec("file:display").camera != nil)
    }

    @Test func allOptions() throws {
        let spec = try DisplaySpec(
            "display:size=64x48,limit=128x96,fps=25,format=nv12,pace=ondemand,name=Wall,node=3,png=a\\,b.png,y4m=c.y4m")
        #expect(spec.settings.size == FrameSize(width: 64, height: 48))
        #expect(spec.settings.sizes.maximum == FrameSize(width: 128, height: 96))
        #expect(spec.settings.rate == Rational(25, 1))
        #expect(spec.settings.format == .nv12)
        #expect(spec.settings.pace == .onDemand)
        #expect(spec.settings.name == "Wall")
        #expect(spec.settings.node == 3)
        #expect(spec.picturePath == "a,b.png")
        #expect(spec.recordingPath == "c.y4m")
    }

    @Test(arguments: [
        ("display:", "leave out the comma"), ("display:png", "png=FILE"), ("display:y4m=", "y4m=FILE"),
        ("display:loop", "there are size="), ("display:size=128x96,limit=64x48", "limit=128x96"),
        ("display:limit=9x9", "48x32 to 3840x2160"), ("display:format=NV12M", "add mplane"),
    ])
    func faultsNameTheMend(_ text: String, _ mend: String) {
        let error = #expect(throws: SpecError.self) { try DeviceSpec(text) }
        #expect(error?.description.contains(mend) == true, "\(error?.description ?? "")")
        #expect(error?.description.hasPrefix("bad display '\(text)'") == true)
    }

    @Test func numbersFollowTheOrder() throws {
        let list = try DeviceList(["display", "pattern", "display:node=1", "pattern"])
        #expect(list.entries.map(\.node) == [0, 2, 1, 3])
        #expect(list.entries.map { $0.spec.camera != nil } == [false, true, false, true])
    }
}
