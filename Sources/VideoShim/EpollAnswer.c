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
            vb2_epoll_cease(waiting, watched, ~watched->ready); // what has gone may come again
            watched->ready &= ~watched->copy.reported;
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

static bool socket_is_ready(const struct vb2_registration *registration) {
    struct pollfd one = {.fd = registration->fd, .events = POLLIN};
    one.events |= registration->events & VB2_EPOLL_WRITE ? POLLOUT : 0;
    struct timespec none = {0};
    return vb2_syscall6(SYS_ppoll, (int64_t)(uintptr_t)&one, 1, (int64_t)(uintptr_t)&none, 0, 8, 0) > 0;
}

bool vb2_epoll_is_device(const struct vb2_waiting *waiting, const struct epoll_event *event) {
    for (int i = 0; i < waiting->count; i++) {
        if (waiting->devices[i].copy.data.u64 == event->data.u64) {
            return true;
        }
    }
    return false;
}

/// What the devices with the event's data have to say, 0 for nothing.
static uint32_t true_mask(struct vb2_waiting *waiting, const struct epoll_event *event) {
    for (int i = 0; i < waiting->count; i++) {
        struct vb2_watched *watched = &waiting->devices[i];
        if (watched->copy.data.u64 != event->data.u64 || watched->copy.disarmed) {
            continue;
        }
        uint32_t mask = vb2_poll_device(watched->copy.handle, watched->copy.fd, watched->copy.events);
        mask |= event->events & EPOLLHUP ? vb2_poll_gone(watched->copy.handle, watched->copy.events) : 0;
        if (mask) {
            vb2_epoll_report(waiting, watched, mask);
            watched->ready = 0;
            return mask;
        }
    }
    return 0;
}

/// True if the event isn't a device's but that of another file with the same data.
static bool is_foreign(struct vb2_waiting *waiting, const struct epoll_event *event) {
    bool ready = false;
    int devices = 0;
    for (int i = 0; i < waiting->count; i++) {
        const struct vb2_watched *watched = &waiting->devices[i];
        if (watched->copy.data.u64 == event->data.u64) {
            devices++;
            ready |= socket_is_ready(&watched->copy);
            rearm(waiting, watched);
        }
    }
    // Most often it was a byte that has been taken since, so the set itself is asked who has this data.
    return !ready && vb2_epoll_count_data(waiting->epoll, event->data.u64) > devices;
}

int vb2_epoll_translate(struct vb2_waiting *waiting, struct epoll_event *events, int count) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
        struct epoll_event event = events[i];
        if (vb2_epoll_is_device(waiting, &event)) {
            uint32_t mask = true_mask(waiting, &event);
            if (mask) {
                event.events = mask;
            } else if (!is_foreign(waiting, &event)) {
                continue;
            }
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
