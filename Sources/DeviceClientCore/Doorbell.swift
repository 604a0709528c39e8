import CVideoABI
import Synchronization

/// The bytes on the program's socket.
///
/// The server sends one when `done` goes from 0 to 1, and one that stands for no such change when a
/// sleeper must look again (`wakes_sent`). The program takes one when it takes the last buffer. A byte that
/// had not arrived by then is owed, and is taken before the next wait; so a readable socket means an
/// available buffer. All of this happens under the page's lock.
enum Doorbell {
    /// `done` went from 1 to 0: takes the byte that announced it, without waiting; or makes an output's
    /// socket unwritable again.
    @inline(__always)
    static func take(_ page: Page, _ fd: Int32) {
        if unsafe page.pointee.is_output != 0 {
            fill(fd)
        } else {
            let result = System.receiveByte(fd, flags: nowait)
            if result == -Int64(EAGAIN) {
                unsafe page.pointee.owed += 1
            } else if result <= 0 {
                unsafe shutGate(page)
            }
        }
    }

    /// The server is gone: both fast paths end, and every call from here on learns ENODEV by asking. Harmless
    /// if that was wrong, for then the server opens the gate again.
    static func shutGate(_ page: Page) {
        unsafe word(page, VB2_AT_GATE).pointee.store(0, ordering: .sequentiallyConsistent)
    }

    /// Sends a filler: 255 bytes that the server reads when a buffer can be dequeued again.
    @inline(never)
    static func fill(_ fd: Int32) {
        var bytes: [255 of UInt8] = .init(repeating: 0x46)  // VB2_BYTE_FILLER
        let nothing = unsafe vb2_part(bytes: nil, count: 0)
        unsafe withUnsafeMutablePointer(to: &bytes) { bytes in
            let part = unsafe vb2_part(bytes: UnsafeRawPointer(bytes), count: 255)
            // There is always room for one more: see VB2_FILLER_BYTES.
            _ = unsafe vb2_send_message(fd, part, nothing, nothing, nil, 0, nowait)
        }
    }

    /// Takes what is owed and has arrived.
    /// - Returns: whether nothing is owed any more.
    static func payOwed(_ page: Page, _ fd: Int32) -> Bool {
        while unsafe page.pointee.owed > 0 {
            guard System.receiveByte(fd, flags: nowait) > 0 else { return false }
            unsafe page.pointee.owed -= 1
        }
        return true
    }

    /// Takes the bytes that only woke sleepers.
    static func payWakes(_ page: Page, _ fd: Int32) {
        let sent = unsafe word(page, VB2_AT_WAKES_SENT).pointee.load(ordering: .acquiring)
        while unsafe page.pointee.wakes_paid != sent {
            guard System.receiveByte(fd, flags: nowait) > 0 else { return }
            // Sequentially consistent: the server sends no second wake while one is unpaid, so whoever pays
            // looks at the state after this, and sees what that wake would have told.
            unsafe word(page, VB2_AT_WAKES_PAID).pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
        }
    }

    /// After a request of this process's own that rang for nobody else.
    static func payOwnWake(_ page: Page, _ fd: Int32) {
        if unsafe !Sleep.hasSleepers(page) { unsafe payWakes(page, fd) }
    }

    /// Whether a wake is on the socket that nobody has taken.
    static func hasWakes(_ page: Page) -> Bool {
        unsafe word(page, VB2_AT_WAKES_SENT).pointee.load(ordering: .acquiring) != page.pointee.wakes_paid
    }

    static let nowait: Int32 = 0x40  // MSG_DONTWAIT
    static let peek: Int32 = 0x02  // MSG_PEEK
}
