import LinuxSystem
import ProgramSupport

/// Many streams at once: which of their frames come too late.
enum StreamRows {
    private static let camera = "pattern,size=640x480,format=YUYV,fps=30"

    static func run(_ add: (Row) -> Void) throws {
        let programs = try Programs()
        let workspace = programs.workspace
        let program = try workspace.compile(
            "Tests/ShimPrograms/multitude.c", to: "multitude", flags: ["-O2", "-pthread"])
        var server = try programs.server(Array(repeating: camera, count: 256))
        let figures = try programs.figures([program, "--seconds=8"], variables: server.variables)
        _ = try server.stop()
        let frames = figures["frames"] ?? .nan
        add(
            Row(
                name: "64 painted VGA streams of 256 cameras, 1,000 handles: frames left out", unit: .count("frames"),
                value: figures["missing"] ?? .nan, reference: frames,
                referenceName: "frames of 8 s at 30/s", target: nil))
    }
}
