package import SystemPackage
package import V4L2Types

/// One ioctl of a program, as bytes. The server owns them, and has copied them from the program before;
/// nothing in them is trusted, and no pointer in them is followed.
///
/// The dispatcher works in place. What is to go back to the program stands in the same bytes afterwards.
@safe package struct IoctlRequest: ~Copyable {
    package let command: UInt32
    /// As many bytes as the command says; valid for the call.
    package let argument: UnsafeMutableRawBufferPointer
    /// The array that the argument points to in the program: `v4l2_ext_control[]` or `v4l2_plane[]`.
    package let nested: UnsafeMutableRawBufferPointer
    /// The program's argument couldn't be read.
    package let isFaulted: Bool
    /// The program's file has O_NONBLOCK.
    package let isNonBlocking: Bool

    package init(
        command: UInt32, argument: UnsafeMutableRawBufferPointer, nested: UnsafeMutableRawBufferPointer,
        isFaulted: Bool = false, isNonBlocking: Bool = false
    ) {
        self.command = command
        unsafe self.argument = argument
        unsafe self.nested = nested
        self.isFaulted = isFaulted
        self.isNonBlocking = isNonBlocking
    }

    /// The argument as a value of a C struct.
    /// - Throws: EFAULT if there are fewer bytes.
    package func load<Value>(_ type: Value.Type) throws(Errno) -> Value {
        guard unsafe argument.count >= MemoryLayout<Value>.size else { throw .badAddress }
        return unsafe argument.loadUnaligned(as: type)
    }

    /// Replaces the argument's bytes. The value must be of the type that was loaded.
    package func store<Value>(_ value: Value) {
        unsafe precondition(argument.count >= MemoryLayout<Value>.size)
        unsafe argument.storeBytes(of: value, as: Value.self)
    }
}

/// What an ioctl came to.
package enum IoctlReply: Equatable, Sendable {
    /// 0. The argument goes back if the command says so, and the nested bytes.
    case success
    /// -1 and errno. Nothing goes back: the program's struct stays as it was.
    case failure(Errno)
    /// -1 and errno, and the bytes go back, as the kernel does for the extended control ioctls.
    case failureWithResults(Errno)
    /// The file is blocking and there is nothing yet. Perform it again when that changes: for VIDIOC_DQEVENT,
    /// when `OpenHandle.onEventsChanged` is called.
    case wouldBlock
}

/// The queue's side of a device: answers the ioctls for which `Ioctl.isBufferIoctl` holds.
package protocol BufferIoctls: AnyObject {
    /// The command is known, the argument readable and the priority checked; nothing else is.
    func performBufferIoctl(_ ioctl: Ioctl, request: borrowing IoctlRequest, handle: OpenHandle) -> IoctlReply
}
