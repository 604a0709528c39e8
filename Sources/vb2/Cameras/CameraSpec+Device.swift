import LinuxSystem
import PictureSources
import VideoDevice
import VirtualDevices

extension CameraSpec {
    /// Makes the camera, with its source opened.
    /// - Throws: `PictureSourceError` when its file can't be played.
    func makeDevice() throws -> any StreamingDevice {
        try VirtualCamera(configuration: configuration)
    }

    private var configuration: CameraConfiguration {
        CameraConfiguration()
    }

    /// Whether a file starts again at its end, if nothing is said: as it can.
    static func loops(_ path: String) -> Bool {
        (try? Files.status(path))?.isRegular ?? false
    }
}
