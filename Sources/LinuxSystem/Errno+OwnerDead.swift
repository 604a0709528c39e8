import CLinuxSystem
public import SystemPackage

extension Errno {
    /// Whoever was to do it has died.
    ///
    /// The corresponding C error is `EOWNERDEAD`.
    public static var ownerDead: Errno { Errno(rawValue: linux_eownerdead) }
}
