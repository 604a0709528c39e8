/// Duplicates of a device's descriptor, made in each of the ways that there are: each one streams, and closing
/// one keeps the others.
#include "capture.h"
#include <sys/syscall.h>

static struct capture camera;

static void stream_through(int fd) {
    camera.fd = fd;
    struct v4l2_capability capability;
    MUST(ioctl(fd, VIDIOC_QUERYCAP, &capability) == 0);
    struct stat status;
    MUST(fstat(fd, &status) == 0 && S_ISCHR(status.st_mode));
    struct pollfd one = {.fd = fd, .events = POLLIN};
    MUST(poll(&one, 1, -1) == 1 && one.revents == POLLIN);
    capture_stream(&camera, 20);
}

int main(void) {
    name = "dup";
    watchdog();
    capture_open(&camera, "/dev/video0", 0);
    int first = camera.fd;
    capture_request(&camera, V4L2_MEMORY_MMAP, 4);
    capture_start(&camera);
    int copies[] = {
        dup(first),
        dup2(first, 50),
        dup3(first, 51, O_CLOEXEC),
        fcntl(first, F_DUPFD, 60),
        fcntl(first, F_DUPFD_CLOEXEC, 60),
        (int)syscall(SYS_dup, first),
        (int)syscall(SYS_dup3, first, 52, 0),
        (int)syscall(SYS_fcntl, first, F_DUPFD, 70),
    };
    enum { COPIES = sizeof copies / sizeof copies[0] };
    MUST(copies[1] == 50 && copies[2] == 51 && copies[3] >= 60 && copies[4] > copies[3] && copies[6] == 52);
    MUST((fcntl(copies[2], F_GETFD) & FD_CLOEXEC) && !(fcntl(copies[1], F_GETFD) & FD_CLOEXEC));
    for (int i = 0; i < COPIES; i++) {
        MUST(copies[i] >= 0);
        stream_through(copies[i]);
    }
    // O_NONBLOCK belongs to the open file, not to the number.
    MUST(fcntl(copies[0], F_SETFL, fcntl(copies[0], F_GETFL) | O_NONBLOCK) == 0);
    MUST(fcntl(first, F_GETFL) & O_NONBLOCK);
    MUST(fcntl(first, F_SETFL, fcntl(first, F_GETFL) & ~O_NONBLOCK) == 0);
    stream_through(first);
    MUST(close(first) == 0);
    MUST_FAIL(ioctl(first, VIDIOC_QUERYCAP, &camera), EBADF);
    for (int i = 0; i < COPIES - 1; i++) {
        stream_through(copies[i]);
        MUST(close(copies[i]) == 0);
        MUST_FAIL(ioctl(copies[i], VIDIOC_DQBUF, &camera), EBADF);
        stream_through(copies[COPIES - 1]);
    }
    // A number that named the device names something else, and the reverse.
    int last = copies[COPIES - 1], null = open("/dev/null", O_RDWR);
    struct v4l2_capability capability;
    MUST(null >= 0 && dup2(null, last) == last);
    MUST_FAIL(ioctl(last, VIDIOC_QUERYCAP, &capability), ENOTTY);
    MUST(close(null) == 0 && close(last) == 0);
    uint32_t frames = camera.next_sequence;
    capture_unmap(&camera);
    // That was the last: the queue is free.
    capture_open(&camera, "/dev/video0", 0);
    capture_request(&camera, V4L2_MEMORY_MMAP, 4);
    capture_start(&camera);
    stream_through(camera.fd);
    printf("dup: copies=%d frames=%u\n", COPIES, frames);
    return 0;
}
