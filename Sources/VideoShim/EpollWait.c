/// epoll_wait and its kin.
#include "Epoll.h"

static _Atomic uint32_t turn;

static void end(struct vb2_waiting *waiting) {
    for (int i = 0; waiting->begun && i < waiting->count; i++) {
        vb2_core_wait_end(waiting->devices[i].copy.handle, waiting->devices[i].copy.fd);
    }
    waiting->begun = false;
}

static void release(void *argument) {
    struct vb2_waiting *waiting = argument;
    end(waiting);
    for (int i = 0; i < waiting->count; i++) {
        vb2_handle_drop(waiting->devices[i].copy.handle);
    }
    waiting->count = 0;
}

static void begin(struct vb2_waiting *waiting) {
    for (int i = 0; i < waiting->count; i++) {
        vb2_core_wait_begin(waiting->devices[i].copy.handle, waiting->devices[i].copy.fd);
    }
    waiting->begun = true;
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
    struct vb2_waiting *waiting, struct epoll_event *events, int room, const struct vb2_wait *wait) {
    const struct timespec none = {0};
    struct timespec left;
    bool ready = vb2_epoll_ask(waiting);
    if (!ready && wait->deadline != 0) {
        begin(waiting);
        // The server may have looked for sleepers before we were one.
        ready = vb2_epoll_ask(waiting);
        if (!ready) {
            int64_t result = native_wait(
                waiting->epoll, events, room, vb2_wait_remaining(wait, &left), wait->mask);
            end(waiting);
            return result <= 0 ? result : vb2_epoll_translate(waiting, events, (int)result);
        }
        end(waiting);
    }
    // With a device ready no signal is due. It takes turns with the others where there is room for few.
    bool first = ready && atomic_fetch_add_explicit(&turn, 1, memory_order_relaxed) % 2 == 0;
    int count = first ? vb2_epoll_append(waiting, events, 0, room) : 0;
    for (int i = 0; first && i < waiting->count; i++) {
        waiting->devices[i].ready = 0;
    }
    if (count == room) {
        return count;
    }
    int64_t result = native_wait(waiting->epoll, events + count, room - count, &none, ready ? NULL : wait->mask);
    if (result < 0 && !ready) {
        return result;
    }
    // Those that were reported already must not be reported twice in one answer.
    int kept = 0;
    for (int i = 0; i < result; i++) {
        struct epoll_event event = events[count + i];
        bool again = false;
        for (int j = 0; j < count && vb2_epoll_is_device(waiting, &event); j++) {
            if (events[j].data.u64 == event.data.u64) {
                events[j].events |= event.events & EPOLLHUP;
                again = true;
            }
        }
        if (!again) {
            events[count + kept++] = event;
        }
    }
    count += vb2_epoll_translate(waiting, events + count, kept);
    return first ? count : vb2_epoll_append(waiting, events, count, room);
}

static int64_t wait_devices(int epoll, struct epoll_event *events, int room, const struct vb2_wait *wait) {
    if (room <= 0) {
        return -EINVAL;
    }
    if ((uintptr_t)events < 4096) {
        return -EFAULT;
    }
    for (;;) {
        struct vb2_waiting waiting = {.epoll = epoll};
        int64_t result;
        vb2_epoll_gather(&waiting);
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
    struct vb2_waiting waiting = {.epoll = epoll};
    vb2_epoll_gather(&waiting);
    int kept = vb2_epoll_translate(&waiting, events, count);
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
