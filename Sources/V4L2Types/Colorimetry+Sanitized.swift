import PixelFormats

extension Colorimetry {
    /// Values beyond the last one that the interface has become the default, as `v4l_sanitize_format` does.
    var sanitized: Colorimetry {
        Colorimetry(
            colorspace: colorspace.rawValue <= Colorspace.dciP3.rawValue ? colorspace : .standard,
            encoding: encoding.rawValue <= Self.lastEncoding ? encoding : .standard,
            quantization: quantization.rawValue <= Quantization.limited.rawValue ? quantization : .standard,
            transfer: transfer.rawValue <= TransferFunction.smpte2084.rawValue ? transfer : .standard)
    }

    /// `V4L2_HSV_ENC_256`: the HSV encodings share the field with the Y'CbCr ones and follow them.
    private static var lastEncoding: UInt32 { 129 }
}
