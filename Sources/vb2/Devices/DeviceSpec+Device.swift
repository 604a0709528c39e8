import BufferSharing
import Imaging
import LinuxSystem
import PictureSources
import PixelFormats
import VideoDevice
import VirtualDevices

extension DeviceSpec {
    /// Makes the device, with its files opened.
    /// - Parameters:
    ///   - node: N of its /dev/videoN.
    ///   - heap: where its buffers come from.
    ///   - onMessage: told, in one line, when something fails later on.
    /// - Throws: `PictureSourceError` when a camera's source can't be played, or doesn't go with the format;
    ///   `ImagingError` when a display's recording can't be written.
    func makeDevice(
        node: Int, heap: any BufferHeap, onMessage: @escaping @Sendable (String) -> Void
    ) throws -> any StreamingDevice {
        switch self {
        case .camera(let camera):
            var configuration = camera.configuration(node: node, onMessage: onMessage)
            configuration.heap = heap
            return try VirtualCamera(configuration: configuration)
        case .display(let display):
            var configuration = display.configuration(node: node, onMessage: onMessage)
            configuration.heap = heap
            return try VirtualDisplay(configuration: configuration)
        }
    }
}

extension CameraSpec {
    /// The same, as the devices' module has it.
    func configuration(
        node: Int, onMessage: (@Sendable (String) -> Void)? = nil
    ) -> CameraConfiguration {
        let source: CameraConfiguration.Source =
            switch source {
            case .testPattern(let pattern): .testPattern(pattern)
            case .unpainted: .unpainted
            case .file(let path, let loops): .file(path: path, loops: loops ?? Self.canLoop(path))
            case .standardInput: .file(path: "-", loops: false)
            }
        return CameraConfiguration(
            source: source, pace: settings.pace, name: settings.name, node: node,
            isMultiPlanar: settings.isMultiPlanar, size: settings.size, interval: settings.rate?.inverse,
            fourCC: settings.format, sizes: settings.sizes, frameCount: frameCount, announcesEnd: announcesEnd,
            sourceChange: change.map { .init(frame: $0.frame, size: $0.size) }, onMessage: onMessage)
    }

    /// Whether a file can start again at its end: a pipe can't.
    private static func canLoop(_ path: String) -> Bool {
        (try? Files.status(path))?.isRegular ?? false
    }
}

extension DisplaySpec {
    /// The same, as the devices' module has it.
    func configuration(
        node: Int, onMessage: (@Sendable (String) -> Void)? = nil
    ) -> DisplayConfiguration {
        DisplayConfiguration(
            pace: settings.pace, name: settings.name, node: node, isMultiPlanar: settings.isMultiPlanar,
            size: settings.size, interval: settings.rate?.inverse, fourCC: settings.format, sizes: settings.sizes,
            picturePath: picturePath, recordingPath: recordingPath, onMessage: onMessage)
    }
}
