import CBenchmarks
import CYUV
import Imaging
import LinuxSystem
import PixelFormats

/// The buffers of one frame in memory files, as cameras have them, and what libyuv writes there by itself.
@safe final class SharedFrame {
    let format: VideoFormat
    private let mappings: [SharedPlane]
    /// What `fill` copies: as long as the longest buffer.
    private let source: [UInt8]

    init(_ fourCC: PixelFormats.FourCC, _ size: FrameSize) throws {
        guard let format = VideoFormat.layout(fourCC, size: size) else {
            throw BenchmarkFailure(description: "no layout of \(fourCC)")
        }
        self.format = format
        let sizes = (0..<format.planeCount).map { Int(format.planes[$0].sizeImage) }
        mappings = try sizes.map { length in
            let file = try MemoryFile.create(name: "bench", size: length)
            return SharedPlane(try MemoryMapping(descriptor: file.descriptor, length: length, access: .readWrite))
        }
        source = [UInt8](repeating: 7, count: sizes.max() ?? 0)
    }

    /// Of all buffers.
    var bytes: Int { (0..<format.planeCount).reduce(0) { $0 + Int(format.planes[$1].sizeImage) } }

    var planes: FramePlanes {
        var planes = unsafe FramePlanes()
        for (index, mapping) in mappings.enumerated() {
            unsafe planes.append(
                UnsafeMutableRawBufferPointer(start: mapping.base, count: Int(format.planes[index].sizeImage)))
        }
        return unsafe planes
    }

    /// Copies something to all buffers.
    func fill() {
        unsafe source.withUnsafeBytes { source in
            for (index, mapping) in mappings.enumerated() {
                let count = Int(format.planes[index].sizeImage)
                guard let base = source.baseAddress, count <= source.count else { return }
                unsafe mapping.base.copyMemory(from: base, byteCount: count)
            }
        }
    }

    /// The same conversion as `FrameWriter`'s, for frames whose lines have no gaps.
    func convert(_ picture: I420Picture) {
        let (y, u, v) = unsafe (picture.luma, picture.blueDifference, picture.redDifference)
        let (luma, chroma) = (Int32(picture.lumaStride), Int32(picture.chromaStride))
        let (width, height) = (Int32(picture.width), Int32(picture.height))
        let stride = Int32(format.planes[0].bytesPerLine)
        let one = unsafe mappings[0].base.assumingMemoryBound(to: UInt8.self)
        let (rest, half) = unsafe (one + Int(stride * height), Int(stride * height) / 4)
        let two = unsafe mappings.count > 1 ? mappings[1].base.assumingMemoryBound(to: UInt8.self) : rest
        let three = unsafe mappings.count > 2 ? mappings[2].base.assumingMemoryBound(to: UInt8.self) : rest + half
        switch format.fourCC {
        case .yuyv: _ = unsafe I420ToYUY2(y, luma, u, chroma, v, chroma, one, stride, width, height)
        case .uyvy: _ = unsafe I420ToUYVY(y, luma, u, chroma, v, chroma, one, stride, width, height)
        case .nv12, .nv12m:
            _ = unsafe I420ToNV12(y, luma, u, chroma, v, chroma, one, stride, two, stride, width, height)
        case .nv21: _ = unsafe I420ToNV21(y, luma, u, chroma, v, chroma, one, stride, two, stride, width, height)
        case .nv16:
            // libyuv has no one call for it.
            unsafe CopyPlane(y, luma, one, stride, width, height)
            unsafe MergeUVPlane(u, chroma, v, chroma, two, 2 * stride, width / 2, height / 2)
            unsafe MergeUVPlane(u, chroma, v, chroma, two + Int(stride), 2 * stride, width / 2, height / 2)
        case .yu12, .yu12m:
            _ = unsafe I420Copy(
                y, luma, u, chroma, v, chroma, one, stride, two, stride / 2, three, stride / 2, width, height)
        case .rgb3: _ = unsafe I420ToRAW(y, luma, u, chroma, v, chroma, one, stride, width, height)
        case .bgr3: _ = unsafe I420ToRGB24(y, luma, u, chroma, v, chroma, one, stride, width, height)
        case .xr24, .ar24: _ = unsafe I420ToARGB(y, luma, u, chroma, v, chroma, one, stride, width, height)
        default: unsafe CopyPlane(y, luma, one, stride, width, height)
        }
    }
}

/// One buffer, with all its pages there.
@safe private final class SharedPlane {
    private let mapping: MemoryMapping
    var base: UnsafeMutableRawPointer { unsafe mapping.base }

    init(_ mapping: consuming MemoryMapping) {
        unsafe bench_write_pages(mapping.base, mapping.count)
        self.mapping = mapping
    }
}
