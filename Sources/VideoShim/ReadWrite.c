/// read, write and their kin. A device has no position: pread and pwrite read and write on, as on the
/// kernel's video devices.
#include "Edge.h"
#include <sys/uio.h>

ssize_t __read_chk(int fd, void *bytes, size_t count, size_t room);

static ssize_t finish(struct vb2_handle *handle, int64_t result) {
    vb2_handle_drop(handle);
    return vb2_return(result);
}

VB2_EXPORT ssize_t read(int fd, void *bytes, size_t count) {
    struct vb2_handle *handle = vb2_device(fd);
    if (VB2_UNLIKELY(handle != NULL)) {
        return finish(handle, vb2_core_read(handle, fd, bytes, count));
    }
    return VB2_NATIVE(
        read, vb2_syscall3(SYS_read, fd, (int64_t)(uintptr_t)bytes, (int64_t)count), fd, bytes, count);
}

VB2_EXPORT ssize_t __read_chk(int fd, void *bytes, size_t count, size_t room) {
    struct vb2_handle *handle = count <= room ? vb2_device(fd) : NULL;
    if (VB2_UNLIKELY(handle != NULL)) {
        return finish(handle, vb2_core_read(handle, fd, bytes, count));
    }
    return VB2_NATIVE(
        __read_chk, vb2_syscall3(SYS_read, fd, (int64_t)(uintptr_t)bytes, (int64_t)count), fd, bytes, count, room);
}

VB2_EXPORT ssize_t write(int fd, const void *bytes, size_t count) {
    struct vb2_handle *handle = vb2_device(fd);
    if (VB2_UNLIKELY(handle != NULL)) {
        return finish(handle, vb2_core_write(handle, fd, bytes, count));
    }
    return VB2_NATIVE(
        write, vb2_syscall3(SYS_write, fd, (int64_t)(uintptr_t)bytes, (int64_t)count), fd, bytes, count);
}

/// The kernel calls a driver once for each part, until one comes back short.
static int64_t vector(struct vb2_handle *handle, int fd, const struct iovec *parts, int count, bool writes) {
    if (count < 0 || count > 1024) {
        return -EINVAL;
    }
    int64_t total = 0;
    for (int i = 0; i < count; i++) {
        int64_t result = writes ? vb2_core_write(handle, fd, parts[i].iov_base, parts[i].iov_len)
                                : vb2_core_read(handle, fd, parts[i].iov_base, parts[i].iov_len);
        if (result < 0) {
            return total ? total : result;
        }
        total += result;
        if ((uint64_t)result != parts[i].iov_len) {
            break;
        }
    }
    return total;
}

VB2_EXPORT ssize_t readv(int fd, const struct iovec *parts, int count) {
    struct vb2_handle *handle = vb2_device(fd);
    if (VB2_UNLIKELY(handle != NULL)) {
        return finish(handle, vector(handle, fd, parts, count, false));
    }
    return VB2_NATIVE(readv, vb2_syscall3(SYS_readv, fd, (int64_t)(uintptr_t)parts, count), fd, parts, count);
}

VB2_EXPORT ssize_t writev(int fd, const struct iovec *parts, int count) {
    struct vb2_handle *handle = vb2_device(fd);
    if (VB2_UNLIKELY(handle != NULL)) {
        return finish(handle, vector(handle, fd, parts, count, true));
    }
    return VB2_NATIVE(writev, vb2_syscall3(SYS_writev, fd, (int64_t)(uintptr_t)parts, count), fd, parts, count);
}

#define PREAD_HOOK(name, offset_type)                                                                        \
    VB2_EXPORT ssize_t name(int fd, void *bytes, size_t count, offset_type offset) {                         \
        struct vb2_handle *handle = vb2_device(fd);                                                          \
        if (VB2_UNLIKELY(handle != NULL)) {                                                                  \
            return finish(handle, offset < 0 ? -EINVAL : vb2_core_read(handle, fd, bytes, count));           \
        }                                                                                                    \
        return VB2_NATIVE(                                                                                   \
            name, vb2_syscall6(SYS_pread64, fd, (int64_t)(uintptr_t)bytes, (int64_t)count, offset, 0, 0), fd, \
            bytes, count, offset);                                                                           \
    }

#define PWRITE_HOOK(name, offset_type)                                                                        \
    VB2_EXPORT ssize_t name(int fd, const void *bytes, size_t count, offset_type offset) {                    \
        struct vb2_handle *handle = vb2_device(fd);                                                           \
        if (VB2_UNLIKELY(handle != NULL)) {                                                                   \
            return finish(handle, offset < 0 ? -EINVAL : vb2_core_write(handle, fd, bytes, count));           \
        }                                                                                                     \
        return VB2_NATIVE(                                                                                    \
            name, vb2_syscall6(SYS_pwrite64, fd, (int64_t)(uintptr_t)bytes, (int64_t)count, offset, 0, 0), fd, \
            bytes, count, offset);                                                                            \
    }

PREAD_HOOK(pread, off_t)
PREAD_HOOK(pread64, off64_t)
PWRITE_HOOK(pwrite, off_t)
PWRITE_HOOK(pwrite64, off64_t)
