/// epoll: a device's registration is native, so that it wakes; what it reports is corrected on the way out.
#include "Edge.h"
#include <string.h>
#include <sys/epoll.h>

/// One device in one epoll set. Free while `epoll` is 0, else the set's number plus 1: written last on the way
/// in and first on the way out, so that a fork finds each record whole or absent.
struct registration {
    _Atomic int epoll;
    int fd;
    struct vb2_handle *handle; /* without a use: what the table says of `fd` must still agree */
    uint32_t events;           /* as the program asked */
    uint32_t reported;         /* EPOLLET: what it knows already */
    bool disarmed;             /* EPOLLONESHOT: has fired */
    epoll_data_t data;
};

enum { REGISTRATIONS = 512, DEVICES_PER_WAIT = 32 };

static struct registration registrations[REGISTRATIONS];
_Atomic uint32_t vb2_epoll_count;
static _Atomic uint32_t turn;

#define READ_BITS (EPOLLIN | EPOLLRDNORM)
#define WRITE_BITS (EPOLLOUT | EPOLLWRNORM)

/// Under the lock.
static struct registration *find(int epoll, int fd) {
    for (int i = 0; i < REGISTRATIONS; i++) {
        if (atomic_load_explicit(&registrations[i].epoll, memory_order_relaxed) == epoll + 1
            && registrations[i].fd == fd) {
            return &registrations[i];
        }
    }
    return NULL;
}

