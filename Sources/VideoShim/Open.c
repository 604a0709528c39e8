/// open and its kin: a device is a socket that is connected to the server.
#include "Edge.h"
#include <stdarg.h>
#include <string.h>

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags);

static int64_t give_up(int64_t fd, int64_t error) {
    vb2_syscall3(SYS_close, fd, 0, 0);
    return error;
}

int64_t vb2_open_device(int node, int flags) {
    struct sockaddr_un address;
    if (!vb2_socket_address(node, &address)) {
        return -ENOENT;
    }
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) {
        return -EEXIST;
    }
    if (flags & O_DIRECTORY) {
        return -ENOTDIR;
    }
    // The first descriptor that is made here is the program's: open() gives the lowest free number.
    int64_t fd = vb2_syscall3(SYS_socket, AF_UNIX, SOCK_STREAM | (flags & O_CLOEXEC ? SOCK_CLOEXEC : 0), 0);
    if (fd < 0) {
        return fd;
    }
    int smallest = 1;
    vb2_syscall6(
        SYS_setsockopt, fd, SOL_SOCKET, SO_SNDBUF, (int64_t)(uintptr_t)&smallest, sizeof smallest, 0);
    int64_t result;
    do {
        result = vb2_syscall3(SYS_connect, fd, (int64_t)(uintptr_t)&address, sizeof address);
    } while (result == -EINTR);
    if (result < 0) {
        return give_up(fd, result == -ECONNREFUSED ? -ENOENT : result);
    }
    if (flags & O_NONBLOCK) {
        vb2_syscall3(SYS_fcntl, fd, F_SETFL, O_RDWR | O_NONBLOCK);
    }
    if (!vb2_process_begin()) {
        return fd; // The program that this child becomes will adopt it.
    }
    if (fd >= VB2_FD_LIMIT) {
        return give_up(fd, -EMFILE);
    }
    struct vb2_handle *handle = vb2_handle_make();
    if (!handle) {
        return give_up(fd, -ENOMEM);
    }
    handle->node = (uint32_t)node;
    vb2_fd_fresh((int)fd);
    result = vb2_core_adopt(handle, (int32_t)fd, (uint32_t)flags);
    if (result < 0) {
        vb2_handle_drop(handle);
        return give_up(fd, result);
    }
    vb2_fd_install((int)fd, handle);
    return fd;
}

static size_t append_number(char *text, int value) {
    char digits[4];
    size_t count = 0, written = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (count) {
        text[written++] = digits[--count];
    }
    return written;
}

int64_t vb2_open_uevent(int node, int flags) {
    char text[64] = "MAJOR=81\nMINOR=";
    size_t length = strlen(text);
    length += append_number(text + length, node);
    memcpy(text + length, "\nDEVNAME=video", 14);
    length += 14;
    length += append_number(text + length, node);
    text[length++] = '\n';
    if ((flags & O_ACCMODE) != O_RDONLY) {
        return -EACCES;
    }
    int64_t fd = vb2_syscall3(
        SYS_memfd_create, (int64_t)(uintptr_t) "uevent", flags & O_CLOEXEC ? 1 /* MFD_CLOEXEC */ : 0, 0);
    if (fd >= 0) {
        vb2_syscall6(SYS_pwrite64, fd, (int64_t)(uintptr_t)text, (int64_t)length, 0, 0, 0);
    }
    return fd;
}

/// True if the path is one of ours; the outcome as open() gives it is in `result`.
static bool open_ours(int directory, const char *path, int flags, int *result) {
    int64_t fd = -ENOENT;
    int node = flags & O_PATH ? -1 : vb2_path_node_at(directory, path);
    if (node >= 0) {
        fd = vb2_open_device(node, flags);
    } else if ((node = vb2_path_uevent(path)) >= 0) {
        fd = vb2_open_uevent(node, flags);
    } else if (!(flags & O_PATH) && vb2_path_is_closed_at(directory, path)) {
        node = 0;
        fd = -EACCES;
    }
    if (node < 0 || fd == -ENOENT) {
        return false;
    }
    *result = (int)vb2_return(fd);
    if (fd >= 0 && vb2_fd_state((int)fd) != VB2_FD_DEVICE) {
        vb2_fd_fresh((int)fd);
    }
    return true;
}

