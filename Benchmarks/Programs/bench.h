/// What the benchmarks' programs share: nanoseconds, null calls, and a queue whose buffers no program touches.
///
/// A program prints one line `key=value ...`; figures are nanoseconds for each call unless said otherwise.
#pragma once
#include "capture.h"
#include <dirent.h>
#include <sched.h>
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

/// Whether all threads of a process stand still.
static inline bool is_stopped(pid_t process) {
    char path[320];
    snprintf(path, sizeof path, "/proc/%d/task", process);
    DIR *tasks = opendir(path);
    MUST(tasks);
    bool all = true;
    for (struct dirent *task; (task = readdir(tasks));) {
        char text[128], state = 'T';
        snprintf(path, sizeof path, "/proc/%d/task/%s/stat", process, task->d_name);
        int file = task->d_name[0] == '.' ? -1 : open(path, O_RDONLY);
        ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
        if (file >= 0) close(file);
        text[length > 0 ? length : 0] = 0;
        const char *name_end = strrchr(text, ')');
        if (name_end) state = name_end[2];
        if (state != 'T') all = false;
    }
    closedir(tasks);
    return all;
}

/// The server is stopped where a figure is to be of the program's half alone: no time of its own, and no frame
/// that is done in between. It has nothing to do then.
static inline void stop_server(pid_t server) {
    if (!server) return;
    MUST(kill(server, SIGSTOP) == 0);
    while (!is_stopped(server)) usleep(100);
}
static inline void continue_server(pid_t server) {
    if (server) MUST(kill(server, SIGCONT) == 0);
}

/// One CPU for a thread, before whatever else the machine does; as far as that is allowed.
static inline void use_cpu(pid_t task, int number) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(number, &set);
    sched_setaffinity(task, sizeof set, &set);
    struct sched_param first = {.sched_priority = 1};
    sched_setscheduler(task, SCHED_FIFO, &first);
}

/// Each thread of a process.
static inline void use_cpu_for_all(pid_t process, int number) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", process);
    DIR *tasks = opendir(path);
    MUST(tasks);
    for (struct dirent *task; (task = readdir(tasks));) {
        if (task->d_name[0] != '.') use_cpu(atoi(task->d_name), number);
    }
    closedir(tasks);
}

/// Nanoseconds that all threads of a process have run.
static inline double cpu_time(pid_t process) {
    char path[320];
    snprintf(path, sizeof path, "/proc/%d/task", process);
    DIR *tasks = opendir(path);
    MUST(tasks);
    double sum = 0;
    for (struct dirent *task; (task = readdir(tasks));) {
        if (task->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", process, task->d_name);
        FILE *file = fopen(path, "r");
        double time = 0;
        MUST(file && fscanf(file, "%lf", &time) == 1);
        sum += time;
        fclose(file);
    }
    closedir(tasks);
    return sum;
}

/// The CPU time of this process and of the server for each of so many frames.
static inline double cpu_per_frame(const struct capture *camera, pid_t server, int frames) {
    double before = cpu_time(server) + cpu_time(getpid());
    for (int i = 0; i < frames; i++) {
        struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = camera->memory};
        MUST(ioctl(camera->fd, VIDIOC_DQBUF, &buffer) == 0);
        MUST(ioctl(camera->fd, VIDIOC_QBUF, &buffer) == 0);
    }
    return (cpu_time(server) + cpu_time(getpid()) - before) / frames;
}
