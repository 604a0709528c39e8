import LinuxSystem

/// The signaller's ends of a fence's descriptors: one for each that was given away, until the fence is done.
final class FenceExports: Sendable {
    private let open = Locked<[Export]>([])

    private final class Export: Sendable {
        let own: UnsharedSocket

        init(_ own: consuming UnsharedSocket) {
            self.own = own
        }

        /// Whether every receiver has closed it.
        var isAbandoned: Bool {
            (try? own.socket.descriptor.wait(for: .input, timeout: .zero).contains(.hangUp)) ?? false
        }

        /// A lost word isn't a lost end: the socket is closed next, and the receiver takes that for a death.
        func send(_ status: Fence.Status) {
            var word = FenceMessage(status).word
            _ = unsafe withUnsafeBytes(of: &word) { unsafe try? own.socket.sendNonblocking($0) }
        }
    }

    /// Makes a descriptor.
    /// - Parameter status: how the fence has ended, if it has. Asked once it can't end unnoticed any more.
    func export(_ status: () -> Fence.Status?) throws(Errno) -> OwnedDescriptor {
        try UnsharedSocket.pair().split { own, peer throws(Errno) in
            // So that no holder can write, and fill this process's memory.
            try peer.shutdown(.writing)
            let export = Export(own)
            open.withLock { open in
                // So that a fence which is long in coming isn't held open once for everybody who ever asked.
                open.removeAll { $0.isAbandoned }
                if let ended = status() {
                    export.send(ended)
                } else {
                    open.append(export)
                }
            }
            return peer.intoDescriptor()
        }
    }

    /// Ends the fence, and tells every holder how.
    /// - Parameter complete: makes known in this process how it ended.
    func end(_ complete: () -> Fence.Status) {
        let (status, exports) = open.withLock { open in
            let ended = (complete(), open)
            open = []
            return ended
        }
        for export in exports { export.send(status) }
    }
}
