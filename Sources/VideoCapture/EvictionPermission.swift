/// Whether a device may take the memory of a stream's frames away for a while, when memory is short.
///
/// It comes back, with its content, when the program looks at it, or the kernel does for the program: the access just
/// takes longer.
public enum EvictionPermission: Hashable, Sendable {
    /// The stream was started without `allowsEviction`.
    case notAsked
    /// The device is the kernel's: its memory stays where it is.
    case notNeeded
    /// It may.
    case granted
    /// It may not, for this reason, which is for people; all else works as without.
    case refused(String)
}
