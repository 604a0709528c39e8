/// poll and ppoll.
#include "Edge.h"

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room);
int __ppoll_chk(
    struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask, size_t room);

static int64_t raw_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
    struct timespec copy = timeout ? *timeout : (struct timespec){0};
    return vb2_syscall6(
        SYS_ppoll, (int64_t)(uintptr_t)fds, (int64_t)count, timeout ? (int64_t)(uintptr_t)&copy : 0,
        (int64_t)(uintptr_t)mask, 8, 0);
}

static int64_t raw_poll(struct pollfd *fds, nfds_t count, int timeout) {
    struct timespec length = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000l};
    return raw_ppoll(fds, count, timeout < 0 ? NULL : &length, NULL);
}

static int device_poll(struct pollfd *fds, nfds_t count, int timeout) {
    struct vb2_wait wait = {.mask = NULL};
    vb2_wait_milliseconds(&wait, timeout);
    return (int)vb2_return(vb2_poll_wait(fds, count, &wait));
}

static int device_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
    struct vb2_wait wait = {.mask = mask};
    return (int)vb2_return(vb2_wait_timespec(&wait, timeout) ? vb2_poll_wait(fds, count, &wait) : -EINVAL);
}

/// More than a process can have: the kernel says what is wrong with it.
static bool has_device(const struct pollfd *fds, nfds_t count) {
    return count <= 1u << 20 && (uintptr_t)fds >= 4096 && vb2_poll_has_device(fds, count);
}

VB2_EXPORT int poll(struct pollfd *fds, nfds_t count, int timeout) {
    if (VB2_UNLIKELY(has_device(fds, count))) {
        return device_poll(fds, count, timeout);
    }
    return VB2_NATIVE(poll, raw_poll(fds, count, timeout), fds, count, timeout);
}

VB2_EXPORT int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room) {
    if (VB2_UNLIKELY(room / sizeof *fds >= count && has_device(fds, count))) {
        return device_poll(fds, count, timeout);
    }
    return VB2_NATIVE(__poll_chk, raw_poll(fds, count, timeout), fds, count, timeout, room);
}

VB2_EXPORT int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
    if (VB2_UNLIKELY(has_device(fds, count))) {
        return device_ppoll(fds, count, timeout, mask);
    }
    return VB2_NATIVE(ppoll, raw_ppoll(fds, count, timeout, mask), fds, count, timeout, mask);
}

VB2_EXPORT int __ppoll_chk(
    struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask, size_t room) {
    if (VB2_UNLIKELY(room / sizeof *fds >= count && has_device(fds, count))) {
        return device_ppoll(fds, count, timeout, mask);
    }
    return VB2_NATIVE(__ppoll_chk, raw_ppoll(fds, count, timeout, mask), fds, count, timeout, mask, room);
}
