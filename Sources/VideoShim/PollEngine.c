/// Waiting for a set of descriptors of which some are devices: the socket wakes, the core says what is ready.
#include "Edge.h"
#include <sys/epoll.h>

#define READ_BITS (POLLIN | POLLRDNORM)
#define WRITE_BITS (POLLOUT | POLLWRNORM)

bool vb2_poll_has_device(const struct pollfd *fds, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        struct vb2_handle *handle = fds[i].fd >= 0 ? vb2_device(fds[i].fd) : NULL;
        if (handle) {
            vb2_handle_drop(handle);
            return true;
        }
    }
    return false;
}

/// The set as the kernel sees it, with the device behind each descriptor.
struct set {
    struct pollfd *fds; /* the program's */
    struct pollfd *native;
    struct vb2_handle **handles;
    uint64_t count;
    bool waits; /* wait_begin was called */
    bool edges; /* a socket is readable that nobody asked to read */
};

static int64_t native_poll(struct set *set, const struct timespec *timeout, const sigset_t *mask) {
    __typeof__(&ppoll) next = VB2_NEXT(ppoll);
    if (next) {
        int saved = errno;
        int result = next(set->native, set->count, timeout, mask);
        int error = errno;
        errno = saved;
        return result < 0 ? -error : result;
    }
    struct timespec copy = timeout ? *timeout : (struct timespec){0};
    return vb2_syscall6(
        SYS_ppoll, (int64_t)(uintptr_t)set->native, (int64_t)set->count, timeout ? (int64_t)(uintptr_t)&copy : 0,
        (int64_t)(uintptr_t)mask, 8, 0);
}

static void begin(struct set *set) {
    for (uint64_t i = 0; i < set->count; i++) {
        if (set->handles[i]) {
            vb2_core_wait_begin(set->handles[i], set->fds[i].fd);
        }
    }
    set->waits = true;
}

static void end(struct set *set) {
    for (uint64_t i = 0; set->waits && i < set->count; i++) {
        if (set->handles[i]) {
            vb2_core_wait_end(set->handles[i], set->fds[i].fd);
        }
    }
    set->waits = false;
}

static void finish(void *argument) {
    struct set *set = argument;
    end(set);
    for (uint64_t i = 0; i < set->count; i++) {
        if (set->handles[i]) {
            vb2_handle_drop(set->handles[i]);
        }
    }
}

/// Any byte on a device's socket is a reason to look, since events and errors have no bit of their own there.
static short wake_events(const struct pollfd *fd, const struct vb2_handle *handle) {
    bool output = handle->page && handle->page->is_output;
    return (short)(POLLIN | (output && (fd->events & WRITE_BITS) ? POLLOUT : 0));
}

static void prepare(struct set *set) {
    for (uint64_t i = 0; i < set->count; i++) {
        set->native[i] = set->fds[i];
        set->native[i].revents = 0;
        set->handles[i] = set->fds[i].fd >= 0 ? vb2_device(set->fds[i].fd) : NULL;
        if (set->handles[i]) {
            set->native[i].events = wake_events(&set->fds[i], set->handles[i]);
        }
    }
}

static bool ask_core(struct set *set) {
    bool ready = false;
    for (uint64_t i = 0; i < set->count; i++) {
        if (set->handles[i]) {
            set->fds[i].revents =
                (short)vb2_poll_device(set->handles[i], set->fds[i].fd, (uint32_t)set->fds[i].events);
            ready |= set->fds[i].revents != 0;
        }
    }
    return ready;
}

/// Gives the program the native answers, and what the core said last of the devices.
static int64_t collect(struct set *set) {
    int64_t ready = 0;
    for (uint64_t i = 0; i < set->count; i++) {
        if (set->handles[i]) {
            set->fds[i].revents |= set->native[i].revents & POLLNVAL;
            if (set->native[i].revents & POLLHUP) {
                set->fds[i].revents |= (short)vb2_poll_gone(set->handles[i], (uint32_t)set->fds[i].events);
            }
        } else {
            set->fds[i].revents = set->native[i].revents;
        }
        ready += set->fds[i].revents != 0;
    }
    return ready;
}

