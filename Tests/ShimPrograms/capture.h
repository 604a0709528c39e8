/// What the capture programs share: a plain V4L2 capture queue, FAIL lines, and a watchdog.
///
/// A program prints one summary line `name: key=value ...` and exits with 0, or one FAIL line and exits with 1.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAXIMUM_BUFFERS = 32, CANARY = 0xa5, CANARY_BYTES = 64 };

static const char *name = "program";
/// What the watchdog says of how far it came.
static _Atomic uint64_t progress;

/// Where a failure leads, in a program that expects some, and its errno.
static jmp_buf *escape;
static int escape_error;

static inline _Noreturn void fail(const char *format, ...) {
    if (escape) {
        escape_error = errno;
        longjmp(*escape, 1);
    }
    va_list list;
    va_start(list, format);
    char text[400];
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    dprintf(1, "FAIL %s: %s\n", name, text);
    _exit(1);
}

#define MUST(condition)                                                                                    \
    do {                                                                                                   \
        if (!(condition)) {                                                                                \
            fail("%s:%d %s (errno %d, progress %" PRIu64 ")", __func__, __LINE__, #condition, errno,       \
                 (uint64_t)progress);                                                                      \
        }                                                                                                  \
    } while (0)

/// The call fails, with this errno.
#define MUST_FAIL(call, error)                                                                             \
    do {                                                                                                   \
        errno = 0;                                                                                         \
        long outcome = (long)(call);                                                                       \
        if (outcome != -1 || errno != (error)) {                                                           \
            fail("%s:%d %s gave %ld with errno %d, not %d", __func__, __LINE__, #call, outcome, errno,     \
                 (error));                                                                                 \
        }                                                                                                  \
    } while (0)

static inline void watchdog_ends(int number) {
    (void)number;
    dprintf(1, "FAIL %s: hangs after %" PRIu64 "\n", name, (uint64_t)progress);
    _exit(2);
}

/// For each process of its own: alarms are not inherited by a child.
static inline void watchdog(void) {
    struct sigaction action = {.sa_handler = watchdog_ends};
    sigaction(SIGALRM, &action, NULL);
    alarm(60);
}

/// The text after `--key=`, or `otherwise`.
static inline const char *option(char **arguments, const char *key, const char *otherwise) {
    size_t length = strlen(key);
    for (char **word = arguments + 1; *word; word++) {
        if (strncmp(*word, "--", 2) == 0 && strncmp(*word + 2, key, length) == 0 && (*word)[2 + length] == '=') {
            return *word + 3 + length;
        }
    }
    return otherwise;
}

