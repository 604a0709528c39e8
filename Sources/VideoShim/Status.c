/// stat and its kin: a device is a character device 81:N.
#include "Edge.h"
#include <sys/sysmacros.h>

int __xstat(int version, const char *path, struct stat *status);
int __xstat64(int version, const char *path, struct stat64 *status);
int __lxstat(int version, const char *path, struct stat *status);
int __lxstat64(int version, const char *path, struct stat64 *status);
int __fxstat(int version, int fd, struct stat *status);
int __fxstat64(int version, int fd, struct stat64 *status);
int __fxstatat(int version, int directory, const char *path, struct stat *status, int flags);
int __fxstatat64(int version, int directory, const char *path, struct stat64 *status, int flags);

_Static_assert(sizeof(struct stat) == sizeof(struct stat64), "one layout on 64-bit Linux");

static int64_t raw_stat(int directory, const char *path, void *status, int flags) {
    return vb2_syscall6(
        SYS_newfstatat, directory, (int64_t)(uintptr_t)path, (int64_t)(uintptr_t)status, flags, 0, 0);
}

/// Makes a device of the status of its socket file, which gives it owner, times and a stable number.
static void become_device(struct stat *status, int node) {
    mode_t others = status->st_mode & S_IWOTH ? 0006 : 0;
    status->st_mode = S_IFCHR | 0660 | others;
    status->st_rdev = makedev(VB2_DEVICE_MAJOR, (unsigned)node);
    status->st_nlink = 1;
    status->st_size = 0;
    status->st_blocks = 0;
    status->st_blksize = 4096;
}

static int64_t node_status(int node, struct stat *status) {
    struct sockaddr_un address;
    if (!vb2_socket_address(node, &address)) {
        return -ENOENT;
    }
    int64_t result = raw_stat(AT_FDCWD, address.sun_path, status, 0);
    if (result == 0) {
        become_device(status, node);
    }
    return result;
}

/// The device's status behind a descriptor. It must agree with that of the path, so it starts from the socket
/// file too; from the descriptor's own where the file is gone.
static int64_t handle_status(struct vb2_handle *handle, int fd, struct stat *status) {
    struct sockaddr_un address;
    uint32_t length = sizeof address - 1;
    address.sun_path[0] = 0;
    vb2_syscall3(SYS_getpeername, fd, (int64_t)(uintptr_t)&address, (int64_t)(uintptr_t)&length);
    if (length < sizeof address) {
        ((char *)&address)[length] = 0;
    }
    address.sun_path[sizeof address.sun_path - 1] = 0;
    int64_t result = address.sun_path[0] == '/' ? raw_stat(AT_FDCWD, address.sun_path, status, 0) : -ENOENT;
    if (result < 0) {
        result = vb2_syscall3(SYS_fstat, fd, (int64_t)(uintptr_t)status, 0);
    }
    if (result == 0) {
        become_device(status, (int)handle->node);
    }
    return result;
}

static bool empty_path(const char *path, int flags) {
    return (flags & AT_EMPTY_PATH) && (uintptr_t)path >= 4096 && path[0] == 0;
}

/// True if the file is a device of ours, or a descriptor of one; the outcome is in `result`.
static bool device_status(int directory, const char *path, int flags, void *status, int64_t *result) {
    if (VB2_UNLIKELY(empty_path(path, flags))) {
        struct vb2_handle *handle = vb2_device(directory);
        if (!handle) {
            return false;
        }
        *result = (uintptr_t)status < 4096 ? -EFAULT : handle_status(handle, directory, status);
        vb2_handle_drop(handle);
        return true;
    }
    int node = vb2_path_node_at(directory, path);
    if (node < 0) {
        return false;
    }
    *result = (uintptr_t)status < 4096 ? -EFAULT : node_status(node, status);
    return true;
}

static bool descriptor_status(int fd, void *status, int64_t *result) {
    struct vb2_handle *handle = vb2_device(fd);
    if (VB2_UNLIKELY(handle != NULL)) {
        *result = (uintptr_t)status < 4096 ? -EFAULT : handle_status(handle, fd, status);
        vb2_handle_drop(handle);
        return true;
    }
    return false;
}

#define PATH_HOOK(name, type, raw_flags)                                                                   \
    VB2_EXPORT int name(const char *path, type *status) {                                                  \
        int64_t result;                                                                                    \
        if (device_status(AT_FDCWD, path, 0, status, &result)) {                                           \
            return (int)vb2_return(result);                                                                \
        }                                                                                                  \
        return VB2_NATIVE(name, raw_stat(AT_FDCWD, path, status, raw_flags), path, status);                \
    }
#define FD_HOOK(name, type)                                                                                \
    VB2_EXPORT int name(int fd, type *status) {                                                            \
        int64_t result;                                                                                    \
        if (descriptor_status(fd, status, &result)) {                                                      \
            return (int)vb2_return(result);                                                                \
        }                                                                                                  \
        return VB2_NATIVE(name, vb2_syscall3(SYS_fstat, fd, (int64_t)(uintptr_t)status, 0), fd, status);   \
    }
