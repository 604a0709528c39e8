import CLinuxSystem

/// A mutex in memory that processes share, which says so when its holder died inside.
public enum RobustMutex {
    /// Makes one at `place`, which has room for a `pthread_mutex_t` and is aligned to 64 bytes.
    /// Source: pthread_mutexattr_setrobust(3), pthread_mutexattr_setpshared(3).
    public static func initialize(at place: UnsafeMutableRawPointer) {
        unsafe linux_robust_mutex_initialize(place)
    }
}
