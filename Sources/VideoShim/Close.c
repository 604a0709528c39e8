/// close and its kin: they forget our devices, and never reach the descriptors that the program must not see.
#include "Edge.h"
#include <sys/resource.h>

#define RAW_CLOSE(fd) vb2_syscall3(SYS_close, fd, 0, 0)

VB2_EXPORT int close(int fd) {
    unsigned state = vb2_fd_state(fd);
    if (VB2_UNLIKELY(state >= VB2_FD_EPOLL) && !vb2_process_is_borrowed()) {
        if (state == VB2_FD_HIDDEN) {
            errno = EBADF;
            return -1;
        }
        vb2_fd_closing(fd);
        int result = VB2_NATIVE(close, RAW_CLOSE(fd), fd);
        vb2_fd_closed(fd);
        return result;
    }
    // Whoever gets the number next is looked at again. Before the call: the number may be reused in it.
    if (state == VB2_FD_FOREIGN && (unsigned)fd < VB2_FD_LIMIT) {
        vb2_fd_fresh(fd);
    }
    return VB2_NATIVE(close, RAW_CLOSE(fd), fd);
}

static int native_range(unsigned first, unsigned last, int flags) {
    return VB2_NATIVE(close_range, vb2_syscall3(SYS_close_range, first, last, flags), first, last, flags);
}

/// Closes each run of numbers between our hidden ones.
static int close_around(unsigned first, unsigned last, int flags) {
    unsigned bound = (unsigned)vb2_fd_bound(), start = first;
    for (unsigned fd = first; fd < bound && fd <= last; fd++) {
        if (vb2_fd_state((int)fd) != VB2_FD_HIDDEN) {
            continue;
        }
        if (fd > start && native_range(start, fd - 1, flags) < 0) {
            return -1;
        }
        start = fd + 1;
    }
    return start > last ? 0 : native_range(start, last, flags);
}

static void forget_range(unsigned first, unsigned last, bool closed) {
    unsigned bound = (unsigned)vb2_fd_bound();
    for (unsigned fd = first; fd < bound && fd <= last; fd++) {
        unsigned state = vb2_fd_state((int)fd);
        if (closed) {
            vb2_fd_closed((int)fd);
        } else if (state == VB2_FD_DEVICE || state == VB2_FD_EPOLL) {
            vb2_fd_closing((int)fd);
        } else if (state == VB2_FD_FOREIGN) {
            vb2_fd_fresh((int)fd);
        }
    }
}

VB2_EXPORT int close_range(unsigned first, unsigned last, int flags) {
    // Ours are close-on-exec already.
    if (first > last || (flags & CLOSE_RANGE_CLOEXEC) || first >= (unsigned)vb2_fd_bound()
        || vb2_process_is_borrowed()) {
        return native_range(first, last, flags);
    }
    forget_range(first, last, false);
    int result = close_around(first, last, flags);
    forget_range(first, last, true);
    return result;
}

VB2_EXPORT void closefrom(int low) {
    unsigned first = low < 0 ? 0 : (unsigned)low;
    if (close_range(first, ~0u, 0) == 0) {
        return;
    }
    // A system without close_range.
    struct rlimit limit;
    unsigned last = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (unsigned)limit.rlim_cur : VB2_FD_LIMIT;
    for (unsigned fd = first; fd < last; fd++) {
        if (vb2_fd_state((int)fd) != VB2_FD_HIDDEN) {
            RAW_CLOSE(fd);
        }
    }
}
