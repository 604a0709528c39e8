/// QBUF and PREPARE_BUF: the order of their checks, and the buffer's flags in each state.
#include "oracle.h"

static void states(void) {
    int fd = open_node();
    reqbufs(fd, 4, MMAP);
    queue(fd, 0, MMAP);
    query(fd, 0);
    queue(fd, 0, MMAP);
    prepare(fd, 0, MMAP);
    prepare(fd, 1, MMAP);
    query(fd, 1);
    prepare(fd, 1, MMAP);
    queue(fd, 1, MMAP);
    query(fd, 1);
    prepare(fd, 1, MMAP);
    queue(fd, 1, MMAP);
    queue(fd, 2, MMAP);
    prepare(fd, 3, MMAP);
    stream_on(fd);
    settle(fd, 0, 2);
    query(fd, 0);
    query(fd, 1);
    query(fd, 3);
    queue(fd, 0, MMAP);
    prepare(fd, 0, MMAP);
    dequeue(fd);
    query(fd, 0);
    prepare(fd, 0, MMAP);
    query(fd, 0);
    queue(fd, 0, MMAP);
    dequeue(fd);
    stream_off(fd);
    for (uint32_t index = 0; index < 4; index++) query(fd, index);
    queue(fd, 3, MMAP);
    stream_off(fd);
    query(fd, 3);
}

/// Each bad thing, then all later ones with it: the first that is checked decides.
static void bad(int fd, unsigned long request) {
    struct buffer buffer = blank(9, MMAP);
    buffer_call(fd, request, &buffer, "#9 MMAP");
    buffer = blank(UINT32_MAX, MMAP);
    buffer_call(fd, request, &buffer, "#max MMAP");
    buffer = blank(0, USERPTR);
    buffer_call(fd, request, &buffer, "#0 USERPTR");
    buffer = blank(0, 0);
    buffer_call(fd, request, &buffer, "#0 memory 0");
    buffer = blank(0, 5);
    buffer_call(fd, request, &buffer, "#0 memory 5");
    buffer = blank(0, MMAP);
    buffer.v.type = 0;
    buffer_call(fd, request, &buffer, "#0 MMAP type 0");
    buffer = blank(0, MMAP);
    buffer.v.type = device.is_output ? V4L2_BUF_TYPE_VIDEO_CAPTURE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
    buffer_call(fd, request, &buffer, "#0 MMAP other direction");
    buffer = blank(0, MMAP);
    buffer.v.type = V4L2_BUF_TYPE_VBI_CAPTURE;
    buffer_call(fd, request, &buffer, "#0 MMAP type VBI");
    buffer = blank(9, DMABUF);
    buffer.v.type = 0;
    buffer_call(fd, request, &buffer, "#9 DMABUF type 0");
}

static void bad_arguments(void) {
    int fd = open_node();
    bad(fd, VIDIOC_QBUF);
    reqbufs(fd, 3, MMAP);
    bad(fd, VIDIOC_QBUF);
    bad(fd, VIDIOC_PREPARE_BUF);
    struct buffer buffer = blank(0, MMAP);
    buffer.v.flags = V4L2_BUF_FLAG_REQUEST_FD;
    buffer.v.request_fd = -1;
    buffer_call(fd, VIDIOC_PREPARE_BUF, &buffer, "#0 MMAP REQUEST_FD");
    queue(fd, 0, MMAP);
    bad(fd, VIDIOC_QBUF);
    for (uint32_t index = 0; index < 3; index++) query(fd, index);
}

