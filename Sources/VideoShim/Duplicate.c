/// dup and its kin, and fcntl: all numbers of one open file share its handle.
#include "Edge.h"
#include <stdarg.h>

/// What dup(fd) is about to copy. False: EBADF, it's hidden.
struct source {
    struct vb2_handle *handle;
    bool hidden;
};

static struct source look(int fd) {
    struct source source = {NULL, false};
    unsigned state = vb2_fd_state(fd);
    if (VB2_UNLIKELY(state == VB2_FD_HIDDEN || state == VB2_FD_DEVICE) && !vb2_process_is_borrowed()) {
        source.hidden = state == VB2_FD_HIDDEN;
        source.handle = source.hidden ? NULL : vb2_fd_acquire(fd);
    }
    return source;
}

static int hidden(void) {
    errno = EBADF;
    return -1;
}

/// Enters the copy. A number that the kernel chose can't be hidden or live, so what it was is forgotten;
/// except in a borrowed process, whose table is its parent's.
static int enter(struct source source, int copy) {
    if (copy >= 0 && copy < VB2_FD_LIMIT) {
        if (VB2_UNLIKELY(source.handle != NULL)) {
            vb2_epoll_forget(copy);
            vb2_fd_install(copy, source.handle);
            return copy;
        }
        unsigned state = vb2_fd_state(copy);
        if (state == VB2_FD_FOREIGN || (state >= VB2_FD_EPOLL && !vb2_process_is_borrowed())) {
            vb2_fd_fresh(copy);
        }
    }
    if (source.handle) {
        vb2_handle_drop(source.handle);
    }
    return copy;
}

VB2_EXPORT int dup(int fd) {
    struct source source = look(fd);
    return source.hidden ? hidden() : enter(source, VB2_NATIVE(dup, vb2_syscall3(SYS_dup, fd, 0, 0), fd));
}

/// True if one of our hidden descriptors stood at the number. A copy of it still does, for dup2 to replace.
static bool make_room(int target) {
    if (VB2_UNLIKELY(vb2_fd_state(target) == VB2_FD_HIDDEN) && !vb2_process_is_borrowed()) {
        vb2_fd_evade(target);
        return true;
    }
    return false;
}

static int replace(struct source source, int target, bool moved, int result) {
    if (VB2_UNLIKELY(moved) && result < 0) {
        vb2_syscall3(SYS_close, target, 0, 0);
    }
    return enter(source, result);
}

VB2_EXPORT int dup2(int fd, int target) {
    struct source source = look(fd);
    if (source.hidden) {
        return hidden();
    }
    if (fd == target) {
        if (source.handle) {
            vb2_handle_drop(source.handle);
        }
        return VB2_NATIVE(dup2, vb2_syscall3(SYS_fcntl, fd, F_GETFD, 0) < 0 ? -EBADF : fd, fd, target);
    }
    bool moved = make_room(target);
    return replace(source, target, moved, VB2_NATIVE(dup2, vb2_syscall3(SYS_dup3, fd, target, 0), fd, target));
}

VB2_EXPORT int dup3(int fd, int target, int flags) {
    struct source source = look(fd);
    if (source.hidden) {
        return hidden();
    }
    bool moved = fd != target && make_room(target);
    return replace(
        source, target, moved, VB2_NATIVE(dup3, vb2_syscall3(SYS_dup3, fd, target, flags), fd, target, flags));
}

/// A file's flags without those that only matter to open().
static int status_flags(struct vb2_handle *handle, int socket_flags) {
    const int opening = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC | O_ACCMODE | O_NONBLOCK;
    int kept = (int)handle->open_flags & (O_ACCMODE | ~opening);
#if defined(__x86_64__)
    kept |= 0100000; // O_LARGEFILE, which a 64-bit kernel adds to every open
#elif defined(__aarch64__)
    kept |= 0400000;
#endif
    return kept | (socket_flags & ~O_ACCMODE);
}

static int control(__typeof__(&fcntl) next, int fd, int command, void *argument) {
#define CALL                                                                                       \
    (next ? next(fd, command, argument)                                                            \
          : (int)vb2_return(vb2_syscall3(SYS_fcntl, fd, command, (int64_t)(uintptr_t)argument)))
    unsigned state = vb2_fd_state(fd);
    bool copies = command == F_DUPFD || command == F_DUPFD_CLOEXEC;
    if (VB2_UNLIKELY(state == VB2_FD_HIDDEN || state == VB2_FD_DEVICE) || copies) {
        struct source source = look(fd);
        if (source.hidden) {
            return hidden();
        }
        int result = CALL;
        if (copies) {
            return enter(source, result);
        }
        if (source.handle) {
            if (command == F_GETFL && result >= 0) {
                result = status_flags(source.handle, result);
            }
            vb2_handle_drop(source.handle);
        }
        return result;
    }
    return CALL;
#undef CALL
}

#define FCNTL_HOOK(name)                                            \
    VB2_EXPORT int name(int fd, int command, ...) {                 \
        va_list arguments;                                          \
        va_start(arguments, command);                               \
        void *argument = va_arg(arguments, void *);                 \
        va_end(arguments);                                          \
        return control(VB2_NEXT(name), fd, command, argument);      \
    }

FCNTL_HOOK(fcntl)
FCNTL_HOOK(fcntl64)
