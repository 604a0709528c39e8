/// One thread of all processes may be blocked in DQBUF: the next gets EBUSY, until the first is killed; and that
/// one never spoke to the server.
#include "capture.h"
#include <sched.h>

/// Whether the process sleeps, as /proc says.
static bool sleeps(pid_t process) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    FILE *file = fopen(path, "r");
    if (!file) return false;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    char *state = strrchr(text, ')');
    return state && state[2] == 'S';
}

int main(int count, char **arguments) {
    (void)count;
    name = "waiter";
    watchdog();
    struct capture camera = {0};
    capture_open(&camera, option(arguments, "--device", "/dev/video0"), O_RDWR);
    capture_request(&camera, V4L2_MEMORY_MMAP, 2);
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    MUST(ioctl(camera.fd, VIDIOC_STREAMON, &type) == 0);
    int kills = (int)number(arguments, "--kills", 20);
    for (int round = 0; round < kills; round++) {
        pid_t child = fork();
        if (child == 0) {
            // Nothing is queued: it waits for ever.
            struct v4l2_buffer buffer = capture_buffer(&camera, 0);
            ioctl(camera.fd, VIDIOC_DQBUF, &buffer);
            _exit(1);
        }
        struct v4l2_buffer buffer = capture_buffer(&camera, 0);
        while (!sleeps(child)) sched_yield();
        MUST_FAIL(ioctl(camera.fd, VIDIOC_DQBUF, &buffer), EBUSY);
        MUST(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
        buffer = capture_buffer(&camera, (uint32_t)round % 2);
        MUST(ioctl(camera.fd, VIDIOC_QBUF, &buffer) == 0);
        MUST(ioctl(camera.fd, VIDIOC_DQBUF, &buffer) == 0);
    }
    printf("waiter: kills=%d\n", kills);
    return 0;
}
