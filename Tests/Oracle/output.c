/// What output buffers carry: bytesused, data_offset, field, timestamp.
#include "oracle.h"

static void set(struct buffer *buffer, uint32_t plane, uint32_t used, uint32_t offset) {
    if (device.is_multi) {
        buffer->planes[plane].bytesused = used;
        buffer->planes[plane].data_offset = offset;
    } else {
        buffer->v.bytesused = used;
    }
}

static void used_with(uint32_t plane, unsigned long request) {
    int fd = open_node();
    uint32_t size = device.sizes[plane];
    reqbufs(fd, 4, MMAP);
    static const char *names[] = {"0", "1", "size-1", "size", "size+1", "max"};
    const uint32_t values[] = {0, 1, size - 1, size, size + 1, UINT32_MAX};
    for (unsigned each = 0; each < 6; each++) {
        char what[48];
        snprintf(what, sizeof what, "#0 MMAP plane %u used %s", plane, names[each]);
        struct buffer buffer = blank(0, MMAP);
        set(&buffer, plane, values[each], 0);
        buffer_call(fd, request, &buffer, what);
        query(fd, 0);
        stream_off(fd);
        query(fd, 0);
    }
}

static void used_qbuf(void) { used_with(0, VIDIOC_QBUF); }
static void used_prepare(void) { used_with(0, VIDIOC_PREPARE_BUF); }
static void used_last_plane(void) { used_with(1, VIDIOC_QBUF); }

static void offsets(void) {
    int fd = open_node();
    reqbufs(fd, 4, MMAP);
    uint32_t size = device.sizes[1];
    const struct {
        uint32_t used, offset;
        const char *what;
    } values[] = {{0, 1, "#0 MMAP used 0 data 1"}, {0, size - 1, "#0 MMAP used 0 data size-1"},
        {0, size, "#0 MMAP used 0 data size"}, {100, 99, "#0 MMAP used 100 data 99"},
        {100, 100, "#0 MMAP used 100 data 100"}, {size, size, "#0 MMAP used size data size"},
        {size, 4096, "#0 MMAP used size data 4096"}, {size + 1, 4, "#0 MMAP used size+1 data 4"},
        {1, UINT32_MAX, "#0 MMAP used 1 data max"}};
    for (unsigned each = 0; each < sizeof values / sizeof *values; each++) {
        struct buffer buffer = blank(0, MMAP);
        set(&buffer, 1, values[each].used, values[each].offset);
        buffer_call(fd, VIDIOC_QBUF, &buffer, values[each].what);
        stream_off(fd);
    }
    query(fd, 0);
}

static void prepared_keeps(void) {
    int fd = open_node();
    reqbufs(fd, 3, MMAP);
    struct buffer buffer = blank(0, MMAP);
    set(&buffer, 0, 1000, 0);
    buffer_call(fd, VIDIOC_PREPARE_BUF, &buffer, "#0 MMAP used 1000");
    buffer = blank(0, MMAP);
    set(&buffer, 0, UINT32_MAX, 0);
    buffer.v.timestamp.tv_sec = 1;
    buffer.v.field = V4L2_FIELD_ALTERNATE;
    buffer_call(fd, VIDIOC_QBUF, &buffer, "#0 MMAP prepared, used max, field ALTERNATE");
    query(fd, 0);
}

static void fields(void) {
    int fd = open_node();
    reqbufs(fd, 12, MMAP);
    for (uint32_t field = 0; field <= V4L2_FIELD_INTERLACED_BT; field++) {
        // Which others a progressive device takes is its own matter.
        if (field != V4L2_FIELD_ANY && field != V4L2_FIELD_NONE && field != V4L2_FIELD_ALTERNATE) continue;
        char what[32];
        snprintf(what, sizeof what, "#%u MMAP field %u", field, field);
        struct buffer buffer = blank(field, MMAP);
        buffer.v.field = field;
        buffer_call(fd, VIDIOC_QBUF, &buffer, what);
        buffer = blank(field, MMAP);
        buffer.v.field = field;
        buffer_call(fd, VIDIOC_PREPARE_BUF, &buffer, what);
    }
}

static void metadata(void) {
    int fd = open_node();
    reqbufs(fd, 4, MMAP);
    struct buffer buffer = blank(0, MMAP);
    buffer.v.flags = V4L2_BUF_FLAG_TIMECODE | V4L2_BUF_FLAG_TSTAMP_SRC_SOE | V4L2_BUF_FLAG_KEYFRAME;
    buffer.v.timecode = (struct v4l2_timecode){.type = V4L2_TC_TYPE_25FPS, .frames = 7, .seconds = 8};
    buffer_call(fd, VIDIOC_QBUF, &buffer, "#0 MMAP TIMECODE SOE KEY");
    note("the timecode's frames", buffer.v.timecode.frames);
    buffer = blank(1, MMAP);
    buffer.v.flags = V4L2_BUF_FLAG_PFRAME | V4L2_BUF_FLAG_BFRAME | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    buffer.v.sequence = 55;
    buffer_call(fd, VIDIOC_QBUF, &buffer, "#1 MMAP P B MONOTONIC sequence 55");
    buffer = blank(2, MMAP);
    buffer.v.timestamp = (struct timeval){0, 0};
    buffer.v.flags = V4L2_BUF_FLAG_LAST;
    buffer_call(fd, VIDIOC_QBUF, &buffer, "#2 MMAP time 0 LAST");
    queue(fd, 3, MMAP);
    query(fd, 0);
    stream_on(fd);
    dequeue(fd);
    dequeue(fd);
    dequeue(fd);
    query(fd, 0);
    prepare(fd, 0, MMAP);
    query(fd, 0);
}

static void userptr_used(void) {
    int fd = open_node();
    reqbufs(fd, 3, USERPTR);
    uint32_t size = device.sizes[0];
    char *area = anonymous(2 * size + PAGE, "area");
    static const char *names[] = {"0", "100", "length", "length+1"};
    for (unsigned round = 0; round < 2; round++) {
        uint32_t length = round ? size + 512 : size;
        const uint32_t values[] = {0, 100, length, length + 1};
        for (unsigned each = 0; each < 4; each++) {
            char what[64];
            snprintf(what, sizeof what, "#0 USERPTR length size%s used %s", round ? "+512" : "", names[each]);
            struct buffer buffer = blank(0, USERPTR);
            for (uint32_t plane = 0; device.is_multi && plane < device.planes; plane++) {
                buffer.planes[plane].length = device.sizes[plane];
                buffer.planes[plane].m.userptr = (unsigned long)(area + plane * (size + PAGE));
            }
            if (device.is_multi) {
                buffer.planes[0].length = length;
            } else {
                buffer.v.length = length;
                buffer.v.m.userptr = (unsigned long)area;
            }
            set(&buffer, 0, values[each], 0);
            buffer_call(fd, VIDIOC_QBUF, &buffer, what);
            stream_off(fd);
        }
    }
    query(fd, 0);
}

const struct scenario output_scenarios[] = {
    {"used.queue", used_qbuf, OUTPUT}, {"used.prepare", used_prepare, OUTPUT},
    {"used.plane1", used_last_plane, OUTPUT | MULTI}, {"used.offset", offsets, OUTPUT | MULTI},
    {"used.prepared", prepared_keeps, OUTPUT}, {"used.userptr", userptr_used, OUTPUT},
    {"field", fields, OUTPUT}, {"metadata", metadata, OUTPUT}, {0},
};
