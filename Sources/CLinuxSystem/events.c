#include "internal.h"

#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

_Static_assert(sizeof(struct linux_event) == sizeof(struct epoll_event), "linux_event is epoll_event");
_Static_assert(
    offsetof(struct linux_event, token) == offsetof(struct epoll_event, data), "linux_event is epoll_event");

_Static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLPRI == EPOLLPRI, "poll bits are epoll bits");
_Static_assert(POLLERR == EPOLLERR && POLLHUP == EPOLLHUP, "poll bits are epoll bits");

const uint32_t linux_epoll_in = EPOLLIN;
const uint32_t linux_epoll_out = EPOLLOUT;
const uint32_t linux_epoll_priority = EPOLLPRI;
const uint32_t linux_epoll_error = EPOLLERR;
const uint32_t linux_epoll_hang_up = EPOLLHUP;
const uint32_t linux_epoll_read_hang_up = EPOLLRDHUP;
const uint32_t linux_epoll_edge_triggered = EPOLLET;
const uint32_t linux_epoll_one_shot = EPOLLONESHOT;

const int linux_sighup = SIGHUP;
const int linux_sigint = SIGINT;
const int linux_sigquit = SIGQUIT;
const int linux_sigkill = SIGKILL;
const int linux_sigusr1 = SIGUSR1;
const int linux_sigusr2 = SIGUSR2;
const int linux_sigpipe = SIGPIPE;
const int linux_sigalrm = SIGALRM;
const int linux_sigterm = SIGTERM;
const int linux_sigchld = SIGCHLD;
const int linux_sigcont = SIGCONT;
const int linux_sigstop = SIGSTOP;
const int linux_sigtstp = SIGTSTP;
const int linux_sigwinch = SIGWINCH;

long linux_epoll_create(void) { return outcome(epoll_create1(EPOLL_CLOEXEC)); }

static long epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return outcome(epoll_ctl(epoll, operation, fd, &event));
}

long linux_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    return epoll_control(epoll, EPOLL_CTL_ADD, fd, events, token);
}

long linux_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token) {
    return epoll_control(epoll, EPOLL_CTL_MOD, fd, events, token);
}

long linux_epoll_remove(int epoll, int fd) { return epoll_control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }

long linux_epoll_wait(int epoll, struct linux_event *events, int count, int64_t timeout) {
    struct epoll_event *out = (struct epoll_event *)events;
    if (timeout <= 0) return outcome(epoll_wait(epoll, out, count, timeout < 0 ? -1 : 0));
#ifdef SYS_epoll_pwait2
    struct timespec limit = timespec_of(timeout);
    long result = outcome(syscall(SYS_epoll_pwait2, epoll, out, count, &limit, NULL, 0));
    if (result != -ENOSYS) return result;
#endif
    // Before Linux 5.11: whole milliseconds, rounded up so that no caller spins before its deadline.
    int64_t milliseconds = timeout / 1000000 + (timeout % 1000000 != 0);
    return outcome(epoll_wait(epoll, out, count, milliseconds > INT_MAX ? INT_MAX : (int)milliseconds));
}

long linux_poll_one(int fd, short events, int64_t timeout, short *out) {
    struct pollfd entry = {.fd = fd, .events = events};
    struct timespec limit = timespec_of(timeout < 0 ? 0 : timeout);
    long result = outcome(ppoll(&entry, 1, timeout < 0 ? NULL : &limit, NULL));
    *out = entry.revents;
    return result;
}

long linux_event_descriptor(void) { return outcome(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }
long linux_timer_descriptor(void) { return outcome(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)); }

long linux_timer_arm(int fd, int64_t at, int64_t interval) {
    struct itimerspec setting = {.it_value = timespec_of(at), .it_interval = timespec_of(interval)};
    return outcome(timerfd_settime(fd, TFD_TIMER_ABSTIME, &setting, NULL));
}

static void fill_set(sigset_t *set, const int *signals, size_t count) {
    sigemptyset(set);
    for (size_t i = 0; i < count; i++) sigaddset(set, signals[i]);
}

long linux_signal_descriptor(const int *signals, size_t count) {
    sigset_t set;
    fill_set(&set, signals, count);
    return outcome(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

long linux_signal_read(int fd) {
    struct signalfd_siginfo info;
    long result = outcome(read(fd, &info, sizeof info));
    return result < 0 ? result : (long)info.ssi_signo;
}

long linux_signal_read_sender(int fd, bool *from_process) {
    struct signalfd_siginfo info;
    long result = outcome(read(fd, &info, sizeof info));
    if (result < 0) return result;
    *from_process = info.ssi_code <= 0;
    return (long)info.ssi_signo;
}

long linux_block_signals(const int *signals, size_t count) {
    sigset_t set;
    fill_set(&set, signals, count);
    return -(long)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

long linux_ignore_signal(int number) { return signal(number, SIG_IGN) == SIG_ERR ? -(long)errno : 0; }

int64_t linux_monotonic_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

long linux_futex_wait(const void *word, uint32_t expected, int64_t deadline) {
    struct timespec limit = timespec_of(deadline < 0 ? 0 : deadline);
    return outcome(syscall(
        SYS_futex, word, FUTEX_WAIT_BITSET, expected, deadline < 0 ? NULL : &limit, NULL, FUTEX_BITSET_MATCH_ANY));
}

long linux_futex_wake(const void *word, int count) {
    return outcome(syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0));
}
