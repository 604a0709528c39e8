/// ioctl.
#include "Edge.h"
#include <sys/ioctl.h>

/// A program may pass the number through an int, with its sign.
static inline bool is_video(unsigned long request) {
    return _IOC_TYPE((uint32_t)request) == 'V';
}

static int64_t device_ioctl(struct vb2_handle *handle, int fd, unsigned long request, void *argument) {
    switch ((uint32_t)request) {
    case FIOCLEX:
    case FIONCLEX:
    case FIONBIO:
    case FIOASYNC:
        // These are the kernel's own for every file.
        return vb2_syscall3(SYS_ioctl, fd, (int64_t)request, (int64_t)(uintptr_t)argument);
    default:
        return is_video(request) ? vb2_core_ioctl(handle, fd, (uint32_t)request, argument) : -ENOTTY;
    }
}

/// A memory file that the device exported stands for a dma-buf, and answers what a dma-buf answers.
static bool is_memory_file(int fd) {
    return vb2_syscall3(SYS_fcntl, fd, F_GET_SEALS, 0) >= 0;
}

/// Whatever is not on the frame path.
static __attribute__((noinline)) int any_ioctl(int fd, unsigned long request, void *argument) {
    unsigned state = vb2_fd_state(fd);
    if (state == VB2_FD_DEVICE || VB2_UNLIKELY(is_video(request))) {
        // 'V' on any other descriptor looks again: it may have come in a message.
        struct vb2_handle *handle = state == VB2_FD_DEVICE ? vb2_fd_acquire(fd) : vb2_fd_examine(fd);
        if (handle) {
            int64_t result = device_ioctl(handle, fd, request, argument);
            vb2_handle_drop(handle);
            return (int)vb2_return(result);
        }
    }
    int saved = errno;
    int result = VB2_NATIVE(
        ioctl, vb2_syscall3(SYS_ioctl, fd, (int64_t)request, (int64_t)(uintptr_t)argument), fd, request, argument);
    if (VB2_UNLIKELY((uint32_t)request == DMA_BUF_IOCTL_SYNC) && result < 0 && errno == ENOTTY && is_memory_file(fd)) {
        errno = saved;
        return (int)vb2_return(vb2_core_sync_memory_file(argument));
    }
    return result;
}

// What the frame path leaves to others, as the last thing that it does: so it keeps nothing of its own meanwhile.

static __attribute__((noinline, cold)) int ioctl_of_lost(
    int fd, unsigned long request, void *argument, struct vb2_handle *lost) {
    vb2_handle_drop(lost);
    return any_ioctl(fd, request, argument);
}

static __attribute__((noinline, cold)) int end_with(int64_t result, struct vb2_handle *last) {
    if (last) {
        vb2_handle_end(last);
    }
    return (int)vb2_return(result);
}

/// Not declared with `...`, which would save eight vector registers on each call: on Linux the third argument
/// comes in the same register either way.
VB2_EXPORT int vb2_hook_ioctl(int fd, unsigned long request, void *argument) __asm__("ioctl");

VB2_EXPORT int vb2_hook_ioctl(int fd, unsigned long request, void *argument) {
    bool is_queue = (uint32_t)request == VB2_VIDIOC_QBUF;
    if ((!is_queue && (uint32_t)request != VB2_VIDIOC_DQBUF) || (unsigned)fd >= VB2_FD_LIMIT) {
        return any_ioctl(fd, request, argument);
    }
    // The state need not be asked: only a device's number has a handle.
    struct vb2_handle *lost, *handle = vb2_fd_hold(fd, &lost);
    if (VB2_UNLIKELY(!handle)) {
        return lost ? ioctl_of_lost(fd, request, argument, lost) : any_ioctl(fd, request, argument);
    }
    int64_t result = is_queue ? vb2_core_queue(handle, fd, argument) : vb2_core_dequeue(handle, fd, argument);
    if (VB2_UNLIKELY(vb2_handle_let_go(handle))) {
        return end_with(result, handle);
    }
    return VB2_UNLIKELY(result != 0) ? end_with(result, NULL) : 0;
}
