import ProgramSupport

/// A size of NV12 frames.
struct PictureSize {
    let name: String
    let width: Int
    let height: Int

    static let vga = PictureSize(name: "VGA", width: 640, height: 480)
    static let ultraHD = PictureSize(name: "4K", width: 3840, height: 2160)
    static let all = [
        vga, PictureSize(name: "720p", width: 1280, height: 720), PictureSize(name: "1080p", width: 1920, height: 1080),
        ultraHD,
    ]

    var bytes: Int { width * height * 3 / 2 }

    /// A camera with frames of this size, which it doesn't paint.
    var camera: String { "pattern:none,size=\(width)x\(height),format=NV12,pace=ondemand" }
}

/// What a frame takes of the CPUs, in nanoseconds.
struct FrameCost {
    /// Of the server and the program, from one frame to the next.
    let frame: Double
    /// Of a memcpy of the frame.
    let copy: Double

    /// All sizes in turn, so that what disturbs one disturbs the others.
    static func measure(_ programs: Programs, _ sizes: [PictureSize]) throws -> [FrameCost] {
        let cost = try programs.compile("cost")
        var server = try programs.server(sizes.map(\.camera))
        let figures = try programs.figures(
            [cost, "--server=\(server.pid)", "--cameras=\(sizes.count)"], variables: server.variables)
        _ = try server.stop()
        return sizes.indices.map { index in
            FrameCost(frame: figures["frame\(index)"] ?? .nan, copy: figures["copy\(index)"] ?? .nan)
        }
    }

    /// Of the server and so many programs at once, each with its camera, for each frame that one of them gets.
    static func measure(_ programs: Programs, readers: Int, _ size: PictureSize) throws -> Double {
        let program = try programs.compile("readers")
        var server = try programs.server(Array(repeating: size.camera, count: readers))
        let figures = try programs.figures(
            [program, "--server=\(server.pid)", "--readers=\(readers)"], variables: server.variables)
        _ = try server.stop()
        return figures["frame"] ?? .nan
    }
}
