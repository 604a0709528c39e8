/// A program that has a live camera stream, and then gives it no more room: --mode says how.
///   never    it never takes a frame
///   poll     it is told of frames again and again, and takes none
///   stopped  it is stopped (SIGSTOP)
///   held     it takes all buffers and keeps them
///   single   it has queued one buffer only, and keeps its frame
/// Says "stalled" when it has come to that, and then goes on until it is ended.
#include "capture.h"

int main(int count, char **arguments) {
    (void)count;
    name = "stall";
    const char *mode = option(arguments, "mode", "never");
    struct capture camera;
    struct v4l2_buffer buffer;
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    capture_open(&camera, option(arguments, "device", "/dev/video0"), 0);
    capture_request(&camera, V4L2_MEMORY_MMAP, 4);
    if (strcmp(mode, "single") == 0) {
        capture_queue(&camera, 0);
        MUST(ioctl(camera.fd, VIDIOC_STREAMON, &type) == 0);
        MUST(capture_dequeue(&camera, &buffer) == 0);
    } else {
        capture_start(&camera);
        for (uint32_t each = 0; each < camera.count && strcmp(mode, "held") == 0; each++) {
            MUST(capture_dequeue(&camera, &buffer) == 0);
        }
    }
    MUST(write(2, "stalled\n", 8) == 8);
    if (strcmp(mode, "stopped") == 0) raise(SIGSTOP);
    while (strcmp(mode, "poll") == 0) {
        struct pollfd one = {.fd = camera.fd, .events = POLLIN};
        MUST(poll(&one, 1, 1000) >= 0);
        usleep(1000);
    }
    while (true) pause();
}
