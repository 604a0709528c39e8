/// All descriptors above the device's are closed in mid-stream, in each of the ways that there are, and the
/// stream goes on; then the device's own is among them, and it can be opened anew.
#include "capture.h"
#include <sys/syscall.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4u
#endif

static const int low = 3;

/// A stream whose descriptor is 3.
static void begin(struct capture *camera) {
    struct capture opened;
    capture_open(&opened, "/dev/video0", 0);
    if (opened.fd != low) {
        MUST(dup2(opened.fd, low) == low && close(opened.fd) == 0);
        opened.fd = low;
    }
    *camera = opened;
    capture_request(camera, V4L2_MEMORY_MMAP, 4);
    capture_start(camera);
    capture_stream(camera, 50);
}

static void close_each(void) {
    // As programs did before there was closefrom.
    for (int fd = low + 1; fd < 1024; fd++) {
        close(fd);
    }
}

static void cannot_use_the_queue(const char *device) {
    int fd = open(device, O_RDWR);
    MUST(fd >= 0);
    struct v4l2_requestbuffers request = {
        .count = 2, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    MUST_FAIL(ioctl(fd, VIDIOC_REQBUFS, &request), EBUSY);
    MUST(close(fd) == 0);
}

int main(void) {
    name = "closefrom";
    watchdog();
    struct capture camera;
    begin(&camera);
    closefrom(low + 1);
    capture_stream(&camera, 50);
    MUST(close_range(low + 1, ~0u, 0) == 0);
    capture_stream(&camera, 50);
    MUST(close_range(low + 1, ~0u, CLOSE_RANGE_CLOEXEC) == 0);
    capture_stream(&camera, 50);
    MUST(syscall(SYS_close_range, low + 1, ~0u, 0) == 0);
    capture_stream(&camera, 50);
    close_each();
    capture_stream(&camera, 50);
    // In a child, as before an exec: this process has to notice nothing.
    pid_t child = fork();
    if (child == 0) {
        closefrom(low);
        _exit(fcntl(low, F_GETFD) == -1 && errno == EBADF ? 0 : 1);
    }
    MUST(ended_well(child));
    capture_stream(&camera, 50);
    uint32_t frames = camera.next_sequence;

    // The device too. Its buffers are still mapped, and keep the queue.
    closefrom(low);
    MUST_FAIL(ioctl(low, VIDIOC_QUERYCAP, &camera), EBADF);
    unsigned sum = 0;
    for (uint32_t i = 0; i < camera.count; i++) {
        for (uint32_t at = 0; at < camera.image_size; at++) {
            sum += camera.buffers[i].bytes[at];
        }
    }
    MUST(sum > 0);
    cannot_use_the_queue("/dev/video0");
    capture_unmap(&camera);
    begin(&camera);
    MUST(close_range(low, ~0u, 0) == 0);
    capture_unmap(&camera);
    begin(&camera);
    MUST(syscall(SYS_close_range, low, low, 0) == 0);
    capture_unmap(&camera);
    begin(&camera);
    MUST(dup2(0, low) == low);
    capture_unmap(&camera);
    MUST(close(low) == 0);
    begin(&camera);
    capture_stop(&camera);
    capture_unmap(&camera);
    MUST(close(low) == 0);
    printf("closefrom: frames=%u reopened=4\n", frames);
    return 0;
}
