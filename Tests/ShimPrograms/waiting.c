/// Every way to wait for a device: poll, select and epoll, for frames and for events.
/// Needs the library, and a server whose /dev/video0 is a single-planar camera with a brightness control.
#include "check.h"
#include <linux/videodev2.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <time.h>

enum { BUFFERS = 4, FRAMES = 8 };

static int device, other;
static void *planes[BUFFERS];
static size_t lengths[BUFFERS];

static int queue(unsigned index) {
    struct v4l2_buffer buffer = {
        .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP, .index = index};
    return ioctl(device, VIDIOC_QBUF, &buffer);
}

/// Takes a frame, which must be there, and queues its buffer again.
static int take(void) {
    struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    return ioctl(device, VIDIOC_DQBUF, &buffer) == 0 && buffer.bytesused > 0 && queue(buffer.index) == 0;
}

static void start(void) {
    struct v4l2_requestbuffers request = {
        .count = BUFFERS, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    CHECK(ioctl(device, VIDIOC_REQBUFS, &request) == 0 && request.count == BUFFERS);
    struct pollfd one = {.fd = device, .events = POLLIN};
    CHECK(poll(&one, 1, -1) == 1 && one.revents == POLLERR); // buffers, but no stream
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 7}, got;
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, device, &event) == 0);
    CHECK(epoll_wait(set, &got, 1, -1) == 1 && got.events == EPOLLERR && got.data.u64 == 7);
    close(set);
    for (unsigned i = 0; i < BUFFERS; i++) {
        struct v4l2_buffer buffer = {
            .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP, .index = i};
        CHECK(ioctl(device, VIDIOC_QUERYBUF, &buffer) == 0);
        lengths[i] = buffer.length;
        planes[i] = mmap(NULL, buffer.length, PROT_READ, MAP_SHARED, device, buffer.m.offset);
        CHECK(planes[i] != MAP_FAILED && queue(i) == 0);
    }
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    CHECK(ioctl(device, VIDIOC_STREAMON, &type) == 0);
}

static void polling(void) {
    for (int i = 0; i < FRAMES; i++) {
        struct pollfd fds[2] = {{.fd = device, .events = POLLIN | POLLRDNORM | POLLPRI}, {.fd = -1}};
        CHECK(poll(fds, 2, -1) == 1 && fds[0].revents == (POLLIN | POLLRDNORM) && take());
        struct timespec second = {.tv_sec = 1};
        CHECK(ppoll(fds, 1, &second, NULL) == 1 && take());
    }
    // The time is kept, and a frame is no event.
    struct pollfd one = {.fd = device, .events = POLLPRI};
    CHECK(poll(&one, 1, 0) == 0 && poll(&one, 1, 60) == 0);
}

static void selecting(void) {
    for (int i = 0; i < FRAMES; i++) {
        fd_set reads, exceptions;
        FD_ZERO(&reads);
        FD_ZERO(&exceptions);
        FD_SET(device, &reads);
        FD_SET(device, &exceptions);
        struct timeval seconds = {.tv_sec = 2};
        CHECK(select(device + 1, &reads, NULL, &exceptions, &seconds) == 1);
        CHECK(FD_ISSET(device, &reads) && !FD_ISSET(device, &exceptions) && seconds.tv_sec < 2 && take());
    }
    fd_set exceptions;
    FD_ZERO(&exceptions);
    FD_SET(device, &exceptions);
    struct timespec little = {.tv_nsec = 40000000};
    CHECK(pselect(device + 1, NULL, NULL, &exceptions, &little, NULL) == 0 && !FD_ISSET(device, &exceptions));
}

static void epolling(void) {
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = 0, .data.u64 = 11}, got[4];
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, device, &event) == 0);
    CHECK(epoll_wait(set, got, 4, 40) == 0);
    event.events = EPOLLIN | EPOLLPRI;
    CHECK(epoll_ctl(set, EPOLL_CTL_MOD, device, &event) == 0);
    for (int i = 0; i < FRAMES; i++) {
        CHECK(epoll_wait(set, got, 4, -1) == 1 && got[0].events == EPOLLIN && got[0].data.u64 == 11 && take());
    }
    // Once for each change, and all that there is must be taken.
    event.events = EPOLLIN | EPOLLET;
    CHECK(epoll_ctl(set, EPOLL_CTL_MOD, device, &event) == 0);
    CHECK(fcntl(device, F_SETFL, O_NONBLOCK) == 0);
    for (int i = 0; i < FRAMES; i++) {
        CHECK(epoll_wait(set, got, 4, -1) == 1 && got[0].events == EPOLLIN);
        while (take()) {
        }
    }
    CHECK(fcntl(device, F_SETFL, 0) == 0);
    event.events = EPOLLIN | EPOLLONESHOT;
    for (int i = 0; i < FRAMES; i++) {
        CHECK(epoll_ctl(set, EPOLL_CTL_MOD, device, &event) == 0);
        CHECK(epoll_wait(set, got, 4, -1) == 1 && got[0].events == EPOLLIN);
        CHECK(epoll_wait(set, got, 4, i ? 0 : 40) == 0 && take());
    }
    CHECK(epoll_ctl(set, EPOLL_CTL_DEL, device, NULL) == 0 && epoll_wait(set, got, 4, 0) == 0);
    CHECK_ERROR(epoll_ctl(set, EPOLL_CTL_DEL, device, NULL), ENOENT);
    close(set);
}

