/// A program that replaces itself in mid-stream: the new one has the descriptor and nothing else.
#include "capture.h"

static int stream_on(char **arguments) {
    struct capture camera = {
        .fd = (int)number(arguments, "fd", 0), .count = (uint32_t)number(arguments, "buffers", 0),
        .next_sequence = (uint32_t)number(arguments, "next", 0), .memory = V4L2_MEMORY_MMAP};
    uint64_t left = number(arguments, "left", 0);
    capture_read_format(&camera);
    for (uint32_t index = 0; index < camera.count; index++) {
        capture_map(&camera, index);
    }
    capture_stream(&camera, 50);
    if (left > 0) {
        char words[4][40];
        snprintf(words[0], sizeof words[0], "--fd=%d", camera.fd);
        snprintf(words[1], sizeof words[1], "--buffers=%u", camera.count);
        snprintf(words[2], sizeof words[2], "--next=%u", camera.next_sequence);
        snprintf(words[3], sizeof words[3], "--left=%d", (int)left - 1);
        execl("/proc/self/exe", "exec", words[0], words[1], words[2], words[3], (char *)NULL);
        fail("can't execute itself: errno %d", errno);
    }
    capture_stop(&camera);
    capture_unmap(&camera);
    struct v4l2_requestbuffers request = {
        .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    MUST(ioctl(camera.fd, VIDIOC_REQBUFS, &request) == 0);
    MUST(close(camera.fd) == 0);
    printf("exec: frames=%u\n", camera.next_sequence);
    return 0;
}

int main(int count, char **arguments) {
    name = "exec";
    watchdog();
    if (count > 1) return stream_on(arguments);
    struct capture camera;
    capture_open(&camera, "/dev/video0", 0);
    capture_request(&camera, V4L2_MEMORY_MMAP, 4);
    capture_start(&camera);
    capture_stream(&camera, 50);
    char words[4][40];
    snprintf(words[0], sizeof words[0], "--fd=%d", camera.fd);
    snprintf(words[1], sizeof words[1], "--buffers=%u", camera.count);
    snprintf(words[2], sizeof words[2], "--next=%u", camera.next_sequence);
    snprintf(words[3], sizeof words[3], "--left=%d", 2);
    execl("/proc/self/exe", "exec", words[0], words[1], words[2], words[3], (char *)NULL);
    fail("can't execute itself: errno %d", errno);
}
