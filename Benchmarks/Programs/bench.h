/// What the benchmarks' programs share: nanoseconds, null calls, and a queue whose buffers no program touches.
///
/// A program prints one line `key=value ...`; figures are nanoseconds for each call unless said otherwise.
#pragma once
#include "capture.h"
#include <time.h>

static inline int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static inline int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static inline double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

/// A struct for QBUF, with nothing in it that changes from frame to frame.
static inline struct v4l2_buffer bench_buffer(const struct capture *capture, uint32_t index) {
    struct v4l2_buffer buffer = capture_buffer(capture, index);
    if (capture->memory == V4L2_MEMORY_DMABUF) {
        buffer.m.fd = capture->buffers[index].file;
        buffer.length = (uint32_t)capture->buffers[index].length;
    }
    return buffer;
}

/// Waits until the device has filled all buffers, or the one that it was given last.
static inline void wait_until_done(const struct capture *capture, uint32_t index) {
    for (;;) {
        struct v4l2_buffer query = capture_buffer(capture, index);
        MUST(ioctl(capture->fd, VIDIOC_QUERYBUF, &query) == 0);
        if (query.flags & V4L2_BUF_FLAG_DONE) return;
        usleep(100);
    }
}

/// The server is stopped where a figure is to be of the program's half alone: no time of its own, and no frame
/// that is done in between. It has nothing to do then.
static inline void stop_server(pid_t server) {
    if (server) MUST(kill(server, SIGSTOP) == 0);
}
static inline void continue_server(pid_t server) {
    if (server) MUST(kill(server, SIGCONT) == 0);
}
