import DeviceServer
import LinuxSystem
import Logging
import PixelFormats
import VideoDevice
import VirtualDevices

/// One camera that doesn't paint, in the folder that is named: until SIGTERM.
@main
enum Main {
    static func main() throws {
        guard let directory = CommandLine.arguments.dropFirst().first else { return print("usage: FrameServer FOLDER") }
        let signals = try SignalDescriptor(blocking: [SignalNumber.interrupt, SignalNumber.terminate])
        let camera = DeviceSpecification(node: 0) {
            try VirtualCamera(
                configuration: CameraConfiguration(
                    source: .unpainted, pace: .onDemand, size: FrameSize(width: 640, height: 480), fourCC: .yuyv))
        }
        let server = try DeviceServer(
            configuration: ServerConfiguration(directory: directory, logger: Logger(label: "frames"), threads: 1),
            devices: [camera])
        try server.start()
        _ = try signals.descriptor.wait(for: .input)
        server.stop()
    }
}
