/// select and pselect, in terms of poll. Sets may be larger than FD_SETSIZE: only their bits are used.
#include "Edge.h"
#include <string.h>
#include <sys/select.h>

/// What the kernel's select makes of poll's bits.
#define READ_SET (POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR)
#define WRITE_SET (POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR)

enum { WORD_BITS = 8 * sizeof(unsigned long), ON_STACK = 64 };

struct sets {
    unsigned long *reads, *writes, *exceptions;
    int count;
};

static unsigned long word(const unsigned long *set, int index) {
    return set ? set[index] : 0;
}

static bool has(const unsigned long *set, int fd) {
    return set && (set[fd / WORD_BITS] >> (fd % WORD_BITS) & 1);
}

/// Calls for each descriptor that is in a set.
#define FOR_EACH_MEMBER(sets, fd)                                                                       \
    for (int index = 0; index * WORD_BITS < (sets)->count; index++)                                      \
        for (unsigned long bits = word((sets)->reads, index) | word((sets)->writes, index)               \
                 | word((sets)->exceptions, index);                                                      \
             bits; bits &= bits - 1)                                                                     \
            for (int fd = index * WORD_BITS + __builtin_ctzl(bits), once = 1; once && fd < (sets)->count; \
                 once = 0)

static bool has_device(const struct sets *sets, size_t *members) {
    bool found = false;
    *members = 0;
    FOR_EACH_MEMBER(sets, fd) {
        struct vb2_handle *handle = vb2_device(fd);
        if (handle) {
            vb2_handle_drop(handle);
            found = true;
        }
        ++*members;
    }
    return found;
}

static void put(unsigned long *set, int fd, bool member) {
    if (set) {
        unsigned long bit = 1ul << (fd % WORD_BITS);
        set[fd / WORD_BITS] = member ? set[fd / WORD_BITS] | bit : set[fd / WORD_BITS] & ~bit;
    }
}

static int64_t wait_members(struct sets *sets, struct pollfd *fds, const struct vb2_wait *wait) {
    size_t count = 0;
    FOR_EACH_MEMBER(sets, fd) {
        short events = 0;
        events |= has(sets->reads, fd) ? POLLIN | POLLRDNORM | POLLRDBAND : 0;
        events |= has(sets->writes, fd) ? POLLOUT | POLLWRNORM | POLLWRBAND : 0;
        events |= has(sets->exceptions, fd) ? POLLPRI : 0;
        fds[count++] = (struct pollfd){.fd = fd, .events = events};
    }
    int64_t result;
    bool counts;
    do {
        result = vb2_poll_wait(fds, count, wait);
        // poll reports a hang-up to those who only want to write, select doesn't.
        counts = result <= 0;
        for (size_t i = 0; i < count && !counts; i++) {
            short revents = fds[i].revents;
            counts = (revents & POLLNVAL) || (has(sets->reads, fds[i].fd) && (revents & READ_SET))
                || (has(sets->writes, fds[i].fd) && (revents & WRITE_SET))
                || (has(sets->exceptions, fds[i].fd) && (revents & POLLPRI));
        }
        for (size_t i = 0; i < count && !counts; i++) {
            fds[i].fd = fds[i].revents ? -1 - fds[i].fd : fds[i].fd; // it will not change any more
        }
    } while (!counts);
    if (result < 0) {
        return result;
    }
    for (size_t i = 0; i < count; i++) {
        if (fds[i].fd >= 0 && (fds[i].revents & POLLNVAL)) {
            return -EBADF;
        }
    }
    int64_t ready = 0;
    for (size_t i = 0; i < count; i++) {
        int fd = fds[i].fd < 0 ? -1 - fds[i].fd : fds[i].fd;
        short revents = fds[i].fd < 0 ? 0 : fds[i].revents;
        bool reads = has(sets->reads, fd) && (revents & READ_SET);
        bool writes = has(sets->writes, fd) && (revents & WRITE_SET);
        bool exceptions = has(sets->exceptions, fd) && (revents & POLLPRI);
        put(sets->reads, fd, reads);
        put(sets->writes, fd, writes);
        put(sets->exceptions, fd, exceptions);
        ready += reads + writes + exceptions;
    }
    return ready;
}

