import Imaging
import VideoCapture

extension FrameReader {
    /// Reads a captured frame into a picture.
    /// - Parameters:
    ///   - plane: the first of the planes that `planes` doesn't have yet; a caller leaves both out.
    func read(
        _ frame: borrowing CapturedFrame, into picture: I420Picture, plane: Int = 0,
        planes: FramePlanes = unsafe FramePlanes()
    ) throws {
        // Each plane is lent to a closure, within which the next one is: at the end all are.
        guard plane < frame.planeCount else { return try unsafe read(planes, into: picture) }
        try frame.withPlane(plane) { bytes in
            try unsafe bytes.withUnsafeBytes { buffer in
                var planes = unsafe planes
                unsafe planes.append(UnsafeMutableRawBufferPointer(mutating: buffer))
                try unsafe read(frame, into: picture, plane: plane + 1, planes: planes)
            }
        }
    }
}
