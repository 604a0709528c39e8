/// The kernel's own poll on the descriptor, past the library: OUT never, IN as soon as there is a frame, and
/// not when there is none. `--frames=N`.
#include "capture.h"
#include <sys/syscall.h>
#include <time.h>

static short native_poll(int fd, short events, bool waits) {
    struct pollfd one = {.fd = fd, .events = events};
    struct timespec none = {0, 0};
    long result;
#if defined(__x86_64__)
    register long signals __asm__("r10") = 0;
    register long size __asm__("r8") = 8;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"((long)SYS_ppoll), "D"(&one), "S"(1L), "d"(waits ? NULL : &none), "r"(signals), "r"(size)
                     : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long call __asm__("x8") = SYS_ppoll;
    register long x0 __asm__("x0") = (long)&one;
    register long x1 __asm__("x1") = 1;
    register long x2 __asm__("x2") = (long)(waits ? NULL : &none);
    register long x3 __asm__("x3") = 0;
    register long x4 __asm__("x4") = 8;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(call), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    result = x0;
#else
#error "no system call for this processor"
#endif
    if (result < 0) fail("ppoll: %ld", result);
    return one.revents;
}

int main(int count, char **arguments) {
    (void)count;
    name = "exactness";
    watchdog();
    uint64_t frames = number(arguments, "frames", 10000), early = 0, dry = 0;
    struct capture camera;
    struct v4l2_buffer buffer;
    capture_open(&camera, "/dev/video0", O_NONBLOCK);
    MUST(native_poll(camera.fd, POLLIN | POLLOUT, false) == 0);
    capture_request(&camera, V4L2_MEMORY_MMAP, 4);
    MUST(native_poll(camera.fd, POLLIN | POLLOUT, false) == 0);
    capture_start(&camera);
    while (camera.next_sequence < frames) {
        // Every other frame is not waited for, so that it is taken before its bell rings.
        bool waits = camera.next_sequence % 2 == 0;
        if (waits) {
            short events = native_poll(camera.fd, POLLIN | POLLOUT, true);
            if (events != POLLIN) fail("poll gave %#x after %u", events, camera.next_sequence);
        }
        int error = capture_dequeue(&camera, &buffer);
        if (error == EAGAIN && !waits) continue;
        if (error == EAGAIN) {
            // The frame's bell came after the frame was taken. That call has put it right.
            early++;
            continue;
        }
        if (error) fail("DQBUF: errno %d", error);
        MUST(buffer.sequence == camera.next_sequence++);
        uint32_t held[MAXIMUM_BUFFERS] = {buffer.index}, holds = 1;
        // Now and then all buffers are taken: then nothing can come, and the socket must say so.
        if (camera.next_sequence % 16 == 0) {
            while (holds < camera.count) {
                error = capture_dequeue(&camera, &buffer);
                if (error == EAGAIN) {
                    MUST(native_poll(camera.fd, POLLIN | POLLOUT, true) == POLLIN);
                    continue;
                }
                MUST(error == 0 && buffer.sequence == camera.next_sequence++);
                held[holds++] = buffer.index;
            }
            // The last bell may be on its way; DQBUF, which finds nothing, takes it once it is there.
            for (uint64_t looks = 0; native_poll(camera.fd, POLLIN | POLLOUT, false) != 0; looks++) {
                MUST(capture_dequeue(&camera, &buffer) == EAGAIN && looks < 1000);
            }
            dry++;
        }
        while (holds > 0) {
            capture_queue(&camera, held[--holds]);
        }
    }
    MUST(native_poll(camera.fd, POLLOUT, false) == 0);
    capture_stop(&camera);
    // One bell a frame.
    if (early > frames) fail("%" PRIu64 " of %" PRIu64 " bells were late", early, frames);
    printf("exactness: frames=%" PRIu64 " late=%" PRIu64 " dry=%" PRIu64 "\n", frames, early, dry);
    return 0;
}
