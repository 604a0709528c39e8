import CLinuxSystem
public import SystemPackage

/// This process's id.
public var processID: Int32 { Int32(linux_process_id()) }

/// This thread's id (gettid(2)).
public var threadID: Int32 { Int32(linux_thread_id()) }

/// The real user's id.
public var userID: UInt32 { linux_user_id() }

/// The effective user's id.
public var effectiveUserID: UInt32 { linux_effective_user_id() }

/// The variables of this process's environment.
public enum Environment {
    public static func value(_ name: String) -> String? {
        guard let text = unsafe linux_environment_value(name) else { return nil }
        return unsafe String(cString: text)
    }

    /// All of them, "NAME=value" each, in the environment's order.
    public static var all: [String] {
        guard var entry = unsafe linux_environment() else { return [] }
        var texts: [String] = []
        while let text = unsafe entry.pointee {
            unsafe texts.append(String(cString: text))
            unsafe entry += 1
        }
        return texts
    }

    /// Sets a variable, or removes it. Only while no other thread looks at the environment.
    /// - Throws: EINVAL for a name that is empty or has a "=" in it.
    public static func set(_ name: String, to value: String?) throws(Errno) {
        if let value {
            try checked(unsafe linux_set_environment(name, value))
        } else {
            try checked(unsafe linux_set_environment(name, nil))
        }
    }
}

/// What the system lets this process have.
public enum ResourceLimits {
    /// Raises the limit of open descriptors (RLIMIT_NOFILE) as far as this process may.
    /// - Returns: the limit now.
    @discardableResult
    public static func raiseDescriptorLimit() throws(Errno) -> Int {
        try checked(linux_raise_descriptor_limit())
    }

    /// The limit of open descriptors now.
    public static func descriptorLimit() throws(Errno) -> Int {
        try checked(linux_descriptor_limit())
    }
}
