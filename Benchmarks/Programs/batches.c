/// Frames in batches of all 32 buffers: the server finds them queued all at once, and nobody takes one before all are
/// done. What it does for `--batches=N` is the same on each run, but for where the program's start falls.
#include "bench.h"

enum { BUFFERS = 32 };

int main(int count, char **arguments) {
    (void)count;
    name = "batches";
    watchdog();
    struct capture camera;
    pid_t server = (pid_t)number(arguments, "server", 0);
    uint64_t batches = number(arguments, "batches", 10);
    capture_open(&camera, "/dev/video0", 0);
    capture_request(&camera, V4L2_MEMORY_MMAP, BUFFERS);
    capture_start(&camera);
    for (uint64_t batch = 0; batch < batches; batch++) {
        uint32_t taken[BUFFERS];
        for (int i = 0; i < BUFFERS; i++) {
            struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
            MUST(ioctl(camera.fd, VIDIOC_DQBUF, &buffer) == 0);
            taken[i] = buffer.index;
        }
        stop_server(server);
        for (int i = 0; i < BUFFERS; i++) {
            struct v4l2_buffer buffer = bench_buffer(&camera, taken[i]);
            MUST(ioctl(camera.fd, VIDIOC_QBUF, &buffer) == 0);
        }
        continue_server(server);
        // Long enough for all of them, as a rule.
        usleep(20000);
    }
    printf("frames=%" PRIu64 "\n", batches * BUFFERS);
    return 0;
}
