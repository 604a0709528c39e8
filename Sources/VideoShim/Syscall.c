/// syscall(): libv4l and others call the kernel by number. What isn't a device's goes there as it came, with no
/// libc function in between, since some use this to get around hooks.
#include "Edge.h"
#include <stdarg.h>
#include <sys/ioctl.h>

void *mmap(void *, size_t, int, int, int, off_t);

static bool is_plain(int fd) {
    unsigned state = vb2_fd_state(fd);
    return state == VB2_FD_UNKNOWN || state == VB2_FD_FOREIGN;
}

static bool names_ours(int directory, const char *path) {
    return vb2_path_node_at(directory, path) >= 0 || vb2_path_uevent(path) >= 0;
}

static bool reads_or_writes(long number, long a, long b, long c, long *result) {
    struct vb2_handle *handle = vb2_device((int)a);
    if (!handle) {
        return false;
    }
    vb2_handle_drop(handle);
    *result = number == SYS_read ? read((int)a, (void *)b, (size_t)c) : write((int)a, (const void *)b, (size_t)c);
    return true;
}

static bool copies(long number, long a, long b, long c, long *result) {
    switch (number) {
    case SYS_dup:
        *result = dup((int)a);
        return true;
#ifdef SYS_dup2
    case SYS_dup2:
        *result = dup2((int)a, (int)b);
        return true;
#endif
    case SYS_dup3:
        *result = dup3((int)a, (int)b, (int)c);
        return true;
    case SYS_fcntl:
        if (is_plain((int)a)) {
            return false;
        }
        *result = fcntl((int)a, (int)b, c);
        return true;
    default:
        return false;
    }
}

static bool maps(long number, long a, long b, long c, long d, long e, long f, long *result) {
    switch (number) {
    case SYS_mmap:
        *result = (long)mmap((void *)a, (size_t)b, (int)c, (int)d, (int)e, f);
        return true;
    case SYS_munmap:
        *result = munmap((void *)a, (size_t)b);
        return true;
    case SYS_mremap:
        *result = (long)mremap((void *)a, (size_t)b, (size_t)c, (int)d, (void *)e);
        return true;
    default:
        return false;
    }
}

/// True if the call concerns us; the outcome as libc gives it is in `result`.
static bool ours(long number, long a, long b, long c, long d, long e, long f, long *result) {
    switch (number) {
#ifdef SYS_open
    case SYS_open:
        if (!names_ours(AT_FDCWD, (const char *)a)) {
            return false;
        }
        *result = open((const char *)a, (int)b, (mode_t)c);
        return true;
#endif
    case SYS_openat:
        if (!names_ours((int)a, (const char *)b)) {
            return false;
        }
        *result = openat((int)a, (const char *)b, (int)c, (mode_t)d);
        return true;
    case SYS_ioctl:
        if (is_plain((int)a) && _IOC_TYPE((uint32_t)b) != 'V' && (uint32_t)b != DMA_BUF_IOCTL_SYNC) {
            return false;
        }
        *result = ioctl((int)a, (unsigned long)b, (void *)c);
        return true;
    case SYS_read:
    case SYS_write:
        return reads_or_writes(number, a, b, c, result);
    case SYS_close:
        if (vb2_fd_state((int)a) == VB2_FD_UNKNOWN) {
            return false;
        }
        *result = close((int)a);
        return true;
    case SYS_close_range:
        *result = close_range((unsigned)a, (unsigned)b, (int)c);
        return true;
    default:
        return copies(number, a, b, c, result) || maps(number, a, b, c, d, e, f, result);
    }
}

VB2_EXPORT long syscall(long number, ...) {
    va_list arguments;
    va_start(arguments, number);
    long a = va_arg(arguments, long), b = va_arg(arguments, long), c = va_arg(arguments, long);
    long d = va_arg(arguments, long), e = va_arg(arguments, long), f = va_arg(arguments, long);
    va_end(arguments);
    long result;
    if (ours(number, a, b, c, d, e, f, &result)) {
        return result;
    }
    return vb2_return(vb2_syscall6(number, a, b, c, d, e, f));
}
