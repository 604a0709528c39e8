import Imaging
import PictureSources
import V4L2Types
import VideoDevice

/// What programs can change about the picture while it runs. A change holds from the next frame on.
extension VirtualCamera {
    static func adjustments(for source: CameraConfiguration.Source) -> PictureAdjustments {
        var adjustments = PictureAdjustments()
        if case .testPattern(let pattern) = source { adjustments.pattern = pattern.rawValue }
        return adjustments
    }

    static func controls(for source: CameraConfiguration.Source) -> [Control] {
        if source == .unpainted { return [] }
        let neutral = adjustments(for: source)
        var controls: [Control] = [
            .integer(.brightness, name: "Brightness", range: 0...255, default: neutral.brightness, flags: .slider),
            .integer(.contrast, name: "Contrast", range: 0...255, default: neutral.contrast, flags: .slider),
            .integer(.saturation, name: "Saturation", range: 0...255, default: neutral.saturation, flags: .slider),
            .integer(.hue, name: "Hue", range: -128...128, default: neutral.hue, flags: .slider),
            .boolean(.horizontalFlip, name: "Horizontal Flip", default: false),
            .boolean(.verticalFlip, name: "Vertical Flip", default: false),
        ]
        if case .testPattern(let pattern) = source {
            let names = TestPattern.allCases.map { Optional($0.name) }
            let index = TestPattern.allCases.firstIndex(of: pattern) ?? 0
            controls.append(.menu(.testPattern, name: "Test Pattern", items: names, default: index))
        }
        return controls
    }

    /// A program changed a control; the value is one that the control can have.
    func change(_ id: ControlID, to value: Int64) {
        let number = Int32(clamping: value)
        switch id {
        case .brightness: adjustments.brightness = number
        case .contrast: adjustments.contrast = number
        case .saturation: adjustments.saturation = number
        case .hue: adjustments.hue = number
        case .horizontalFlip: adjustments.horizontalFlip = value != 0
        case .verticalFlip: adjustments.verticalFlip = value != 0
        case .testPattern: adjustments.pattern = TestPattern.allCases[Int(number)].rawValue
        default: break
        }
        stream?.painter?.adjustments = adjustments
    }
}
