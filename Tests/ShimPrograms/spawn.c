/// Children that exec, made by vfork, posix_spawn, system and popen, while a stream goes on in another thread.
#include "capture.h"
#include <pthread.h>
#include <spawn.h>

extern char **environ;
static struct capture camera;
static _Atomic bool stop;
static _Atomic uint64_t streamed, rounds;

static void *stream_on(void *unused) {
    (void)unused;
    while (!stop) {
        capture_stream(&camera, 1);
        streamed++;
    }
    return NULL;
}

/// How many sockets and memory files a shell inherits from this process.
static int inherited(void) {
    int count = -1;
    FILE *pipe = popen("find /proc/$$/fd -lname 'socket:*' -o -lname '/memfd:*' | wc -l", "r");
    MUST(pipe && fscanf(pipe, "%d", &count) == 1 && pclose(pipe) == 0);
    return count;
}

int main(int count, char **arguments) {
    (void)count;
    name = "spawn";
    watchdog();
    rounds = number(arguments, "rounds", 20);
    int inherited_before = inherited();
    capture_open(&camera, "/dev/video0", O_CLOEXEC);
    capture_request(&camera, V4L2_MEMORY_MMAP, 4);
    capture_start(&camera);
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, stream_on, NULL) == 0);
    for (uint64_t i = 0; i < rounds; i++) {
        pid_t child = vfork();
        if (child == 0) {
            closefrom(3);
            execl("/bin/true", "true", (char *)NULL);
            _exit(1);
        }
        MUST(ended_well(child));
        posix_spawn_file_actions_t actions;
        MUST(posix_spawn_file_actions_init(&actions) == 0);
        MUST(posix_spawn_file_actions_addclose(&actions, camera.fd) == 0);
        char *words[] = {"true", NULL};
        MUST(posix_spawn(&child, "/bin/true", &actions, NULL, words, environ) == 0);
        MUST(ended_well(child));
        posix_spawn_file_actions_destroy(&actions);
        uint64_t before = streamed;
        while (streamed < before + 20) {
            sched_yield();
        }
    }
    // The device is to be closed on exec, and what the library has besides it always is.
    MUST(inherited() == inherited_before);
    MUST(system("true") == 0);
    FILE *pipe = popen("echo heard", "r");
    char line[20] = "";
    MUST(pipe && fgets(line, sizeof line, pipe) && strcmp(line, "heard\n") == 0 && pclose(pipe) == 0);
    stop = true;
    MUST(pthread_join(thread, NULL) == 0);
    capture_stop(&camera);
    printf("spawn: children=%" PRIu64 " frames=%u\n", (uint64_t)(2 * rounds + 4), camera.next_sequence);
    return 0;
}
