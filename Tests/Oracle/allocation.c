/// REQBUFS, CREATE_BUFS, QUERYBUF.
#include "oracle.h"

static void counts(void) {
    int fd = open_node();
    reqbufs(fd, 0, MMAP);
    reqbufs(fd, 1, MMAP);
    reqbufs(fd, 2, MMAP);
    reqbufs(fd, 3, MMAP);
    query(fd, 2);
    query(fd, 3);
    reqbufs(fd, 4, MMAP);
    query(fd, 3);
    reqbufs(fd, 32, MMAP);
    query(fd, 31);
    reqbufs(fd, 33, USERPTR);
    reqbufs(fd, 1000, DMABUF);
    reqbufs(fd, UINT32_MAX, DMABUF);
    reqbufs(fd, 0, MMAP);
    query(fd, 0);
    reqbufs(fd, 0, MMAP);
}

static void bad_arguments(void) {
    int fd = open_node();
    struct v4l2_requestbuffers zero = {0}, all;
    reqbufs_with(fd, &zero, "all zero");
    reqbufs(fd, 0, 0);
    reqbufs(fd, 2, 0);
    reqbufs(fd, 2, V4L2_MEMORY_OVERLAY);
    reqbufs(fd, 0, V4L2_MEMORY_OVERLAY);
    reqbufs(fd, 2, 5);
    reqbufs(fd, 0, UINT32_MAX);
    for (uint32_t type = 0; type < 16; type++) {
        if (type == device.type) continue;
        char what[32];
        snprintf(what, sizeof what, "2 MMAP type %s", type == 0 ? "0" : "other");
        all = (struct v4l2_requestbuffers){.count = type % 2 * 2, .type = type, .memory = MMAP};
        reqbufs_with(fd, &all, what);
    }
    all = (struct v4l2_requestbuffers){.count = 2, .type = UINT32_MAX, .memory = MMAP};
    reqbufs_with(fd, &all, "2 MMAP type bad");
    query(fd, 0);
}

static void flags(void) {
    int fd = open_node();
    for (uint32_t memory = MMAP; memory <= DMABUF; memory++) {
        if (memory == V4L2_MEMORY_OVERLAY) continue;
        struct v4l2_requestbuffers request = {
            .count = 2, .type = device.type, .memory = memory, .flags = 0xff, .capabilities = 0xffffffff,
            .reserved = {1, 2, 3}};
        reqbufs_with(fd, &request, "all flags, reserved set");
        request.flags = V4L2_MEMORY_FLAG_NON_COHERENT;
        reqbufs_with(fd, &request, "NON_COHERENT");
    }
    struct v4l2_requestbuffers request = {.count = 0, .type = device.type, .memory = MMAP, .flags = 0xff};
    reqbufs_with(fd, &request, "0 MMAP all flags");
}

static void requests_are_told(void) {
    int fd = open_node();
    struct v4l2_requestbuffers request = {.count = 0, .type = device.type, .memory = MMAP};
    ioctl(fd, VIDIOC_REQBUFS, &request);
    note("caps has REQUESTS", !!(request.capabilities & V4L2_BUF_CAP_SUPPORTS_REQUESTS));
}

static void memory_changes(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    reqbufs(fd, 2, USERPTR);
    query(fd, 0);
    reqbufs(fd, 3, DMABUF);
    query(fd, 0);
    query(fd, 2);
    reqbufs(fd, 2, MMAP);
    query(fd, 0);
    reqbufs(fd, 0, DMABUF);
    query(fd, 0);
}

static void again_with_queued(void) {
    int fd = open_node();
    reqbufs(fd, 3, MMAP);
    queue(fd, 0, MMAP);
    prepare(fd, 1, MMAP);
    query(fd, 0);
    query(fd, 1);
    reqbufs(fd, 3, MMAP);
    query(fd, 0);
    query(fd, 1);
    queue(fd, 2, MMAP);
    reqbufs(fd, 0, MMAP);
    query(fd, 2);
    reqbufs(fd, 2, MMAP);
    queue(fd, 0, MMAP);
    queue(fd, 1, MMAP);
}

static void while_streaming(void) {
    int fd = open_node();
    stream_quietly(fd, 4);
    reqbufs(fd, 4, MMAP);
    reqbufs(fd, 0, MMAP);
    reqbufs(fd, 2, DMABUF);
    reqbufs(fd, 2, 7);
    create(fd, 1, MMAP);
    query(fd, 4);
    queue(fd, 4, MMAP);
    dequeue(fd);
    reqbufs(fd, 0, MMAP);
    stream_off(fd);
    reqbufs(fd, 0, MMAP);
}