static void *change(void *argument) {
    (void)argument;
    struct timespec little = {.tv_nsec = 30000000};
    nanosleep(&little, NULL); // so that the other thread is asleep: right either way
    struct v4l2_control control = {.id = V4L2_CID_BRIGHTNESS};
    CHECK(ioctl(other, VIDIOC_G_CTRL, &control) == 0);
    control.value ^= 1;
    CHECK(ioctl(other, VIDIOC_S_CTRL, &control) == 0);
    return NULL;
}

static int take_event(void) {
    struct v4l2_event event;
    return ioctl(device, VIDIOC_DQEVENT, &event) == 0 && event.type == V4L2_EVENT_CTRL && event.pending == 0;
}

/// Frames wait untaken all the while: a socket that is readable says nothing of events.
static void events(void) {
    struct v4l2_event_subscription subscription = {.type = V4L2_EVENT_CTRL, .id = V4L2_CID_BRIGHTNESS};
    CHECK(ioctl(device, VIDIOC_SUBSCRIBE_EVENT, &subscription) == 0);
    pthread_t thread;
    struct pollfd one = {.fd = device, .events = POLLIN};
    CHECK(poll(&one, 1, -1) == 1);
    for (int i = 0; i < 3; i++) {
        pthread_create(&thread, NULL, change, NULL);
        one.events = POLLPRI;
        CHECK(poll(&one, 1, 5000) == 1 && one.revents == POLLPRI && take_event());
        pthread_join(thread, NULL);
        pthread_create(&thread, NULL, change, NULL);
        fd_set exceptions;
        FD_ZERO(&exceptions);
        FD_SET(device, &exceptions);
        CHECK(select(device + 1, NULL, NULL, &exceptions, NULL) == 1 && take_event());
        pthread_join(thread, NULL);
    }
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLPRI, .data.u64 = 13}, got;
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, device, &event) == 0);
    for (int i = 0; i < 6; i++) {
        event.events = i < 3 ? EPOLLPRI : i < 5 ? EPOLLPRI | EPOLLET : EPOLLPRI | EPOLLONESHOT;
        CHECK(epoll_ctl(set, EPOLL_CTL_MOD, device, &event) == 0);
        pthread_create(&thread, NULL, change, NULL);
        CHECK(epoll_wait(set, &got, 1, 5000) == 1 && got.events == EPOLLPRI && got.data.u64 == 13);
        CHECK(epoll_wait(set, &got, 1, 0) == (i < 3));
        pthread_join(thread, NULL);
        CHECK(take_event());
        CHECK(epoll_wait(set, &got, 1, 0) == 0);
    }
    close(set);
}

/// The buffers of a closed device can be read until they are unmapped.
static void mappings(void) {
    int copy = dup(device);
    CHECK(close(device) == 0 && close(copy) == 0);
    unsigned sum = 0;
    for (unsigned i = 0; i < BUFFERS; i++) {
        sum += *(volatile unsigned char *)planes[i];
    }
    CHECK_ERROR(mremap(planes[0], lengths[0], 2 * lengths[0], MREMAP_MAYMOVE), EFAULT);
    // So the file is still open, and its stream is still in the way of another.
    struct v4l2_requestbuffers request = {
        .count = BUFFERS, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    CHECK_ERROR(ioctl(other, VIDIOC_REQBUFS, &request), EBUSY);
    for (unsigned i = 0; i < BUFFERS; i++) {
        sum += munmap(planes[i], lengths[i]) == 0;
    }
    CHECK(sum >= BUFFERS);
    // The server hears of the last close a moment later.
    int tries = 100000;
    while (ioctl(other, VIDIOC_REQBUFS, &request) < 0 && --tries) {
    }
    CHECK(tries > 0);
}

int main(void) {
    device = open("/dev/video0", O_RDWR);
    other = open("/dev/video0", O_RDWR);
    CHECK(device >= 0 && other >= 0);
    RUN(start);
    RUN(polling);
    RUN(selecting);
    RUN(epolling);
    RUN(events);
    RUN(mappings);
    close(other);
    return failures;
}
