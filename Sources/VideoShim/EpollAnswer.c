/// What an epoll set says of devices: the core's word in place of the socket's.
#include "Epoll.h"

bool vb2_epoll_ask(struct vb2_waiting *waiting) {
    bool any = false;
    for (int i = 0; i < waiting->count; i++) {
        struct vb2_watched *watched = &waiting->devices[i];
        watched->ready = watched->copy.disarmed
            ? 0
            : vb2_poll_device(watched->copy.handle, watched->copy.fd, watched->copy.events);
        if (watched->copy.events & EPOLLET) {
            watched->place->reported &= watched->ready; // what has gone may come again
            watched->ready &= ~watched->copy.reported;
            watched->copy.reported &= watched->place->reported;
        }
        any |= watched->ready != 0;
    }
    return any;
}

/// The socket fired for nothing: a one-shot registration has to be loaded again.
static void rearm(struct vb2_waiting *waiting, const struct vb2_watched *watched) {
    if (watched->copy.events & EPOLLONESHOT && !watched->copy.disarmed) {
        struct epoll_event again = vb2_epoll_native_event(watched->copy.events, watched->copy.data);
        vb2_syscall6(
            SYS_epoll_ctl, waiting->epoll, EPOLL_CTL_MOD, watched->copy.fd, (int64_t)(uintptr_t)&again, 0, 0);
    }
}

static bool socket_is_ready(int fd) {
    struct pollfd one = {.fd = fd, .events = POLLIN | POLLOUT};
    struct timespec none = {0};
    return vb2_syscall6(SYS_ppoll, (int64_t)(uintptr_t)&one, 1, (int64_t)(uintptr_t)&none, 0, 8, 0) > 0;
}

struct vb2_watched *vb2_epoll_device_of(struct vb2_waiting *waiting, const struct epoll_event *event) {
    for (int i = 0; i < waiting->count; i++) {
        if (waiting->devices[i].copy.data.u64 == event->data.u64) {
            return &waiting->devices[i];
        }
    }
    return NULL;
}

int vb2_epoll_translate(struct vb2_waiting *waiting, struct epoll_event *events, int count) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
        struct epoll_event event = events[i];
        struct vb2_watched *watched = vb2_epoll_device_of(waiting, &event);
        if (watched) {
            uint32_t asked = watched->copy.events, mask = 0;
            if (!watched->copy.disarmed) {
                mask = vb2_poll_device(watched->copy.handle, watched->copy.fd, asked);
                mask |= event.events & EPOLLHUP ? vb2_poll_gone(asked) : 0;
            }
            if (mask == 0 && !socket_is_ready(watched->copy.fd)) {
                // Another file of the set has the same data: the event is that file's, or the byte was taken.
                mask = event.events & ~(uint32_t)VB2_EPOLL_READ ? event.events : 0;
            }
            if (mask == 0) {
                rearm(waiting, watched);
                continue;
            }
            event.events = mask;
            vb2_epoll_report(waiting, watched, mask);
            watched->ready = 0;
        }
        events[kept++] = event;
    }
    return kept;
}

int vb2_epoll_append(struct vb2_waiting *waiting, struct epoll_event *events, int count, int room) {
    for (int i = 0; i < waiting->count && count < room; i++) {
        struct vb2_watched *watched = &waiting->devices[i];
        if (watched->ready) {
            vb2_epoll_report(waiting, watched, watched->ready);
            events[count++] = (struct epoll_event){.events = watched->ready, .data = watched->copy.data};
        }
    }
    return count;
}