/// True if a device's socket is readable though its program doesn't want to read: a wait for the level would
/// return at once and for ever.
static bool is_stuck(const struct set *set) {
    for (uint64_t i = 0; i < set->count; i++) {
        if (set->handles[i] && (set->native[i].revents & POLLIN) && !(set->fds[i].events & READ_BITS)) {
            return true;
        }
    }
    return false;
}

/// An epoll set that reports each new byte once.
static int64_t make_edges(const struct set *set) {
    int64_t epoll = vb2_syscall3(SYS_epoll_create1, EPOLL_CLOEXEC, 0, 0);
    for (uint64_t i = 0; epoll >= 0 && i < set->count; i++) {
        if (set->native[i].fd < 0) {
            continue;
        }
        struct epoll_event event = {.events = (uint32_t)(uint16_t)set->native[i].events};
        event.events |= set->handles[i] ? EPOLLET : 0;
        vb2_syscall6(
            SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, set->native[i].fd, (int64_t)(uintptr_t)&event, 0, 0);
    }
    if (epoll >= 0) {
        struct epoll_event now[16]; // what holds already is no news
        while (vb2_syscall6(SYS_epoll_pwait, epoll, (int64_t)(uintptr_t)now, 16, 0, 0, 8) == 16) {
        }
    }
    return epoll < 0 ? epoll : vb2_edge_hide((int32_t)epoll);
}

static int64_t wait_for_edge(struct set *set, const struct vb2_wait *wait) {
    struct timespec left, none = {0};
    int64_t epoll = make_edges(set);
    if (epoll < 0) {
        return epoll;
    }
    int64_t result = 0;
    // A byte may have come while the set was made.
    if (!ask_core(set) && native_poll(set, &none, NULL) >= 0 && collect(set) == 0) {
        struct pollfd one = {.fd = (int)epoll, .events = POLLIN};
        struct set outer = {.native = &one, .count = 1};
        result = native_poll(&outer, vb2_wait_remaining(wait, &left), wait->mask);
    }
    vb2_edge_unhide((int32_t)epoll);
    return result;
}

static int64_t wait_in(struct set *set, const struct vb2_wait *wait) {
    struct timespec left;
    const struct timespec none = {0};
    for (;;) {
        bool ready = ask_core(set);
        if (ready || wait->deadline == 0) {
            // With something ready no signal is due: the mask isn't used.
            int64_t result = native_poll(set, &none, ready ? NULL : wait->mask);
            if (result >= 0) {
                return collect(set);
            } else if (!ready || result != -EINTR) {
                return result;
            }
            continue;
        }
        begin(set);
        // The server may have looked for sleepers before we were one.
        if (ask_core(set)) {
            end(set);
            continue;
        }
        int64_t result = set->edges ? wait_for_edge(set, wait)
                                    : native_poll(set, vb2_wait_remaining(wait, &left), wait->mask);
        end(set);
        if (result < 0) {
            return result;
        }
        ask_core(set);
        if (set->edges && native_poll(set, &none, NULL) < 0) {
            continue;
        }
        int64_t count = collect(set);
        if (count > 0) {
            return count;
        }
        set->edges |= is_stuck(set);
        if (wait->deadline > 0 && vb2_now() >= wait->deadline) {
            return 0;
        }
    }
}

enum { ON_STACK = 64 };

int64_t vb2_poll_wait(struct pollfd *fds, uint64_t count, const struct vb2_wait *wait) {
    struct pollfd few_fds[ON_STACK];
    struct vb2_handle *few_handles[ON_STACK];
    struct set set = {.fds = fds, .native = few_fds, .handles = few_handles, .count = count};
    size_t bytes = 0;
    if (count > ON_STACK) {
        bytes = count * (sizeof *set.native + sizeof *set.handles);
        void *pages = vb2_pages(bytes);
        if (!pages) {
            return -ENOMEM;
        }
        set.handles = pages;
        set.native = (struct pollfd *)(set.handles + count);
    }
    prepare(&set);
    int64_t result;
    // poll is a cancellation point.
    pthread_cleanup_push(finish, &set);
    result = wait_in(&set, wait);
    pthread_cleanup_pop(1);
    if (bytes) {
        vb2_pages_free(set.handles, bytes);
    }
    return result;
}