/// Under the lock.
static void discard(struct registration *registration) {
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
static struct epoll_event native_event(uint32_t events, epoll_data_t data) {
    struct epoll_event event = {.events = events & ~(uint32_t)(READ_BITS | WRITE_BITS | EPOLLPRI), .data = data};
    if (!(events & (READ_BITS | WRITE_BITS | EPOLLPRI))) {
        return event; // only a hang-up can come
    }
    event.events |= EPOLLIN | (events & WRITE_BITS ? EPOLLOUT : 0);
    event.events |= events & READ_BITS ? 0 : EPOLLET;
    return event;
}

static int native_control(int epoll, int operation, int fd, struct epoll_event *event) {
    return VB2_NATIVE(
        epoll_ctl, vb2_syscall6(SYS_epoll_ctl, epoll, operation, fd, (int64_t)(uintptr_t)event, 0, 0), epoll,
        operation, fd, event);
}

/// Under the lock: enters or replaces. False if the table is full.
static bool enter(int epoll, int fd, struct vb2_handle *handle, const struct epoll_event *event) {
    struct registration *place = find(epoll, fd);
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

static void mark_set(int epoll) {
    // From any state of a foreign descriptor.
    uint8_t state = (uint8_t)vb2_fd_state(epoll);
    if (state == VB2_FD_UNKNOWN || state == VB2_FD_FOREIGN) {
        vb2_fd_mark_epoll(epoll);
    }
}

static int device_control(struct vb2_handle *handle, int epoll, int operation, int fd, struct epoll_event *event) {
    if (operation == EPOLL_CTL_DEL) {
        struct vb2_locked locked = vb2_lock_take(&vb2_epoll_lock);
        struct registration *old = find(epoll, fd);
        if (old) {
            discard(old);
        }
        vb2_lock_give(&vb2_epoll_lock, locked);
        return native_control(epoll, operation, fd, event);
    }
    if ((uintptr_t)event < 4096 || (operation != EPOLL_CTL_ADD && operation != EPOLL_CTL_MOD)) {
        return native_control(epoll, operation, fd, event);
    }
    struct epoll_event copy = *event;
    struct epoll_event native = native_event(copy.events, copy.data);
    int result = native_control(epoll, operation, fd, &native);
    if (result == 0) {
        struct vb2_locked locked = vb2_lock_take(&vb2_epoll_lock);
        bool entered = enter(epoll, fd, handle, &copy);
        vb2_lock_give(&vb2_epoll_lock, locked);
        if (entered) {
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

/// A registration while a wait uses it.
struct watched {
    struct registration copy;
    struct registration *place;
    uint32_t ready;
};

struct waiting {
    int epoll;
    int count;
    bool begun;
    struct watched devices[DEVICES_PER_WAIT];
};

static void gather(struct waiting *waiting) {
    int count = 0;
    struct vb2_locked locked = vb2_lock_take(&vb2_epoll_lock);
    for (int i = 0; i < REGISTRATIONS && count < DEVICES_PER_WAIT; i++) {
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

static void end(struct waiting *waiting) {
    for (int i = 0; waiting->begun && i < waiting->count; i++) {
        vb2_core_wait_end(waiting->devices[i].copy.handle, waiting->devices[i].copy.fd);
    }
    waiting->begun = false;
}

static void release(void *argument) {
    struct waiting *waiting = argument;
    end(waiting);
    for (int i = 0; i < waiting->count; i++) {
        vb2_handle_drop(waiting->devices[i].copy.handle);
    }
    waiting->count = 0;
}

static void begin(struct waiting *waiting) {
    for (int i = 0; i < waiting->count; i++) {
        vb2_core_wait_begin(waiting->devices[i].copy.handle, waiting->devices[i].copy.fd);
    }
    waiting->begun = true;
}

/// Still the registration that was copied?
static bool is_current(const struct watched *watched, int epoll) {
    return atomic_load_explicit(&watched->place->epoll, memory_order_relaxed) == epoll + 1
        && watched->place->fd == watched->copy.fd && watched->place->handle == watched->copy.handle;
}

/// What the device has to say, as this registration asked. Edge-triggered ones hear only what is new.
static bool ask_core(struct waiting *waiting) {
    bool any = false;
    for (int i = 0; i < waiting->count; i++) {
        struct watched *watched = &waiting->devices[i];
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

/// The program is told: remember it where that makes a difference.
static void report(struct waiting *waiting, struct watched *watched, uint32_t mask) {
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

/// The socket fired for nothing: a one-shot registration has to be loaded again.
static void rearm(struct waiting *waiting, const struct watched *watched) {
    if (watched->copy.events & EPOLLONESHOT && !watched->copy.disarmed) {
        struct epoll_event again = native_event(watched->copy.events, watched->copy.data);
        vb2_syscall6(
            SYS_epoll_ctl, waiting->epoll, EPOLL_CTL_MOD, watched->copy.fd, (int64_t)(uintptr_t)&again, 0, 0);
    }
}

static bool socket_is_ready(int fd) {
    struct pollfd one = {.fd = fd, .events = POLLIN | POLLOUT};
    struct timespec none = {0};
    return vb2_syscall6(SYS_ppoll, (int64_t)(uintptr_t)&one, 1, (int64_t)(uintptr_t)&none, 0, 8, 0) > 0;
}

/// The device that an event with this data speaks of, or NULL.
static struct watched *device_of(struct waiting *waiting, const struct epoll_event *event) {
    for (int i = 0; i < waiting->count; i++) {
        if (waiting->devices[i].copy.data.u64 == event->data.u64) {
            return &waiting->devices[i];
        }
    }
    return NULL;
}

/// Corrects what the kernel said of devices, and drops what isn't so. How many events remain.
static int translate(struct waiting *waiting, struct epoll_event *events, int count) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
        struct epoll_event event = events[i];
        struct watched *watched = device_of(waiting, &event);
        if (watched) {
            uint32_t asked = watched->copy.events, mask = 0;
            if (!watched->copy.disarmed) {
                mask = vb2_poll_device(watched->copy.handle, watched->copy.fd, asked);
                mask |= event.events & EPOLLHUP ? vb2_poll_gone(asked) : 0;
            }
            if (mask == 0 && !socket_is_ready(watched->copy.fd)) {
                // Another file of the set has the same data: the event is that file's, or the byte was taken.
                mask = event.events & ~(uint32_t)READ_BITS ? event.events : 0;
            }
            if (mask == 0) {
                rearm(waiting, watched);
                continue;
            }
            event.events = mask;
            report(waiting, watched, mask);
            watched->ready = 0;
        }
        events[kept++] = event;
    }
    return kept;
}

/// Adds what only the core knows.
static int append(struct waiting *waiting, struct epoll_event *events, int count, int room) {
    for (int i = 0; i < waiting->count && count < room; i++) {
        struct watched *watched = &waiting->devices[i];
        if (watched->ready) {
            report(waiting, watched, watched->ready);
            events[count++] = (struct epoll_event){.events = watched->ready, .data = watched->copy.data};
        }
    }
    return count;
}

static int64_t raw_wait(
    int epoll, struct epoll_event *events, int room, const struct timespec *timeout, const sigset_t *mask) {
    int64_t milliseconds =
        timeout ? (int64_t)timeout->tv_sec * 1000 + (timeout->tv_nsec + 999999) / 1000000 : -1;
    return vb2_syscall6(
        SYS_epoll_pwait, epoll, (int64_t)(uintptr_t)events, room,
        milliseconds > INT32_MAX ? INT32_MAX : milliseconds, (int64_t)(uintptr_t)mask, 8);
}

/// Through libc, as a wait is a cancellation point.
static int64_t native_wait(
    int epoll, struct epoll_event *events, int room, const struct timespec *timeout, const sigset_t *mask) {
    int saved = errno;
    __typeof__(&epoll_pwait2) precise = VB2_NEXT(epoll_pwait2);
    int result = precise ? precise(epoll, events, room, timeout, mask) : -1;
    int error = precise ? errno : ENOSYS;
    if (result < 0 && error == ENOSYS) {
        __typeof__(&epoll_pwait) next = VB2_NEXT(epoll_pwait);
        int64_t milliseconds =
            timeout ? (int64_t)timeout->tv_sec * 1000 + (timeout->tv_nsec + 999999) / 1000000 : -1;
        result = next ? next(epoll, events, room, milliseconds > INT32_MAX ? INT32_MAX : (int)milliseconds, mask)
                      : -1;
        error = next ? errno : ENOSYS;
    }
    errno = saved;
    return result < 0 ? -error : result;
}

static int64_t wait_once(
    struct waiting *waiting, struct epoll_event *events, int room, const struct vb2_wait *wait) {
    const struct timespec none = {0};
    struct timespec left;
    bool ready = ask_core(waiting);
    if (!ready && wait->deadline != 0) {
        begin(waiting);
        // The server may have looked for sleepers before we were one.
        ready = ask_core(waiting);
        if (!ready) {
            int64_t result = native_wait(
                waiting->epoll, events, room, vb2_wait_remaining(wait, &left), wait->mask);
            end(waiting);
            return result <= 0 ? result : translate(waiting, events, (int)result);
        }
        end(waiting);
    }
    // With a device ready no signal is due. It takes turns with the others where there is room for few.
    bool first = ready && atomic_fetch_add_explicit(&turn, 1, memory_order_relaxed) % 2 == 0;
    int count = first ? append(waiting, events, 0, room) : 0;
    for (int i = 0; first && i < waiting->count; i++) {
        waiting->devices[i].ready = 0;
    }
    if (count == room) {
        return count;
    }
    int64_t result = native_wait(waiting->epoll, events + count, room - count, &none, ready ? NULL : wait->mask);
    if (result < 0) {
        return count ? count : result == -EINTR && ready ? 0 : result;
    }
    // Those that were reported already must not be reported twice in one answer.
    int kept = 0;
    for (int i = 0; i < result; i++) {
        bool again = false;
        for (int j = 0; j < count; j++) {
            again |= events[j].data.u64 == events[count + i].data.u64
                && device_of(waiting, &events[count + i]) != NULL;
        }
        if (!again) {
            events[count + kept++] = events[count + i];
        }
    }
    count += translate(waiting, events + count, kept);
    return first ? count : append(waiting, events, count, room);
}

static int64_t wait_devices(int epoll, struct epoll_event *events, int room, const struct vb2_wait *wait) {
    if (room <= 0) {
        return -EINVAL;
    }
    if ((uintptr_t)events < 4096) {
        return -EFAULT;
    }
    for (;;) {
        struct waiting waiting = {.epoll = epoll};
        int64_t result;
        gather(&waiting);
        pthread_cleanup_push(release, &waiting);
        result = wait_once(&waiting, events, room, wait);
        pthread_cleanup_pop(1);
        if (result != 0 || wait->deadline == 0 || (wait->deadline > 0 && vb2_now() >= wait->deadline)) {
            return result;
        }
    }
}

/// What a wait got that began before the set had a device.
static int late(int epoll, struct epoll_event *events, int count) {
    if (count <= 0 || vb2_fd_state(epoll) != VB2_FD_EPOLL) {
        return count;
    }
    struct waiting waiting = {.epoll = epoll};
    gather(&waiting);
    int kept = translate(&waiting, events, count);
    release(&waiting);
    // An empty answer would look like a timeout: an event that isn't so any more is the smaller lie.
    return kept ? kept : count;
}

VB2_EXPORT int epoll_wait(int epoll, struct epoll_event *events, int room, int timeout) {
    if (VB2_UNLIKELY(vb2_fd_state(epoll) == VB2_FD_EPOLL)) {
        struct vb2_wait wait = {.mask = NULL};
        vb2_wait_milliseconds(&wait, timeout);
        return (int)vb2_return(wait_devices(epoll, events, room, &wait));
    }
    struct timespec length = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000l};
    int result = VB2_NATIVE(
        epoll_wait, raw_wait(epoll, events, room, timeout < 0 ? NULL : &length, NULL), epoll, events, room, timeout);
    return late(epoll, events, result);
}

VB2_EXPORT int epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout, const sigset_t *mask) {
    if (VB2_UNLIKELY(vb2_fd_state(epoll) == VB2_FD_EPOLL)) {
        struct vb2_wait wait = {.mask = mask};
        vb2_wait_milliseconds(&wait, timeout);
        return (int)vb2_return(wait_devices(epoll, events, room, &wait));
    }
    struct timespec length = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000l};
    int result = VB2_NATIVE(
        epoll_pwait, raw_wait(epoll, events, room, timeout < 0 ? NULL : &length, mask), epoll, events, room,
        timeout, mask);
    return late(epoll, events, result);
}

VB2_EXPORT int epoll_pwait2(
    int epoll, struct epoll_event *events, int room, const struct timespec *timeout, const sigset_t *mask) {
    if (VB2_UNLIKELY(vb2_fd_state(epoll) == VB2_FD_EPOLL)) {
        struct vb2_wait wait = {.mask = mask};
        return (int)vb2_return(
            vb2_wait_timespec(&wait, timeout) ? wait_devices(epoll, events, room, &wait) : -EINVAL);
    }
    int result = VB2_NATIVE(
        epoll_pwait2, raw_wait(epoll, events, room, timeout, mask), epoll, events, room, timeout, mask);
    return late(epoll, events, result);
}
