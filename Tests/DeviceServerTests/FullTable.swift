import Glibc
import Testing

/// This process's table of descriptors, filled up to its limit.
final class FullTable {
    private var numbers: [Int32] = []

    init(leaving count: Int) {
        var limit = rlimit(rlim_cur: 128, rlim_max: 128)
        #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        while case let number = dup(0), number >= 0 { numbers.append(number) }
        for number in numbers.suffix(count) { close(number) }
        numbers.removeLast(count)
    }

    func empty() {
        for number in numbers { close(number) }
        numbers = []
    }
}
