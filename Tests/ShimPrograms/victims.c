/// Runs a program again and again and kills it at a random moment: `--program=PATH --kills=N --seed=N`.
#include "capture.h"
#include <sys/syscall.h>
#include <time.h>

static pid_t start(const char *program, const char *memory, const char *wait, int output) {
    char words[2][40];
    snprintf(words[0], sizeof words[0], "--memory=%s", memory);
    snprintf(words[1], sizeof words[1], "--wait=%s", wait);
    pid_t child = fork();
    if (child == 0) {
        dup2(output, 2);
        dup2(output, 1);
        execl(program, "stream", "--frames=1000000000", words[0], words[1], (char *)NULL);
        _exit(99);
    }
    MUST(child > 0);
    return child;
}

int main(int count, char **arguments) {
    (void)count;
    name = "victims";
    watchdog();
    static const char *const memories[] = {"mmap", "userptr", "dmabuf"};
    static const char *const waits[] = {"block", "poll", "epoll"};
    const char *program = option(arguments, "program", NULL);
    uint64_t kills = number(arguments, "kills", 50), seed = number(arguments, "seed", 1), streaming = 0;
    MUST(program != NULL);
    srandom((unsigned)seed);
    printf("victims: seed=%" PRIu64 "\n", seed);
    fflush(stdout);
    for (uint64_t i = 0; i < kills; i++) {
        int ends[2];
        MUST(pipe2(ends, O_CLOEXEC) == 0);
        pid_t child = start(program, memories[i % 3], waits[(i / 3) % 3], ends[1]);
        close(ends[1]);
        // Half of them once they stream, the others before.
        char text[400] = "";
        if (i % 2 == 0) MUST(read(ends[0], text, sizeof text - 1) > 0);
        if (strncmp(text, "FAIL", 4) == 0) fail("victim %" PRIu64 ": %s", i, text);
        struct timespec time = {.tv_nsec = random() % 8000000};
        nanosleep(&time, NULL);
        int status = 0;
        MUST(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child);
        ssize_t length = read(ends[0], text, sizeof text - 1);
        if (length > 0) text[length] = 0;
        if (!WIFSIGNALED(status)) fail("victim %" PRIu64 " ended by itself (%d): %s", i, status, text);
        streaming += strstr(text, "streaming") != NULL;
        close(ends[0]);
        progress++;
    }
    // The queue is free, and the camera as good as ever.
    struct capture camera;
    capture_open(&camera, "/dev/video0", 0);
    capture_request(&camera, V4L2_MEMORY_MMAP, 4);
    capture_start(&camera);
    capture_stream(&camera, 100);
    capture_stop(&camera);
    printf("victims: kills=%" PRIu64 " streaming=%" PRIu64 "\n", kills, streaming);
    return 0;
}
