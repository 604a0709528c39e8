/// The kit of the scenarios: a call is made, and a line says what came of it, in a form that is equal for all
/// devices that behave alike. Nothing in a line depends on addresses, descriptor numbers or time.
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PLANES VIDEO_MAX_PLANES
#define MMAP V4L2_MEMORY_MMAP
#define USERPTR V4L2_MEMORY_USERPTR
#define DMABUF V4L2_MEMORY_DMABUF
#define PAGE 4096u

/// A node: the one under test, or the one whose buffers it imports.
struct device {
    const char *path;
    uint32_t type;
    bool is_output, is_multi;
    uint32_t planes;
    /// Of each plane in bytes, for 640x360.
    uint32_t sizes[PLANES];
};
extern struct device device, peer;

enum { CAPTURE = 1, OUTPUT = 2, BOTH = 3, SINGLE = 4, MULTI = 8, NEEDS_PEER = 16 };
struct scenario {
    const char *name;
    void (*run)(void);
    int applies;
};
extern const struct scenario allocation_scenarios[], queueing_scenarios[], output_scenarios[], streaming_scenarios[],
    polling_scenarios[], mapping_scenarios[], import_scenarios[], userptr_scenarios[], fileio_scenarios[],
    handle_scenarios[], lifetime_scenarios[], pointer_scenarios[],
    removal_scenarios[];

// The transcript (transcript.c).

/// Begins a step's line with the call and its arguments in symbols.
void step(const char *format, ...) __attribute__((format(printf, 1, 2)));
/// Adds to the line.
void add(const char *format, ...) __attribute__((format(printf, 1, 2)));
/// Adds the call's result, with errno's name if it failed. The call is made before errno is read.
#define result(call, error)          \
    do {                             \
        long value_ = (call);        \
        add_result(value_, (error)); \
    } while (0)
void add_result(long value, int error);
/// Ends the line.
void done(void);
/// Notes what is no call's result.
void note(const char *what, long value);
/// Ends the scenario: it can't be carried out as written.
_Noreturn void give_up(const char *why);
const char *error_name(int error);
/// Gives a descriptor a name, of which lines speak instead of its number.
int name_fd(int fd, const char *name);
const char *fd_name(int fd);
/// The same for memory.
void name_area(const void *start, size_t length, const char *name);

// Structs as text (fields.c).

struct buffer {
    struct v4l2_buffer v;
    struct v4l2_plane planes[PLANES];
};
void add_size(uint32_t size, uint32_t plane);
void add_capabilities(uint32_t capabilities);
void add_memory(uint32_t memory);
void add_type(uint32_t type);
void add_buffer(const struct buffer *buffer);
/// A timestamp that a program gives an output buffer.
extern const struct timeval given_time;

// Calls that make a line (calls.c). They return what the call did.

int open_device(const struct device *node, int flags);
/// Opens the node under test, sets 640x360.
int open_node(void);
int reqbufs(int fd, uint32_t count, uint32_t memory);
int reqbufs_with(int fd, struct v4l2_requestbuffers *request, const char *what);
int create(int fd, uint32_t count, uint32_t memory);
/// A CREATE_BUFS with the format's sizes, to be changed.
struct v4l2_create_buffers create_arguments(int fd, uint32_t count, uint32_t memory);
int create_with(int fd, struct v4l2_create_buffers *arguments, const char *what);
struct buffer blank(uint32_t index, uint32_t memory);
int buffer_call(int fd, unsigned long request, struct buffer *buffer, const char *what);
int query(int fd, uint32_t index);
int queue(int fd, uint32_t index, uint32_t memory);
int prepare(int fd, uint32_t index, uint32_t memory);
int dequeue(int fd);
int stream_on(int fd);
int stream_off(int fd);
/// Returns the new descriptor, with a name, or -1.
int export(int fd, uint32_t index, uint32_t plane, uint32_t flags, const char *name);
int set_format(int fd, uint32_t width, uint32_t height, const char *what);
int poll_call(int fd, short events, int milliseconds);
void *map(int fd, uint32_t index, uint32_t plane, size_t length, int protection, int flags, const char *what);
int unmap(void *address, size_t length, const char *what);
int close_call(int fd, const char *what);

// Calls without a line.

/// Waits until `count` buffers from `first` on are done, as QUERYBUF says.
void settle(int fd, uint32_t first, uint32_t count);
/// `count` MMAP buffers requested and queued, streaming; the lines are not written.
void stream_quietly(int fd, uint32_t count);
uint32_t request_quietly(int fd, uint32_t count, uint32_t memory);
void format_quietly(int fd, const struct device *node, uint32_t width, uint32_t height);
/// The offset by which a plane is mapped.
long offset_of(int fd, uint32_t index, uint32_t plane);
/// An exported plane of the peer, which has been set to the size; its name is for the lines.
int peer_buffer(int peer_fd, uint32_t index, uint32_t plane, const char *name);
int open_peer(uint32_t width, uint32_t height, uint32_t count);
void *anonymous(size_t length, const char *name);

// A call that waits in a thread of its own.

struct waiter {
    pthread_t thread;
    pid_t id;
    int fd;
    unsigned long request;
    struct buffer buffer;
    int value, error;
};
/// Returns once the thread sleeps in its call.
void wait_in_thread(struct waiter *waiter, int fd);
/// Joins it and writes its line.
void finish_waiting(struct waiter *waiter, const char *what);
/// Runs the body in a child that shares the transcript, and waits for its end.
void in_child(void (*body)(int fd), int fd, const char *what);
