/// The page that a program and the server share: one for each open file handle.
///
/// It holds two rings over one slot per buffer. `queued` runs from the program to the device and is
/// written by the program alone; `done` runs from the device to the program and is written by the
/// server alone. The server trusts nothing here that the program can write: its own positions and the
/// state of each buffer are private, and each field is loaded once.
///
/// Words that both sides touch are plain integers here and are read and written as atomics on either
/// side. Every group that has one writer has cache lines of its own.
#pragma once
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define VB2_PAGE_MAGIC 0x70326276u /* "vb2p" */
#define VB2_PAGE_VERSION 2u
#define VB2_PLANES 8

/// Bits of `gate`: which of the two fast paths may be taken without asking the server.
enum {
    VB2_GATE_QUEUE = 1,   /* QBUF may publish in the queued ring */
    VB2_GATE_DEQUEUE = 2, /* DQBUF may pop from the done ring, or wait for it */
};

/// Bits of `state`: what the interposed poll needs to know of the queue.
enum {
    VB2_STATE_STREAMING = 1,
    VB2_STATE_FAILED = 2,  /* the queue is in error until STREAMOFF */
    VB2_STATE_QUEUED = 4,  /* something was queued since the buffers were made or STREAMOFF */
    VB2_STATE_FILE_IO = 8, /* read() or write() drives the queue */
    VB2_STATE_BUFFERS = 16, /* buffers are allocated */
    VB2_STATE_LAST = 32,   /* the buffer with the LAST flag was taken: DQBUF gives EPIPE */
};

/// Values of a slot's `state`: the program's half of the buffer's state.
enum {
    VB2_SLOT_NONE = 0,
    VB2_SLOT_DEQUEUED = 1,
    VB2_SLOT_PREPARED = 2,
    VB2_SLOT_QUEUED = 3,
    VB2_SLOT_DONE = 4,
};

/// The halves of `sleepers`.
enum {
    VB2_SLEEPERS_MASK = 0xffff,
    VB2_SLEEPERS_STIR = 0x10000,
};

struct vb2_plane_slot {
    uint32_t bytes_used;  /* bytes of payload */
    uint32_t length;      /* bytes of memory */
    uint32_t data_offset; /* bytes before the payload */
    uint32_t map_offset;  /* the cookie to mmap an MMAP plane */
    uint64_t user_pointer;
    int32_t descriptor; /* DMABUF: the number that the program last queued */
    uint32_t reserved;
    uint64_t device; /* DMABUF: identity of the file that is attached */
    uint64_t inode;
};

struct vb2_slot {
    uint32_t state;
    uint32_t flags; /* V4L2_BUF_FLAG_* but the state's own */
    uint32_t field;
    uint32_t sequence;
    int64_t seconds; /* timestamp */
    int64_t microseconds;
    uint32_t timecode[4]; /* struct v4l2_timecode */
    uint32_t reserved[4];
    struct vb2_plane_slot planes[VB2_PLANES];
};

struct vb2_page {
    /* Line 0, by the server, before the page is handed out. */
    uint32_t magic;
    uint32_t version;
    uint32_t byte_count;     /* of the whole mapping */
    uint32_t slot_count;     /* buffers at most */
    uint32_t ring_capacity;  /* entries, a power of two, not less than slot_count */
    uint32_t slots_offset;   /* bytes from the page's start */
    uint32_t queued_offset;  /* uint64_t entries: epoch << 32 | index */
    uint32_t done_offset;    /* uint32_t entries: index */
    uint32_t buffer_type;    /* V4L2_BUF_TYPE_* */
    uint32_t is_output;
    uint32_t node;           /* N of /dev/videoN */
    uint32_t reserved0[5];

    /* Lines 1 and 2, by the server: the terms of the fast paths while the gate is open.
       The program may clear `gate` (never set it) before a request that changes the state. */
    uint32_t gate;
    uint32_t epoch;          /* grows with each STREAMOFF and REQBUFS: older entries are void */
    uint32_t memory;         /* V4L2_MEMORY_* */
    uint32_t buffer_count;   /* indices in use are below this */
    uint32_t plane_count;
    uint32_t allocation;     /* grows when buffers are freed: mappings that a process kept are void */
    uint32_t state;          /* VB2_STATE_* */
    uint32_t queue_flags;    /* V4L2_BUF_FLAG_TIMESTAMP_* and TSTAMP_SRC_* of this queue */
    uint32_t accepted_flags; /* flags of QBUF that stay with the buffer */
    uint32_t reserved1[7];
    uint32_t minimum_length[VB2_PLANES]; /* bytes: a shorter plane is refused */
    uint32_t minimum_payload[VB2_PLANES]; /* output, bytes behind data_offset: less is for the device to judge */

