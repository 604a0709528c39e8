import PictureSources
import PixelFormats
import Testing
import VirtualDevices

@testable import vb2

struct CameraSpecTests {
    @Test func sourceAlone() throws {
        #expect(try CameraSpec("pattern").source == .testPattern(.colourBars))
        #expect(try CameraSpec("pattern:checkerboard").source == .testPattern(.checkerboard))
        #expect(try CameraSpec("pattern:none").source == .unpainted)
        #expect(try CameraSpec("pattern:none").configuration(node: 0).source == .unpainted)
        #expect(try CameraSpec("file:a/b.mp4").source == .file("a/b.mp4", loops: nil))
        #expect(try CameraSpec("-").source == .standardInput)
        #expect(try CameraSpec("stdin").source == .standardInput)
    }

    @Test func allOptions() throws {
        let spec = try CameraSpec(
            "pattern:bars,size=1280x720,fps=30000/1001,format=nv12m,pace=ondemand,name=Left eye,node=7,mplane")
        #expect(spec.settings.size == FrameSize(width: 1280, height: 720))
        #expect(spec.settings.rate == Rational(30000, 1001))
        #expect(spec.settings.format == .nv12m)
        #expect(spec.settings.pace == .onDemand)
        #expect(spec.settings.name == "Left eye")
        #expect(spec.settings.node == 7)
        #expect(spec.settings.isMultiPlanar)
    }

    @Test func endsAndChanges() throws {
        let spec = try CameraSpec("pattern,frames=100,eos,change=50:320x240")
        #expect(spec.frameCount == 100)
        #expect(spec.announcesEnd)
        #expect(spec.change == .init(frame: 50, size: FrameSize(width: 320, height: 240)))
        let configuration = spec.configuration(node: 0)
        #expect(configuration.frameCount == 100)
        #expect(configuration.announcesEnd)
        #expect(configuration.sourceChange == .init(frame: 50, size: FrameSize(width: 320, height: 240)))
    }

    @Test func filesLoopAsTold() throws {
        #expect(try CameraSpec("file:a,loop").source == .file("a", loops: true))
        #expect(try CameraSpec("file:a,once").source == .file("a", loops: false))
    }

    @Test func commasAndBackslashesInPaths() throws {
        #expect(try CameraSpec("file:a\\,b.y4m,once").source == .file("a,b.y4m", loops: false))
        #expect(try CameraSpec("file:a\\\\b").source == .file("a\\b", loops: nil))
        #expect(try CameraSpec("file:a\\b").source == .file("a\\b", loops: nil))
        #expect(try CameraSpec("file:http://host:80/a?b=c").source == .file("http://host:80/a?b=c", loops: nil))
    }

    @Test(arguments: [
        ("", "write 'pattern'"), ("bogus", "write 'pattern'"), ("clip.mp4", "'file:clip.mp4'"),
        ("file:", "'file:PATH'"), ("file", "'file:PATH'"), ("pattern:", "there are bars"),
        ("pattern:stripes", "there are bars"), ("pattern,", "leave out the comma"), ("pattern,size", "size=640x480"),
        ("pattern,size=640", "size=640x480"), ("pattern,size=40x30", "48x32 to 3840x2160"),
        ("pattern,size=3842x2160", "48x32 to 3840x2160"), ("pattern,size=641x480", "even numbers"),
        ("pattern,fps=0", "1 to 120"), ("pattern,fps=121", "1 to 120"), ("pattern,fps=30/0", "fps=30000/1001"),
        ("pattern,fps=fast", "fps=30000/1001"), ("pattern,fps=-1", "fps=30000/1001"),
        ("pattern,format=YUV9", "YUYV UYVY"), ("pattern,format=NV12M", "add mplane"),
        ("pattern,pace=slow", "pace=live"), ("pattern,name=", "1 to 31"),
        ("pattern,node=256", "node=0"), ("pattern,node=-1", "node=0"), ("pattern,mplane=1", "write 'mplane'"),
        ("pattern,frames=0", "frames=100"), ("pattern,frames", "frames=100"), ("pattern,eos=1", "write 'eos'"),
        ("pattern,change=50", "change=100:1280x720"), ("pattern,change=x:320x240", "change=100:1280x720"),
        ("pattern,change=50:321x240", "even numbers"), ("pattern,change", "change=100:1280x720"),
        ("pattern,loop", "leave it out"), ("pattern,colour=red", "there are size="),
        ("pattern,fps=99999999999999999999", "fps=30"), ("pattern,fps=4294967295/4294967295x", "fps=30"),
    ])
    func faultsNameTheMend(_ text: String, _ mend: String) {
        let error = #expect(throws: SpecError.self) { try CameraSpec(text) }
        #expect(error?.description.contains(mend) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("'\(text)'") == true)
        #expect(error?.description.contains("\n") == false)
    }

    @Test func numbersAreGivenAroundThoseAskedFor() throws {
        let list = try DeviceList(["pattern", "pattern,node=0", "pattern", "pattern,node=2"])
        #expect(list.entries.map(\.node) == [1, 0, 3, 2])
        #expect(try DeviceList([]).entries.map(\.node) == [0])
        #expect(try DeviceList(["pattern", "pattern"], firstNode: 10).entries.map(\.node) == [10, 11])
    }

    @Test func listFaults() {
        #expect(throws: CommandFailure.self) { try DeviceList(["pattern,node=1", "pattern,node=1"]) }
        #expect(throws: CommandFailure.self) { try DeviceList(["-", "stdin"]) }
        #expect(throws: CommandFailure.self) { try DeviceList([], firstNode: 256) }
        #expect(throws: CommandFailure.self) { try DeviceList(["pattern", "pattern"], firstNode: 255) }
        let missing = #expect(throws: CommandFailure.self) { try DeviceList(["file:/nonexistent/clip.y4m"]) }
        #expect(missing?.status == 66)
        let directory = #expect(throws: CommandFailure.self) { try DeviceList(["file:/"]) }
        #expect(directory?.status == 66)
    }
}
