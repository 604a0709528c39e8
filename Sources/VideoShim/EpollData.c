/// Asking the kernel what a set holds.
#include "Epoll.h"

/// Writes /proc/thread-self/fdinfo/N. The path has room for any number.
static void name_info(char *path, int fd) {
    const char *start = "/proc/thread-self/fdinfo/";
    while (*start) {
        *path++ = *start++;
    }
    int scale = 1;
    while (fd / scale >= 10) {
        scale *= 10;
    }
    for (; scale; scale /= 10) {
        *path++ = (char)('0' + fd / scale % 10);
    }
    *path = 0;
}

static int hexadecimal(char digit) {
    return digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

int vb2_epoll_count_data(int epoll, uint64_t data) {
    static const char key[] = "data:";
    char path[48], bytes[1024];
    name_info(path, epoll);
    int64_t fd = vb2_syscall6(SYS_openat, AT_FDCWD, (int64_t)(uintptr_t)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
    int found = 0;
    size_t matched = 0, digits = 0;
    uint64_t value = 0;
    int64_t count;
    while (fd >= 0 && (count = vb2_syscall3(SYS_read, fd, (int64_t)(uintptr_t)bytes, sizeof bytes)) > 0) {
        // A line may lie across two reads.
        for (int64_t i = 0; i < count; i++) {
            if (matched < sizeof key - 1) {
                matched = bytes[i] == key[matched] ? matched + 1 : bytes[i] == key[0];
            } else if (hexadecimal(bytes[i]) >= 0) {
                value = value << 4 | (uint64_t)hexadecimal(bytes[i]);
                digits++;
            } else if (digits) {
                found += value == data;
                matched = digits = value = 0;
            }
        }
    }
    if (fd >= 0) {
        vb2_syscall3(SYS_close, fd, 0, 0);
    }
    return found;
}
