/// One open device in one process: what the shim's C edge and the program's core share.
///
/// Handles live in a pool whose memory is never given back, so that a thread that lost a race against
/// close() reads a dead handle, never freed memory. Every call into the core holds a count in `uses`.
#pragma once
#include "SharedPage.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct vb2_shadow {
    void *base; /* this process's view of a plane, NULL if it has none */
    uint64_t length;
};

/// A hidden duplicate of a DMABUF's descriptor, and the identity of its file.
struct vb2_witness {
    int32_t descriptor; /* 0: none; atomic, since dup2() of the program may move it */
    uint32_t reserved;
    uint64_t device;
    uint64_t inode;
};

struct vb2_handle {
    struct vb2_page *page;
    struct vb2_shadow *shadows; /* slot_count * VB2_PLANES entries, NULL until the first */
    uint64_t shadow_bytes;
    uint32_t shadow_allocation; /* the page's `allocation` that they belong to */
    int32_t control;            /* the private control socket, -1 until it is made */
    uint64_t handle;            /* as in struct vb2_hello */
    uint64_t server;
    uint32_t open_flags;
    uint32_t node;
    uint32_t sequence;
    struct vb2_witness *witnesses; /* slot_count * VB2_PLANES entries, NULL until the first; lasts as the handle does */
    uint64_t witness_bytes;
    uint32_t witnesses_are_useless; /* the kernel is older than F_DUPFD_QUERY */
    uint32_t pressure_seen; /* of the page's `pressure` */
    uint32_t uses;        /* descriptors, calls and mappings that need it; 0: free */
    uint32_t descriptors; /* numbers in the process's table that name it */
    uint32_t mappings;    /* live buffer mappings of this process */
    int32_t kept;         /* a hidden duplicate of the program's descriptor while mappings live, or -1 */
    uint32_t generation;  /* grows each time the pool hands this handle out */
    pthread_mutex_t request_lock; /* one request at a time on the control socket */
};

/* What the core gives the edge. `fd` is the number that the program used. Results are >= 0 or -errno. */

/// Makes the control socket if there is none, says HELLO, maps the page. `open_flags`: open(2)'s. The handle
/// is zeroed, with -1 for its descriptors. On failure the core has given back all that it took.
int64_t vb2_core_adopt(struct vb2_handle *handle, int32_t fd, uint32_t open_flags);
/// Unmaps the page and the shadows and closes the control socket. Not the program's descriptor.
void vb2_core_release(struct vb2_handle *handle);
/// In the child of a fork: the control socket is the parent's, and so is its lock.
void vb2_core_forked(struct vb2_handle *handle);
int64_t vb2_core_ioctl(struct vb2_handle *handle, int32_t fd, uint32_t command, void *argument);
/// The two of these that a program makes for each frame: VIDIOC_QBUF and VIDIOC_DQBUF.
int64_t vb2_core_queue(struct vb2_handle *handle, int32_t fd, void *argument);
int64_t vb2_core_dequeue(struct vb2_handle *handle, int32_t fd, void *argument);
/// The address, or -errno. The mapping is the caller's to track.
int64_t vb2_core_map(
    struct vb2_handle *handle, int32_t fd, void *address, uint64_t length, int32_t protection, int32_t flags,
    uint64_t offset);
int64_t vb2_core_read(struct vb2_handle *handle, int32_t fd, void *bytes, uint64_t count);
int64_t vb2_core_write(struct vb2_handle *handle, int32_t fd, const void *bytes, uint64_t count);
/// Which of POLLIN, POLLOUT, POLLPRI, POLLERR, POLLHUP hold now, of those in `events` (ERR and HUP always).
/// May start file I/O, as the kernel's poll does.
uint32_t vb2_core_poll(struct vb2_handle *handle, int32_t fd, uint32_t events);
/// The socket hung up: the server is gone, and every call gives ENODEV from now on.
void vb2_core_gone(struct vb2_handle *handle);
/// Before a wait on the socket: takes the doorbells that are owed, so that a readable socket means
/// an available buffer, and says that a thread sleeps. Each call is paired with vb2_core_wait_end.
void vb2_core_wait_begin(struct vb2_handle *handle, int32_t fd);
void vb2_core_wait_end(struct vb2_handle *handle, int32_t fd);
/// DMA_BUF_IOCTL_SYNC on one of our exported memory files.
int64_t vb2_core_sync_memory_file(void *argument);

/* What the edge gives the core. */

/// Takes a descriptor of ours out of the program's sight: moves it to a high number, which it returns (the
/// number that was given, if there is no room above), and keeps the program's close() and dup2() off it.
/// Call it at once for each descriptor that the core makes or receives for itself.
int32_t vb2_edge_hide(int32_t fd);
/// Closes a hidden descriptor.
void vb2_edge_unhide(int32_t fd);
/// A hidden duplicate of a descriptor of the program's, or -errno if none is to be had: no room, or the child of a
/// vfork.
int32_t vb2_edge_duplicate(int32_t fd);
/// True in the child of a vfork, whose memory is its parent's but whose descriptors are its own.
bool vb2_edge_is_borrowed(void);
/// Gives up the page-table entries of this process's mappings of the handle's buffers, so that their pages can go to
/// swap. The content stays; the next access finds it again, at the cost of a fault.
void vb2_edge_drop_entries(struct vb2_handle *handle);
