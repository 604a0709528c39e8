/// Our own descriptors, which the program must not see.
#include "Edge.h"

enum { HIDDEN_MINIMUM = 512 };

int32_t vb2_edge_hide(int32_t fd) {
    int64_t moved = vb2_syscall3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, HIDDEN_MINIMUM);
    if (moved >= 0) {
        vb2_syscall3(SYS_close, fd, 0, 0);
        fd = (int32_t)moved;
    } else {
        vb2_syscall3(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
    }
    if ((unsigned)fd < VB2_FD_LIMIT) {
        vb2_fd_fresh(fd);
        vb2_fd_set_state(fd, VB2_FD_HIDDEN);
    }
    return fd;
}

void vb2_edge_unhide(int32_t fd) {
    if ((unsigned)fd < VB2_FD_LIMIT) {
        vb2_fd_set_state(fd, VB2_FD_CLOSING);
    }
    vb2_syscall3(SYS_close, fd, 0, 0);
    if ((unsigned)fd < VB2_FD_LIMIT) {
        vb2_fd_closed(fd);
    }
}

static bool owns(struct vb2_handle *handle, void *context) {
    int fd = *(int *)context;
    return (handle->control == fd || handle->kept == fd) && vb2_handle_hold(handle);
}

void vb2_fd_evade(int fd) {
    struct vb2_handle *handle = vb2_handle_find(owns, &fd);
    if (handle) {
        // A request in flight uses the number: let it end.
        pthread_mutex_lock(&handle->request_lock);
        int64_t moved = vb2_syscall3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, HIDDEN_MINIMUM);
        if (moved >= 0 && moved < VB2_FD_LIMIT) {
            vb2_fd_set_state((int)moved, VB2_FD_HIDDEN);
            if (handle->control == fd) {
                handle->control = (int32_t)moved;
            } else if (handle->kept == fd) {
                handle->kept = (int32_t)moved;
            }
        }
        pthread_mutex_unlock(&handle->request_lock);
        vb2_handle_drop(handle);
    }
    vb2_fd_set_state(fd, VB2_FD_UNKNOWN);
}