#define AT_HOOK(name, type)                                                                                \
    VB2_EXPORT int name(int directory, const char *path, type *status, int flags) {                        \
        int64_t result;                                                                                    \
        if (device_status(directory, path, flags, status, &result)) {                                      \
            return (int)vb2_return(result);                                                                \
        }                                                                                                  \
        return VB2_NATIVE(name, raw_stat(directory, path, status, flags), directory, path, status, flags); \
    }
#define OLD_PATH_HOOK(name, type, raw_flags)                                                               \
    VB2_EXPORT int name(int version, const char *path, type *status) {                                     \
        int64_t result;                                                                                    \
        if (device_status(AT_FDCWD, path, 0, status, &result)) {                                           \
            return (int)vb2_return(result);                                                                \
        }                                                                                                  \
        return VB2_NATIVE(name, raw_stat(AT_FDCWD, path, status, raw_flags), version, path, status);       \
    }
#define OLD_FD_HOOK(name, type)                                                                            \
    VB2_EXPORT int name(int version, int fd, type *status) {                                               \
        int64_t result;                                                                                    \
        if (descriptor_status(fd, status, &result)) {                                                      \
            return (int)vb2_return(result);                                                                \
        }                                                                                                  \
        return VB2_NATIVE(                                                                                 \
            name, vb2_syscall3(SYS_fstat, fd, (int64_t)(uintptr_t)status, 0), version, fd, status);        \
    }
#define OLD_AT_HOOK(name, type)                                                                            \
    VB2_EXPORT int name(int version, int directory, const char *path, type *status, int flags) {           \
        int64_t result;                                                                                    \
        if (device_status(directory, path, flags, status, &result)) {                                      \
            return (int)vb2_return(result);                                                                \
        }                                                                                                  \
        return VB2_NATIVE(                                                                                 \
            name, raw_stat(directory, path, status, flags), version, directory, path, status, flags);      \
    }

PATH_HOOK(stat, struct stat, 0)
PATH_HOOK(stat64, struct stat64, 0)
PATH_HOOK(lstat, struct stat, AT_SYMLINK_NOFOLLOW)
PATH_HOOK(lstat64, struct stat64, AT_SYMLINK_NOFOLLOW)
FD_HOOK(fstat, struct stat)
FD_HOOK(fstat64, struct stat64)
AT_HOOK(fstatat, struct stat)
AT_HOOK(fstatat64, struct stat64)
OLD_PATH_HOOK(__xstat, struct stat, 0)
OLD_PATH_HOOK(__xstat64, struct stat64, 0)
OLD_PATH_HOOK(__lxstat, struct stat, AT_SYMLINK_NOFOLLOW)
OLD_PATH_HOOK(__lxstat64, struct stat64, AT_SYMLINK_NOFOLLOW)
OLD_FD_HOOK(__fxstat, struct stat)
OLD_FD_HOOK(__fxstat64, struct stat64)
OLD_AT_HOOK(__fxstatat, struct stat)
OLD_AT_HOOK(__fxstatat64, struct stat64)

static void fill(struct statx *out, const struct stat *in) {
    *out = (struct statx){
        .stx_mask = STATX_BASIC_STATS,
        .stx_blksize = (uint32_t)in->st_blksize,
        .stx_nlink = (uint32_t)in->st_nlink,
        .stx_uid = in->st_uid,
        .stx_gid = in->st_gid,
        .stx_mode = (uint16_t)in->st_mode,
        .stx_ino = in->st_ino,
        .stx_atime = {.tv_sec = in->st_atim.tv_sec, .tv_nsec = (uint32_t)in->st_atim.tv_nsec},
        .stx_mtime = {.tv_sec = in->st_mtim.tv_sec, .tv_nsec = (uint32_t)in->st_mtim.tv_nsec},
        .stx_ctime = {.tv_sec = in->st_ctim.tv_sec, .tv_nsec = (uint32_t)in->st_ctim.tv_nsec},
        .stx_rdev_major = major(in->st_rdev),
        .stx_rdev_minor = minor(in->st_rdev),
        .stx_dev_major = major(in->st_dev),
        .stx_dev_minor = minor(in->st_dev),
    };
}

VB2_EXPORT int statx(
    int directory, const char *restrict path, int flags, unsigned mask, struct statx *restrict status) {
    struct stat plain;
    int64_t result;
    if (device_status(directory, path, flags, &plain, &result)) {
        if (result == 0 && (uintptr_t)status < 4096) {
            result = -EFAULT;
        } else if (result == 0) {
            fill(status, &plain);
        }
        return (int)vb2_return(result);
    }
    return VB2_NATIVE(
        statx,
        vb2_syscall6(
            SYS_statx, directory, (int64_t)(uintptr_t)path, flags, mask, (int64_t)(uintptr_t)status, 0),
        directory, path, flags, mask, status);
}
