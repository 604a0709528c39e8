import LinuxSystem

/// Buffers that programs have mapped, and wait for (docs/adr/0010).
///
/// While such memory is on its way, either way, no program writes to it: they wait. So the copy is what the memory was,
/// and a way back that fails half-way can be undone.
extension EvictableHeap {
    /// - Throws: `.system`: EOPNOTSUPP without a folder to evict to; EPERM, ENOSYS, EMFILE: no page can be made with its
    ///   content here.
    public func prepareForGuards() throws(BufferSharingError) {
        if configuration.evictsTo == nil { throw .neverMoves(name) }
        do {
            try pageMaker.withLock { maker throws(Errno) in
                if maker == nil { maker = try PageMaker() }
            }
        } catch {
            throw .system(error, "guards of \(name)")
        }
    }

    /// Protect, copy, punch. A program that reads goes on reading until the hole is there, and waits then; one that
    /// writes waits from the start.
    func storeGuarded(_ entry: HeapEntry) throws(EvictionFault) -> Outcome {
        let guards = entry.storage.guards
        do {
            try guards.protect()
        } catch {
            throw EvictionFault(error)
        }
        // If it is stored, all pages are missing: whoever wakes up waits at once for those.
        defer { guards.unprotect() }
        return try store(entry)
    }

    /// Brings the content back while programs have the memory mapped: no page is there before its content is.
    func fillGuarded(_ entry: HeapEntry, from file: borrowing OwnedDescriptor, at offset: Int) throws(Errno) {
        let guards = entry.storage.guards
        guard let maker = pageMaker.withLock({ $0 }) else { throw .ioError }
        guards.protectWherePossible()
        defer { guards.unprotect() }
        do throws(Errno) {
            try maker.fill(entry.view(.readWrite), of: entry, from: file, at: offset)
        } catch {
            // What did come back would be taken for all of it. Nobody has written to it.
            try? entry.file.descriptor.punchHole(0..<entry.size)
            throw error
        }
    }
}
