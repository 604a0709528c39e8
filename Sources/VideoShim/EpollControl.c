/// epoll_ctl: a device's registration is native, so that its socket wakes the set.
#include "Epoll.h"

static int native_control(int epoll, int operation, int fd, struct epoll_event *event) {
    return VB2_NATIVE(
        epoll_ctl, vb2_syscall6(SYS_epoll_ctl, epoll, operation, fd, (int64_t)(uintptr_t)event, 0, 0), epoll,
        operation, fd, event);
}

static void mark_set(int epoll) {
    // From any state of a foreign descriptor.
    uint8_t state = (uint8_t)vb2_fd_state(epoll);
    if (state == VB2_FD_UNKNOWN || state == VB2_FD_FOREIGN) {
        vb2_fd_set_state(epoll, VB2_FD_EPOLL);
    }
}

static int device_control(struct vb2_handle *handle, int epoll, int operation, int fd, struct epoll_event *event) {
    if (operation == EPOLL_CTL_DEL) {
        vb2_epoll_remove(epoll, fd);
        return native_control(epoll, operation, fd, event);
    }
    if ((uintptr_t)event < 4096 || (operation != EPOLL_CTL_ADD && operation != EPOLL_CTL_MOD)) {
        return native_control(epoll, operation, fd, event);
    }
    struct epoll_event copy = *event;
    struct epoll_event native = vb2_epoll_native_event(copy.events, copy.data);
    int result = native_control(epoll, operation, fd, &native);
    if (result == 0) {
        if (vb2_epoll_enter(epoll, fd, handle, &copy)) {
            mark_set(epoll);
        } else {
            native_control(epoll, EPOLL_CTL_MOD, fd, &copy); // as good as the socket can say it
        }
    }
    return result;
}

VB2_EXPORT int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event) {
    struct vb2_handle *handle = vb2_device(fd);
    if (VB2_UNLIKELY(handle != NULL)) {
        int result = device_control(handle, epoll, operation, fd, event);
        vb2_handle_drop(handle);
        return result;
    }
    return native_control(epoll, operation, fd, event);
}
