import BufferQueue
import BufferSharing
import Imaging

extension Queue {
    /// The memory of a buffer that the device has taken: valid until it is completed.
    ///
    /// Capture: as much of each plane as the program knows of. Output: the payload, which begins behind
    /// `data_offset`.
    func planesOfTaken(_ index: Int) -> FramePlanes {
        var planes = unsafe FramePlanes()
        for plane in 0..<planeCount {
            guard let mapping = mapping(ofPlane: plane, ofBuffer: index) else { break }
            let payload = buffers[index].planes[plane]
            var range = 0..<min(mapping.count, Int(payload.length))
            if configuration.direction == .output {
                let start = Int(payload.dataOffset)
                range = range.clamped(to: start..<max(start, Int(payload.bytesUsed)))
            }
            let whole = unsafe UnsafeMutableRawBufferPointer(start: mapping.base, count: mapping.count)
            unsafe planes.append(UnsafeMutableRawBufferPointer(rebasing: whole[range]))
        }
        return unsafe planes
    }
}
