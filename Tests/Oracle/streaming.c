/// STREAMON, STREAMOFF, DQBUF.
#include "oracle.h"
#include <signal.h>

static void on_and_off(void) {
    int fd = open_node();
    stream_off(fd);
    stream_on(fd);
    reqbufs(fd, 3, MMAP);
    stream_off(fd);
    dequeue(fd);
    stream_on(fd);
    stream_on(fd);
    stream_off(fd);
    stream_off(fd);
    for (uint32_t index = 0; index < 3; index++) queue(fd, index, MMAP);
    stream_on(fd);
    stream_on(fd);
    dequeue(fd);
    stream_off(fd);
    dequeue(fd);
    for (uint32_t index = 0; index < 3; index++) query(fd, index);
    for (uint32_t index = 0; index < 3; index++) queue(fd, index, MMAP);
    stream_on(fd);
    dequeue(fd);
    stream_off(fd);
    reqbufs(fd, 0, MMAP);
    stream_on(fd);
}

static void bad_types(void) {
    int fd = open_node();
    reqbufs(fd, 3, MMAP);
    for (int round = 0; round < 2; round++) {
        static const char *names[] = {"STREAMON", "STREAMOFF"};
        const uint32_t types[] = {0, device.is_output ? 1 : 2, device.is_output ? 9 : 10, 4, 99, UINT32_MAX};
        for (unsigned each = 0; each < 6; each++)
            for (unsigned which = 0; which < 2; which++) {
                uint32_t type = types[each];
                step("%s bad type, choice %u", names[which], each);
                int value = ioctl(fd, which ? VIDIOC_STREAMOFF : VIDIOC_STREAMON, &type);
                result(value, errno);
                done();
            }
        for (uint32_t index = 0; round == 0 && index < 3; index++) queue(fd, index, MMAP);
        stream_on(fd);
    }
    dequeue(fd);
}

static void dequeue_errors(void) {
    int fd = open_node();
    struct buffer buffer = blank(0, MMAP);
    dequeue(fd);
    reqbufs(fd, 4, MMAP);
    dequeue(fd);
    buffer = blank(0, MMAP);
    buffer.v.type = 0;
    buffer_call(fd, VIDIOC_DQBUF, &buffer, "type 0");
    for (uint32_t index = 0; index < 4; index++) queue(fd, index, MMAP);
    dequeue(fd);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    dequeue(fd);
    stream_on(fd);
    buffer = blank(0, MMAP);
    buffer.v.type = device.is_output ? V4L2_BUF_TYPE_VIDEO_CAPTURE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
    buffer_call(fd, VIDIOC_DQBUF, &buffer, "other direction");
    settle(fd, 0, 3);
    buffer = blank(77, DMABUF);
    buffer_call(fd, VIDIOC_DQBUF, &buffer, "index 77 memory DMABUF");
    buffer = blank(0, 99);
    buffer.v.flags = 0xfff;
    buffer.v.bytesused = buffer.v.sequence = 5;
    buffer_call(fd, VIDIOC_DQBUF, &buffer, "memory 99, fields set");
    dequeue(fd);
    stream_off(fd);
    dequeue(fd);
}

static void nothing_queued(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    stream_on(fd);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    dequeue(fd);
    dequeue(fd);
    stream_off(fd);
    dequeue(fd);
}

static void planes_too_few(void) {
    int fd = open_node();
    stream_quietly(fd, 4);
    settle(fd, 0, 3);
    struct buffer buffer = blank(0, MMAP);
    buffer.v.length = 1;
    buffer_call(fd, VIDIOC_DQBUF, &buffer, "1 plane");
    buffer = blank(0, MMAP);
    buffer.v.length = 0;
    buffer_call(fd, VIDIOC_DQBUF, &buffer, "0 planes");
    buffer = blank(0, MMAP);
    buffer.v.length = 9;
    buffer_call(fd, VIDIOC_DQBUF, &buffer, "9 planes");
    query(fd, 0);
    buffer = blank(0, MMAP);
    buffer.v.length = 8;
    buffer_call(fd, VIDIOC_DQBUF, &buffer, "8 planes");
    dequeue(fd);
}

static void stop_wakes(void) {
    int fd = open_node();
    struct waiter waiter;
    reqbufs(fd, 2, MMAP);
    stream_on(fd);
    wait_in_thread(&waiter, fd);
    dequeue(fd);
    reqbufs(fd, 2, MMAP);
    create(fd, 1, MMAP);
    query(fd, 2);
    stream_on(fd);
    stream_off(fd);
    finish_waiting(&waiter, "woken by STREAMOFF");
    dequeue(fd);
}

