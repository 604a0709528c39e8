import ProgramSupport

/// Frames of 3840x2160 NV12 from one process to another, beside GStreamer's shared memory.
enum GStreamerRows {
    static func run(_ add: (Row) -> Void) throws {
        let programs = try Programs()
        let rate = try programs.compile("rate")
        let size = PictureSize.ultraHD
        var server = try programs.server([size.camera])
        func ours() throws -> Double { try programs.figures([rate], variables: server.variables)["rate"] ?? .nan }
        let sinks = [
            (
                "shmsink, from memory of fakesrc", SharedMemorySink(programs.workspace, unfilled: size),
                Target.atLeast(10)
            ),
            ("shmsink, from its own pool, painted", SharedMemorySink(programs.workspace, painted: size), nil),
        ]
        for (name, sink, target) in sinks {
            let medians = try Rounds.compare(3, reference: sink.rate, subject: ours)
            add(
                Row(
                    name: "frames of 4K NV12 to another process", unit: .framesPerSecond, value: medians.value,
                    reference: medians.reference, referenceName: name, target: target))
        }
        _ = try server.stop()
    }
}
