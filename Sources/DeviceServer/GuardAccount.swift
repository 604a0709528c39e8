import BufferSharing
import LinuxSystem

/// What one process was handed of a device's memory, and the guards by which it accounts for that. It is kept by the
/// process's own control channel: so none can account for what another was handed.
final class GuardAccount {
    private var handOuts: [BufferIdentity: HandOut] = [:]
    /// One for each plane.
    private var guards: [BufferIdentity: GuardedMapping] = [:]

    /// The process was handed a descriptor that it can write to.
    func handedOut(_ buffer: SharedBuffer?) {
        guard let buffer else { return }
        // Buffers that are gone by now; each was replaced by one that is counted here.
        if handOuts.count >= Self.tidyCount { handOuts = handOuts.filter { $0.value.isOpen } }
        handOuts[buffer.identity] = HandOut(of: buffer)
    }

    /// The process says that it has the buffer mapped there alone, and waits for it.
    /// - Throws: EINVAL: it wasn't handed the buffer; EBUSY: it has a guard of it; what ``HandOut/accept`` gives.
    func accept(
        _ userfault: consuming OwnedDescriptor, of buffer: SharedBuffer, at address: UInt64, length: UInt64
    ) throws(Errno) {
        guards = guards.filter { $0.value.isActive }
        guard guards[buffer.identity] == nil, let handOut = handOuts[buffer.identity] else {
            let isGuarded = guards[buffer.identity] != nil
            DescriptorReaper.shared.close(userfault)
            throw isGuarded ? .resourceBusy : .invalidArgument
        }
        do {
            guards[buffer.identity] = try handOut.accept(userfault, at: address, length: length)
        } catch {
            throw error.errno
        }
        handOuts[buffer.identity] = nil
    }

    /// The process is gone, or has no line to us any more.
    func retireAll() {
        for mapping in guards.values { mapping.retire() }
        guards.removeAll()
        handOuts.removeAll()
    }

    private static let tidyCount = 64
}
