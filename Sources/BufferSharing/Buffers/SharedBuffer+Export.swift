public import LinuxSystem
import Synchronization

extension SharedBuffer {
    /// What a holder of an exported descriptor may do.
    public enum ExportAccess: Hashable, Sendable {
        /// Mapped or opened for writing it gives EACCES.
        case readOnly
        case readWrite
    }

    /// A descriptor of the buffer to give away (close-on-exec); the caller owns it. Its size is found by lseek(2).
    ///
    /// A read-only one is an open file of its own. It isn't a fence against another process of the same
    /// user, which can reopen it through /proc: for that the memory itself has to be sealed.
    ///
    /// From here on the exporter counts on others having the memory mapped.
    /// - Throws: `.accessDenied` (EACCES) for more than the buffer itself was given; `.system` (EMFILE), and
    ///   (EOPNOTSUPP) for a read-only one of a writable dma-buf: the kernel gives none but when it makes the buffer.
    public func exportDescriptor(access: ExportAccess) throws(BufferSharingError) -> OwnedDescriptor {
        if access == .readWrite, self.access != .readWrite {
            throw BufferSharingError(.accessDenied, errno: .permissionDenied, context: "export of \(name)")
        }
        if access == .readOnly, self.access != .readOnly, kind == .dmaBuf {
            throw .system(.notSupported, "read-only export of the dma-buf \(name)")
        }
        if storage.exporter?.allowsExport == false {
            throw BufferSharingError(
                .accessDenied, errno: .permissionDenied, context: "export of \(name), whose memory stays in its process"
            )
        }
        // Before the descriptor is there: a move under way has then either seen it, or ends before anybody can look.
        try storage.handOut()
        do {
            // One that is read-only already needs no other open file.
            if access == .readWrite || self.access == .readOnly { return try file.descriptor.duplicate() }
            return try file.descriptor.reopen(readOnly: true)
        } catch {
            throw .system(error, "export of \(name)")
        }
    }
}

extension BufferStorage {
    /// A descriptor is about to leave: content that only this process could find (in the exporter's file) is brought
    /// back first, and doesn't go there again.
    func handOut() throws(BufferSharingError) {
        // First the word to the exporter, then the look: a move that hasn't seen the word is seen by the look.
        guards.handOut()
        isHandedOut.store(true, ordering: .sequentiallyConsistent)
        switch state.place {
        case .resident, .absent, .pagedOut: return
        case .stored, .moving:
            try beginUse()
            endUse()
        }
    }
}
