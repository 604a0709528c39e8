/// Takes frames by poll and DQBUF until EAGAIN, and counts the polls that told of a frame which wasn't there. With
/// --batch=1 all buffers are done before the first is taken: that is one change from empty to full.
#include "capture.h"

int main(int count, char **arguments) {
    (void)count;
    name = "doorbells";
    watchdog();
    alarm(250);
    uint64_t frames = number(arguments, "frames", 1000000);
    bool is_batch = number(arguments, "batch", 0) != 0;
    struct capture camera;
    capture_open(&camera, "/dev/video0", O_NONBLOCK);
    capture_request(&camera, V4L2_MEMORY_MMAP, 32);
    capture_start(&camera);
    uint64_t taken = 0, polls = 0, spurious = 0, batches = 0;
    struct v4l2_buffer buffer;
    while (taken < frames) {
        struct pollfd one = {.fd = camera.fd, .events = POLLIN};
        MUST(poll(&one, 1, -1) == 1 && one.revents == POLLIN);
        polls++;
        uint32_t indices[32], held = 0;
        if (is_batch) {
            // The last one queued is the last one done.
            static uint32_t last;
            if (batches++ == 0) last = 31;
            for (buffer = capture_buffer(&camera, last); !(buffer.flags & V4L2_BUF_FLAG_DONE);)
                MUST(ioctl(camera.fd, VIDIOC_QUERYBUF, &buffer) == 0);
            while (held < 32) {
                MUST(capture_dequeue(&camera, &buffer) == 0);
                indices[held++] = buffer.index;
                last = buffer.index;
            }
            taken += held;
            for (uint32_t each = 0; each < held; each++) capture_queue(&camera, indices[each]);
        } else {
            uint64_t before = taken;
            while (capture_dequeue(&camera, &buffer) == 0) {
                capture_queue(&camera, buffer.index);
                taken++;
            }
            if (taken == before) spurious++;
        }
    }
    capture_stop(&camera);
    capture_unmap(&camera);
    MUST(close(camera.fd) == 0);
    printf(
        "doorbells: frames=%" PRIu64 " polls=%" PRIu64 " spurious=%" PRIu64 " batches=%" PRIu64 "\n", taken, polls,
        spurious, batches);
    return 0;
}