    /* Line 3, by both, always atomically: epoch << 32 | number of buffers that can be dequeued.
       The server adds one when it publishes, the program takes one by compare-and-swap. */
    uint64_t done;
    uint32_t wakes_sent;     /* by the server: bytes on the socket that stand for no 0-to-1 change */
    uint32_t asleep;         /* the device has run dry: a QBUF must send WAKE */
    uint32_t events_pending; /* V4L2 events that wait on this handle */
    uint32_t pressure;       /* by the server; 0: the memory stays where it is. Else it grows when page-table
                                entries of programs stand in the way of moving it */
    uint32_t reserved3[10];

    /* Line 4, by the program, under `lock`. */
    uint32_t queued_tail;    /* entries ever published, modulo 2^32 */
    uint32_t done_head;      /* entries ever taken in this epoch */
    uint32_t program_epoch;  /* the epoch that done_head belongs to */
    int32_t owed;            /* doorbells to take from the socket that had not arrived yet */
    uint32_t wakes_paid;     /* of wakes_sent */
    uint32_t sleepers;       /* low half: threads that sleep on the socket, or did when they died; high half: times
                                that one of them woke. A futex for who pays for wakes */
    uint32_t waiter;         /* token of the thread blocked in DQBUF, 0 if none */
    uint32_t last_token;
    uint32_t torn;           /* a holder of `lock` died, and what it left is not put right yet */
    uint32_t io_index;       /* file I/O: the buffer being read or written plus 1, 0 if none */
    uint32_t io_position;    /* bytes of it already done */
    uint32_t copies;         /* planes and frames that the program's half has copied */
    uint32_t yields;         /* times that a process has given up its page-table entries */
    uint32_t reserved4[3];

    /* Line 5: robust and shared between processes; the server never takes it. */
    pthread_mutex_t lock;
    uint8_t reserved5[64 - sizeof(pthread_mutex_t)];

    /* Line 6: held by the thread that is blocked in DQBUF, so that its death shows. As robust and shared. */
    pthread_mutex_t waiter_lock;
    uint8_t reserved6[64 - sizeof(pthread_mutex_t)];
};

/// Where the words that are used as atomics stand, in bytes from the page's start.
enum {
    VB2_AT_GATE = offsetof(struct vb2_page, gate),
    VB2_AT_EPOCH = offsetof(struct vb2_page, epoch),
    VB2_AT_ALLOCATION = offsetof(struct vb2_page, allocation),
    VB2_AT_STATE = offsetof(struct vb2_page, state),
    VB2_AT_MINIMUM_LENGTH = offsetof(struct vb2_page, minimum_length),
    VB2_AT_MINIMUM_PAYLOAD = offsetof(struct vb2_page, minimum_payload),
    VB2_AT_DONE = offsetof(struct vb2_page, done),
    VB2_AT_WAKES_SENT = offsetof(struct vb2_page, wakes_sent),
    VB2_AT_ASLEEP = offsetof(struct vb2_page, asleep),
    VB2_AT_EVENTS = offsetof(struct vb2_page, events_pending),
    VB2_AT_PRESSURE = offsetof(struct vb2_page, pressure),
    VB2_AT_QUEUED_TAIL = offsetof(struct vb2_page, queued_tail),
    VB2_AT_WAKES_PAID = offsetof(struct vb2_page, wakes_paid),
    VB2_AT_WAITER = offsetof(struct vb2_page, waiter),
    VB2_AT_SLEEPERS = offsetof(struct vb2_page, sleepers),
    VB2_AT_COPIES = offsetof(struct vb2_page, copies),
    VB2_AT_YIELDS = offsetof(struct vb2_page, yields),
    VB2_AT_LOCK = offsetof(struct vb2_page, lock),
    VB2_AT_WAITER_LOCK = offsetof(struct vb2_page, waiter_lock),
};
