import CLinuxSystem
public import SystemPackage

/// Who waits for a page, in place of the kernel: one descriptor of userfaultfd(2), for shared mappings of memory files.
///
/// The process that makes it registers ranges of its own addresses, and may send the descriptor to another process, which
/// then brings pages in and holds off writes for it. All addresses here are those of the process that made it.
///
/// While the descriptor is open anywhere, an access to a missing page of a registered range waits for whoever reads the
/// faults; when the last one is closed, it finds a new page of zeros.
public struct Userfault: ~Copyable, Sendable {
    public let descriptor: OwnedDescriptor

    /// Whose accesses wait.
    public enum Reach: Hashable, Sendable {
        /// The process's own and the kernel's on its behalf, as in write(2). Needs CAP_SYS_PTRACE, the sysctl
        /// vm.unprivileged_userfaultfd, or permission to open /dev/userfaultfd.
        case everything
        /// Only the process's own; the kernel's fail with EFAULT. Needs no privilege (Linux 5.11).
        case userModeOnly
    }

    /// What is to wait.
    public struct Cause: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32

        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// Accesses to pages that the file hasn't, in memory or in swap.
        public static var missingPage: Cause { Cause(rawValue: 1) }
        /// Writes to pages that are protected.
        public static var protectedPage: Cause { Cause(rawValue: 2) }
    }

    /// - Throws: EPERM without the privilege; ENOSYS; EOPNOTSUPP for a kernel that can't protect shared memory from
    ///   writes (before Linux 5.19); EMFILE.
    public init(_ reach: Reach) throws(Errno) {
        descriptor = OwnedDescriptor(adopting: Int32(try checked(linux_userfault(reach == .userModeOnly))))
    }

    /// Takes over a descriptor that another process made. Ask first what it is: ``OwnedDescriptor/isUserfault()``.
    public init(adopting descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    /// Lets accesses to a range wait, from now on.
    /// - Parameter range: whole pages, all mapped.
    /// - Throws: EINVAL when it isn't mapped, or not of memory; EPERM for a mapping of a file that can't be written to;
    ///   EBUSY when another descriptor has it.
    public func register(_ range: Range<UInt>, for causes: Cause) throws(Errno) {
        try checked(
            linux_userfault_register(
                descriptor.raw, UInt64(range.lowerBound), UInt64(range.count), causes.contains(.missingPage),
                causes.contains(.protectedPage)))
    }

    /// Ends it: whoever waits goes on, and finds a new page of zeros if there is none.
    /// - Throws: ENOMEM when the process is gone; EINVAL when nothing is mapped there.
    public func unregister(_ range: Range<UInt>) throws(Errno) {
        try checked(linux_userfault_unregister(descriptor.raw, UInt64(range.lowerBound), UInt64(range.count)))
    }

    /// Holds off writes. When this returns, none is under way any more, but for devices' that had the pages pinned.
    /// - Throws: ESRCH when the process is gone; ENOENT when nothing is registered there any more; EAGAIN.
    public func protect(_ range: Range<UInt>) throws(Errno) {
        try checked(
            linux_userfault_protect(descriptor.raw, UInt64(range.lowerBound), UInt64(range.count), true))
    }

    /// Lets writes go on, and wakes whoever waits.
    /// - Throws: as ``protect(_:)``.
    public func unprotect(_ range: Range<UInt>) throws(Errno) {
        try checked(
            linux_userfault_protect(descriptor.raw, UInt64(range.lowerBound), UInt64(range.count), false))
    }

    /// Wakes whoever waits there: their accesses are tried again.
    public func wake(_ range: Range<UInt>) {
        // It fails for no range of whole pages; nobody may be there, though.
        _ = linux_userfault_wake(descriptor.raw, UInt64(range.lowerBound), UInt64(range.count))
    }

    /// Makes missing pages that have their content from the start: nobody ever sees them without.
    /// - Parameters:
    ///   - target: in a range that is registered for missing pages.
    ///   - bytes: whole pages.
    /// - Returns: how many bytes were taken; fewer than there are if the next page isn't missing.
    /// - Throws: EEXIST when the first page isn't missing; ENOENT when nothing is registered there; ESRCH; ENOMEM.
    public func copy(_ bytes: UnsafeRawBufferPointer, to target: UInt) throws(Errno) -> Int {
        guard let source = bytes.baseAddress else { return 0 }
        while true {
            var copied = 0
            let result = unsafe linux_userfault_copy(
                descriptor.raw, UInt64(target), source, bytes.count, &copied)
            if result >= 0 || copied > 0 { return copied }
            let error = Errno(rawValue: CInt(-result))
            // The mappings of the process are being changed at this moment.
            if error != .interrupted, error != .resourceTemporarilyUnavailable { throw error }
        }
    }

    /// Content that is lost: an access to these pages, which are missing, gets SIGBUS, as for a file that can't be read.
    /// - Throws: EEXIST when a page isn't missing; ENOENT; ESRCH; EINVAL before Linux 6.6.
    public func poison(_ range: Range<UInt>) throws(Errno) {
        try checked(linux_userfault_poison(descriptor.raw, UInt64(range.lowerBound), UInt64(range.count)))
    }

    /// Takes faults that wait, without waiting itself.
    /// - Returns: whether anything was there.
    /// - Throws: EOPNOTSUPP before Linux 6.10.
    public func take(into faults: inout Faults) throws(Errno) -> Bool {
        faults.count = 0
        var count = 0
        let taken = try retryingNonblocking {
            unsafe linux_userfault_read(descriptor.raw, faults.storage, &count)
        }
        faults.count = count
        return taken ?? 0 > 0
    }
}

