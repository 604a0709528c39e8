import DeviceProtocol

/// Room for one request and its answer, made once for each thread.
///
/// A request stands at the front: header, argument, nested array. The answer's header is written just in
/// front of the argument, over the end of the request's: argument and nested array are answered in place.
@safe
final class MessageBuffer {
    private let memory: UnsafeMutableRawBufferPointer

    init(byteCount: Int = RequestHeader.longestMessage) {
        unsafe memory = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
    }

    deinit {
        unsafe memory.deallocate()
    }

    /// All of it, to receive into.
    var whole: UnsafeMutableRawBufferPointer { unsafe memory }

    /// The first `count` bytes.
    func message(_ count: Int) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[0..<min(count, memory.count)])
    }

    func argument(_ header: RequestHeader) -> UnsafeMutableRawBufferPointer {
        unsafe part(from: RequestHeader.byteCount, count: header.argumentBytes)
    }

    func nested(_ header: RequestHeader) -> UnsafeMutableRawBufferPointer {
        unsafe part(from: RequestHeader.byteCount + header.argumentBytes, count: header.nestedBytes)
    }

    /// The whole answer: `reply`'s header, and the argument and nested bytes that stand behind it.
    func answer(_ reply: ReplyHeader) -> UnsafeRawBufferPointer {
        let start = RequestHeader.byteCount - ReplyHeader.byteCount
        let whole = unsafe part(from: start, count: ReplyHeader.byteCount + reply.argumentBytes + reply.nestedBytes)
        unsafe reply.encode(into: whole)
        return UnsafeRawBufferPointer(whole)
    }

    private func part(from start: Int, count: Int) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start..<(start + count)])
    }
}
