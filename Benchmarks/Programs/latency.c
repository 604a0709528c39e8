/// From an event in another process to this one running, blocked as a program is: a frame of a live camera, by its
/// timestamp; a byte on an AF_UNIX socket; an eventfd. In turn, and each a while after the one before, so that all
/// find the CPUs as idle as they are.
///
/// Who sends is on one CPU and who waits on another, if there are two: to wake an idle CPU costs several times what it
/// costs to go on with the same one, and the scheduler would choose differently for each pair of processes. All run before
/// whatever else the machine does, where that is allowed (SCHED_FIFO).
#include "bench.h"
#include <sys/eventfd.h>

enum { SAMPLES = 10, ROUNDS = 30, COUNT = SAMPLES * ROUNDS };

static const int64_t PERIOD = 10000000;
static double frames[COUNT], bytes[COUNT], events[COUNT];

struct shared {
    _Atomic int64_t sent;
};

/// Another process, which sends when it was told to, a period later.
static void helper(int socket, int event, struct shared *shared) {
    for (char order; read(socket, &order, 1) == 1;) {
        int64_t due = now() + PERIOD;
        struct timespec time = {due / 1000000000, due % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
        uint64_t one = 1;
        shared->sent = now();
        if (order == 'b') {
            if (write(socket, "x", 1) != 1) _exit(1);
        } else if (write(event, &one, sizeof one) != sizeof one) {
            _exit(1);
        }
    }
    _exit(0);
}

static double wait_byte(int socket, struct shared *shared) {
    char byte;
    MUST(write(socket, "b", 1) == 1);
    MUST(recv(socket, &byte, 1, 0) == 1);
    return (double)(now() - shared->sent);
}

static double wait_event(int socket, int event, struct shared *shared) {
    uint64_t count;
    MUST(write(socket, "e", 1) == 1);
    MUST(read(event, &count, sizeof count) == sizeof count);
    return (double)(now() - shared->sent);
}

static double wait_frame(struct capture *camera) {
    struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = camera->memory};
    MUST(ioctl(camera->fd, VIDIOC_DQBUF, &buffer) == 0);
    int64_t time = now();
    int64_t sent = (int64_t)buffer.timestamp.tv_sec * 1000000000 + (int64_t)buffer.timestamp.tv_usec * 1000;
    capture_queue(camera, buffer.index);
    return (double)(time - sent);
}

int main(int count, char **arguments) {
    (void)count;
    name = "latency";
    watchdog();
    pid_t server = (pid_t)number(arguments, "server", 0);
    if (server) use_cpu_for_all(server, 0);
    int sockets[2], event = eventfd(0, 0);
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0 && event >= 0);
    struct shared *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST(shared != MAP_FAILED);
    pid_t child = fork();
    if (child == 0) {
        close(sockets[0]);
        use_cpu(0, 0);
        helper(sockets[1], event, shared);
    }
    close(sockets[1]);
    use_cpu(0, 1);
    struct capture camera;
    capture_open(&camera, "/dev/video0", 0);
    capture_request(&camera, V4L2_MEMORY_MMAP, 4);
    for (int round = 0; round < ROUNDS; round++) {
        capture_start(&camera);
        wait_frame(&camera);
        for (int i = 0; i < SAMPLES; i++) frames[round * SAMPLES + i] = wait_frame(&camera);
        capture_stop(&camera);
        for (int i = 0; i < SAMPLES; i++) bytes[round * SAMPLES + i] = wait_byte(sockets[0], shared);
        for (int i = 0; i < SAMPLES; i++) events[round * SAMPLES + i] = wait_event(sockets[0], event, shared);
    }
    close(sockets[0]);
    MUST(ended_well(child));
    printf("frame=%.0f byte=%.0f event=%.0f\n", median(frames, COUNT), median(bytes, COUNT), median(events, COUNT));
    return 0;
}