extension Userfault {
    /// One access that waits.
    public struct Fault: Hashable, Sendable {
        /// Of the page.
        public var address: UInt
        /// Why it waits.
        public var cause: Cause
    }

    /// Room for the faults of one read; made once and used again.
    ///
    /// `@unchecked Sendable` because it is the only owner of its memory, and it can't be copied.
    @safe
    public struct Faults: ~Copyable, @unchecked Sendable {
        @unsafe let storage: UnsafeMutablePointer<linux_fault>
        /// How many there are.
        public internal(set) var count = 0

        public init() {
            unsafe storage = .allocate(capacity: Int(LINUX_FAULTS_PER_READ))
            unsafe storage.initialize(repeating: linux_fault(), count: Int(LINUX_FAULTS_PER_READ))
        }

        deinit {
            unsafe storage.deallocate()
        }

        /// - Precondition: 0 ..< ``count``.
        public subscript(index: Int) -> Fault {
            precondition(index >= 0 && index < count, "No fault with this index.")
            let fault = unsafe storage[index]
            return Fault(
                address: UInt(fault.address), cause: fault.on_protected_page ? .protectedPage : .missingPage)
        }
    }
}

extension OwnedDescriptor {
    /// Whether it is such a descriptor. The file itself isn't asked, which may be a stranger's: /proc says it.
    /// - Throws: ENOENT without /proc.
    public func isUserfault() throws(Errno) -> Bool {
        try checked(linux_is_userfault(raw)) == 1
    }
}

extension Errno {
    /// Why a process can't have a ``Userfault`` of that reach, for people, and what would help.
    public var userfaultReason: String {
        switch self {
        case .notPermitted, .permissionDenied:
            "this process may not catch the kernel's page faults (userfaultfd): an administrator can allow it, "
                + "by permissions of /dev/userfaultfd or by sysctl vm.unprivileged_userfaultfd=1"
        case .noFunction: "this kernel, or a sandbox, has no userfaultfd"
        case .notSupported: "this kernel is too old for userfaultfd on shared memory"
        default: "userfaultfd: \(self)"
        }
    }
}
