/// The devices that epoll sets watch.
#include "Epoll.h"

enum { REGISTRATIONS = 512 };

static struct vb2_registration registrations[REGISTRATIONS];
_Atomic uint32_t vb2_epoll_count;

/// Under the lock.
static struct vb2_registration *find(int epoll, int fd) {
    for (int i = 0; i < REGISTRATIONS; i++) {
        if (atomic_load_explicit(&registrations[i].epoll, memory_order_relaxed) == epoll + 1
            && registrations[i].fd == fd) {
            return &registrations[i];
        }
    }
    return NULL;
}

/// Under the lock.
static void discard(struct vb2_registration *registration) {
    atomic_store(&registration->epoll, 0);
    atomic_fetch_sub(&vb2_epoll_count, 1);
}

void vb2_epoll_forget(int fd) {
    if (atomic_load_explicit(&vb2_epoll_count, memory_order_acquire) == 0) {
        return;
    }
    struct vb2_locked locked = vb2_lock_take(&vb2_epoll_lock);
    for (int i = 0; i < REGISTRATIONS; i++) {
        int epoll = atomic_load_explicit(&registrations[i].epoll, memory_order_relaxed) - 1;
        if (epoll >= 0 && (epoll == fd || registrations[i].fd == fd)) {
            discard(&registrations[i]);
        }
    }
    vb2_lock_give(&vb2_epoll_lock, locked);
}

/// What the kernel is told. A set that doesn't want to read is still to be woken by any byte, but once only:
/// for its level a readable socket would wake it for ever.
struct epoll_event vb2_epoll_native_event(uint32_t events, epoll_data_t data) {
    const uint32_t known = VB2_EPOLL_READ | VB2_EPOLL_WRITE | EPOLLPRI;
    struct epoll_event event = {.events = events & ~known, .data = data};
    if (!(events & known)) {
        return event; // only a hang-up can come
    }
    event.events |= EPOLLIN | (events & VB2_EPOLL_WRITE ? EPOLLOUT : 0);
    event.events |= events & VB2_EPOLL_READ ? 0 : EPOLLET;
    return event;
}

/// Under the lock.
static bool enter(int epoll, int fd, struct vb2_handle *handle, const struct epoll_event *event) {
    struct vb2_registration *place = find(epoll, fd);
    if (place) {
        discard(place);
    }
    for (int i = 0; i < REGISTRATIONS && !place; i++) {
        if (atomic_load_explicit(&registrations[i].epoll, memory_order_relaxed) == 0) {
            place = &registrations[i];
        }
    }
    if (!place || (unsigned)epoll >= VB2_FD_LIMIT) {
        return false;
    }
    place->fd = fd;
    place->handle = handle;
    place->events = event->events;
    place->data = event->data;
    place->reported = 0;
    place->disarmed = false;
    atomic_store_explicit(&place->epoll, epoll + 1, memory_order_release);
    atomic_fetch_add(&vb2_epoll_count, 1);
    return true;
}

bool vb2_epoll_enter(int epoll, int fd, struct vb2_handle *handle, const struct epoll_event *event) {
    struct vb2_locked locked = vb2_lock_take(&vb2_epoll_lock);
    bool entered = enter(epoll, fd, handle, event);
    vb2_lock_give(&vb2_epoll_lock, locked);
    return entered;
}

void vb2_epoll_remove(int epoll, int fd) {
    struct vb2_locked locked = vb2_lock_take(&vb2_epoll_lock);
    struct vb2_registration *old = find(epoll, fd);
    if (old) {
        discard(old);
    }
    vb2_lock_give(&vb2_epoll_lock, locked);
}

void vb2_epoll_gather(struct vb2_waiting *waiting) {
    int count = 0;
    struct vb2_locked locked = vb2_lock_take(&vb2_epoll_lock);
    for (int i = 0; i < REGISTRATIONS && count < VB2_DEVICES_PER_WAIT; i++) {
        if (atomic_load_explicit(&registrations[i].epoll, memory_order_relaxed) == waiting->epoll + 1) {
            waiting->devices[count].copy.fd = registrations[i].fd;
            waiting->devices[count].copy.handle = registrations[i].handle;
            waiting->devices[count].copy.events = registrations[i].events;
            waiting->devices[count].copy.reported = registrations[i].reported;
            waiting->devices[count].copy.disarmed = registrations[i].disarmed;
            waiting->devices[count].copy.data = registrations[i].data;
            waiting->devices[count++].place = &registrations[i];
        }
    }
    vb2_lock_give(&vb2_epoll_lock, locked);
    // A number that names another file by now is none of this set's.
    waiting->count = 0;
    for (int i = 0; i < count; i++) {
        struct vb2_handle *handle = vb2_device(waiting->devices[i].copy.fd);
        if (handle && handle == waiting->devices[i].copy.handle) {
            waiting->devices[waiting->count++] = waiting->devices[i];
        } else if (handle) {
            vb2_handle_drop(handle);
        }
    }
}

/// Still the registration that was copied?
static bool is_current(const struct vb2_watched *watched, int epoll) {
    return atomic_load_explicit(&watched->place->epoll, memory_order_relaxed) == epoll + 1
        && watched->place->fd == watched->copy.fd && watched->place->handle == watched->copy.handle;
}

void vb2_epoll_report(struct vb2_waiting *waiting, struct vb2_watched *watched, uint32_t mask) {
    if (!(watched->copy.events & (EPOLLET | EPOLLONESHOT))) {
        return;
    }
    struct vb2_locked locked = vb2_lock_take(&vb2_epoll_lock);
    bool disarm = false;
    if (is_current(watched, waiting->epoll)) {
        watched->place->reported |= mask;
        disarm = watched->copy.events & EPOLLONESHOT && !watched->place->disarmed;
        watched->place->disarmed |= disarm;
    }
    vb2_lock_give(&vb2_epoll_lock, locked);
    watched->copy.disarmed |= disarm;
    if (disarm) {
        // The socket may not have fired itself. Edge-triggered, so that a hang-up wakes once and no more.
        struct epoll_event quiet = {.events = EPOLLET, .data = watched->copy.data};
        vb2_syscall6(
            SYS_epoll_ctl, waiting->epoll, EPOLL_CTL_MOD, watched->copy.fd, (int64_t)(uintptr_t)&quiet, 0, 0);
    }
}

void vb2_epoll_cease(struct vb2_waiting *waiting, struct vb2_watched *watched, uint32_t mask) {
    if (!(watched->copy.reported & mask)) {
        return;
    }
    watched->copy.reported &= ~mask;
    struct vb2_locked locked = vb2_lock_take(&vb2_epoll_lock);
    if (is_current(watched, waiting->epoll)) {
        watched->place->reported &= ~mask;
    }
    vb2_lock_give(&vb2_epoll_lock, locked);
}