static void format_is_fixed(void) {
    int fd = open_node();
    set_format(fd, 640, 360, "same, no buffers");
    reqbufs(fd, 2, MMAP);
    set_format(fd, 640, 360, "same, buffers");
    set_format(fd, 320, 180, "other, buffers");
    reqbufs(fd, 0, MMAP);
    set_format(fd, 320, 180, "other, no buffers");
    set_format(fd, 640, 360, "back");
    create(fd, 1, MMAP);
    set_format(fd, 640, 360, "same, created buffer");
    close(fd);
    fd = open_node();
    set_format(fd, 640, 360, "after close");
}

static void create_counts(void) {
    int fd = open_node();
    create(fd, 0, MMAP);
    create(fd, 1, MMAP);
    create(fd, 2, MMAP);
    create(fd, 0, MMAP);
    query(fd, 0);
    query(fd, 2);
    query(fd, 3);
    create(fd, 0, DMABUF);
    create(fd, 1, DMABUF);
    create(fd, 1, USERPTR);
    reqbufs(fd, 2, MMAP);
    create(fd, 2, MMAP);
    query(fd, 3);
    reqbufs(fd, 0, MMAP);
    create(fd, 0, USERPTR);
    create(fd, 3, USERPTR);
    query(fd, 1);
    reqbufs(fd, 0, USERPTR);
    create(fd, 1, DMABUF);
    query(fd, 0);
}

static void create_bad(void) {
    int fd = open_node();
    create(fd, 0, 0);
    create(fd, 1, 0);
    create(fd, 0, V4L2_MEMORY_OVERLAY);
    create(fd, 1, 9);
    struct v4l2_create_buffers arguments = create_arguments(fd, 1, MMAP);
    arguments.format.type = 0;
    create_with(fd, &arguments, "1 MMAP type 0");
    arguments = create_arguments(fd, 0, MMAP);
    arguments.format.type = 0;
    create_with(fd, &arguments, "0 MMAP type 0");
    arguments = create_arguments(fd, 1, MMAP);
    arguments.format.type = device.is_output ? V4L2_BUF_TYPE_VIDEO_CAPTURE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
    create_with(fd, &arguments, "1 MMAP other direction");
    arguments = create_arguments(fd, 1, MMAP);
    arguments.format.type = 77;
    create_with(fd, &arguments, "1 MMAP type 77");
    query(fd, 0);
    arguments = create_arguments(fd, 1, MMAP);
    arguments.flags = 0xff;
    arguments.capabilities = 0xffffffff;
    arguments.reserved[0] = 1;
    create_with(fd, &arguments, "1 MMAP all flags");
    arguments = create_arguments(fd, 1, MMAP);
    arguments.flags = V4L2_MEMORY_FLAG_NON_COHERENT;
    create_with(fd, &arguments, "1 MMAP NON_COHERENT");
    query(fd, 0);
}

static void set_size(struct v4l2_create_buffers *arguments, uint32_t plane, uint32_t size) {
    if (device.is_multi) arguments->format.fmt.pix_mp.plane_fmt[plane].sizeimage = size;
    else arguments->format.fmt.pix.sizeimage = size;
}

static void create_sizes(void) {
    int fd = open_node();
    struct v4l2_create_buffers arguments;
    uint32_t last = device.planes - 1;
    for (int round = 0; round < 2; round++) {
        arguments = create_arguments(fd, 1, MMAP);
        set_size(&arguments, last, 0);
        create_with(fd, &arguments, "1 MMAP size 0");
        arguments = create_arguments(fd, 1, MMAP);
        set_size(&arguments, last, device.sizes[last] / 2);
        create_with(fd, &arguments, "1 MMAP half size");
        arguments = create_arguments(fd, 1, MMAP);
        set_size(&arguments, last, device.sizes[last] - 1);
        create_with(fd, &arguments, "1 MMAP size-1");
        arguments = create_arguments(fd, 1, MMAP);
        set_size(&arguments, last, device.sizes[last] + 1);
        create_with(fd, &arguments, "1 MMAP size+1");
        arguments = create_arguments(fd, 1, MMAP);
        set_size(&arguments, last, device.sizes[last] + 8192);
        create_with(fd, &arguments, "1 MMAP size+8192");
        arguments = create_arguments(fd, 0, MMAP);
        set_size(&arguments, last, 0);
        create_with(fd, &arguments, "0 MMAP size 0");
    }
    query(fd, 0);
    query(fd, 1);
    query(fd, 3);
    queue(fd, 0, MMAP);
    queue(fd, 1, MMAP);
    queue(fd, 2, MMAP);
    stream_on(fd);
    dequeue(fd);
}

