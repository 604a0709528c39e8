import LinuxSystem
import ProgramSupport
import Testing

extension ProgramTests {
    @Suite struct OpenCVTests {
        private static let script = """
            import sys, cv2
            camera = cv2.VideoCapture(0, cv2.CAP_V4L2)
            assert camera.isOpened(), "not opened"
            camera.set(cv2.CAP_PROP_FRAME_WIDTH, 320)
            camera.set(cv2.CAP_PROP_FRAME_HEIGHT, 240)
            camera.set(cv2.CAP_PROP_FPS, 60)
            with open(sys.argv[1], "wb") as file:
                for _ in range(int(sys.argv[2])):
                    ok, frame = camera.read()
                    assert ok, "no frame"
                    assert frame.shape == (240, 320, 3), frame.shape
                    file.write(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).tobytes())
            camera.release()
            """

        private static let python = "\(Workspace.root)/.build-venv/bin/python"

        /// The environment is within the clone: another user can only use it where the clone can be entered.
        private static let places = Place.allCases.filter { place in
            let script = "\(Workspace.root)/Scripts/as-container.sh"
            guard place == .container else { return true }
            guard var child = try? ChildProcess.spawn(script, arguments: ["test", "-x", python]) else { return false }
            return (try? child.wait()) == .exited(0)
        }

        @Test(arguments: ["live", "ondemand"], places)
        func frames(_ pace: String, _ place: Place) throws {
            let workspace = try Workspace()
            try #require(Files.exists(Self.python), "run Scripts/install-packages.sh test")
            let outcome = try workspace.underCamera(
                ProgramRecording.camera + ",pace=\(pace)", in: place,
                [Self.python, "-c", Self.script, workspace.file("a.raw"), "90"])
            let recording = try ProgramRecording(workspace, outcome, "a.raw", format: "GREY")
            if pace == "live" { recording.expectLive(frames: 90) } else { recording.expectOnDemand(frames: 90) }
        }
    }
}
