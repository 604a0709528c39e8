import LinuxSystem

/// Who has said that it will use a buffer.
final class AttachmentList: Sendable {
    private let records = Locked<[ObjectIdentifier: AttachmentRecord]>([:])

    func add(_ record: AttachmentRecord) {
        records.withLock { $0[ObjectIdentifier(record)] = record }
    }

    func remove(_ record: AttachmentRecord) {
        records.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(record)) }
    }

    var all: [AttachmentRecord] { records.withLock { Array($0.values) } }

    /// Tells each of them that the memory is about to move (`move_notify`).
    func callBack() {
        for record in all { record.callBack() }
    }
}
