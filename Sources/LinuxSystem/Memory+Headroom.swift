import CLinuxSystem
public import SystemPackage

/// An object of Swift's that finds no memory ends the process: nothing can catch it. So what a process needs to say no is
/// kept beforehand, and who would make it need more is refused before there is nothing left.
extension Memory {
    /// Lets the heap of small objects grow by so much, which stays with it, and makes it the heap of all threads: to be
    /// called before there are any. It costs addresses, and no pages to speak of.
    /// - Throws: ENOMEM.
    public static func reserveHeap(_ bytes: Int) throws(Errno) {
        try checked(linux_heap_reserve(bytes))
    }

    /// Whether there is room for more: asked before something is made that consists of many small objects.
    /// - Parameter bytes: how much there has to be; none of it is taken.
    /// - Throws: ENOMEM.
    public static func checkHeadroom(_ bytes: Int = 1 << 20) throws(Errno) {
        try checked(linux_memory_probe(bytes))
    }
}
