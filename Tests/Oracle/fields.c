#include "oracle.h"

const struct timeval given_time = {4321, 123456};
void add_address(unsigned long address);

/// As S (the format's plane), as a difference from it, or as a number.
void add_size(uint32_t size, uint32_t plane) {
    uint32_t whole = plane < PLANES ? device.sizes[plane] : 0;
    uint32_t pages = (whole + PAGE - 1) / PAGE * PAGE;
    if (whole && size == whole)
        add("S");
    else if (whole && size == pages)
        add("P");
    else if (whole && size > whole && size - whole <= 4 * PAGE)
        add("S+%u", size - whole);
    else if (whole && size < whole && whole - size <= 4 * PAGE)
        add("S-%u", whole - size);
    else
        add("%u", size);
}

/// Requests have a step of their own: see `capabilities` in allocation.c.
void add_capabilities(uint32_t capabilities) {
    static const char *names[] = {"MMAP", "USERPTR", "DMABUF", "", "ORPHANED", "HOLD", "HINTS", "MAXIMUM", "REMOVE"};
    add(" caps=");
    for (unsigned bit = 0; bit < sizeof names / sizeof *names; bit++)
        if (capabilities >> bit & 1 && *names[bit]) add("%s.", names[bit]);
    if (capabilities >> 9) add("%#x", capabilities >> 9 << 9);
}

void add_memory(uint32_t memory) {
    static const char *names[] = {"0", "MMAP", "USERPTR", "OVERLAY", "DMABUF"};
    if (memory < 5) add(" memory=%s", names[memory]);
    else add(" memory=%u", memory);
}

void add_type(uint32_t type) {
    if (type == device.type) add(" type=own");
    else add(" type=%s", type == 0 ? "0" : "other");
}

static void add_flags(uint32_t flags) {
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {
        {V4L2_BUF_FLAG_MAPPED, "MAPPED"}, {V4L2_BUF_FLAG_QUEUED, "QUEUED"}, {V4L2_BUF_FLAG_DONE, "DONE"},
        {V4L2_BUF_FLAG_KEYFRAME, "KEY"}, {V4L2_BUF_FLAG_PFRAME, "P"}, {V4L2_BUF_FLAG_BFRAME, "B"},
        {V4L2_BUF_FLAG_ERROR, "ERROR"}, {V4L2_BUF_FLAG_IN_REQUEST, "IN_REQUEST"},
        {V4L2_BUF_FLAG_TIMECODE, "TIMECODE"}, {V4L2_BUF_FLAG_PREPARED, "PREPARED"},
        {V4L2_BUF_FLAG_NO_CACHE_INVALIDATE, "NO_INVALIDATE"}, {V4L2_BUF_FLAG_NO_CACHE_CLEAN, "NO_CLEAN"},
        {V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC, "MONOTONIC"}, {V4L2_BUF_FLAG_TIMESTAMP_COPY, "COPY"},
        {V4L2_BUF_FLAG_TSTAMP_SRC_SOE, "SOE"}, {V4L2_BUF_FLAG_LAST, "LAST"},
        {V4L2_BUF_FLAG_REQUEST_FD, "REQUEST_FD"},
    };
    add(" flags=");
    for (unsigned each = 0; each < sizeof names / sizeof *names; each++) {
        if (!(flags & names[each].bit)) continue;
        add("%s.", names[each].name);
        flags &= ~names[each].bit;
    }
    if (flags) add("%#x", flags);
}

static void add_location(unsigned long value, uint32_t memory) {
    if (memory == USERPTR) {
        add(" ptr=");
        add_address(value);
    } else if (memory == DMABUF) {
        add(" fd=%s", fd_name((int)value));
    } else {
        // Any page is as good as another.
        add(" offset=%s", value % PAGE ? "uneven" : "pages");
    }
}

static void add_time(struct timeval time) {
    if (time.tv_sec == 0 && time.tv_usec == 0) add(" time=0");
    else if (time.tv_sec == given_time.tv_sec && time.tv_usec == given_time.tv_usec) add(" time=given");
    else add(" time=%s", time.tv_sec < 0 || time.tv_usec < 0 || time.tv_usec >= 1000000 ? "bad" : "some");
}

void add_buffer(const struct buffer *buffer) {
    const struct v4l2_buffer *v = &buffer->v;
    static const char *fields[] = {"ANY", "NONE", "TOP", "BOTTOM", "INTERLACED"};
    add(" index=%u", v->index);
    add_type(v->type);
    add_memory(v->memory);
    add_flags(v->flags);
    if (v->field < 5) add(" field=%s", fields[v->field]);
    else add(" field=%u", v->field);
    add_time(v->timestamp);
    // Which number a first frame has, and how many are left out, is the device's.
    add(" sequence=%s", v->flags & V4L2_BUF_FLAG_QUEUED ? (v->sequence ? "some" : "0") : "any");
    if (v->reserved2 || v->request_fd) add(" reserved=%u,%d", v->reserved2, v->request_fd);
    if (!device.is_multi) {
        add(" used=");
        add_size(v->bytesused, 0);
        add(" length=");
        add_size(v->length, 0);
        add_location(v->memory == DMABUF ? (unsigned long)v->m.fd : v->memory == USERPTR ? v->m.userptr : v->m.offset,
            v->memory);
        return;
    }
    add(" planes=%u used=%u", v->length, v->bytesused);
    for (uint32_t plane = 0; v->m.planes == buffer->planes && plane < v->length && plane < device.planes; plane++) {
        const struct v4l2_plane *p = &buffer->planes[plane];
        add(" [used=");
        add_size(p->bytesused, plane);
        add(" length=");
        add_size(p->length, plane);
        add_location(v->memory == DMABUF ? (unsigned long)p->m.fd : v->memory == USERPTR ? p->m.userptr
            : p->m.mem_offset, v->memory);
        add(" data=%u", p->data_offset);
        for (int word = 0; word < 11; word++)
            if (p->reserved[word]) {
                add(" reserved");
                break;
            }
        add("]");
    }
}
