import BufferQueue
import PixelFormats

/// What all devices of ours are called.
enum DeviceNames {
    /// As a driver of the platform bus is, with the device's number in three digits.
    static func bus(_ driver: String, _ node: Int) -> String {
        let digits = String(node)
        return "platform:\(driver)-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }
}

extension PlaneSizes {
    /// Bytes of each plane of a format.
    init(_ format: VideoFormat) {
        self.init(count: format.planeCount) { Int(format.planes[$0].sizeImage) }
    }
}
