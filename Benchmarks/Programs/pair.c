/// The pair QBUF + DQBUF, and two null ioctls, in turn.
///
/// `alone`: the two calls themselves. The device is stopped, buffers are there to be taken, and the device was told
/// that buffers are queued. `all`: 32 frames with the wake, the doorbell and the device's own work on this machine.
#include "bench.h"

enum { BUFFERS = 32, ROUNDS = 400 };

static struct capture camera;
static double alone[ROUNDS], all[ROUNDS], null_pairs[ROUNDS];
static pid_t server;

static void dequeue(uint32_t *taken) {
    struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = camera.memory};
    MUST(ioctl(camera.fd, VIDIOC_DQBUF, &buffer) == 0);
    *taken = buffer.index;
}

static void queue(uint32_t index) {
    struct v4l2_buffer buffer = bench_buffer(&camera, index);
    MUST(ioctl(camera.fd, VIDIOC_QBUF, &buffer) == 0);
}

static double null_pair(int null) {
    enum { COUNT = 60 };
    int64_t start = now();
    for (int i = 0; i < COUNT; i++) {
        ioctl(null, _IO('v', 1), &start);
    }
    return (double)(now() - start) / COUNT * 2;
}

/// All buffers are done. One stays in the ring, so that no doorbell is taken, and the first that is queued wakes the
/// device, which is stopped. The reference is measured in the same moments.
static double round_alone(int null, double *null_time) {
    uint32_t taken[BUFFERS];
    stop_server(server);
    *null_time = null_pair(null);
    int64_t start = now();
    for (int i = 0; i < BUFFERS - 1; i++) dequeue(&taken[i]);
    int64_t time = now() - start;
    queue(taken[0]);
    start = now();
    for (int i = 1; i < BUFFERS - 1; i++) queue(taken[i]);
    time += now() - start;
    continue_server(server);
    wait_until_done(&camera, taken[BUFFERS - 2]);
    return (double)time / (BUFFERS - 1.5);
}

static double round_all(void) {
    uint32_t taken[BUFFERS];
    int64_t start = now();
    for (int i = 0; i < BUFFERS; i++) dequeue(&taken[i]);
    for (int i = 0; i < BUFFERS; i++) queue(taken[i]);
    int64_t time = now() - start;
    wait_until_done(&camera, taken[BUFFERS - 1]);
    return (double)time / BUFFERS;
}

int main(int count, char **arguments) {
    (void)count;
    name = "pair";
    watchdog();
    server = (pid_t)number(arguments, "server", 0);
    int null = open("/dev/null", O_RDWR);
    capture_open(&camera, "/dev/video0", 0);
    capture_request(&camera, memory_named(option(arguments, "memory", "mmap")), BUFFERS);
    capture_start(&camera);
    wait_until_done(&camera, BUFFERS - 1);
    for (int round = -10; round < ROUNDS; round++) {
        int place = round < 0 ? 0 : round;
        alone[place] = round_alone(null, &null_pairs[place]);
        all[place] = round_all();
    }
    printf("alone=%.2f all=%.2f null=%.2f\n", median(alone, ROUNDS), median(all, ROUNDS), median(null_pairs, ROUNDS));
    return 0;
}
