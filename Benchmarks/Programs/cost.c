/// The CPU time of this process and of the server for each frame, of `--cameras=N` cameras in turn, /dev/video0 and up;
/// and of a copy of the frame by memcpy. All on one CPU: between two, a wake costs what the scheduler makes of it.
#include "bench.h"

enum { ROUNDS = 40, FRAMES = 500, COPIES = 4, CAMERAS = 4 };

static double frames[CAMERAS][ROUNDS], copies[CAMERAS][ROUNDS];

/// What a program that keeps frames to itself does with each.
static double per_copy(const struct capture *camera, unsigned char *memory) {
    struct timespec before, after;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    for (int i = 0; i < COPIES; i++) {
        memcpy(memory, camera->buffers[0].bytes, camera->image_size);
        __asm__ volatile("" : : "r"(memory) : "memory");
    }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    double seconds = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
    return seconds * 1e9 / COPIES;
}

int main(int count, char **arguments) {
    (void)count;
    name = "cost";
    watchdog();
    pid_t server = (pid_t)number(arguments, "server", 0);
    int used = (int)number(arguments, "cameras", CAMERAS);
    MUST(used <= CAMERAS);
    if (server) use_cpu_for_all(server, 0);
    use_cpu(0, 0);
    static struct capture cameras[CAMERAS];
    unsigned char *memory[CAMERAS];
    for (int i = 0; i < used; i++) {
        char path[32];
        snprintf(path, sizeof path, "/dev/video%d", i);
        capture_open(&cameras[i], path, 0);
        capture_request(&cameras[i], V4L2_MEMORY_MMAP, 4);
        capture_start(&cameras[i]);
        cpu_per_frame(&cameras[i], server, FRAMES);
        MUST((memory[i] = malloc(cameras[i].image_size)));
        per_copy(&cameras[i], memory[i]);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < used; i++) {
            frames[i][round] = cpu_per_frame(&cameras[i], server, FRAMES);
            copies[i][round] = per_copy(&cameras[i], memory[i]);
        }
    }
    for (int i = 0; i < used; i++) {
        printf("frame%d=%.1f copy%d=%.1f ", i, median(frames[i], ROUNDS), i, median(copies[i], ROUNDS));
    }
    printf("\n");
    return 0;
}
