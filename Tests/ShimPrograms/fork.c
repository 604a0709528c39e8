/// A stream that goes on in a child after fork, in both at once, and in the parent after the child was killed
/// at any moment. `--kills=N`, `--seed=N`.
#include "capture.h"

enum { TOGETHER = 4000 };

/// Shared by parent and child.
struct common {
    _Atomic uint32_t next;      /* number of the next frame */
    _Atomic uint32_t streamed;  /* by the child */
    _Atomic uint32_t popped;
    _Atomic unsigned char seen[TOGETHER + MAXIMUM_BUFFERS];
};

static struct common *common;
static struct capture camera;

/// The child streams and ends; the parent goes on where it stopped, and once more.
static void in_turn(void) {
    capture_stream(&camera, 50);
    for (int round = 0; round < 3; round++) {
        common->next = camera.next_sequence;
        pid_t child = fork();
        if (child == 0) {
            watchdog();
            capture_stream(&camera, 50);
            common->next = camera.next_sequence;
            if (round == 1) MUST(close(camera.fd) == 0);
            if (round == 2) exit(0);
            _exit(0);
        }
        MUST(ended_well(child));
        MUST(common->next == camera.next_sequence + 50);
        camera.next_sequence = common->next;
        capture_stream(&camera, 50);
    }
}

/// Takes frames until both together had enough.
static uint32_t share(void) {
    uint32_t frames = 0;
    while (common->popped < TOGETHER) {
        struct pollfd one = {.fd = camera.fd, .events = POLLIN};
        MUST(poll(&one, 1, -1) == 1 && one.revents == POLLIN);
        struct v4l2_buffer buffer;
        int error = capture_dequeue(&camera, &buffer);
        if (error == EAGAIN) continue;
        if (error) fail("DQBUF beside another process: errno %d", error);
        uint32_t number = buffer.sequence - camera.next_sequence;
        MUST(number < TOGETHER + MAXIMUM_BUFFERS && common->seen[number]++ == 0);
        common->popped++;
        frames++;
        capture_queue(&camera, buffer.index);
    }
    return frames;
}

static uint32_t together(void) {
    common->popped = 0;
    pid_t child = fork();
    if (child == 0) {
        watchdog();
        common->streamed = share();
        _exit(0);
    }
    share();
    MUST(ended_well(child));
    for (uint32_t i = 0; i < common->popped; i++) {
        MUST(common->seen[i] == 1);
    }
    camera.next_sequence += common->popped;
    return common->streamed;
}

/// The child dies in mid-stream; what it held at that moment is queued again by the parent.
static uint32_t killed(void) {
    common->next = camera.next_sequence;
    common->streamed = 0;
    pid_t child = fork();
    if (child == 0) {
        watchdog();
        while (true) {
            struct v4l2_buffer buffer;
            capture_next(&camera, &buffer);
            common->next = camera.next_sequence;
            common->streamed++;
            capture_queue(&camera, buffer.index);
        }
    }
    uint32_t frames = (uint32_t)random() % 200;
    while (common->streamed < frames) {
        // Nothing to wait on: the moment is to have nothing to do with the stream.
        MUST(waitpid(child, NULL, WNOHANG) == 0);
    }
    int status;
    MUST(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    capture_queue_rest(&camera);
    struct v4l2_buffer buffer;
    int error = capture_wait(&camera, &buffer);
    if (error) fail("DQBUF after a kill: errno %d", error);
    // At most one frame went with the child: it took it, and did not come to say so.
    uint32_t gap = buffer.sequence - common->next;
    if (gap > 1) fail("frame %u after a kill, %u expected", buffer.sequence, common->next);
    capture_queue(&camera, buffer.index);
    camera.next_sequence = buffer.sequence + 1;
    capture_stream(&camera, 50);
    return gap;
}

int main(int count, char **arguments) {
    (void)count;
    name = "fork";
    watchdog();
    uint64_t kills = number(arguments, "kills", 30), seed = number(arguments, "seed", 1);
    srandom((unsigned)seed);
    common = mmap(NULL, sizeof *common, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST(common != MAP_FAILED);
    bool blocks = strcmp(option(arguments, "wait", "poll"), "block") == 0;
    capture_open(&camera, "/dev/video0", blocks ? 0 : O_NONBLOCK);
    capture_request(&camera, memory_named(option(arguments, "memory", "mmap")), 4);
    capture_start(&camera);
    in_turn();
    // With a blocking descriptor the frame that poll showed may be the other's, and DQBUF waits: then one of
    // them would get EBUSY.
    uint32_t of_child = blocks ? 0 : together(), taken = 0;
    for (uint64_t i = 0; i < kills; i++) {
        taken += killed();
    }
    capture_stop(&camera);
    capture_unmap(&camera);
    MUST(close(camera.fd) == 0);
    printf("fork: together=%u child=%u kills=%" PRIu64 " gone=%u seed=%" PRIu64 "\n", common->popped, of_child,
           kills, taken, seed);
    return 0;
}
