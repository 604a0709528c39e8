import Glibc
import Imaging
import PixelFormats
import Testing

/// Buffers for one frame, with guard bytes around each.
@safe final class FrameMemory {
    static let guardLength = 64
    static let guardByte: UInt8 = 0xa5
    private var memory: [UnsafeMutableRawBufferPointer] = unsafe []
    let format: VideoFormat

    init(_ format: VideoFormat) {
        self.format = format
        for plane in 0..<format.planeCount {
            let count = Int(format.planes[plane].sizeImage) + 2 * Self.guardLength
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
            unsafe buffer.initializeMemory(as: UInt8.self, repeating: Self.guardByte)
            unsafe memory.append(buffer)
        }
    }

    deinit {
        unsafe memory.forEach { unsafe $0.deallocate() }
    }

    var planes: FramePlanes {
        var planes = unsafe FramePlanes()
        for index in 0..<format.planeCount {
            let buffer = unsafe memory[index]
            unsafe planes.append(
                UnsafeMutableRawBufferPointer(
                    rebasing: buffer[Self.guardLength..<(buffer.count - Self.guardLength)]))
        }
        return unsafe planes
    }

    /// Whether nothing was written before and after the buffers.
    var guardsAreIntact: Bool {
        unsafe memory.allSatisfy { buffer in
            unsafe buffer.prefix(Self.guardLength).allSatisfy { $0 == Self.guardByte }
                && buffer.suffix(Self.guardLength).allSatisfy { $0 == Self.guardByte }
        }
    }

    /// Whether every byte is the same in both, the gaps and guards too.
    func equals(_ other: FrameMemory) -> Bool {
        unsafe zip(memory, other.memory).allSatisfy { mine, others in
            guard let here = mine.baseAddress, let there = others.baseAddress else { return false }
            return unsafe mine.count == others.count && memcmp(here, there, mine.count) == 0
        }
    }

    subscript(plane: Int, offset: Int) -> UInt8 {
        get { unsafe memory[plane][Self.guardLength + offset] }
        set { unsafe memory[plane][Self.guardLength + offset] = newValue }
    }
}

extension I420Picture {
    /// A picture whose samples differ from their neighbours, of colours that RGB has too.
    static func sample(_ size: FrameSize) -> I420Picture {
        let picture = I420Picture(size: size)
        for y in 0..<picture.height {
            for x in 0..<picture.width {
                unsafe picture.luma[y * picture.lumaStride + x] = UInt8(60 + (x + 2 * y) % 120)
            }
        }
        for y in 0..<picture.chromaHeight {
            for x in 0..<picture.chromaWidth {
                unsafe picture.blueDifference[y * picture.chromaStride + x] = UInt8(118 + (x + y) % 20)
                unsafe picture.redDifference[y * picture.chromaStride + x] = UInt8(138 - (x + 2 * y) % 20)
            }
        }
        return picture
    }

    /// The largest difference of a luma sample.
    func lumaDistance(to other: I420Picture) -> Int {
        var largest = 0
        for y in 0..<height {
            for x in 0..<width {
                let (a, b) = unsafe (luma[y * lumaStride + x], other.luma[y * other.lumaStride + x])
                largest = max(largest, abs(Int(a) - Int(b)))
            }
        }
        return largest
    }

    /// The largest difference of a chroma sample.
    func chromaDistance(to other: I420Picture) -> Int {
        var largest = 0
        for y in 0..<chromaHeight {
            for x in 0..<chromaWidth {
                let (here, there) = (y * chromaStride + x, y * other.chromaStride + x)
                let blue = unsafe abs(Int(blueDifference[here]) - Int(other.blueDifference[there]))
                let red = unsafe abs(Int(redDifference[here]) - Int(other.redDifference[there]))
                largest = max(largest, blue, red)
            }
        }
        return largest
    }
}
