/// Messages between a program and the server.
///
/// The program's file descriptor is a connected AF_UNIX stream socket that carries doorbells (one byte
/// from the server per empty-to-full change), fillers (bytes from the program that keep the socket
/// unwritable) and the handle's lifetime. A process that wants to talk makes a SEQPACKET pair, sends
/// one end over the program's socket in front of a filler, and says HELLO on the other.
#pragma once
#include <stdint.h>

#define VB2_WIRE_VERSION 1u

/// The socket of /dev/videoN in the server's folder is named videoN and this: how a process with an
/// empty table (after exec, or when a descriptor was passed to it) knows a device by its peer's name.
#define VB2_SOCKET_SUFFIX ".vb2"

/// Environment: the folder in which the server listens.
#define VB2_DIRECTORY_VARIABLE "VB2_DIRECTORY"

/// Bytes of one filler with its adoption byte in front. With the smallest send buffer that the kernel
/// gives, one filler makes the socket unwritable and leaves room for two more.
#define VB2_FILLER_BYTES 256
#define VB2_BYTE_ADOPT 'A'
#define VB2_BYTE_FILLER 'F'
#define VB2_BYTE_DOORBELL 'D'
#define VB2_BYTE_REFUSED 'R' /* first of all: the open is refused with the errno in the next byte, and the end */
#define VB2_BYTE_MARK 'M' /* answers a SYNC with `value` 1: the doorbells before it are void */

/// V4L2's devices have this major number, and N of /dev/videoN as their minor.
#define VB2_DEVICE_MAJOR 81

#define VB2_NESTED_BYTES_MAXIMUM 65536
#define VB2_ARGUMENT_BYTES_MAXIMUM 16384

enum {
    VB2_OP_HELLO = 1,    /* `value`: the open(2) flags. Reply: struct vb2_hello and the page */
    VB2_OP_IOCTL = 2,    /* `command`, argument, nested array */
    VB2_OP_MAP = 3,      /* `offset`, `length`, `value`: PROT_*, `command`: MAP_*. Reply: the plane's file */
    VB2_OP_PLANE = 4,    /* `command`: index, `value`: plane. Reply: the plane's file, for a private view */
    VB2_OP_START_IO = 5, /* `value`: 0 read, 1 write. Starts file I/O */
    VB2_OP_WAKE = 6,     /* no reply: the queued ring is no longer empty */
    VB2_OP_SYNC = 7,     /* look at the rings and open the gate again */
    VB2_OP_GUARD = 8,    /* `command`: index, `value`: plane, `offset`: address, `length`, and a userfaultfd: this
                            process has the plane mapped there alone, and waits for it (docs/adr/0010) */
};

enum {
    VB2_REQUEST_FAULTED = 1, /* the argument can't be read: EFAULT if the ioctl exists, else ENOTTY */
};

struct vb2_request {
    uint32_t version;
    uint32_t sequence; /* comes back in the reply */
    uint32_t operation;
    uint32_t command;
    uint32_t argument_bytes;
    uint32_t nested_bytes;
    uint32_t flags;
    uint32_t value;
    uint64_t offset;
    uint64_t length;
    uint64_t reserved[2];
    /* argument_bytes, then nested_bytes, follow */
};

struct vb2_reply {
    uint32_t sequence;
    int32_t result; /* 0 or -errno */
    uint32_t argument_bytes;
    uint32_t nested_bytes;
    uint32_t descriptor_count;
    uint32_t flags;
    uint64_t value; /* MAP: the plane's length in bytes */
    /* argument_bytes, then nested_bytes, follow; descriptors come with it */
};

struct vb2_hello {
    uint64_t handle; /* number of the open file on this server */
    uint64_t server; /* number of the server, so that handles of two servers differ */
    uint32_t page_bytes;
    uint32_t node;
    uint32_t open_flags; /* of the open(2) that made the handle */
    uint32_t reserved[3];
};
