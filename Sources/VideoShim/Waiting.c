/// Timeouts, and what poll says of one device.
#include "Edge.h"

#define READ_BITS (POLLIN | POLLRDNORM)
#define WRITE_BITS (POLLOUT | POLLWRNORM)

int64_t vb2_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

bool vb2_wait_timespec(struct vb2_wait *wait, const struct timespec *timeout) {
    wait->deadline = -1;
    if (!timeout) {
        return true;
    }
    if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= 1000000000) {
        return false;
    }
    if (timeout->tv_sec < 1ll << 32) { // beyond, for ever will do
        int64_t length = (int64_t)timeout->tv_sec * 1000000000 + timeout->tv_nsec;
        wait->deadline = length ? vb2_now() + length : 0;
    }
    return true;
}

void vb2_wait_milliseconds(struct vb2_wait *wait, int timeout) {
    wait->deadline = timeout < 0 ? -1 : timeout == 0 ? 0 : vb2_now() + (int64_t)timeout * 1000000;
}

struct timespec *vb2_wait_remaining(const struct vb2_wait *wait, struct timespec *remaining) {
    if (wait->deadline < 0) {
        return NULL;
    }
    int64_t left = wait->deadline ? wait->deadline - vb2_now() : 0;
    left = left < 0 ? 0 : left;
    *remaining = (struct timespec){.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    return remaining;
}

uint32_t vb2_poll_device(struct vb2_handle *handle, int fd, uint32_t events) {
    uint32_t asked = events & POLLPRI;
    asked |= events & READ_BITS ? POLLIN : 0;
    asked |= events & WRITE_BITS ? POLLOUT : 0;
    uint32_t ready = vb2_core_poll(handle, fd, asked);
    uint32_t result = ready & (POLLERR | POLLHUP | (events & POLLPRI));
    result |= ready & POLLIN ? events & READ_BITS : 0;
    result |= ready & POLLOUT ? events & WRITE_BITS : 0;
    return result;
}

uint32_t vb2_poll_gone(struct vb2_handle *handle, uint32_t events) {
    vb2_core_gone(handle);
    return POLLERR | POLLHUP | (events & POLLPRI);
}