static inline int fresh(int fd) {
    if (fd >= 0) {
        vb2_fd_fresh(fd);
    }
    return fd;
}

#define MODE_OF(flags, last)                                              \
    mode_t mode = 0;                                                      \
    if ((flags) & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) {               \
        va_list arguments;                                                \
        va_start(arguments, last);                                        \
        mode = va_arg(arguments, mode_t);                                 \
        va_end(arguments);                                                \
    }

#define OPEN_HOOK(name)                                                                                     \
    VB2_EXPORT int name(const char *path, int flags, ...) {                                                 \
        MODE_OF(flags, flags)                                                                               \
        int ours;                                                                                           \
        if (open_ours(AT_FDCWD, path, flags, &ours)) {                                                      \
            return ours;                                                                                    \
        }                                                                                                   \
        return fresh(VB2_NATIVE(                                                                            \
            name, vb2_syscall6(SYS_openat, AT_FDCWD, (int64_t)(uintptr_t)path, flags, (int64_t)mode, 0, 0), \
            path, flags, mode));                                                                            \
    }

#define OPENAT_HOOK(name)                                                                                    \
    VB2_EXPORT int name(int directory, const char *path, int flags, ...) {                                   \
        MODE_OF(flags, flags)                                                                                \
        int ours;                                                                                            \
        if (open_ours(directory, path, flags, &ours)) {                                                      \
            return ours;                                                                                     \
        }                                                                                                    \
        return fresh(VB2_NATIVE(                                                                             \
            name, vb2_syscall6(SYS_openat, directory, (int64_t)(uintptr_t)path, flags, (int64_t)mode, 0, 0), \
            directory, path, flags, mode));                                                                  \
    }

#define FORTIFIED_HOOK(name)                                                                                 \
    VB2_EXPORT int name(const char *path, int flags) {                                                       \
        int ours;                                                                                            \
        if (open_ours(AT_FDCWD, path, flags, &ours)) {                                                       \
            return ours;                                                                                     \
        }                                                                                                    \
        return fresh(VB2_NATIVE(                                                                             \
            name, vb2_syscall6(SYS_openat, AT_FDCWD, (int64_t)(uintptr_t)path, flags, 0, 0, 0), path, flags)); \
    }

#define FORTIFIED_AT_HOOK(name)                                                                         \
    VB2_EXPORT int name(int directory, const char *path, int flags) {                                   \
        int ours;                                                                                       \
        if (open_ours(directory, path, flags, &ours)) {                                                 \
            return ours;                                                                                \
        }                                                                                               \
        return fresh(VB2_NATIVE(                                                                        \
            name, vb2_syscall6(SYS_openat, directory, (int64_t)(uintptr_t)path, flags, 0, 0, 0), directory, \
            path, flags));                                                                              \
    }

#define CREAT_HOOK(name)                                                                                   \
    VB2_EXPORT int name(const char *path, mode_t mode) {                                                   \
        const int flags = O_CREAT | O_WRONLY | O_TRUNC;                                                    \
        int ours;                                                                                          \
        if (open_ours(AT_FDCWD, path, flags, &ours)) {                                                     \
            return ours;                                                                                   \
        }                                                                                                  \
        return fresh(VB2_NATIVE(                                                                           \
            name, vb2_syscall6(SYS_openat, AT_FDCWD, (int64_t)(uintptr_t)path, flags, (int64_t)mode, 0, 0), \
            path, mode));                                                                                  \
    }

OPEN_HOOK(open)
OPEN_HOOK(open64)
OPENAT_HOOK(openat)
OPENAT_HOOK(openat64)
FORTIFIED_HOOK(__open_2)
FORTIFIED_HOOK(__open64_2)
FORTIFIED_AT_HOOK(__openat_2)
FORTIFIED_AT_HOOK(__openat64_2)
CREAT_HOOK(creat)
CREAT_HOOK(creat64)
