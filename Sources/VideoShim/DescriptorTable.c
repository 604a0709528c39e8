/// What each descriptor number of the process is.
#include "Edge.h"
#include <string.h>

enum { HIDDEN_MINIMUM = 512 };

_Atomic uint8_t vb2_fd_states[VB2_FD_LIMIT];
static _Atomic(struct vb2_handle *) handles[VB2_FD_LIMIT];
static _Atomic int bound;

static void set_state(int fd, uint8_t state) {
    atomic_store_explicit(&vb2_fd_states[fd], state, memory_order_release);
    int old = atomic_load_explicit(&bound, memory_order_relaxed);
    while (fd >= old && !atomic_compare_exchange_weak(&bound, &old, fd + 1)) {
    }
}

int vb2_fd_bound(void) {
    return atomic_load_explicit(&bound, memory_order_acquire);
}

static void let_go(struct vb2_handle *handle) {
    if (handle) {
        atomic_fetch_sub((_Atomic uint32_t *)&handle->descriptors, 1);
        vb2_handle_drop(handle);
    }
}

void vb2_fd_install(int fd, struct vb2_handle *handle) {
    atomic_fetch_add((_Atomic uint32_t *)&handle->descriptors, 1);
    struct vb2_handle *old = atomic_exchange(&handles[fd], handle);
    set_state(fd, VB2_FD_DEVICE);
    let_go(old);
}

void vb2_fd_fresh(int fd) {
    if ((unsigned)fd >= VB2_FD_LIMIT || vb2_fd_state(fd) == VB2_FD_UNKNOWN) {
        return;
    }
    unsigned state = vb2_fd_state(fd);
    if (state == VB2_FD_DEVICE || state == VB2_FD_EPOLL) {
        vb2_epoll_forget(fd);
        let_go(atomic_exchange(&handles[fd], NULL));
    }
    set_state(fd, VB2_FD_UNKNOWN);
}

void vb2_fd_mark_epoll(int fd) {
    set_state(fd, VB2_FD_EPOLL);
}

void vb2_fd_closing(int fd) {
    set_state(fd, VB2_FD_CLOSING);
    vb2_epoll_forget(fd);
    let_go(atomic_exchange(&handles[fd], NULL));
}

void vb2_fd_closed(int fd) {
    // Another thread may have the number again.
    uint8_t expected = VB2_FD_CLOSING;
    atomic_compare_exchange_strong(&vb2_fd_states[fd], &expected, VB2_FD_UNKNOWN);
}

/// Counts up first and looks again then: the handle that the table names while we hold a use is alive, and is
/// the one that we hold.
static struct vb2_handle *look_up(int fd) {
    for (;;) {
        struct vb2_handle *handle = atomic_load_explicit(&handles[fd], memory_order_acquire);
        if (!handle) {
            return NULL;
        }
        if (vb2_handle_hold(handle)) {
            if (atomic_load_explicit(&handles[fd], memory_order_acquire) == handle) {
                return handle;
            }
            vb2_handle_drop(handle);
        } else if (atomic_load_explicit(&handles[fd], memory_order_acquire) == handle) {
            return NULL;
        }
    }
}

struct vb2_handle *vb2_fd_acquire(int fd) {
    vb2_process_check();
    if (vb2_fd_state(fd) == VB2_FD_DEVICE) {
        return look_up(fd);
    }
    return vb2_fd_state(fd) == VB2_FD_UNKNOWN ? vb2_fd_examine(fd) : NULL;
}

/// A device's descriptor is a socket whose peer was bound to a name like videoN.vb2.
static bool peer_is_server(int fd) {
    struct sockaddr_un address;
    uint32_t length = sizeof address;
    int64_t result = vb2_syscall3(
        SYS_getpeername, fd, (int64_t)(uintptr_t)&address, (int64_t)(uintptr_t)&length);
    if (result < 0 || address.sun_family != AF_UNIX || length <= offsetof(struct sockaddr_un, sun_path)) {
        return false;
    }
    size_t room = (length < sizeof address ? length : sizeof address) - offsetof(struct sockaddr_un, sun_path);
    size_t path = strnlen(address.sun_path, room), suffix = sizeof VB2_SOCKET_SUFFIX - 1;
    return path > suffix && memcmp(address.sun_path + path - suffix, VB2_SOCKET_SUFFIX, suffix) == 0;
}

static bool is_same_file(struct vb2_handle *handle, void *context) {
    const struct vb2_handle *other = context;
    return handle != other && handle->page && handle->handle == other->handle && handle->server == other->server
        && vb2_handle_hold(handle);
}

struct vb2_handle *vb2_fd_examine(int fd) {
    if ((unsigned)fd >= VB2_FD_LIMIT) {
        return NULL;
    }
    unsigned state = vb2_fd_state(fd);
    if (state == VB2_FD_HIDDEN || state == VB2_FD_CLOSING) {
        return NULL;
    }
    struct vb2_handle *fresh = NULL;
    int64_t flags;
    if (peer_is_server(fd)) {
        // A vfork child's number says nothing about its parent's, and the table is its parent's.
        if (!vb2_process_begin()) {
            return NULL;
        }
        fresh = vb2_handle_make();
        flags = vb2_syscall3(SYS_fcntl, fd, F_GETFL, 0);
        if (fresh && (flags < 0 || vb2_core_adopt(fresh, fd, (uint32_t)flags) < 0)) {
            vb2_handle_drop(fresh);
            fresh = NULL;
        }
    }
    if (!fresh) {
        // Only from unknown: another thread may know better by now.
        uint8_t expected = VB2_FD_UNKNOWN;
        if (atomic_compare_exchange_strong(&vb2_fd_states[fd], &expected, VB2_FD_FOREIGN)) {
            int old = atomic_load_explicit(&bound, memory_order_relaxed);
            while (fd >= old && !atomic_compare_exchange_weak(&bound, &old, fd + 1)) {
            }
        }
        return NULL;
    }
    // The same open file may have come here twice: by SCM_RIGHTS, or two threads adopted it at once.
    struct vb2_locked locked = vb2_lock_take(&vb2_handle_lock);
    struct vb2_handle *handle = vb2_handle_find(is_same_file, fresh);
    if (!handle) {
        vb2_handle_hold(fresh);
        handle = fresh;
    }
    // One use goes to the caller, one to the table.
    vb2_handle_hold(handle);
    struct vb2_handle *old = NULL;
    bool installed = atomic_load(&handles[fd]) == NULL;
    if (installed) {
        atomic_fetch_add((_Atomic uint32_t *)&handle->descriptors, 1);
        old = atomic_exchange(&handles[fd], handle);
        set_state(fd, VB2_FD_DEVICE);
    }
    vb2_lock_give(&vb2_handle_lock, locked);
    let_go(old);
    if (!installed) {
        vb2_handle_drop(handle);
    }
    vb2_handle_drop(fresh);
    return handle;
}

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
        set_state(fd, VB2_FD_HIDDEN);
    }
    return fd;
}

void vb2_edge_unhide(int32_t fd) {
    if ((unsigned)fd < VB2_FD_LIMIT) {
        set_state(fd, VB2_FD_CLOSING);
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
            set_state((int)moved, VB2_FD_HIDDEN);
            if (handle->control == fd) {
                handle->control = (int32_t)moved;
            } else if (handle->kept == fd) {
                handle->kept = (int32_t)moved;
            }
        }
        pthread_mutex_unlock(&handle->request_lock);
        vb2_handle_drop(handle);
    }
    set_state(fd, VB2_FD_UNKNOWN);
}