static void planes_of_queue(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    static const uint32_t lengths[] = {0, 1, 3, 8, 9};
    for (unsigned each = 0; each < sizeof lengths / sizeof *lengths; each++) {
        char what[32];
        snprintf(what, sizeof what, "#0 MMAP %u planes", lengths[each]);
        struct buffer buffer = blank(0, MMAP);
        buffer.v.length = lengths[each];
        buffer_call(fd, VIDIOC_QBUF, &buffer, what);
        stream_off(fd);
    }
    step("QBUF #0 MMAP no planes");
    struct buffer buffer = blank(0, MMAP);
    int value = ioctl(fd, VIDIOC_QBUF, &buffer.v);
    result(value, errno);
    done();
    step("QBUF #0 MMAP planes nowhere");
    buffer.v.m.planes = (void *)8;
    value = ioctl(fd, VIDIOC_QBUF, &buffer.v);
    result(value, errno);
    done();
    query(fd, 0);
}

/// What a program may not set is cleared.
static void user_fields(void) {
    int fd = open_node();
    reqbufs(fd, 3, MMAP);
    struct buffer buffer = blank(0, MMAP);
    // Of those that mean something.
    buffer.v.flags = 0x17ffff & ~(V4L2_BUF_FLAG_REQUEST_FD | V4L2_BUF_FLAG_TIMECODE);
    buffer.v.sequence = 99;
    buffer.v.reserved2 = 1;
    buffer_call(fd, VIDIOC_QBUF, &buffer, "#0 MMAP every flag");
    query(fd, 0);
    buffer = blank(1, MMAP);
    buffer.v.flags = V4L2_BUF_FLAG_NO_CACHE_CLEAN | V4L2_BUF_FLAG_NO_CACHE_INVALIDATE;
    buffer_call(fd, VIDIOC_PREPARE_BUF, &buffer, "#1 MMAP cache hints");
    query(fd, 1);
    buffer = blank(1, MMAP);
    buffer.v.flags = V4L2_BUF_FLAG_NO_CACHE_CLEAN;
    buffer_call(fd, VIDIOC_QBUF, &buffer, "#1 MMAP prepared, a cache hint");
    buffer = blank(2, MMAP);
    buffer.v.flags = V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_LAST | V4L2_BUF_FLAG_ERROR | V4L2_BUF_FLAG_DONE;
    buffer.v.timestamp = given_time;
    buffer.v.field = V4L2_FIELD_ANY;
    buffer_call(fd, VIDIOC_QBUF, &buffer, "#2 MMAP state flags, field ANY");
    query(fd, 2);
    stream_on(fd);
    dequeue(fd);
    dequeue(fd);
}

/// Every flag by itself, those that nobody has defined among them.
static void each_flag(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    for (unsigned bit = 0; bit < 32; bit++) {
        uint32_t flag = UINT32_C(1) << bit;
        // Time codes have a scenario of their own.
        if (flag == V4L2_BUF_FLAG_TIMECODE) continue;
        char what[32];
        snprintf(what, sizeof what, "#0 MMAP flag %#x", flag);
        struct buffer buffer = blank(0, MMAP);
        buffer.v.flags = flag;
        if (flag == V4L2_BUF_FLAG_REQUEST_FD) buffer.v.request_fd = 0;
        buffer_call(fd, VIDIOC_PREPARE_BUF, &buffer, what);
        buffer = blank(1, MMAP);
        buffer.v.flags = flag;
        snprintf(what, sizeof what, "#1 MMAP flag %#x", flag);
        buffer_call(fd, VIDIOC_QBUF, &buffer, what);
        query(fd, 0);
        query(fd, 1);
        stream_off(fd);
    }
}

