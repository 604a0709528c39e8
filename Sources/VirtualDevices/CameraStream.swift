import LinuxSystem
import PictureSources

/// What a camera has while it streams.
struct CameraStream {
    let painter: FramePainter
    /// When the camera was first called, which is when the first frame is due.
    var start: MonotonicTime?
    /// For a live camera, once it was called.
    var pacer: FramePacer?
    /// The number of the next frame. Frames that nobody gets are counted too, as a sensor does.
    var sequence: UInt32 = 0
    /// The last frame that was due found no buffer, and none was seen since.
    var isStarved = false
    /// The source has ended, and the program has been given the last buffer.
    var hasEnded = false

    init(painter: FramePainter) {
        self.painter = painter
    }
}
