/// The CPU time of the server and of `--readers=N` programs at once for each frame that one of them gets. Each has its
/// own camera, /dev/video0 and up; all are on one CPU, as in cost.c.
#include "bench.h"

enum { FRAMES = 20000, READERS = 16 };

static void read_frames(int reader, int ready, int start) {
    char path[32], byte = 0;
    snprintf(path, sizeof path, "/dev/video%d", reader);
    struct capture camera;
    capture_open(&camera, path, 0);
    capture_request(&camera, V4L2_MEMORY_MMAP, 4);
    capture_start(&camera);
    MUST(write(ready, &byte, 1) == 1);
    // The end of the file: the parent has closed it.
    MUST(read(start, &byte, 1) == 0);
    double before = cpu_time(getpid());
    for (int i = 0; i < FRAMES; i++) {
        struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = camera.memory};
        MUST(ioctl(camera.fd, VIDIOC_DQBUF, &buffer) == 0);
        MUST(ioctl(camera.fd, VIDIOC_QBUF, &buffer) == 0);
    }
    double used = cpu_time(getpid()) - before;
    MUST(write(ready, &used, sizeof used) == sizeof used);
}

int main(int count, char **arguments) {
    (void)count;
    name = "readers";
    watchdog();
    pid_t server = (pid_t)number(arguments, "server", 0);
    int readers = (int)number(arguments, "readers", 1);
    MUST(readers <= READERS);
    if (server) use_cpu_for_all(server, 0);
    use_cpu(0, 0);
    int ready[2], start[2];
    MUST(pipe(ready) == 0 && pipe(start) == 0);
    for (int reader = 0; reader < readers; reader++) {
        pid_t child = fork();
        MUST(child >= 0);
        if (child) continue;
        watchdog();
        close(start[1]);
        read_frames(reader, ready[1], start[0]);
        return 0;
    }
    for (int reader = 0; reader < readers; reader++) {
        char byte;
        MUST(read(ready[0], &byte, 1) == 1);
    }
    double sum = -cpu_time(server), used;
    close(start[1]);
    for (int reader = 0; reader < readers; reader++) {
        MUST(read(ready[0], &used, sizeof used) == sizeof used);
        sum += used;
    }
    sum += cpu_time(server);
    while (wait(NULL) > 0) {}
    printf("frame=%.1f\n", sum / FRAMES / readers);
    return 0;
}
