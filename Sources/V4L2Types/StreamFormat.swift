package import CVideoABI
public import PixelFormats
package import SystemPackage

/// The format of one stream: `struct v4l2_format`, VIDIOC_G_FMT, S_FMT, TRY_FMT and CREATE_BUFS.
///
/// What a program asks for may be anything: an unknown pixel format, a size of zero, eight planes of
/// four gigabytes. A device answers with the nearest format that it has.
public struct StreamFormat: Sendable, Hashable {
    /// `V4L2_PIX_FMT_FLAG_*`
    public struct Flags: OptionSet, Sendable, Hashable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `V4L2_PIX_FMT_FLAG_PREMUL_ALPHA`
        public static let premultipliedAlpha = Flags(rawValue: UInt32(V4L2_PIX_FMT_FLAG_PREMUL_ALPHA))
        /// `V4L2_PIX_FMT_FLAG_SET_CSC`: the program asks a capture device to convert colours.
        public static let setsColorimetry = Flags(rawValue: UInt32(V4L2_PIX_FMT_FLAG_SET_CSC))
    }

    public var type: BufferType
    public var format: VideoFormat
    public var flags: Flags

    public init(type: BufferType, format: VideoFormat, flags: Flags = []) {
        self.type = type
        self.format = format
        self.flags = flags
    }

    /// - Throws: EINVAL if the type is none of ours.
    package init(_ c: v4l2_format) throws(Errno) {
        let type = try unsafe BufferType(validating: c.type)
        if type.isMultiplanar {
            unsafe self.init(type, c.fmt.pix_mp)
        } else {
            unsafe self.init(type, c.fmt.pix)
        }
    }

    /// Writes the whole struct; what it held before is gone.
    package func encode(into c: inout v4l2_format) {
        unsafe c = v4l2_format()
        unsafe c.type = type.rawValue
        if type.isMultiplanar {
            unsafe c.fmt.pix_mp = multiplanar
        } else {
            unsafe c.fmt.pix = singlePlanar
        }
    }
}

extension StreamFormat {
    /// The fields after `priv` only count if `priv` has the magic number: older programs leave rubbish there.
    private init(_ type: BufferType, _ pix: v4l2_pix_format) {
        let isExtended = pix.priv == VB2_V4L2_PIX_FMT_PRIV_MAGIC
        let colorimetry = Colorimetry(
            colorspace: .init(rawValue: pix.colorspace),
            encoding: isExtended ? .init(rawValue: pix.ycbcr_enc) : .standard,
            quantization: isExtended ? .init(rawValue: pix.quantization) : .standard,
            transfer: isExtended ? .init(rawValue: pix.xfer_func) : .standard)
        var format = VideoFormat(
            fourCC: FourCC(rawValue: pix.pixelformat), size: FrameSize(width: pix.width, height: pix.height),
            field: FieldOrder(rawValue: pix.field), colorimetry: colorimetry.sanitized, planes: [])
        format.planeCount = 1
        format.planes[0] = PlaneGeometry(bytesPerLine: pix.bytesperline, sizeImage: pix.sizeimage)
        self.init(type: type, format: format, flags: isExtended ? Flags(rawValue: pix.flags) : [])
    }

    private init(_ type: BufferType, _ pix: v4l2_pix_format_mplane) {
        let colorimetry = Colorimetry(
            colorspace: .init(rawValue: pix.colorspace),
            encoding: .init(rawValue: UInt32(pix.ycbcr_enc)),
            quantization: .init(rawValue: UInt32(pix.quantization)),
            transfer: .init(rawValue: UInt32(pix.xfer_func)))
        var format = VideoFormat(
            fourCC: FourCC(rawValue: pix.pixelformat), size: FrameSize(width: pix.width, height: pix.height),
            field: FieldOrder(rawValue: pix.field), colorimetry: colorimetry.sanitized, planes: [])
        format.planeCount = min(Int(pix.num_planes), VideoFormat.maximumPlaneCount)
        unsafe withUnsafeBytes(of: pix.plane_fmt) { bytes in
            for index in 0..<format.planeCount {
                let plane = unsafe bytes.loadUnaligned(
                    fromByteOffset: index * MemoryLayout<v4l2_plane_pix_format>.stride,
                    as: v4l2_plane_pix_format.self)
                format.planes[index] = PlaneGeometry(bytesPerLine: plane.bytesperline, sizeImage: plane.sizeimage)
            }
        }
        self.init(type: type, format: format, flags: Flags(rawValue: UInt32(pix.flags)))
    }

    private var singlePlanar: v4l2_pix_format {
        var pix = v4l2_pix_format()
        pix.width = format.size.width
        pix.height = format.size.height
        pix.pixelformat = format.fourCC.rawValue
        pix.field = format.field.rawValue
        pix.bytesperline = format.planes[0].bytesPerLine
        pix.sizeimage = format.planes[0].sizeImage
        pix.colorspace = format.colorimetry.colorspace.rawValue
        pix.priv = VB2_V4L2_PIX_FMT_PRIV_MAGIC
        pix.flags = flags.rawValue
        pix.ycbcr_enc = format.colorimetry.encoding.rawValue
        pix.quantization = format.colorimetry.quantization.rawValue
        pix.xfer_func = format.colorimetry.transfer.rawValue
        return pix
    }

    private var multiplanar: v4l2_pix_format_mplane {
        var pix = v4l2_pix_format_mplane()
        pix.width = format.size.width
        pix.height = format.size.height
        pix.pixelformat = format.fourCC.rawValue
        pix.field = format.field.rawValue
        pix.colorspace = format.colorimetry.colorspace.rawValue
        let planeCount = min(max(format.planeCount, 0), VideoFormat.maximumPlaneCount)
        pix.num_planes = UInt8(planeCount)
        pix.flags = UInt8(truncatingIfNeeded: flags.rawValue)
        pix.ycbcr_enc = UInt8(truncatingIfNeeded: format.colorimetry.encoding.rawValue)
        pix.quantization = UInt8(truncatingIfNeeded: format.colorimetry.quantization.rawValue)
        pix.xfer_func = UInt8(truncatingIfNeeded: format.colorimetry.transfer.rawValue)
        unsafe withUnsafeMutableBytes(of: &pix.plane_fmt) { bytes in
            for index in 0..<planeCount {
                var plane = v4l2_plane_pix_format()
                plane.sizeimage = format.planes[index].sizeImage
                plane.bytesperline = format.planes[index].bytesPerLine
                unsafe bytes.storeBytes(
                    of: plane, toByteOffset: index * MemoryLayout<v4l2_plane_pix_format>.stride,
                    as: v4l2_plane_pix_format.self)
            }
        }
        return pix
    }
}
