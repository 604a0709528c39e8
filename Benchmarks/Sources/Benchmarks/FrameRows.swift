import ProgramSupport

/// How soon a frame is with the program, and whether its size costs anything.
enum FrameRows {
    static func run(_ add: (Row) -> Void) throws {
        let programs = try Programs()
        try addDelivery(programs, add)
        try addCost(programs, add)
    }

    private static func addDelivery(_ programs: Programs, _ add: (Row) -> Void) throws {
        let latency = try programs.compile("latency")
        var server = try programs.server(["pattern:none,size=640x480,format=YUYV,fps=100"])
        let figures = try programs.figures([latency, "--server=\(server.pid)"], variables: server.variables)
        _ = try server.stop()
        let frame = figures["frame"] ?? .nan
        for (name, reference, target) in [
            ("AF_UNIX byte from another process", "byte", Target.atMost(1.3)),
            ("eventfd from another process", "event", nil),
        ] {
            add(
                Row(
                    name: "live frame, from its timestamp to DQBUF's return", unit: .nanoseconds, value: frame,
                    reference: figures[Substring(reference)] ?? .nan, referenceName: name, target: target))
        }
    }

    private static func addCost(_ programs: Programs, _ add: (Row) -> Void) throws {
        let costs = try FrameCost.measure(programs, [.vga, .ultraHD])
        add(
            Row(
                name: "CPU time for a frame of 3840x2160, both processes", unit: .nanoseconds,
                value: costs[1].frame, reference: costs[0].frame, referenceName: "of 640x480",
                target: .atMost(1.1)))
    }
}
