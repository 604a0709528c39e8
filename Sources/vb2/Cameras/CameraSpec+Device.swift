import PictureSources
import VideoDevice
import VirtualDevices

extension CameraSpec {
    /// Makes the camera.
    /// - Throws: `PictureSourceError` when its file can't be played.
    func makeDevice() throws -> any VideoDevice {
        try VirtualCamera(configuration: configuration)
    }

    private var configuration: CameraConfiguration {
        CameraConfiguration()
    }
}
