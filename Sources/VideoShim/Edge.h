/// What the files of the edge share. Nothing here allocates, and nothing runs before the first call.
///
/// A hook looks at one byte for its descriptor. A descriptor that isn't ours goes to the next definition of the
/// function, so that it stays what it was: its errno, its cancellation point, another library's hook.
#pragma once
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <CVideoABI.h>

#define VB2_EXPORT __attribute__((visibility("default")))
#define VB2_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Native.c: the next definition of a function, NULL if the system has none. */

void *vb2_next_slow(_Atomic(void *) *slot, const char *name);

static inline void *vb2_next(_Atomic(void *) *slot, const char *name) {
    void *function = atomic_load_explicit(slot, memory_order_acquire);
    return function ? function : vb2_next_slow(slot, name);
}

#define VB2_NEXT(name)                                      \
    ({                                                      \
        static _Atomic(void *) slot;                        \
        (__typeof__(&name))vb2_next(&slot, #name);          \
    })

/// The next `name`, or the system call `raw` where there is none.
#define VB2_NATIVE(name, raw, ...)                                          \
    ({                                                                      \
        __typeof__(&name) vb2_native = VB2_NEXT(name);                      \
        vb2_native ? vb2_native(__VA_ARGS__) : (__typeof__(vb2_native(__VA_ARGS__)))vb2_return(raw); \
    })

/// A system call's result as libc gives it.
static inline long vb2_return(int64_t result) {
    if (result < 0 && result > -4096) {
        errno = (int)-result;
        return -1;
    }
    return (long)result;
}

/* Process.c */

/// The process's number, in a page that a fork leaves empty in the child. A vfork child shares the page and
/// has another number. NULL while there is no device.
extern _Atomic(_Atomic uint32_t *) vb2_cookie_page;
#define VB2_COOKIE_BUSY UINT32_MAX /* no process has this number */
/// Makes this process the child that it is, or waits until another thread has.
void vb2_process_changes(_Atomic uint32_t *cookie);

/// Whether this process has a device, and isn't the child of a fork that nobody has noticed.
static inline bool vb2_process_is_settled(void) {
    _Atomic uint32_t *cookie = atomic_load_explicit(&vb2_cookie_page, memory_order_acquire);
    // Both numbers that are no process's at once: 0 and VB2_COOKIE_BUSY.
    return cookie && atomic_load_explicit(cookie, memory_order_acquire) + 1 > 1;
}

/// Called before any use of a handle: notices that this is the child of a fork.
static inline void vb2_process_check(void) {
    _Atomic uint32_t *cookie = atomic_load_explicit(&vb2_cookie_page, memory_order_acquire);
    if (VB2_UNLIKELY(!vb2_process_is_settled()) && cookie) {
        vb2_process_changes(cookie);
    }
}
/// Called before the process gets a device. False if this process must keep no table, see below.
bool vb2_process_begin(void);
/// True in the child of a vfork, whose memory is its parent's but whose descriptors are its own:
/// it must touch no table.
bool vb2_process_is_borrowed(void);

/// A futex lock for short sections that make no request. It blocks signals, so that a handler can't wait for
/// the thread that it interrupts. A forked child gets it back open.
struct vb2_lock {
    _Atomic uint32_t word;
};
struct vb2_locked {
    uint64_t signals;
};
struct vb2_locked vb2_lock_take(struct vb2_lock *lock);
void vb2_lock_give(struct vb2_lock *lock, struct vb2_locked locked);
extern struct vb2_lock vb2_handle_lock, vb2_range_lock, vb2_epoll_lock, vb2_folder_lock;

/* HandlePool.c */

/// In `uses`: nobody owns the handle. Late threads may still count themselves up and down beside it.
#define VB2_HANDLE_DEAD 0x80000000u
/// A handle with one use, or NULL if memory is out.
struct vb2_handle *vb2_handle_make(void);
/// The last use is over: the core releases what the handle has.
void vb2_handle_end(struct vb2_handle *handle);

static inline _Atomic uint32_t *vb2_handle_uses(struct vb2_handle *handle) {
    return (_Atomic uint32_t *)&handle->uses;
}

/// False if the handle is dead.
static inline bool vb2_handle_hold(struct vb2_handle *handle) {
    if (VB2_UNLIKELY(atomic_fetch_add(vb2_handle_uses(handle), 1) & VB2_HANDLE_DEAD)) {
        atomic_fetch_sub(vb2_handle_uses(handle), 1);
        return false;
    }
    return true;
}

/// True if that was the last use: then the handle is to be ended.
static inline bool vb2_handle_let_go(struct vb2_handle *handle) {
    return atomic_fetch_sub(vb2_handle_uses(handle), 1) == 1;
}

static inline void vb2_handle_drop(struct vb2_handle *handle) {
    if (VB2_UNLIKELY(vb2_handle_let_go(handle))) {
        vb2_handle_end(handle);
    }
}

/// Calls `body` for each live handle until it gives true. No use is held.
struct vb2_handle *vb2_handle_find(bool (*body)(struct vb2_handle *, void *), void *context);

/* DescriptorTable.c */

enum {
    VB2_FD_UNKNOWN = 0,
    VB2_FD_FOREIGN = 1,
    VB2_FD_EPOLL = 2,   /* foreign, an epoll set that watches a device */
    VB2_FD_CLOSING = 3, /* foreign until the number is free */
    VB2_FD_HIDDEN = 4,
    VB2_FD_DEVICE = 5,
};
#define VB2_FD_LIMIT 65536

extern _Atomic uint8_t vb2_fd_states[VB2_FD_LIMIT];

static inline unsigned vb2_fd_state(int fd) {
    return (unsigned)fd < VB2_FD_LIMIT ? atomic_load_explicit(&vb2_fd_states[fd], memory_order_acquire)
                                       : VB2_FD_FOREIGN;
}

extern _Atomic(struct vb2_handle *) vb2_fd_handles[VB2_FD_LIMIT];
/// The handle of a number below the limit, with a use to drop, if it can be had at once.
///
/// Counts up first and looks again then: the handle that the table names while we hold a use is alive, and is the
/// one that we hold. If it is named no longer, `lost` has it, with a use to drop.
static inline struct vb2_handle *vb2_fd_hold(int fd, struct vb2_handle **lost) {
    *lost = NULL;
    if (VB2_UNLIKELY(!vb2_process_is_settled())) {
        return NULL;
    }
    struct vb2_handle *handle = atomic_load_explicit(&vb2_fd_handles[fd], memory_order_acquire);
    if (VB2_UNLIKELY(!handle) || !vb2_handle_hold(handle)) {
        return NULL;
    }
    if (VB2_UNLIKELY(atomic_load_explicit(&vb2_fd_handles[fd], memory_order_acquire) != handle)) {
        *lost = handle;
        return NULL;
    }
    return handle;
}

struct vb2_handle *vb2_fd_acquire(int fd);
/// The device behind a descriptor with a use to drop, or NULL for all other descriptors. An unknown
/// descriptor is looked at once.
static inline struct vb2_handle *vb2_device(int fd) {
    unsigned state = vb2_fd_state(fd);
    return VB2_UNLIKELY(state == VB2_FD_DEVICE || state == VB2_FD_UNKNOWN) ? vb2_fd_acquire(fd) : NULL;
}
/// Looks again at a descriptor that may have become a device behind our back (Adoption.c).
struct vb2_handle *vb2_fd_examine(int fd);
/// Makes the number name the handle, in place of what it named. Takes over the caller's use.
void vb2_fd_install(int fd, struct vb2_handle *handle);
/// The kernel has just handed this number out: what the table still says of it is old.
void vb2_fd_fresh(int fd);
/// Around a close: forget the number first, since it may be handed out again at once.
void vb2_fd_closing(int fd);
void vb2_fd_closed(int fd);
void vb2_fd_set_state(int fd, uint8_t state);
void vb2_fd_mark_foreign(int fd);
/// As vb2_fd_install, unless the number names a handle already.
bool vb2_fd_install_first(int fd, struct vb2_handle *handle);
/// Above every number that the table says something about.
int vb2_fd_bound(void);
/// Moves a hidden descriptor away from a number that the program wants (Hidden.c).
void vb2_fd_evade(int fd);

/* DevicePath.c */

/// N if the path names /dev/videoN and the server has that device, else -1.
int vb2_path_node(const char *path);
int vb2_path_node_at(int directory, const char *path);
/// True if the path would name a device of a server whose folder is closed to this user, and names no other: open() of it
/// is EACCES, as of a node that isn't his.
bool vb2_path_is_closed_at(int directory, const char *path);
/// The same for /sys/dev/char/81:N/uevent.
int vb2_path_uevent(const char *path);
bool vb2_path_is_dev(const char *path);
/// The address of the node's socket. False if there is no folder.
bool vb2_socket_address(int node, struct sockaddr_un *address);
/// The server's folder, or NULL.
const char *vb2_directory(void);
/// N of a name `videoN`, or -1.
int vb2_node_number(const char *name);

/* Open.c */

/// A descriptor of the device, or -errno; -ENOENT if no server listens there.
int64_t vb2_open_device(int node, int flags);
/// A memory file with the text of /sys/dev/char/81:N/uevent.
int64_t vb2_open_uevent(int node, int flags);

/* Ranges.c: the live buffer mappings of this process. A handle stays open while it has one. */

extern _Atomic uint32_t vb2_range_count;

/// After the core made a mapping through `fd`.
void vb2_ranges_add(struct vb2_handle *handle, int fd, const void *address, size_t length);
/// Forgets what lies in these bytes, where something else was mapped.
void vb2_ranges_replaced(const void *address, size_t length);
/// Calls `visit` for each mapping of the handle's buffers, none of which ends meanwhile.
void vb2_ranges_visit(struct vb2_handle *handle, void (*visit)(int, uintptr_t, uintptr_t), int context);
/// munmap() and mremap() of bytes that may hold ours. The kernel's result.
int64_t vb2_ranges_unmap(void *address, size_t length);
int64_t vb2_ranges_move(void *address, size_t length, size_t new_length, int flags, void *new_address);

/* EpollTable.c: what close and fork tell it. */

void vb2_epoll_forget(int fd);
extern _Atomic uint32_t vb2_epoll_count;

/* Waiting.c and PollEngine.c */

struct vb2_wait {
    int64_t deadline; /* CLOCK_MONOTONIC, ns; -1: for ever */
    const sigset_t *mask;
};
int64_t vb2_now(void);
/// False if the timeout isn't valid.
bool vb2_wait_timespec(struct vb2_wait *wait, const struct timespec *timeout);
void vb2_wait_milliseconds(struct vb2_wait *wait, int timeout);
/// The time that remains, NULL for ever.
struct timespec *vb2_wait_remaining(const struct vb2_wait *wait, struct timespec *remaining);
bool vb2_poll_has_device(const struct pollfd *fds, uint64_t count);
/// poll() on a set with devices in it. The count of ready ones, or -errno.
int64_t vb2_poll_wait(struct pollfd *fds, uint64_t count, const struct vb2_wait *wait);
/// What vb2_core_poll says, in poll's bits as a V4L2 driver gives them.
uint32_t vb2_poll_device(struct vb2_handle *handle, int fd, uint32_t events);
/// What a V4L2 driver says once the device is gone: here, when the server hung up.
uint32_t vb2_poll_gone(struct vb2_handle *handle, uint32_t events);

/* Memory straight from the system: no hook may call malloc. */

static inline void *vb2_pages(size_t length) {
    int64_t address = vb2_syscall6(
        SYS_mmap, 0, (int64_t)length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return address < 0 && address > -4096 ? NULL : (void *)(uintptr_t)address;
}

static inline void vb2_pages_free(void *address, size_t length) {
    vb2_syscall3(SYS_munmap, (int64_t)(uintptr_t)address, (int64_t)length, 0);
}
