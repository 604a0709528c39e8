/// Second handles, owners, priorities, dup and fork.
#include "oracle.h"
#include <signal.h>

static void ownership(void) {
    int fd = open_node(), second = open_device(&device, O_RDWR | O_NONBLOCK);
    reqbufs(second, 0, MMAP);
    reqbufs(fd, 0, MMAP);
    reqbufs(fd, 3, MMAP);
    reqbufs(second, 3, MMAP);
    reqbufs(second, 0, MMAP);
    reqbufs(second, 2, 9);
    create(second, 1, MMAP);
    create(second, 0, MMAP);
    create(second, 0, DMABUF);
    query(second, 0);
    query(second, 7);
    queue(second, 0, MMAP);
    queue(second, 9, MMAP);
    prepare(second, 0, MMAP);
    dequeue(second);
    stream_on(second);
    stream_off(second);
    export(second, 0, 0, 0, "none");
    set_format(second, 640, 360, "same");
    set_format(second, 320, 180, "other");
    close_call(second, "the second");
    query(fd, 0);
    second = open_device(&device, O_RDWR);
    reqbufs(fd, 0, MMAP);
    reqbufs(second, 2, MMAP);
    reqbufs(fd, 2, MMAP);
    queue(fd, 0, MMAP);
    close_call(second, "the owner");
    reqbufs(fd, 2, MMAP);
    queue(fd, 0, MMAP);
}

static void without_owner(void) {
    int fd = open_node(), second = open_device(&device, O_RDWR);
    queue(second, 0, MMAP);
    dequeue(second);
    stream_off(second);
    stream_on(second);
    create(second, 1, MMAP);
    reqbufs(fd, 2, MMAP);
    queue(fd, 0, MMAP);
    reqbufs(second, 0, MMAP);
    reqbufs(fd, 2, MMAP);
    close_call(second, "the former owner");
    query(fd, 1);
}

static void owner_streams(void) {
    int fd = open_node(), second = open_device(&device, O_RDWR | O_NONBLOCK);
    stream_quietly(fd, 4);
    stream_off(second);
    stream_on(second);
    dequeue(second);
    queue(second, 0, MMAP);
    dequeue(fd);
    query(second, 0);
    close_call(second, "the second");
    dequeue(fd);
    second = open_device(&device, O_RDWR);
    close_call(fd, "the owner");
    query(second, 0);
    reqbufs(second, 3, MMAP);
    queue(second, 0, MMAP);
    queue(second, 1, MMAP);
    queue(second, 2, MMAP);
    stream_on(second);
    dequeue(second);
}

static void set_priority(int fd, uint32_t priority, const char *what) {
    step("S_PRIORITY %u %s", priority, what);
    result(ioctl(fd, VIDIOC_S_PRIORITY, &priority), errno);
    done();
}

static void get_priority(int fd, const char *what) {
    uint32_t priority = 99;
    step("G_PRIORITY %s", what);
    result(ioctl(fd, VIDIOC_G_PRIORITY, &priority), errno);
    add(" priority=%u", priority);
    done();
}

static void priorities(void) {
    int fd = open_node(), second = open_device(&device, O_RDWR);
    get_priority(fd, "first");
    set_priority(second, V4L2_PRIORITY_RECORD, "second");
    get_priority(fd, "first");
    reqbufs(fd, 3, MMAP);
    create(fd, 1, MMAP);
    create(fd, 0, MMAP);
    stream_on(fd);
    stream_off(fd);
    queue(fd, 0, MMAP);
    prepare(fd, 0, MMAP);
    dequeue(fd);
    query(fd, 0);
    export(fd, 0, 0, 0, "none");
    set_format(fd, 640, 360, "same");
    set_priority(fd, V4L2_PRIORITY_BACKGROUND, "first");
    set_priority(fd, V4L2_PRIORITY_RECORD, "first");
    reqbufs(fd, 3, MMAP);
    set_priority(fd, V4L2_PRIORITY_BACKGROUND, "first");
    queue(fd, 0, MMAP);
    queue(fd, 1, MMAP);
    reqbufs(fd, 0, MMAP);
    set_priority(second, 0, "second, unset");
    set_priority(second, 4, "second, 4");
    set_priority(second, V4L2_PRIORITY_INTERACTIVE, "second");
    reqbufs(fd, 3, MMAP);
    close_call(second, "the second");
    get_priority(fd, "first");
    reqbufs(fd, 3, MMAP);
    int only = open_device(&device, O_RDONLY);
    set_priority(only, V4L2_PRIORITY_RECORD, "a read-only handle");
}

