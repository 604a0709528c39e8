/// access and its kin, and the functions that resolve links: a device can be read and written, and is no link.
#include "Edge.h"
#include <stdlib.h>
#include <string.h>

char *__realpath_chk(const char *path, char *resolved, size_t room);
ssize_t __readlink_chk(const char *path, char *bytes, size_t count, size_t room);

static bool device_access(int directory, const char *path, int mode, int *result) {
    int node = vb2_path_node_at(directory, path);
    if (node < 0) {
        return false;
    }
    int64_t error = mode & ~(R_OK | W_OK | X_OK) ? -EINVAL : mode & X_OK ? -EACCES : 0;
    *result = (int)vb2_return(error);
    return true;
}

static int64_t raw_access(int directory, const char *path, int mode, int flags) {
    return flags ? vb2_syscall6(SYS_faccessat2, directory, (int64_t)(uintptr_t)path, mode, flags, 0, 0)
                 : vb2_syscall3(SYS_faccessat, directory, (int64_t)(uintptr_t)path, mode);
}

#define ACCESS_HOOK(name, flags)                                                                  \
    VB2_EXPORT int name(const char *path, int mode) {                                             \
        int ours;                                                                                 \
        if (device_access(AT_FDCWD, path, mode, &ours)) {                                         \
            return ours;                                                                          \
        }                                                                                         \
        return VB2_NATIVE(name, raw_access(AT_FDCWD, path, mode, flags), path, mode);             \
    }

ACCESS_HOOK(access, 0)
ACCESS_HOOK(euidaccess, AT_EACCESS)
ACCESS_HOOK(eaccess, AT_EACCESS)

VB2_EXPORT int faccessat(int directory, const char *path, int mode, int flags) {
    int ours;
    if (device_access(directory, path, mode, &ours)) {
        return ours;
    }
    return VB2_NATIVE(faccessat, raw_access(directory, path, mode, flags), directory, path, mode, flags);
}

VB2_EXPORT ssize_t readlink(const char *restrict path, char *restrict bytes, size_t count) {
    if (vb2_path_node(path) >= 0) {
        return vb2_return(-EINVAL);
    }
    return VB2_NATIVE(
        readlink,
        vb2_syscall6(
            SYS_readlinkat, AT_FDCWD, (int64_t)(uintptr_t)path, (int64_t)(uintptr_t)bytes, (int64_t)count, 0, 0),
        path, bytes, count);
}

VB2_EXPORT ssize_t __readlink_chk(const char *path, char *bytes, size_t count, size_t room) {
    if (vb2_path_node(path) >= 0) {
        return vb2_return(-EINVAL);
    }
    return VB2_NATIVE(
        __readlink_chk,
        vb2_syscall6(
            SYS_readlinkat, AT_FDCWD, (int64_t)(uintptr_t)path, (int64_t)(uintptr_t)bytes, (int64_t)count, 0, 0),
        path, bytes, count, room);
}

/// The shortest form of the device's path. The caller of realpath(path, NULL) frees it, so this is the one
/// place that allocates, as the function promises.
static char *device_path(const char *path, char *resolved) {
    const char *name = strrchr(path, '/') + 1;
    char *result = resolved ? resolved : malloc(sizeof "/dev/video" + 4);
    if (result) {
        memcpy(result, "/dev/", 5);
        strcpy(result + 5, name);
    }
    return result;
}

VB2_EXPORT char *realpath(const char *restrict path, char *restrict resolved) {
    if (vb2_path_node(path) >= 0) {
        return device_path(path, resolved);
    }
    __typeof__(&realpath) next = VB2_NEXT(realpath);
    return next ? next(path, resolved) : (errno = ENOSYS, NULL);
}

VB2_EXPORT char *__realpath_chk(const char *path, char *resolved, size_t room) {
    if (vb2_path_node(path) >= 0 && room >= 16) {
        return device_path(path, resolved);
    }
    __typeof__(&__realpath_chk) next = VB2_NEXT(__realpath_chk);
    return next ? next(path, resolved, room) : (errno = ENOSYS, NULL);
}

VB2_EXPORT char *canonicalize_file_name(const char *path) {
    if (vb2_path_node(path) >= 0) {
        return device_path(path, NULL);
    }
    __typeof__(&canonicalize_file_name) next = VB2_NEXT(canonicalize_file_name);
    return next ? next(path) : (errno = ENOSYS, NULL);
}
