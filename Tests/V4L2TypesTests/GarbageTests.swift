import CVideoABI
import PixelFormats
import RandomSupport
import SystemPackage
import Testing
import V4L2Types

/// Any bytes decode to a value or to EINVAL or EFAULT, and what was decoded can be encoded.
@Suite struct GarbageTests {
    private static let rounds = 2000

    /// A struct of random words, of which one in two is small, so that types and counts are often valid.
    private func random<Value>(_ type: Value.Type, _ generator: inout SeededGenerator) -> Value {
        let size = MemoryLayout<Value>.size
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: (size + 3) & ~3, alignment: 16)
        defer { unsafe bytes.deallocate() }
        for offset in stride(from: 0, to: size, by: 4) {
            let isSmall = Bool.random(using: &generator)
            let word = UInt32.random(in: 0...(isSmall ? 12 : .max), using: &generator)
            unsafe bytes.storeBytes(of: word, toByteOffset: offset, as: UInt32.self)
        }
        return unsafe bytes.load(as: type)
    }

    private func isExpected(_ errno: Errno) -> Bool { errno == .invalidArgument || errno == .badAddress }

    @Test func buffers() {
        var generator = SeededGenerator(seed: 7)
        var decoded = 0
        for _ in 0..<Self.rounds {
            var c = unsafe random(v4l2_buffer.self, &generator)
            let room = Int.random(in: 0...9, using: &generator) * MemoryLayout<v4l2_plane>.stride
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 8)
            defer { unsafe bytes.deallocate() }
            unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0xff)
            do throws(Errno) {
                let value = try unsafe BufferDescriptor(c, planes: UnsafeRawBufferPointer(bytes))
                unsafe value.encode(into: &c, planes: bytes)
                decoded += 1
                #expect((0...8).contains(value.planeCount))
            } catch {
                #expect(isExpected(error))
            }
        }
        #expect(decoded > 100)
    }

    @Test func formats() {
        var generator = SeededGenerator(seed: 8)
        var decoded = 0
        for _ in 0..<Self.rounds {
            var c = unsafe random(v4l2_create_buffers.self, &generator)
            do throws(Errno) {
                let value = try unsafe CreateBuffers(c)
                unsafe value.encode(into: &c)
                unsafe value.format.encode(into: &c.format)
                decoded += 1
                #expect((0...8).contains(value.format.format.planeCount))
            } catch {
                #expect(isExpected(error))
            }
        }
        #expect(decoded > 10)
    }

    @Test func everythingElse() {
        var generator = SeededGenerator(seed: 9)
        var refused = 0
        for _ in 0..<Self.rounds {
            do throws(Errno) {
                var requests = random(v4l2_requestbuffers.self, &generator)
                try RequestBuffers(requests).encode(into: &requests)
                var export = random(v4l2_exportbuffer.self, &generator)
                try ExportBuffer(export).encode(into: &export)
                var remove = random(vb2_remove_buffers.self, &generator)
                try RemoveBuffers(remove).encode(into: &remove)
            } catch {
                refused += 1
                #expect(isExpected(error))
            }
            do throws(Errno) {
                var parameters = random(v4l2_streamparm.self, &generator)
                try StreamParameters(parameters).encode(into: &parameters)
                var selection = random(v4l2_selection.self, &generator)
                try Selection(selection).encode(into: &selection)
            } catch {
                refused += 1
                #expect(isExpected(error))
            }
            do throws(Errno) {
                var event = random(v4l2_event.self, &generator)
                try VideoEvent(event).encode(into: &event, pending: 0, sequence: 0, nanoseconds: .max)
                var control = random(v4l2_query_ext_ctrl.self, &generator)
                try ControlDescription(control).encode(into: &control)
                var sizes = random(v4l2_frmsizeenum.self, &generator)
                try FrameSizes(sizes).encode(into: &sizes)
                var intervals = random(v4l2_frmivalenum.self, &generator)
                try FrameIntervals(intervals).encode(into: &intervals)
            } catch {
                refused += 1
                #expect(isExpected(error))
            }
        }
        #expect(refused > 0 && refused < 3 * Self.rounds)
    }

    @Test func textThatIsNoUTF8() {
        var generator = SeededGenerator(seed: 10)
        for _ in 0..<Self.rounds {
            let capability = Capability(random(v4l2_capability.self, &generator))
            var c = v4l2_capability()
            capability.encode(into: &c)
            #expect(c.card.31 == 0 && c.driver.15 == 0 && c.bus_info.31 == 0)
        }
    }
}