static void queue_wakes(void) {
    int fd = open_node();
    struct waiter waiter;
    reqbufs(fd, 4, MMAP);
    stream_on(fd);
    wait_in_thread(&waiter, fd);
    queue(fd, 3, MMAP);
    queue(fd, 2, MMAP);
    queue(fd, 1, MMAP);
    finish_waiting(&waiter, "woken by a frame");
    dequeue(fd);
    stream_off(fd);
}

static void nothing(int signal) { (void)signal; }

static void signal_wakes(void) {
    int fd = open_node();
    struct waiter waiter;
    struct sigaction action = {.sa_handler = nothing};
    sigaction(SIGUSR1, &action, NULL);
    reqbufs(fd, 3, MMAP);
    stream_on(fd);
    wait_in_thread(&waiter, fd);
    pthread_kill(waiter.thread, SIGUSR1);
    finish_waiting(&waiter, "interrupted");
    for (uint32_t index = 0; index < 3; index++) queue(fd, index, MMAP);
    dequeue(fd);
}

/// In each state, what DQBUF's result says.
static void frames(void) {
    int fd = open_node();
    stream_quietly(fd, 4);
    for (int frame = 0; frame < 8; frame++) {
        struct buffer buffer = blank(0, MMAP);
        buffer_call(fd, VIDIOC_DQBUF, &buffer, "");
        queue(fd, buffer.v.index, MMAP);
    }
}

static void sequence(void) {
    int fd = open_node();
    stream_quietly(fd, 4);
    uint32_t last = 0;
    struct timeval before = {0};
    for (int frame = 0; frame < 6; frame++) {
        struct buffer buffer = blank(0, MMAP);
        if (device.is_multi) buffer.v.m.planes = buffer.planes;
        if (ioctl(fd, VIDIOC_DQBUF, &buffer.v) < 0) give_up("DQBUF");
        if (frame) note("the sequence grows", buffer.v.sequence > last);
        if (frame && !device.is_output)
            note("time goes on", buffer.v.timestamp.tv_sec > before.tv_sec
                || (buffer.v.timestamp.tv_sec == before.tv_sec && buffer.v.timestamp.tv_usec > before.tv_usec));
        last = buffer.v.sequence;
        before = buffer.v.timestamp;
        struct buffer again = blank(buffer.v.index, MMAP);
        if (device.is_multi) again.v.m.planes = again.planes;
        if (ioctl(fd, VIDIOC_QBUF, &again.v) < 0) give_up("QBUF");
    }
    stream_off(fd);
}

static void created_in_stream(void) {
    int fd = open_node();
    stream_quietly(fd, 3);
    create(fd, 2, MMAP);
    query(fd, 3);
    queue(fd, 4, MMAP);
    queue(fd, 3, MMAP);
    for (int frame = 0; frame < 4; frame++) dequeue(fd);
    create(fd, 1, MMAP);
    create(fd, 1, USERPTR);
    queue(fd, 5, MMAP);
    stream_off(fd);
    query(fd, 5);
}

/// EXT: what else the format's ioctls say in a stream.
static void other_ioctls(void) {
    int fd = open_node();
    stream_quietly(fd, 4);
    set_format(fd, 640, 360, "same, streaming");
    set_format(fd, 320, 180, "other, streaming");
    step("QUERYCAP, streaming");
    struct v4l2_capability capability;
    result(ioctl(fd, VIDIOC_QUERYCAP, &capability), errno);
    done();
    step("G_FMT, streaming");
    struct v4l2_format format = {.type = device.type};
    result(ioctl(fd, VIDIOC_G_FMT, &format), errno);
    done();
    step("TRY_FMT, streaming");
    result(ioctl(fd, VIDIOC_TRY_FMT, &format), errno);
    done();
}

const struct scenario streaming_scenarios[] = {
    {"stream.onoff", on_and_off, BOTH}, {"stream.types", bad_types, BOTH}, {"dequeue.errors", dequeue_errors, BOTH},
    {"dequeue.empty", nothing_queued, BOTH}, {"dequeue.planes", planes_too_few, BOTH | MULTI},
    {"dequeue.stop", stop_wakes, BOTH}, {"dequeue.wait", queue_wakes, BOTH}, {"dequeue.frames", frames, BOTH},
    {"dequeue.signal", signal_wakes, BOTH}, {"dequeue.sequence", sequence, BOTH}, {"stream.created", created_in_stream, BOTH},
    {"stream.others", other_ioctls, BOTH}, {0},
};
