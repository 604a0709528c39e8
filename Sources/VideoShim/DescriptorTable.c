/// What each descriptor number of the process is.
#include "Edge.h"

_Atomic uint8_t vb2_fd_states[VB2_FD_LIMIT];
_Atomic(struct vb2_handle *) vb2_fd_handles[VB2_FD_LIMIT];
static _Atomic int bound;

static void raise_bound(int fd) {
    int old = atomic_load_explicit(&bound, memory_order_relaxed);
    while (fd >= old && !atomic_compare_exchange_weak(&bound, &old, fd + 1)) {
    }
}

void vb2_fd_set_state(int fd, uint8_t state) {
    atomic_store_explicit(&vb2_fd_states[fd], state, memory_order_release);
    raise_bound(fd);
}

void vb2_fd_mark_foreign(int fd) {
    uint8_t expected = VB2_FD_UNKNOWN;
    if (atomic_compare_exchange_strong(&vb2_fd_states[fd], &expected, VB2_FD_FOREIGN)) {
        raise_bound(fd);
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
    struct vb2_handle *old = atomic_exchange(&vb2_fd_handles[fd], handle);
    vb2_fd_set_state(fd, VB2_FD_DEVICE);
    let_go(old);
}

void vb2_fd_fresh(int fd) {
    unsigned state = vb2_fd_state(fd);
    if ((unsigned)fd >= VB2_FD_LIMIT || state == VB2_FD_UNKNOWN) {
        return;
    }
    // The number may be free in the child of a vfork alone.
    if (VB2_UNLIKELY(state >= VB2_FD_EPOLL) && vb2_process_is_borrowed()) {
        return;
    }
    if (state == VB2_FD_DEVICE || state == VB2_FD_EPOLL) {
        vb2_epoll_forget(fd);
        let_go(atomic_exchange(&vb2_fd_handles[fd], NULL));
    }
    vb2_fd_set_state(fd, VB2_FD_UNKNOWN);
}

void vb2_fd_closing(int fd) {
    vb2_fd_set_state(fd, VB2_FD_CLOSING);
    vb2_epoll_forget(fd);
    let_go(atomic_exchange(&vb2_fd_handles[fd], NULL));
}

void vb2_fd_closed(int fd) {
    // Another thread may have the number again.
    uint8_t expected = VB2_FD_CLOSING;
    atomic_compare_exchange_strong(&vb2_fd_states[fd], &expected, VB2_FD_UNKNOWN);
}

static struct vb2_handle *look_up(int fd) {
    for (;;) {
        vb2_process_check();
        struct vb2_handle *lost, *named, *handle = vb2_fd_hold(fd, &lost);
        if (handle) {
            return handle;
        }
        if (lost) {
            vb2_handle_drop(lost);
        }
        // Dead, and still named: it was closed. Else somebody was faster, and it is another one now.
        named = atomic_load_explicit(&vb2_fd_handles[fd], memory_order_acquire);
        if (!named || atomic_load(vb2_handle_uses(named)) & VB2_HANDLE_DEAD) {
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

bool vb2_fd_install_first(int fd, struct vb2_handle *handle) {
    struct vb2_handle *none = NULL;
    atomic_fetch_add((_Atomic uint32_t *)&handle->descriptors, 1);
    if (!atomic_compare_exchange_strong(&vb2_fd_handles[fd], &none, handle)) {
        atomic_fetch_sub((_Atomic uint32_t *)&handle->descriptors, 1);
        return false;
    }
    vb2_fd_set_state(fd, VB2_FD_DEVICE);
    return true;
}
