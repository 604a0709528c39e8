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

int32_t vb2_edge_duplicate(int32_t fd) {
    if (vb2_process_is_borrowed()) {
        return -EPERM;
    }
    int64_t copy = vb2_syscall3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, HIDDEN_MINIMUM);
    if (copy >= VB2_FD_LIMIT) {
        vb2_syscall3(SYS_close, copy, 0, 0);
        return -EMFILE;
    }
    if (copy > 0) {
        vb2_fd_fresh((int)copy);
        vb2_fd_set_state((int)copy, VB2_FD_HIDDEN);
    }
    return (int32_t)copy;
}

bool vb2_edge_is_borrowed(void) {
    return vb2_process_is_borrowed();
}

/// Where a handle keeps that number; NULL if it doesn't.
static _Atomic int32_t *place_of(struct vb2_handle *handle, int fd) {
    if (handle->control == fd) {
        return (_Atomic int32_t *)&handle->control;
    }
    if (handle->kept == fd) {
        return (_Atomic int32_t *)&handle->kept;
    }
    struct vb2_witness *witnesses = handle->witnesses;
    size_t count = witnesses ? handle->witness_bytes / sizeof *witnesses : 0;
    for (size_t i = 0; i < count; i++) {
        _Atomic int32_t *place = (_Atomic int32_t *)&witnesses[i].descriptor;
        if (atomic_load(place) == fd) {
            return place;
        }
    }
    return NULL;
}

/// With a use if it does.
static bool owns(struct vb2_handle *handle, void *context) {
    if (!vb2_handle_hold(handle)) {
        return false;
    }
    if (place_of(handle, *(int *)context)) {
        return true;
    }
    vb2_handle_drop(handle);
    return false;
}

void vb2_fd_evade(int fd) {
    struct vb2_handle *handle = vb2_handle_find(owns, &fd);
    if (handle) {
        // A request in flight uses the number: let it end.
        pthread_mutex_lock(&handle->request_lock);
        _Atomic int32_t *place = place_of(handle, fd);
        int64_t moved = place ? vb2_syscall3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, HIDDEN_MINIMUM) : -1;
        if (moved >= 0 && moved < VB2_FD_LIMIT) {
            vb2_fd_set_state((int)moved, VB2_FD_HIDDEN);
            atomic_store(place, (int32_t)moved);
        }
        pthread_mutex_unlock(&handle->request_lock);
        vb2_handle_drop(handle);
    }
    vb2_fd_set_state(fd, VB2_FD_UNKNOWN);
}