static int64_t device_select(struct sets *sets, size_t members, const struct vb2_wait *wait) {
    struct pollfd few[ON_STACK];
    if (members <= ON_STACK) {
        return wait_members(sets, few, wait);
    }
    struct pollfd *fds = vb2_pages(members * sizeof *fds);
    if (!fds) {
        return -ENOMEM;
    }
    int64_t result = wait_members(sets, fds, wait);
    vb2_pages_free(fds, members * sizeof *fds);
    return result;
}

static struct sets sets_of(int count, fd_set *reads, fd_set *writes, fd_set *exceptions) {
    return (struct sets){
        (unsigned long *)reads, (unsigned long *)writes, (unsigned long *)exceptions,
        count < 0 || count > VB2_FD_LIMIT ? 0 : count};
}

VB2_EXPORT int select(
    int count, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict exceptions,
    struct timeval *restrict timeout) {
    struct sets sets = sets_of(count, reads, writes, exceptions);
    size_t members;
    if (VB2_UNLIKELY(has_device(&sets, &members))) {
        struct vb2_wait wait = {.mask = NULL};
        struct timespec length = {0}, left;
        if (timeout) {
            if (timeout->tv_sec < 0 || timeout->tv_usec < 0) {
                return (int)vb2_return(-EINVAL);
            }
            length.tv_sec = timeout->tv_sec + timeout->tv_usec / 1000000;
            length.tv_nsec = timeout->tv_usec % 1000000 * 1000;
        }
        vb2_wait_timespec(&wait, timeout ? &length : NULL);
        int64_t result = device_select(&sets, members, &wait);
        if (timeout && vb2_wait_remaining(&wait, &left)) {
            // Linux tells what is left of the time.
            *timeout = (struct timeval){.tv_sec = left.tv_sec, .tv_usec = left.tv_nsec / 1000};
        }
        return (int)vb2_return(result);
    }
    __typeof__(&select) next = VB2_NEXT(select);
    if (next) {
        return next(count, reads, writes, exceptions, timeout);
    }
    struct timespec length = {0};
    if (timeout) {
        length = (struct timespec){.tv_sec = timeout->tv_sec, .tv_nsec = timeout->tv_usec * 1000};
    }
    return (int)vb2_return(vb2_syscall6(
        SYS_pselect6, count, (int64_t)(uintptr_t)reads, (int64_t)(uintptr_t)writes, (int64_t)(uintptr_t)exceptions,
        timeout ? (int64_t)(uintptr_t)&length : 0, 0));
}

VB2_EXPORT int pselect(
    int count, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict exceptions,
    const struct timespec *restrict timeout, const sigset_t *restrict mask) {
    struct sets sets = sets_of(count, reads, writes, exceptions);
    size_t members;
    if (VB2_UNLIKELY(has_device(&sets, &members))) {
        struct vb2_wait wait = {.mask = mask};
        if (!vb2_wait_timespec(&wait, timeout)) {
            return (int)vb2_return(-EINVAL);
        }
        return (int)vb2_return(device_select(&sets, members, &wait));
    }
    __typeof__(&pselect) next = VB2_NEXT(pselect);
    if (next) {
        return next(count, reads, writes, exceptions, timeout, mask);
    }
    struct timespec length = timeout ? *timeout : (struct timespec){0};
    const struct {
        const sigset_t *mask;
        size_t size;
    } signals = {mask, 8};
    return (int)vb2_return(vb2_syscall6(
        SYS_pselect6, count, (int64_t)(uintptr_t)reads, (int64_t)(uintptr_t)writes, (int64_t)(uintptr_t)exceptions,
        timeout ? (int64_t)(uintptr_t)&length : 0, (int64_t)(uintptr_t)&signals));
}
