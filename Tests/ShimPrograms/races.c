/// Threads that use a device while others close, copy and map it, under a storm of signals. Whatever a call
/// answers, nothing may crash, and in the end everything has been given back.
/// Needs the library, and a server with /dev/video0.
#include "check.h"
#include <linux/videodev2.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

enum { ROUNDS = 300, THREADS = 3 };

static _Atomic int device, stop, answered;

/// Nothing here asks the server: a handler that did could wait for the thread that it interrupts.
static void caught(int number) {
    (void)number;
    int saved = errno;
    struct pollfd one = {.fd = device, .events = POLLPRI};
    poll(&one, 1, 0);
    struct stat status;
    fstat(device, &status);
    int copy = dup(device);
    close(copy);
    errno = saved;
}

static void *use(void *argument) {
    (void)argument;
    while (!stop) {
        struct v4l2_capability capability;
        int fd = device;
        answered += ioctl(fd, VIDIOC_QUERYCAP, &capability) == 0;
        struct pollfd one = {.fd = fd, .events = POLLPRI};
        poll(&one, 1, 0);
        struct stat status;
        fstat(fd, &status);
        int copy = dup(fd);
        if (copy >= 0) {
            close(copy);
        }
    }
    return NULL;
}

static void open_and_close(void) {
    pthread_t threads[THREADS];
    stop = answered = 0;
    device = open("/dev/video0", O_RDWR);
    CHECK(device >= 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, use, NULL);
    }
    for (int i = 0; i < ROUNDS || answered == 0; i++) {
        int next = open("/dev/video0", O_RDWR), old = device;
        CHECK(next >= 0);
        device = next;
        int set = epoll_create1(EPOLL_CLOEXEC);
        struct epoll_event event = {.events = EPOLLPRI}, got;
        epoll_ctl(set, EPOLL_CTL_ADD, old, &event);
        epoll_wait(set, &got, 1, 0);
        close(old);
        close(set);
    }
    stop = 1;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK(close(device) == 0);
}

static void signals(void) {
    device = open("/dev/video0", O_RDWR);
    struct sigaction action = {.sa_handler = caught, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        struct v4l2_capability capability;
        CHECK(ioctl(device, VIDIOC_QUERYCAP, &capability) == 0);
        int fd = open("/dev/video0", O_RDWR);
        CHECK(fd >= 0 && ioctl(fd, VIDIOC_QUERYCAP, &capability) == 0);
        int copy = dup2(fd, 90);
        CHECK(copy == 90 && close(fd) == 0 && close(copy) == 0);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    CHECK(close(device) == 0);
}

static void forks(void) {
    pthread_t threads[THREADS];
    stop = 0;
    device = open("/dev/video0", O_RDWR);
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, use, NULL);
    }
    for (int i = 0; i < 20; i++) {
        int status = -1;
        pid_t child = fork();
        if (child == 0) {
            struct v4l2_capability capability;
            _exit(ioctl(device, VIDIOC_QUERYCAP, &capability) == 0 && close(device) == 0 ? 0 : 1);
        }
        CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    stop = 1;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK(close(device) == 0);
}

static void *sleep_in_poll(void *argument) {
    (void)argument;
    struct pollfd one = {.fd = device, .events = POLLPRI};
    poll(&one, 1, -1);
    return NULL;
}

static void *sleep_in_epoll(void *set) {
    struct epoll_event got;
    epoll_wait(*(int *)set, &got, 1, -1);
    return NULL;
}

/// Waits stay cancellation points.
static void cancelled(void) {
    pthread_t threads[2];
    void *result;
    device = open("/dev/video0", O_RDWR);
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLPRI};
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, device, &event) == 0);
    pthread_create(&threads[0], NULL, sleep_in_poll, NULL);
    pthread_create(&threads[1], NULL, sleep_in_epoll, &set);
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_cancel(threads[i]) == 0);
        CHECK(pthread_join(threads[i], &result) == 0 && result == PTHREAD_CANCELED);
    }
    struct v4l2_capability capability;
    CHECK(ioctl(device, VIDIOC_QUERYCAP, &capability) == 0);
    CHECK(close(set) == 0 && close(device) == 0);
}

int main(void) {
    RUN(open_and_close);
    RUN(signals);
    RUN(forks);
    RUN(cancelled);
    return failures;
}
