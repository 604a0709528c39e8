/// Descriptors that became devices behind our back: after exec, or out of a message.
#include "Edge.h"
#include <string.h>

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
        vb2_fd_mark_foreign(fd); // only from unknown: another thread may know better by now
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
    bool installed = vb2_fd_install_first(fd, handle);
    vb2_lock_give(&vb2_handle_lock, locked);
    if (!installed) {
        vb2_handle_drop(handle);
    }
    vb2_handle_drop(fresh);
    return handle;
}
