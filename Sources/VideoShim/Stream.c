/// fopen: sysfs says of a device what it is, in a file that isn't there.
#include "Edge.h"
#include <stdio.h>
#include <string.h>

static int flags_of(const char *mode) {
    int flags = strchr(mode, '+') ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY;
    return flags | (strchr(mode, 'e') ? O_CLOEXEC : 0) | (strchr(mode, 'x') ? O_CREAT | O_EXCL : 0);
}

/// True if the path is one of ours; the stream, or NULL with errno set, is in `stream`.
static bool open_ours(const char *path, const char *mode, FILE **stream) {
    int64_t fd = -ENOENT;
    int node = vb2_path_uevent(path);
    if (node >= 0) {
        fd = vb2_open_uevent(node, flags_of(mode));
        if (fd >= 0) {
            vb2_fd_fresh((int)fd);
        }
    } else if ((node = vb2_path_node(path)) >= 0) {
        fd = vb2_open_device(node, flags_of(mode));
    }
    if (node < 0 || fd == -ENOENT) {
        return false;
    }
    *stream = fd < 0 ? NULL : fdopen((int)fd, mode);
    if (fd < 0) {
        errno = (int)-fd;
    } else if (!*stream) {
        int error = errno;
        close((int)fd);
        errno = error;
    }
    return true;
}

#define FOPEN_HOOK(name)                                                                   \
    VB2_EXPORT FILE *name(const char *restrict path, const char *restrict mode) {          \
        FILE *stream;                                                                      \
        if (open_ours(path, mode, &stream)) {                                              \
            return stream;                                                                 \
        }                                                                                  \
        __typeof__(&name) next = VB2_NEXT(name);                                           \
        stream = next ? next(path, mode) : (errno = ENOSYS, NULL);                         \
        if (stream) {                                                                      \
            vb2_fd_fresh(fileno(stream));                                                  \
        }                                                                                  \
        return stream;                                                                     \
    }

FOPEN_HOOK(fopen)
FOPEN_HOOK(fopen64)

/// libc closes a stream's descriptor without calling close().
VB2_EXPORT int fclose(FILE *stream) {
    int fd = fileno(stream);
    unsigned state = fd >= 0 ? vb2_fd_state(fd) : VB2_FD_FOREIGN;
    bool tracked = state >= VB2_FD_EPOLL && state != VB2_FD_HIDDEN && !vb2_process_is_borrowed();
    if (VB2_UNLIKELY(tracked)) {
        vb2_fd_closing(fd);
    } else if (state == VB2_FD_FOREIGN && fd >= 0) {
        vb2_fd_fresh(fd);
    }
    __typeof__(&fclose) next = VB2_NEXT(fclose);
    int result = next ? next(stream) : EOF;
    if (VB2_UNLIKELY(tracked)) {
        vb2_fd_closed(fd);
    }
    return result;
}
