/// The server is killed while this program waits: `--wait=block|poll|select|epoll`. It says `waiting` on
/// standard error when it is about to.
#include "capture.h"
#include <sys/epoll.h>
#include <sys/select.h>

static struct capture camera;

static void wait_by(const char *mode) {
    struct v4l2_buffer buffer = capture_buffer(&camera, 0);
    if (strcmp(mode, "block") == 0) {
        MUST_FAIL(ioctl(camera.fd, VIDIOC_DQBUF, &buffer), ENODEV);
    } else if (strcmp(mode, "select") == 0) {
        fd_set reads, errors;
        FD_ZERO(&reads);
        FD_ZERO(&errors);
        FD_SET(camera.fd, &reads);
        FD_SET(camera.fd, &errors);
        MUST(select(camera.fd + 1, &reads, NULL, &errors, NULL) >= 1 && FD_ISSET(camera.fd, &reads));
    } else if (strcmp(mode, "epoll") == 0) {
        int set = epoll_create1(EPOLL_CLOEXEC);
        struct epoll_event event = {.events = EPOLLIN};
        MUST(epoll_ctl(set, EPOLL_CTL_ADD, camera.fd, &event) == 0);
        event.events = 0;
        MUST(epoll_wait(set, &event, 1, -1) == 1);
        if ((event.events & (EPOLLHUP | EPOLLERR)) != (EPOLLHUP | EPOLLERR)) fail("epoll: %#x", event.events);
        close(set);
    } else {
        struct pollfd one = {.fd = camera.fd, .events = POLLIN};
        MUST(poll(&one, 1, -1) == 1);
        if ((one.revents & (POLLHUP | POLLERR)) != (POLLHUP | POLLERR)) fail("poll: %#x", one.revents);
    }
}

#define GONE(command, type)                                                                                \
    do {                                                                                                   \
        type argument = {0};                                                                               \
        MUST_FAIL(ioctl(camera.fd, command, &argument), ENODEV);                                           \
    } while (0)

static void everything_is_gone(void) {
    struct v4l2_buffer buffer = capture_buffer(&camera, 0);
    MUST_FAIL(ioctl(camera.fd, VIDIOC_QBUF, &buffer), ENODEV);
    MUST_FAIL(ioctl(camera.fd, VIDIOC_DQBUF, &buffer), ENODEV);
    MUST_FAIL(ioctl(camera.fd, VIDIOC_QUERYBUF, &buffer), ENODEV);
    MUST_FAIL(ioctl(camera.fd, VIDIOC_PREPARE_BUF, &buffer), ENODEV);
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    MUST_FAIL(ioctl(camera.fd, VIDIOC_STREAMOFF, &type), ENODEV);
    MUST_FAIL(ioctl(camera.fd, VIDIOC_STREAMON, &type), ENODEV);
    GONE(VIDIOC_QUERYCAP, struct v4l2_capability);
    GONE(VIDIOC_G_FMT, struct v4l2_format);
    GONE(VIDIOC_S_FMT, struct v4l2_format);
    GONE(VIDIOC_TRY_FMT, struct v4l2_format);
    GONE(VIDIOC_ENUM_FMT, struct v4l2_fmtdesc);
    GONE(VIDIOC_REQBUFS, struct v4l2_requestbuffers);
    GONE(VIDIOC_CREATE_BUFS, struct v4l2_create_buffers);
    GONE(VIDIOC_EXPBUF, struct v4l2_exportbuffer);
    GONE(VIDIOC_G_PARM, struct v4l2_streamparm);
    GONE(VIDIOC_G_CTRL, struct v4l2_control);
    GONE(VIDIOC_S_EXT_CTRLS, struct v4l2_ext_controls);
    GONE(VIDIOC_QUERYCTRL, struct v4l2_queryctrl);
    GONE(VIDIOC_DQEVENT, struct v4l2_event);
    GONE(VIDIOC_SUBSCRIBE_EVENT, struct v4l2_event_subscription);
    GONE(VIDIOC_G_INPUT, int);
    char byte;
    MUST_FAIL(read(camera.fd, &byte, 1), ENODEV);
    struct pollfd one = {.fd = camera.fd, .events = POLLIN};
    MUST(poll(&one, 1, -1) == 1 && (one.revents & (POLLHUP | POLLERR)) == (POLLHUP | POLLERR));
    void *mapping = mmap(NULL, 4096, PROT_READ, MAP_SHARED, camera.fd, 0);
    if (mapping != MAP_FAILED || errno != ENODEV) fail("mmap: errno %d", errno);
}

int main(int count, char **arguments) {
    (void)count;
    name = "death";
    watchdog();
    const char *mode = option(arguments, "wait", "block");
    bool blocks = strcmp(mode, "block") == 0;
    capture_open(&camera, "/dev/video0", blocks ? 0 : O_NONBLOCK);
    capture_request(&camera, V4L2_MEMORY_MMAP, 4);
    capture_start(&camera);
    capture_stream(&camera, 20);
    struct v4l2_buffer buffer;
    for (uint32_t i = 0; i < camera.count; i++) {
        capture_next(&camera, &buffer);
    }
    dprintf(2, "waiting\n");
    wait_by(mode);
    everything_is_gone();
    // The frames that it has stay readable.
    unsigned sum = 0;
    for (uint32_t i = 0; i < camera.count; i++) {
        sum += camera.buffers[i].bytes[camera.image_size / 2] + 1u;
    }
    MUST(sum >= camera.count);
    capture_unmap(&camera);
    MUST(close(camera.fd) == 0);
    // A server that is not yet quite dead may take a last connection, which ends at once.
    int fd;
    while ((fd = open("/dev/video0", O_RDWR)) == -1 && errno == ENODEV) {
    }
    MUST(fd == -1 && errno == ENOENT);
    printf("death: wait=%s frames=%u\n", mode, camera.next_sequence);
    return 0;
}
