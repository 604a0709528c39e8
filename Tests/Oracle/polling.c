/// poll, select and epoll in each state of the queue.
#include "oracle.h"
#include <sys/epoll.h>
#include <sys/select.h>

static short own(void) { return device.is_output ? POLLOUT | POLLWRNORM : POLLIN | POLLRDNORM; }
static short other(void) { return device.is_output ? POLLIN : POLLOUT; }

static void select_now(int fd, const char *what) {
    fd_set in, out, except;
    FD_ZERO(&in);
    FD_SET(fd, &in);
    out = except = in;
    step("select %s", what);
    int value = select(fd + 1, &in, &out, &except, &(struct timeval){0, 0});
    result(value, errno);
    if (value > 0)
        add("%s%s%s", FD_ISSET(fd, &in) ? " in" : "", FD_ISSET(fd, &out) ? " out" : "",
            FD_ISSET(fd, &except) ? " except" : "");
    done();
}

static void epoll_now(int fd, uint32_t events, int milliseconds, const char *what) {
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = events};
    step("epoll %s", what);
    if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) < 0) give_up("epoll_ctl");
    event.events = 0;
    int value = epoll_wait(set, &event, 1, milliseconds);
    result(value, errno);
    if (value > 0) add(" %#x", event.events);
    done();
    close(set);
}

static void states(void) {
    int fd = open_node();
    reqbufs(fd, 3, MMAP);
    poll_call(fd, own(), 0);
    poll_call(fd, POLLPRI, 0);
    poll_call(fd, other(), 0);
    poll_call(fd, 0, 0);
    poll_call(fd, own() | POLLPRI, 0);
    stream_on(fd);
    poll_call(fd, own(), 0);
    poll_call(fd, other(), 0);
    stream_off(fd);
    queue(fd, 0, MMAP);
    poll_call(fd, own(), 0);
    queue(fd, 1, MMAP);
    queue(fd, 2, MMAP);
    poll_call(fd, own(), 0);
    stream_on(fd);
    poll_call(fd, own(), 5000);
    settle(fd, 0, 2);
    poll_call(fd, own(), 0);
    poll_call(fd, own() | POLLPRI | other(), 0);
    poll_call(fd, other(), 0);
    poll_call(fd, POLLPRI, 0);
    poll_call(fd, 0, 0);
    dequeue(fd);
    poll_call(fd, own(), 0);
    dequeue(fd);
    stream_off(fd);
    poll_call(fd, own(), 0);
    stream_on(fd);
    poll_call(fd, own(), 0);
    stream_off(fd);
    reqbufs(fd, 0, MMAP);
    poll_call(fd, POLLPRI, 0);
    poll_call(fd, other(), 0);
    poll_call(fd, 0, 0);
}

static void drained(void) {
    int fd = open_node();
    stream_quietly(fd, 3);
    dequeue(fd);
    dequeue(fd);
    dequeue(fd);
    poll_call(fd, own(), 0);
    poll_call(fd, own() | POLLPRI | other(), 0);
    poll_call(fd, own(), 60);
    select_now(fd, "drained");
    epoll_now(fd, EPOLLIN | EPOLLOUT, 0, "drained");
    queue(fd, 1, MMAP);
    poll_call(fd, own(), 5000);
    dequeue(fd);
}

static void by_select(void) {
    int fd = open_node();
    reqbufs(fd, 4, MMAP);
    select_now(fd, "not streaming");
    for (uint32_t index = 0; index < 4; index++) queue(fd, index, MMAP);
    select_now(fd, "queued");
    stream_on(fd);
    settle(fd, 0, 3);
    select_now(fd, "done");
    dequeue(fd);
    select_now(fd, "done");
    stream_off(fd);
    select_now(fd, "stopped");
}

static void by_epoll(void) {
    int fd = open_node();
    reqbufs(fd, 4, MMAP);
    epoll_now(fd, EPOLLIN | EPOLLOUT | EPOLLPRI, 0, "not streaming");
    epoll_now(fd, 0, 0, "nothing, not streaming");
    for (uint32_t index = 0; index < 4; index++) queue(fd, index, MMAP);
    stream_on(fd);
    settle(fd, 0, 3);
    epoll_now(fd, EPOLLIN | EPOLLOUT | EPOLLPRI, 0, "done");
    epoll_now(fd, EPOLLPRI, 0, "PRI, done");
    epoll_now(fd, 0, 0, "nothing, done");
    // As programs do that ask for what they need only later.
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = 0};
    step("epoll add 0, then change");
    if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) < 0) give_up("epoll_ctl");
    event.events = EPOLLIN | EPOLLOUT;
    if (epoll_ctl(set, EPOLL_CTL_MOD, fd, &event) < 0) give_up("epoll_ctl");
    int value = epoll_wait(set, &event, 1, 5000);
    result(value, errno);
    add(" %#x", event.events);
    done();
    stream_off(fd);
    step("epoll after STREAMOFF");
    value = epoll_wait(set, &event, 1, 0);
    result(value, errno);
    add(" %#x", event.events);
    done();
}

static void starts_reading(void) {
    int fd = open_node();
    fcntl(fd, F_SETFL, O_NONBLOCK);
    poll_call(fd, POLLPRI, 0);
    poll_call(fd, POLLOUT, 0);
    reqbufs(fd, 2, MMAP);
    reqbufs(fd, 0, MMAP);
    poll_call(fd, POLLIN, 5000);
    reqbufs(fd, 2, MMAP);
    reqbufs(fd, 0, MMAP);
    create(fd, 1, MMAP);
    create(fd, 0, MMAP);
    stream_on(fd);
    stream_off(fd);
    query(fd, 2);
    queue(fd, 0, MMAP);
    prepare(fd, 0, MMAP);
    dequeue(fd);
    export(fd, 0, 0, 0, "none");
    set_format(fd, 640, 360, "same");
    poll_call(fd, POLLIN, 5000);
    int second = open_device(&device, O_RDWR);
    reqbufs(second, 2, MMAP);
    poll_call(second, POLLPRI, 0);
    close_call(fd, "the reader");
    reqbufs(second, 2, MMAP);
}

static void second_handle(void) {
    int fd = open_node();
    int second = open_device(&device, O_RDWR | O_NONBLOCK);
    stream_quietly(fd, 4);
    settle(fd, 0, 3);
    poll_call(second, own(), 0);
    dequeue(second);
    poll_call(fd, own(), 0);
    poll_call(second, POLLPRI, 0);
}

const struct scenario polling_scenarios[] = {
    {"poll.states", states, BOTH}, {"poll.drained", drained, CAPTURE}, {"poll.select", by_select, BOTH},
    {"poll.epoll", by_epoll, BOTH}, {"poll.reads", starts_reading, CAPTURE}, {"poll.second", second_handle, BOTH}, {0},
};
