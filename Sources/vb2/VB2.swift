import ArgumentParser
import Imaging
import LinuxSystem
import PictureSources
import SystemPackage
import VideoCapture

/// The command, of which each subcommand has a file in `Commands`.
struct VB2: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vb2",
        abstract: "Virtual video devices for unmodified programs, without a kernel module or privileges.",
        discussion: """
            A program that is run by 'vb2 run' sees /dev/video0: a camera of ours, whose frames it captures as \
            from any V4L2 camera. 'vb2 serve' does the same for many programs.

            EXAMPLES
              vb2 run -- ffmpeg -f v4l2 -i /dev/video0 -t 5 out.mp4
              vb2 run --camera file:clip.mp4 -- gst-launch-1.0 v4l2src ! autovideosink
              vb2 serve --camera pattern:bars,size=1920x1080
            """,
        subcommands: [
            RunCommand.self, ServeCommand.self, ListCommand.self, InfoCommand.self, DoctorCommand.self,
            CaptureCommand.self, InspectCommand.self, BenchCommand.self,
        ])
}

@main
enum Main {
    /// Nothing here is `async`: that would run on threads of Dispatch, which waits without a word when it gets none.
    static func main() {
        do throws(Errno) {
            try Memory.reserveHeap(reserve)
        } catch {
            fail(.system("there is no memory to begin with: \(error)"))
        }
        do {
            var command = try VB2.parseAsRoot()
            try command.run()
        } catch let failure as CommandFailure {
            fail(failure)
        } catch  where VB2.exitCode(for: error) == .validationFailure {
            // ArgumentParser would add the usage, which hides the one line that matters.
            fail(.usage("\(VB2.message(for: error)); see 'vb2 --help'"))
        } catch  where error is ExitCode || VB2.exitCode(for: error) != .failure {
            VB2.exit(withError: error)
        } catch {
            fail(explained(error))
        }
    }

    /// For small objects, when there is no memory for anything else.
    private static let reserve = 8 << 20

    /// The failure that an error of a module means for a command that couldn't say more.
    private static func explained(_ error: any Error) -> CommandFailure {
        switch error {
        case is CaptureError: .unavailable("\(error)")
        case is PictureSourceError: .input("\(error)")
        case is ImagingError: .data("\(error)")
        default: .system("\(error)")
        }
    }

    private static func fail(_ failure: CommandFailure) -> Never {
        StandardError.write("vb2: \(failure.line)\n")
        VB2.exit(withError: ExitCode(failure.status))
    }
}
