/// What callgrind counts of DQBUF or QBUF: `--call=dqbuf|qbuf`, `--where=stack|heap`. With `--call=nothing` the call is
/// of a function that does nothing: what the caller's side costs, and the toggles.
///
/// As in pair.c the device is stopped around what is counted, so that no doorbell and no wake is in it.
#include "bench.h"
#include <valgrind/callgrind.h>

enum { BUFFERS = 32 };

static int do_nothing(int fd, unsigned long request, ...) {
    (void)fd, (void)request;
    return 0;
}

static int (*volatile nothing)(int, unsigned long, ...) = do_nothing;

int main(int count, char **arguments) {
    (void)count;
    name = "instructions";
    watchdog();
    struct capture camera;
    pid_t server = (pid_t)number(arguments, "server", 0);
    uint32_t rounds = (uint32_t)number(arguments, "rounds", 2);
    const char *call = option(arguments, "call", "dqbuf");
    bool is_nothing = strcmp(call, "nothing") == 0, is_queue = strcmp(call, "qbuf") == 0;
    bool is_dequeue = !is_nothing && !is_queue;
    struct v4l2_buffer here;
    struct v4l2_buffer *buffer =
        strcmp(option(arguments, "where", "stack"), "heap") == 0 ? malloc(sizeof *buffer) : &here;
    capture_open(&camera, "/dev/video0", 0);
    capture_request(&camera, memory_named(option(arguments, "memory", "mmap")), BUFFERS);
    capture_start(&camera);
    wait_until_done(&camera, BUFFERS - 1);
    uint32_t calls = 0, taken[BUFFERS];
    for (uint32_t round = 0; round < rounds + 1; round++) {
        // The first round makes everything present.
        bool counts = round > 0;
        stop_server(server);
        for (int i = 0; i < BUFFERS - 1; i++) {
            *buffer = capture_buffer(&camera, 0);
            if (counts && is_dequeue) CALLGRIND_TOGGLE_COLLECT;
            int result = ioctl(camera.fd, VIDIOC_DQBUF, buffer);
            if (counts && is_dequeue) CALLGRIND_TOGGLE_COLLECT;
            MUST(result == 0);
            taken[i] = buffer->index;
        }
        for (int i = 0; i < BUFFERS - 1; i++) {
            *buffer = bench_buffer(&camera, taken[i]);
            // The first one wakes the device.
            if (counts && is_queue && i > 0) CALLGRIND_TOGGLE_COLLECT;
            int result = ioctl(camera.fd, VIDIOC_QBUF, buffer);
            if (counts && is_queue && i > 0) CALLGRIND_TOGGLE_COLLECT;
            MUST(result == 0);
            if (counts && is_nothing && i > 0) {
                CALLGRIND_TOGGLE_COLLECT;
                nothing(camera.fd, VIDIOC_QBUF, buffer);
                CALLGRIND_TOGGLE_COLLECT;
            }
        }
        if (counts) calls += is_dequeue ? BUFFERS - 1 : BUFFERS - 2;
        continue_server(server);
        wait_until_done(&camera, taken[BUFFERS - 2]);
    }
    printf("calls=%u\n", calls);
    return 0;
}