static void create_planes(void) {
    int fd = open_node();
    struct v4l2_create_buffers arguments;
    static const uint8_t wrong[] = {0, 1, 3, 8, 9, 255};
    for (unsigned each = 0; each < sizeof wrong; each++) {
        char what[32];
        snprintf(what, sizeof what, "1 MMAP %u planes", wrong[each]);
        arguments = create_arguments(fd, 1, MMAP);
        arguments.format.fmt.pix_mp.num_planes = wrong[each];
        create_with(fd, &arguments, what);
    }
    arguments = create_arguments(fd, 1, MMAP);
    arguments.format.fmt.pix_mp.num_planes = 3;
    set_size(&arguments, 2, 65536);
    create_with(fd, &arguments, "1 MMAP 3 planes with size");
    arguments = create_arguments(fd, 0, MMAP);
    arguments.format.fmt.pix_mp.num_planes = 0;
    create_with(fd, &arguments, "0 MMAP 0 planes");
    query(fd, 0);
}

static void create_until_full(void) {
    int fd = open_node();
    reqbufs(fd, 30, USERPTR);
    create(fd, 1, USERPTR);
    create(fd, 0, USERPTR);
    query(fd, 30);
}

static void query_arguments(void) {
    int fd = open_node();
    query(fd, 0);
    reqbufs(fd, 2, MMAP);
    query(fd, 0);
    query(fd, 1);
    query(fd, 2);
    query(fd, UINT32_MAX);
    struct buffer buffer = blank(0, DMABUF);
    buffer_call(fd, VIDIOC_QUERYBUF, &buffer, "#0 memory DMABUF");
    buffer = blank(0, 99);
    buffer_call(fd, VIDIOC_QUERYBUF, &buffer, "#0 memory 99");
    buffer = blank(1, MMAP);
    buffer.v.type = 0;
    buffer_call(fd, VIDIOC_QUERYBUF, &buffer, "#1 type 0");
    buffer = blank(1, MMAP);
    buffer.v.type = device.is_output ? V4L2_BUF_TYPE_VIDEO_CAPTURE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
    buffer_call(fd, VIDIOC_QUERYBUF, &buffer, "#1 other direction");
    buffer = blank(0, MMAP);
    buffer.v.flags = 0xffffffff;
    buffer.v.bytesused = 7;
    buffer.v.field = 9;
    buffer.v.sequence = 77;
    buffer.v.timestamp = given_time;
    buffer.v.reserved2 = 5;
    buffer.v.request_fd = 6;
    buffer_call(fd, VIDIOC_QUERYBUF, &buffer, "#0 every field set");
    queue(fd, 1, MMAP);
    query(fd, 1);
    prepare(fd, 0, MMAP);
    query(fd, 0);
    stream_off(fd);
    query(fd, 0);
    query(fd, 1);
}

static void query_planes(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    static const uint32_t lengths[] = {0, 1, 2, 3, 8, 9, UINT32_MAX};
    for (unsigned each = 0; each < sizeof lengths / sizeof *lengths; each++) {
        char what[32];
        snprintf(what, sizeof what, "#0 %u planes", lengths[each]);
        struct buffer buffer = blank(0, MMAP);
        buffer.v.length = lengths[each];
        buffer_call(fd, VIDIOC_QUERYBUF, &buffer, what);
        buffer = blank(0, MMAP);
        buffer.v.length = lengths[each];
        buffer_call(fd, VIDIOC_PREPARE_BUF, &buffer, what);
        stream_off(fd);
    }
    struct buffer buffer = blank(0, MMAP);
    memset(buffer.planes, 0x55, sizeof buffer.planes);
    buffer_call(fd, VIDIOC_QUERYBUF, &buffer, "#0 planes all set");
}

const struct scenario allocation_scenarios[] = {
    {"reqbufs.counts", counts, BOTH}, {"reqbufs.bad", bad_arguments, BOTH}, {"reqbufs.flags", flags, BOTH},
    {"reqbufs.requests", requests_are_told, BOTH}, {"reqbufs.memory", memory_changes, BOTH},
    {"reqbufs.again", again_with_queued, BOTH}, {"reqbufs.streaming", while_streaming, BOTH},
    {"format.fixed", format_is_fixed, BOTH}, {"create.counts", create_counts, BOTH},
    {"create.bad", create_bad, BOTH}, {"create.sizes", create_sizes, BOTH},
    {"create.planes", create_planes, BOTH | MULTI}, {"create.full", create_until_full, BOTH},
    {"query.arguments", query_arguments, BOTH}, {"query.planes", query_planes, BOTH | MULTI}, {0},
};
