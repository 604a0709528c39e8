/// Two open files of one device, in one process and in two: who has the buffers, and what the other may do.
#include "capture.h"

static const int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

static int request(int fd, uint32_t count) {
    struct v4l2_requestbuffers request = {.count = count, .type = (uint32_t)type, .memory = V4L2_MEMORY_MMAP};
    return ioctl(fd, VIDIOC_REQBUFS, &request);
}

static int set_format(int fd) {
    struct v4l2_format format = {.type = (uint32_t)type};
    MUST(ioctl(fd, VIDIOC_G_FMT, &format) == 0);
    format.fmt.pix.width /= 2;
    return ioctl(fd, VIDIOC_S_FMT, &format);
}

/// The other's buffers are not to be touched; everything else works.
static void second_is_refused(int fd) {
    struct v4l2_capability capability;
    struct v4l2_buffer buffer = {.type = (uint32_t)type, .memory = V4L2_MEMORY_MMAP};
    struct v4l2_exportbuffer export = {.type = (uint32_t)type};
    struct v4l2_create_buffers create = {.count = 1, .memory = V4L2_MEMORY_MMAP, .format = {.type = (uint32_t)type}};
    MUST(ioctl(fd, VIDIOC_QUERYCAP, &capability) == 0);
    MUST(ioctl(fd, VIDIOC_G_FMT, &create.format) == 0);
    MUST_FAIL(request(fd, 2), EBUSY);
    MUST_FAIL(request(fd, 0), EBUSY);
    MUST_FAIL(ioctl(fd, VIDIOC_CREATE_BUFS, &create), EBUSY);
    MUST_FAIL(set_format(fd), EBUSY);
    MUST_FAIL(ioctl(fd, VIDIOC_QBUF, &buffer), EBUSY);
    MUST_FAIL(ioctl(fd, VIDIOC_DQBUF, &buffer), EBUSY);
    MUST_FAIL(ioctl(fd, VIDIOC_PREPARE_BUF, &buffer), EBUSY);
    MUST_FAIL(ioctl(fd, VIDIOC_EXPBUF, &export), EBUSY);
    MUST_FAIL(ioctl(fd, VIDIOC_STREAMON, &type), EBUSY);
    MUST_FAIL(ioctl(fd, VIDIOC_STREAMOFF, &type), EBUSY);
    char byte;
    MUST_FAIL(read(fd, &byte, 1), EBUSY);
    // QUERYBUF and mmap are for everyone.
    MUST(ioctl(fd, VIDIOC_QUERYBUF, &buffer) == 0);
    void *bytes = mmap(NULL, buffer.length, PROT_READ, MAP_SHARED, fd, buffer.m.offset);
    MUST(bytes != MAP_FAILED && munmap(bytes, buffer.length) == 0);
}

/// A process of its own, which opens the device itself.
static void second_process(void (*body)(int fd)) {
    pid_t child = fork();
    if (child == 0) {
        watchdog();
        int fd = open("/dev/video0", O_RDWR | O_NONBLOCK);
        MUST(fd >= 0);
        body(fd);
        _exit(close(fd) == 0 ? 0 : 1);
    }
    MUST(ended_well(child));
}

static void second_is_served(int fd) {
    MUST(set_format(fd) == 0);
    MUST(request(fd, 2) == 0 && request(fd, 0) == 0);
}

int main(void) {
    name = "busy";
    watchdog();
    struct capture first, second;
    capture_open(&first, "/dev/video0", 0);
    second_process(second_is_served);
    capture_open(&second, "/dev/video0", O_NONBLOCK);
    capture_read_format(&first);
    capture_request(&first, V4L2_MEMORY_MMAP, 4);
    MUST_FAIL(set_format(first.fd), EBUSY);
    second_is_refused(second.fd);
    second_process(second_is_refused);
    capture_start(&first);
    MUST_FAIL(request(first.fd, 0), EBUSY);
    for (int round = 0; round < 20; round++) {
        capture_stream(&first, 20);
        second_is_refused(second.fd);
    }
    second_process(second_is_refused);
    capture_stop(&first);
    second_is_refused(second.fd);
    capture_unmap(&first);
    MUST(request(first.fd, 0) == 0);
    // Now it is the other's.
    capture_request(&second, V4L2_MEMORY_MMAP, 4);
    capture_start(&second);
    capture_stream(&second, 20);
    second_is_refused(first.fd);
    MUST(close(second.fd) == 0);
    // Its buffers are mapped, and so it is still open.
    second_is_refused(first.fd);
    capture_unmap(&second);
    capture_request(&first, V4L2_MEMORY_MMAP, 4);
    capture_start(&first);
    capture_stream(&first, 20);
    printf("busy: refused=%d\n", 20);
    return 0;
}
