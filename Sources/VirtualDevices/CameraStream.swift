import PictureSources

/// What a camera has while it streams.
struct CameraStream {
    /// nil: frames are left as they are.
    let painter: FramePainter?
    var clock = FrameClock()
    /// The source has ended, and the program has been given the last buffer.
    var hasEnded = false

    init(painter: FramePainter?) {
        self.painter = painter
    }
}
