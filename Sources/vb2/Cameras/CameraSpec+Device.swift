import LinuxSystem
import PictureSources
import PixelFormats
import VideoDevice
import VirtualDevices

extension CameraSpec {
    /// Makes the camera, with its source opened.
    /// - Parameters:
    ///   - node: N of its /dev/videoN.
    ///   - onMessage: told, in one line, when the source fails later on.
    /// - Throws: `PictureSourceError` when its source can't be played, or doesn't go with the format.
    func makeDevice(node: Int, onMessage: @escaping @Sendable (String) -> Void) throws -> any StreamingDevice {
        try VirtualCamera(configuration: configuration(node: node, onMessage: onMessage))
    }

    /// The same, as the devices' module has it.
    func configuration(
        node: Int, onMessage: (@Sendable (String) -> Void)? = nil
    ) -> CameraConfiguration {
        let source: CameraConfiguration.Source =
            switch source {
            case .testPattern(let pattern): .testPattern(pattern)
            case .file(let path, let loops): .file(path: path, loops: loops ?? Self.canLoop(path))
            case .standardInput: .file(path: "-", loops: false)
            }
        return CameraConfiguration(
            source: source, pace: pace == .live ? .live : .onDemand, name: name, node: node,
            isMultiPlanar: isMultiPlanar, size: size, interval: rate?.inverse, fourCC: format, sizes: Self.sizes,
            onMessage: onMessage)
    }

    /// Whether a file can start again at its end: a pipe can't.
    private static func canLoop(_ path: String) -> Bool {
        (try? Files.status(path))?.isRegular ?? false
    }
}
