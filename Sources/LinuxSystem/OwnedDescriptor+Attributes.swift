import CLinuxSystem

extension OwnedDescriptor {
    /// Whether the file has an extended attribute of this name that isn't empty (fgetxattr(2)).
    public func hasAttribute(_ name: String) -> Bool { unsafe linux_has_attribute(raw, name) }
}