/// A request's descriptor, on a queue that takes none.
static void request_descriptors(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    static const int descriptors[] = {-1, 0, 99};
    for (unsigned each = 0; each < sizeof descriptors / sizeof *descriptors; each++) {
        char what[48];
        snprintf(what, sizeof what, "#0 MMAP REQUEST_FD, choice %u", each);
        struct buffer buffer = blank(0, MMAP);
        buffer.v.flags = V4L2_BUF_FLAG_REQUEST_FD;
        buffer.v.request_fd = descriptors[each];
        buffer_call(fd, VIDIOC_QBUF, &buffer, what);
    }
    struct buffer buffer = blank(5, MMAP);
    buffer.v.flags = V4L2_BUF_FLAG_REQUEST_FD;
    buffer_call(fd, VIDIOC_QBUF, &buffer, "#5 MMAP REQUEST_FD");
    buffer = blank(0, USERPTR);
    buffer.v.flags = V4L2_BUF_FLAG_REQUEST_FD;
    buffer_call(fd, VIDIOC_QBUF, &buffer, "#0 USERPTR REQUEST_FD");
    queue(fd, 0, MMAP);
    buffer = blank(0, MMAP);
    buffer.v.flags = V4L2_BUF_FLAG_REQUEST_FD;
    buffer_call(fd, VIDIOC_QBUF, &buffer, "#0 MMAP queued, REQUEST_FD");
    query(fd, 0);
    prepare(fd, 1, MMAP);
    buffer = blank(1, MMAP);
    buffer.v.flags = V4L2_BUF_FLAG_REQUEST_FD;
    buffer_call(fd, VIDIOC_QBUF, &buffer, "#1 MMAP prepared, REQUEST_FD");
    query(fd, 1);
}

static void capture_ignores(void) {
    int fd = open_node();
    reqbufs(fd, 3, MMAP);
    struct buffer buffer = blank(0, MMAP);
    if (device.is_multi) {
        buffer.planes[0].bytesused = buffer.planes[1].bytesused = 1u << 30;
        buffer.planes[0].data_offset = 1u << 30;
        buffer.planes[0].length = 5;
        buffer.planes[0].reserved[10] = 3;
    } else {
        buffer.v.bytesused = 1u << 30;
        buffer.v.length = 5;
    }
    buffer.v.field = V4L2_FIELD_ALTERNATE;
    buffer_call(fd, VIDIOC_QBUF, &buffer, "#0 MMAP absurd sizes, field ALTERNATE");
    query(fd, 0);
    buffer = blank(1, MMAP);
    buffer.v.field = 99;
    buffer.v.bytesused = 1u << 30;
    buffer_call(fd, VIDIOC_PREPARE_BUF, &buffer, "#1 MMAP field 99");
    queue(fd, 1, MMAP);
    queue(fd, 2, MMAP);
    stream_on(fd);
    dequeue(fd);
    dequeue(fd);
}

static void order_of_buffers(void) {
    int fd = open_node();
    reqbufs(fd, 4, MMAP);
    queue(fd, 2, MMAP);
    queue(fd, 0, MMAP);
    queue(fd, 3, MMAP);
    queue(fd, 1, MMAP);
    stream_on(fd);
    dequeue(fd);
    dequeue(fd);
    dequeue(fd);
    queue(fd, 3, MMAP);
    queue(fd, 2, MMAP);
    dequeue(fd);
    dequeue(fd);
}

static void unprepared_by_stop(void) {
    int fd = open_node();
    reqbufs(fd, 3, MMAP);
    prepare(fd, 0, MMAP);
    stream_off(fd);
    query(fd, 0);
    prepare(fd, 0, MMAP);
    queue(fd, 1, MMAP);
    queue(fd, 2, MMAP);
    stream_on(fd);
    dequeue(fd);
    prepare(fd, 1, MMAP);
    stream_off(fd);
    query(fd, 0);
    query(fd, 1);
    prepare(fd, 1, MMAP);
    reqbufs(fd, 3, MMAP);
    query(fd, 1);
}

const struct scenario queueing_scenarios[] = {
    {"queue.states", states, BOTH}, {"queue.bad", bad_arguments, BOTH}, {"queue.planes", planes_of_queue, BOTH | MULTI},
    {"queue.flags", user_fields, BOTH}, {"queue.ignored", capture_ignores, CAPTURE},
    {"queue.order", order_of_buffers, BOTH}, {"queue.unprepared", unprepared_by_stop, BOTH},
    {"queue.eachflag", each_flag, BOTH}, {"queue.requests", request_descriptors, BOTH}, {0},
};