static void duplicates(void) {
    int fd = open_node(), copy = dup(fd);
    reqbufs(fd, 3, MMAP);
    queue(copy, 0, MMAP);
    queue(fd, 1, MMAP);
    queue(copy, 2, MMAP);
    stream_on(copy);
    dequeue(fd);
    dequeue(copy);
    reqbufs(copy, 0, MMAP);
    close_call(fd, "the first");
    query(copy, 0);
    queue(copy, 0, MMAP);
    dequeue(copy);
    stream_off(copy);
    int second = open_device(&device, O_RDWR);
    reqbufs(second, 2, MMAP);
    close_call(copy, "the copy");
    reqbufs(second, 2, MMAP);
}

static void child_uses(int fd) {
    query(fd, 4);
    dequeue(fd);
    queue(fd, 0, MMAP);
    dequeue(fd);
}

static void forked(void) {
    int fd = open_node();
    stream_quietly(fd, 4);
    in_child(child_uses, fd, "the child uses the stream");
    dequeue(fd);
    queue(fd, 1, MMAP);
    stream_off(fd);
}

static void child_closes(int fd) {
    close_call(fd, "in the child");
    int second = open_device(&device, O_RDWR);
    reqbufs(second, 2, MMAP);
}

static void fork_and_close(void) {
    int fd = open_node();
    reqbufs(fd, 3, MMAP);
    in_child(child_closes, fd, "the child closes its copy");
    query(fd, 0);
    queue(fd, 0, MMAP);
}

static void child_takes_over(int fd) {
    reqbufs(fd, 3, MMAP);
    for (uint32_t index = 0; index < 3; index++) queue(fd, index, MMAP);
    stream_on(fd);
    dequeue(fd);
}

static void fork_before_buffers(void) {
    int fd = open_node();
    in_child(child_takes_over, fd, "the child requests and starts");
    settle(fd, 1, 1);
    query(fd, 1);
    dequeue(fd);
    stream_off(fd);
    reqbufs(fd, 0, MMAP);
}

static void child_alone(int fd) {
    close(fd);
    fd = open_node();
    stream_quietly(fd, 4);
    dequeue(fd);
}

static void child_ends_in_stream(void) {
    int fd = open_node();
    in_child(child_alone, fd, "the child streams, and ends");
    // The kernel has closed before it reports the end; our server hears of it a moment later.
    struct v4l2_requestbuffers request = {.count = 2, .type = device.type, .memory = MMAP};
    for (int tries = 0; ioctl(fd, VIDIOC_REQBUFS, &request) < 0 && errno == EBUSY && tries < 500; tries++)
        usleep(10000);
    reqbufs(fd, 3, MMAP);
    query(fd, 0);
}

static void child_is_killed(int fd) {
    close(fd);
    fd = open_node();
    stream_quietly(fd, 4);
    dequeue(fd);
    raise(9);
}

static void killed_in_stream(void) {
    int fd = open_node();
    in_child(child_is_killed, fd, "the child streams, and is killed");
    struct v4l2_requestbuffers request = {.count = 2, .type = device.type, .memory = MMAP};
    for (int tries = 0; ioctl(fd, VIDIOC_REQBUFS, &request) < 0 && errno == EBUSY && tries < 500; tries++)
        usleep(10000);
    reqbufs(fd, 4, MMAP);
    for (uint32_t index = 0; index < 4; index++) queue(fd, index, MMAP);
    stream_on(fd);
    dequeue(fd);
}

const struct scenario handle_scenarios[] = {
    {"owner.second", ownership, BOTH}, {"owner.none", without_owner, BOTH}, {"owner.streams", owner_streams, BOTH},
    {"priority", priorities, BOTH}, {"dup", duplicates, BOTH}, {"fork.stream", forked, BOTH},
    {"fork.close", fork_and_close, BOTH}, {"fork.before", fork_before_buffers, BOTH},
    {"fork.end", child_ends_in_stream, BOTH}, {"fork.kill", killed_in_stream, BOTH}, {0},
};
