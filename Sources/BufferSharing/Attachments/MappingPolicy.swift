/// When an importer lets go of its mapping of a buffer that it isn't using: the review thread's argument, as values.
///
/// A mapping is expensive (24 MB in pages of 4 KB: 4 to 17 ms), so a queue wants to keep it; memory is scarce, so an
/// exporter wants to move what nobody is using. "Doors" are the answers that the thread weighed (Pinchart, Clark, Vetter).
///
///                     unmap             exporter moves          next map
///     perUse          mapping ends      freely                  maps anew
///     untilTold       exporter asked    may have to wait        kept, if it wasn't told        (door 1)
///     untilCalledBack kept              calls back: ends then   anew after a call, else kept   (door 2)
///     askAtMap        kept              freely                  compares: anew if it moved     (door 3)
///     forever         kept, pinned      never                   kept                           (door 4)
public enum MappingPolicy: Hashable, Sendable, CaseIterable {
    /// Maps at each map, unmaps at each unmap: right where mapping costs nothing.
    case perUse
    /// Keeps the mapping until the exporter says at an unmap that it wants to move.
    case untilTold
    /// Keeps the mapping until the exporter calls back, just before it moves (dynamic attachments, `move_notify`).
    case untilCalledBack
    /// Keeps the mapping, and asks at the next map whether the memory has moved. Gives up its page-table entries when
    /// the exporter is about to move.
    case askAtMap
    /// Keeps the mapping and pins the memory: the kernel's vb2.
    case forever

    /// What goes with a device and an exporter.
    /// - Parameters:
    ///   - isMappingExpensive: the device's word (Clark's PREPARE_IS_EXPENSIVE).
    ///   - canMove: the exporter's word; memory that never moves is as good as pinned (Ailus's non-relocatable bit).
    public static func standard(isMappingExpensive: Bool, canMove: Bool) -> MappingPolicy {
        if !isMappingExpensive { return .perUse }
        return canMove ? .askAtMap : .forever
    }

    /// Whether the importer pins what it has mapped: it can't do with less.
    var pins: Bool { self == .forever }
}
