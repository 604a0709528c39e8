/// What the kernel's own QBUF and DQBUF cost, in the emulated machine of `Scripts/kernel-oracle cost`: its time stamp
/// counter counts one for each instruction that it executes, the program's and the kernel's.
///
/// Calls are counted one by one, in batches: buffers are taken when all are done and then given back, so that no call
/// waits. Medians, for a timer that comes in between isn't the call's.
#include "bench.h"
#include <x86intrin.h>

enum { ROUNDS = 9, BUFFERS = 32, CALLS = ROUNDS * BUFFERS };

static double nothing[CALLS], null[CALLS], queue[CALLS], dequeue[CALLS];

static double counted(int fd, unsigned long request, struct v4l2_buffer *buffer, int expected) {
    uint64_t start = __rdtsc();
    int result = ioctl(fd, request, buffer);
    uint64_t end = __rdtsc();
    MUST(result == expected);
    return (double)(end - start);
}

int main(int count, char **arguments) {
    (void)count;
    name = "kernel";
    struct capture camera;
    capture_open(&camera, option(arguments, "device", "/dev/video0"), 0);
    capture_request(&camera, V4L2_MEMORY_MMAP, BUFFERS);
    capture_start(&camera);
    int none = open("/dev/null", O_RDWR);
    MUST(none >= 0);
    // In the order in which they were queued.
    uint32_t taken[BUFFERS];
    taken[BUFFERS - 1] = BUFFERS - 1;
    for (int round = 0; round < ROUNDS; round++) {
        wait_until_done(&camera, taken[BUFFERS - 1]);
        for (int i = 0; i < BUFFERS; i++) {
            struct v4l2_buffer buffer = bench_buffer(&camera, 0);
            dequeue[round * BUFFERS + i] = counted(camera.fd, VIDIOC_DQBUF, &buffer, 0);
            taken[i] = buffer.index;
        }
        for (int i = 0; i < BUFFERS; i++) {
            struct v4l2_buffer buffer = bench_buffer(&camera, taken[i]);
            queue[round * BUFFERS + i] = counted(camera.fd, VIDIOC_QBUF, &buffer, 0);
            null[round * BUFFERS + i] = counted(none, VIDIOC_QBUF, &buffer, -1);
            uint64_t start = __rdtsc();
            nothing[round * BUFFERS + i] = (double)(__rdtsc() - start);
        }
    }
    double counting = median(nothing, CALLS);
    printf("qbuf=%.0f dqbuf=%.0f null=%.0f\n", median(queue, CALLS) - counting, median(dequeue, CALLS) - counting,
           median(null, CALLS) - counting);
    return 0;
}
