/// How many frames a second a plain capture loop takes, at most.
#include "bench.h"
#include <time.h>

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    (void)count;
    name = "rate";
    watchdog();
    uint64_t frames = number(arguments, "frames", 200000);
    struct capture camera;
    capture_open(&camera, "/dev/video0", 0);
    capture_request(&camera, V4L2_MEMORY_MMAP, 8);
    capture_start(&camera);
    double start = seconds();
    for (uint64_t frame = 0; frame < frames; frame++) {
        struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = camera.memory};
        MUST(ioctl(camera.fd, VIDIOC_DQBUF, &buffer) == 0);
        MUST(ioctl(camera.fd, VIDIOC_QBUF, &buffer) == 0);
    }
    printf("rate=%.1f\n", (double)frames / (seconds() - start));
    return 0;
}
