/// The CPU time of this process and of the server for each frame, of two cameras in turn: /dev/video0 and /dev/video1.
/// All on one CPU: between two, a wake costs what the scheduler makes of it.
#include "bench.h"

enum { ROUNDS = 40, FRAMES = 500 };

static double small[ROUNDS], large[ROUNDS];

/// Nanoseconds that all threads of a process have run.
static double cpu_time(pid_t process) {
    char path[320];
    snprintf(path, sizeof path, "/proc/%d/task", process);
    DIR *tasks = opendir(path);
    MUST(tasks);
    double sum = 0;
    for (struct dirent *task; (task = readdir(tasks));) {
        if (task->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", process, task->d_name);
        FILE *file = fopen(path, "r");
        double time = 0;
        MUST(file && fscanf(file, "%lf", &time) == 1);
        sum += time;
        fclose(file);
    }
    closedir(tasks);
    return sum;
}

static double per_frame(struct capture *camera, pid_t server) {
    double before = cpu_time(server) + cpu_time(getpid());
    for (int i = 0; i < FRAMES; i++) {
        struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = camera->memory};
        MUST(ioctl(camera->fd, VIDIOC_DQBUF, &buffer) == 0);
        MUST(ioctl(camera->fd, VIDIOC_QBUF, &buffer) == 0);
    }
    return (cpu_time(server) + cpu_time(getpid()) - before) / FRAMES;
}

int main(int count, char **arguments) {
    (void)count;
    name = "cost";
    watchdog();
    pid_t server = (pid_t)number(arguments, "server", 0);
    if (server) use_cpu_for_all(server, 0);
    use_cpu(0, 0);
    static struct capture cameras[2];
    for (int i = 0; i < 2; i++) {
        capture_open(&cameras[i], i ? "/dev/video1" : "/dev/video0", 0);
        capture_request(&cameras[i], V4L2_MEMORY_MMAP, 4);
        capture_start(&cameras[i]);
        per_frame(&cameras[i], server);
    }
    for (int round = 0; round < ROUNDS; round++) {
        small[round] = per_frame(&cameras[0], server);
        large[round] = per_frame(&cameras[1], server);
    }
    printf("small=%.1f large=%.1f\n", median(small, ROUNDS), median(large, ROUNDS));
    return 0;
}