static inline uint64_t number(char **arguments, const char *key, uint64_t otherwise) {
    const char *text = option(arguments, key, NULL);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

// MARK: A queue

struct buffer {
    unsigned char *bytes;
    size_t length;
    int file; /* DMABUF: the memory file */
};

struct capture {
    int fd;
    uint32_t memory, count, image_size;
    uint32_t next_sequence;
    struct buffer buffers[MAXIMUM_BUFFERS];
};

static inline uint32_t memory_named(const char *text) {
    if (strcmp(text, "mmap") == 0) return V4L2_MEMORY_MMAP;
    if (strcmp(text, "userptr") == 0) return V4L2_MEMORY_USERPTR;
    if (strcmp(text, "dmabuf") == 0) return V4L2_MEMORY_DMABUF;
    fail("no memory type %s", text);
}

static inline void capture_read_format(struct capture *capture) {
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    MUST(ioctl(capture->fd, VIDIOC_G_FMT, &format) == 0);
    capture->image_size = format.fmt.pix.sizeimage;
    MUST(capture->image_size >= CANARY_BYTES);
}

static inline void capture_open(struct capture *capture, const char *device, int flags) {
    memset(capture, 0, sizeof *capture);
    capture->fd = open(device, O_RDWR | flags);
    if (capture->fd < 0) fail("can't open %s: errno %d", device, errno);
    capture_read_format(capture);
}

static inline struct v4l2_buffer capture_buffer(const struct capture *capture, uint32_t index) {
    struct v4l2_buffer buffer = {
        .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = capture->memory, .index = index};
    return buffer;
}

static inline void capture_map(struct capture *capture, uint32_t index) {
    struct v4l2_buffer query = capture_buffer(capture, index);
    MUST(ioctl(capture->fd, VIDIOC_QUERYBUF, &query) == 0);
    struct buffer *buffer = &capture->buffers[index];
    buffer->length = query.length;
    MUST(query.length >= capture->image_size);
    void *bytes = mmap(NULL, query.length, PROT_READ | PROT_WRITE, MAP_SHARED, capture->fd, query.m.offset);
    MUST(bytes != MAP_FAILED);
    buffer->bytes = bytes;
}

static inline int sealed_file(size_t length) {
    int file = memfd_create("buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    MUST(file >= 0);
    MUST(ftruncate(file, (off_t)length) == 0);
    MUST(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    return file;
}

static inline void capture_provide(struct capture *capture, uint32_t index) {
    struct buffer *buffer = &capture->buffers[index];
    buffer->length = (capture->image_size + 4095) & ~(size_t)4095;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    buffer->file = -1;
    if (capture->memory == V4L2_MEMORY_DMABUF) {
        buffer->file = sealed_file(buffer->length);
        flags = MAP_SHARED;
    }
    buffer->bytes = mmap(NULL, buffer->length, PROT_READ | PROT_WRITE, flags, buffer->file, 0);
    MUST(buffer->bytes != MAP_FAILED);
}

static inline void capture_request(struct capture *capture, uint32_t memory, uint32_t count) {
    struct v4l2_requestbuffers request = {
        .count = count, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = memory};
    MUST(ioctl(capture->fd, VIDIOC_REQBUFS, &request) == 0);
    MUST(request.count >= count && request.count <= MAXIMUM_BUFFERS);
    capture->memory = memory;
    capture->count = request.count;
    for (uint32_t index = 0; index < request.count; index++) {
        if (memory == V4L2_MEMORY_MMAP) {
            capture_map(capture, index);
        } else {
            capture_provide(capture, index);
        }
    }
}

/// 0 or an errno. The end of the buffer is marked, so that a frame that does not arrive is seen.
static inline int capture_try_queue(struct capture *capture, uint32_t index) {
    struct v4l2_buffer buffer = capture_buffer(capture, index);
    struct buffer *memory = &capture->buffers[index];
    if (memory->bytes) memset(memory->bytes + capture->image_size - CANARY_BYTES, CANARY, CANARY_BYTES);
    if (capture->memory == V4L2_MEMORY_USERPTR) {
        buffer.m.userptr = (unsigned long)memory->bytes;
        buffer.length = (uint32_t)memory->length;
    } else if (capture->memory == V4L2_MEMORY_DMABUF) {
        buffer.m.fd = memory->file;
        buffer.length = (uint32_t)memory->length;
    }
    return ioctl(capture->fd, VIDIOC_QBUF, &buffer) == 0 ? 0 : errno;
}

static inline void capture_queue(struct capture *capture, uint32_t index) {
    int error = capture_try_queue(capture, index);
    if (error) fail("QBUF of %u: errno %d after %" PRIu64, index, error, (uint64_t)progress);
}

/// Queues all that the device hasn't got: what a process held that is gone.
static inline void capture_queue_rest(struct capture *capture) {
    for (uint32_t index = 0; index < capture->count; index++) {
        struct v4l2_buffer query = capture_buffer(capture, index);
        MUST(ioctl(capture->fd, VIDIOC_QUERYBUF, &query) == 0);
        if (!(query.flags & (V4L2_BUF_FLAG_QUEUED | V4L2_BUF_FLAG_DONE))) capture_queue(capture, index);
    }
}

/// 0 or an errno. Checks that the frame is there.
static inline int capture_dequeue(struct capture *capture, struct v4l2_buffer *buffer) {
    *buffer = capture_buffer(capture, 0);
    if (ioctl(capture->fd, VIDIOC_DQBUF, buffer) != 0) return errno;
    progress++;
    if (buffer->index >= capture->count) fail("DQBUF gave the index %u", buffer->index);
    if (buffer->flags & V4L2_BUF_FLAG_ERROR) fail("frame %u has the ERROR flag", buffer->sequence);
    if (buffer->bytesused != capture->image_size) {
        fail("frame %u has %u bytes, not %u", buffer->sequence, buffer->bytesused, capture->image_size);
    }
    const unsigned char *bytes = capture->buffers[buffer->index].bytes;
    if (bytes) {
        size_t at = capture->image_size - CANARY_BYTES, marked = 0;
        while (marked < CANARY_BYTES && bytes[at + marked] == CANARY) {
            marked++;
        }
        if (marked == CANARY_BYTES) fail("frame %u isn't in buffer %u", buffer->sequence, buffer->index);
    }
    return 0;
}

static inline void capture_start(struct capture *capture) {
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    for (uint32_t index = 0; index < capture->count; index++) {
        capture_queue(capture, index);
    }
    MUST(ioctl(capture->fd, VIDIOC_STREAMON, &type) == 0);
    capture->next_sequence = 0;
}

static inline void capture_stop(struct capture *capture) {
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    MUST(ioctl(capture->fd, VIDIOC_STREAMOFF, &type) == 0);
}

static inline void capture_unmap(struct capture *capture) {
    for (uint32_t index = 0; index < capture->count; index++) {
        struct buffer *buffer = &capture->buffers[index];
        if (buffer->bytes) MUST(munmap(buffer->bytes, buffer->length) == 0);
        if (capture->memory == V4L2_MEMORY_DMABUF) close(buffer->file);
        buffer->bytes = NULL;
    }
}

/// 0 or an errno, as capture_dequeue; it waits for a frame also where DQBUF does not.
static inline int capture_wait(struct capture *capture, struct v4l2_buffer *buffer) {
    int error;
    while ((error = capture_dequeue(capture, buffer)) == EAGAIN) {
        struct pollfd one = {.fd = capture->fd, .events = POLLIN};
        MUST(poll(&one, 1, -1) == 1 && one.revents == POLLIN);
    }
    return error;
}

/// The next frame, which has the next number.
static inline void capture_next(struct capture *capture, struct v4l2_buffer *buffer) {
    int error = capture_wait(capture, buffer);
    if (error) fail("DQBUF: errno %d after %" PRIu64, error, (uint64_t)progress);
    if (buffer->sequence != capture->next_sequence) {
        fail("frame %u instead of %u", buffer->sequence, capture->next_sequence);
    }
    capture->next_sequence++;
}

/// Frames with consecutive numbers, each queued again.
static inline void capture_stream(struct capture *capture, uint32_t frames) {
    struct v4l2_buffer buffer;
    for (uint32_t i = 0; i < frames; i++) {
        capture_next(capture, &buffer);
        capture_queue(capture, buffer.index);
    }
}

// MARK: Processes

/// The child ended with status 0.
static inline bool ended_well(pid_t child) {
    int status = -1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static inline void send_descriptors(int socket, const void *bytes, size_t length, const int *fds, int count) {
    char space[CMSG_SPACE(sizeof(int) * MAXIMUM_BUFFERS)] = {0};
    struct iovec part = {(void *)bytes, length};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = space,
        .msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    memcpy(CMSG_DATA(header), fds, sizeof(int) * (size_t)count);
    MUST(sendmsg(socket, &message, 0) == (ssize_t)length);
}

static inline void receive_descriptors(int socket, void *bytes, size_t length, int *fds, int count) {
    char space[CMSG_SPACE(sizeof(int) * MAXIMUM_BUFFERS)] = {0};
    struct iovec part = {bytes, length};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    MUST(recvmsg(socket, &message, MSG_WAITALL) == (ssize_t)length);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    MUST(header && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(int) * (size_t)count));
    memcpy(fds, CMSG_DATA(header), sizeof(int) * (size_t)count);
}

/// One byte to the other process, and one from it.
static inline void tell(int socket) {
    MUST(write(socket, "x", 1) == 1);
}
static inline void await(int socket) {
    char byte;
    MUST(read(socket, &byte, 1) == 1);
}
