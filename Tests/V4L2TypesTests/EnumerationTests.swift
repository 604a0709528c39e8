import CVideoABI
import PixelFormats
import SystemPackage
import Testing
import V4L2Types

/// The numbers that Swift needs as literals are the header's.
@Suite struct EnumerationTests {
    @Test func bufferTypes() {
        #expect(BufferType.videoCapture.rawValue == V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue)
        #expect(BufferType.videoOutput.rawValue == V4L2_BUF_TYPE_VIDEO_OUTPUT.rawValue)
        #expect(BufferType.videoCaptureMultiplanar.rawValue == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE.rawValue)
        #expect(BufferType.videoOutputMultiplanar.rawValue == V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE.rawValue)
    }

    @Test func memoryAndPriority() {
        #expect(BufferMemory.mmap.rawValue == V4L2_MEMORY_MMAP.rawValue)
        #expect(BufferMemory.userPointer.rawValue == V4L2_MEMORY_USERPTR.rawValue)
        #expect(BufferMemory.dmaBuf.rawValue == V4L2_MEMORY_DMABUF.rawValue)
        #expect(AccessPriority.background.rawValue == V4L2_PRIORITY_BACKGROUND.rawValue)
        #expect(AccessPriority.interactive.rawValue == V4L2_PRIORITY_DEFAULT.rawValue)
        #expect(AccessPriority.record.rawValue == V4L2_PRIORITY_RECORD.rawValue)
    }

    @Test func controlTypesAndIDs() {
        #expect(ControlType.integer.rawValue == V4L2_CTRL_TYPE_INTEGER.rawValue)
        #expect(ControlType.boolean.rawValue == V4L2_CTRL_TYPE_BOOLEAN.rawValue)
        #expect(ControlType.menu.rawValue == V4L2_CTRL_TYPE_MENU.rawValue)
        #expect(ControlType.button.rawValue == V4L2_CTRL_TYPE_BUTTON.rawValue)
        #expect(ControlType.integer64.rawValue == V4L2_CTRL_TYPE_INTEGER64.rawValue)
        #expect(ControlType.controlClass.rawValue == V4L2_CTRL_TYPE_CTRL_CLASS.rawValue)
        #expect(ControlType.bitmask.rawValue == V4L2_CTRL_TYPE_BITMASK.rawValue)
        #expect(ControlType.integerMenu.rawValue == V4L2_CTRL_TYPE_INTEGER_MENU.rawValue)
        #expect(ControlID.brightness.rawValue == 0x0098_0900)
        #expect(ControlID.horizontalFlip.rawValue == 0x0098_0914)
        #expect(ControlID.minimumCaptureBuffers.rawValue == 0x0098_0927)
        #expect(ControlID.testPattern.rawValue == 0x009f_0903)
        #expect(ControlClass.user.id.rawValue == 0x0098_0001)
    }

    @Test func eventsAndTargets() {
        #expect(EventKind.endOfStream.rawValue == UInt32(V4L2_EVENT_EOS))
        #expect(EventKind.control.rawValue == UInt32(V4L2_EVENT_CTRL))
        #expect(EventKind.frameSync.rawValue == UInt32(V4L2_EVENT_FRAME_SYNC))
        #expect(EventKind.sourceChange.rawValue == UInt32(V4L2_EVENT_SOURCE_CHANGE))
        #expect(Selection.Target.cropBounds.rawValue == UInt32(V4L2_SEL_TGT_CROP_BOUNDS))
        #expect(Selection.Target.nativeSize.rawValue == UInt32(V4L2_SEL_TGT_NATIVE_SIZE))
        #expect(Selection.Target.compose.rawValue == UInt32(V4L2_SEL_TGT_COMPOSE))
        #expect(Selection.Target.composePadded.rawValue == UInt32(V4L2_SEL_TGT_COMPOSE_PADDED))
    }

    @Test func everyIoctlIsFoundByItsNumberAndByNothingElse() {
        for ioctl in Ioctl.allCases {
            #expect(UInt8(truncatingIfNeeded: ioctl.command) == ioctl.rawValue)
            #expect(Ioctl(command: ioctl.command) == ioctl)
            #expect(Ioctl(command: ioctl.command ^ 0x0001_0000) == nil)
            #expect(Ioctl(command: ioctl.command ^ 0x8000_0000) == nil)
            #expect(Ioctl(command: ioctl.command ^ 0x0000_0100) == nil)
        }
        #expect(Ioctl.queueBuffer.argumentSize == 88)
        #expect(Ioctl.removeBuffers.argumentSize == 64)
        #expect(Ioctl.logStatus.argumentSize == 0)
        #expect(Ioctl(command: 0) == nil)
        #expect(Ioctl(command: .max) == nil)
    }

    @Test func valuesThatAreNone() {
        for raw: UInt32 in [0, 3, 8, 11, 0x80, .max] {
            #expect(throws: Errno.invalidArgument) { try BufferType(validating: raw) }
        }
        for raw: UInt32 in [0, 3, 5, .max] {
            #expect(throws: Errno.invalidArgument) { try BufferMemory(validating: raw) }
        }
        for raw: UInt32 in [0, 4, .max] {
            #expect(throws: Errno.invalidArgument) { try AccessPriority(validating: raw) }
        }
    }
}
