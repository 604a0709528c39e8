extension PixelFormat {
    /// Every format that this package can fill and read, in the order in which devices list them.
    public static let all: [PixelFormat] = [
        .packed422(.yuyv, "YUYV 4:2:2", luma: 0, blueDifference: 1, redDifference: 3),
        .packed422(.uyvy, "UYVY 4:2:2", luma: 1, blueDifference: 0, redDifference: 2),
        .planar420(.yu12, "Planar YUV 4:2:0", memoryPlanes: 1),
        .planar420(.yu12m, "Planar YUV 4:2:0 (N-C)", memoryPlanes: 3),
        .rgb(.rgb3, "24-bit RGB 8-8-8", [.red, .green, .blue], bytes: 3),
        .rgb(.bgr3, "24-bit BGR 8-8-8", [.blue, .green, .red], bytes: 3),
        .rgb(.xr24, "32-bit BGRX 8-8-8-8", [.blue, .green, .red], bytes: 4),
        .rgb(.ar24, "32-bit BGRA 8-8-8-8", [.blue, .green, .red, .alpha], bytes: 4),
        PixelFormat(
            fourCC: .grey, name: "8-bit Greyscale", memoryPlanes: 1,
            samplePlanes: [SamplePlane(memoryPlane: 0, bitsPerPixel: 8, verticalSubsampling: 1)],
            components: [.whole(.luma, in: 0)], isCompressed: false, isYUV: true),
        PixelFormat(
            fourCC: .mjpg, name: "Motion-JPEG", memoryPlanes: 1, samplePlanes: [], components: [],
            isCompressed: true, isYUV: true),
        // Last: tools that know these by an older description stop here.
        .semiPlanar(.nv12, "Y/UV 4:2:0", vertical: 2),
        .semiPlanar(.nv12m, "Y/UV 4:2:0 (N-C)", vertical: 2, memoryPlanes: 2),
        .semiPlanar(.nv21, "Y/VU 4:2:0", vertical: 2, redFirst: true),
        .semiPlanar(.nv16, "Y/UV 4:2:2", vertical: 1),
    ]

    /// Two pixels in four bytes; the arguments are the places of the bytes.
    private static func packed422(
        _ fourCC: FourCC, _ name: String, luma: Int, blueDifference: Int, redDifference: Int
    ) -> PixelFormat {
        PixelFormat(
            fourCC: fourCC, name: name, memoryPlanes: 1,
            samplePlanes: [SamplePlane(memoryPlane: 0, bitsPerPixel: 16, verticalSubsampling: 1)],
            components: [
                .whole(.luma, in: 0, offset: luma, step: 2),
                .half(.blueDifference, in: 0, offset: blueDifference, step: 4, vertical: 1),
                .half(.redDifference, in: 0, offset: redDifference, step: 4, vertical: 1),
            ], isCompressed: false, isYUV: true)
    }

    /// A luma array, and one in which the two chroma components take turns.
    private static func semiPlanar(
        _ fourCC: FourCC, _ name: String, vertical: UInt32, memoryPlanes: Int = 1, redFirst: Bool = false
    ) -> PixelFormat {
        PixelFormat(
            fourCC: fourCC, name: name, memoryPlanes: memoryPlanes,
            samplePlanes: [
                SamplePlane(memoryPlane: 0, bitsPerPixel: 8, verticalSubsampling: 1),
                SamplePlane(memoryPlane: memoryPlanes - 1, bitsPerPixel: 8, verticalSubsampling: vertical),
            ],
            components: [
                .whole(.luma, in: 0),
                .half(.blueDifference, in: 1, offset: redFirst ? 1 : 0, step: 2, vertical: vertical),
                .half(.redDifference, in: 1, offset: redFirst ? 0 : 1, step: 2, vertical: vertical),
            ], isCompressed: false, isYUV: true)
    }

    /// Luma, blue difference and red difference, each an array of its own.
    private static func planar420(_ fourCC: FourCC, _ name: String, memoryPlanes: Int) -> PixelFormat {
        let separate = memoryPlanes > 1
        return PixelFormat(
            fourCC: fourCC, name: name, memoryPlanes: memoryPlanes,
            samplePlanes: [
                SamplePlane(memoryPlane: 0, bitsPerPixel: 8, verticalSubsampling: 1),
                SamplePlane(memoryPlane: separate ? 1 : 0, bitsPerPixel: 4, verticalSubsampling: 2),
                SamplePlane(memoryPlane: separate ? 2 : 0, bitsPerPixel: 4, verticalSubsampling: 2),
            ],
            components: [
                .whole(.luma, in: 0),
                .half(.blueDifference, in: 1, offset: 0, step: 1, vertical: 2),
                .half(.redDifference, in: 2, offset: 0, step: 1, vertical: 2),
            ], isCompressed: false, isYUV: true)
    }

    /// Packed bytes, in the order of the components.
    private static func rgb(
        _ fourCC: FourCC, _ name: String, _ order: [ColourComponent], bytes: Int
    ) -> PixelFormat {
        PixelFormat(
            fourCC: fourCC, name: name, memoryPlanes: 1,
            samplePlanes: [SamplePlane(memoryPlane: 0, bitsPerPixel: UInt32(bytes) * 8, verticalSubsampling: 1)],
            components: order.enumerated().map { .whole($1, in: 0, offset: $0, step: bytes) },
            isCompressed: false, isYUV: false)
    }
}

extension ComponentLayout {
    /// A component with a sample for each pixel.
    fileprivate static func whole(
        _ component: ColourComponent, in samplePlane: Int, offset: Int = 0, step: Int = 1
    ) -> ComponentLayout {
        ComponentLayout(
            component: component, samplePlane: samplePlane, offset: offset, step: step,
            horizontalSubsampling: 1, verticalSubsampling: 1)
    }

    /// A component with one sample for two pixels of a line.
    fileprivate static func half(
        _ component: ColourComponent, in samplePlane: Int, offset: Int, step: Int, vertical: UInt32
    ) -> ComponentLayout {
        ComponentLayout(
            component: component, samplePlane: samplePlane, offset: offset, step: step,
            horizontalSubsampling: 2, verticalSubsampling: vertical)
    }
}
