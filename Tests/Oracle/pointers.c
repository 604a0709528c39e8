/// Bad pointers and unknown calls.
#include "oracle.h"
#include <termios.h>

static const struct {
    unsigned long request;
    const char *name;
    size_t size;
} calls[] = {
    {VIDIOC_QUERYCAP, "QUERYCAP", sizeof(struct v4l2_capability)}, {VIDIOC_G_FMT, "G_FMT", sizeof(struct v4l2_format)},
    {VIDIOC_REQBUFS, "REQBUFS", sizeof(struct v4l2_requestbuffers)},
    {VIDIOC_CREATE_BUFS, "CREATE_BUFS", sizeof(struct v4l2_create_buffers)},
    {VIDIOC_QUERYBUF, "QUERYBUF", sizeof(struct v4l2_buffer)}, {VIDIOC_QBUF, "QBUF", sizeof(struct v4l2_buffer)},
    {VIDIOC_PREPARE_BUF, "PREPARE_BUF", sizeof(struct v4l2_buffer)},
    {VIDIOC_DQBUF, "DQBUF", sizeof(struct v4l2_buffer)}, {VIDIOC_EXPBUF, "EXPBUF", sizeof(struct v4l2_exportbuffer)},
    {VIDIOC_STREAMON, "STREAMON", sizeof(int)}, {VIDIOC_STREAMOFF, "STREAMOFF", sizeof(int)},
    {VIDIOC_G_PRIORITY, "G_PRIORITY", sizeof(int)}, {VIDIOC_S_PRIORITY, "S_PRIORITY", sizeof(int)},
};

static void pointers(int fd, const char *where, void *(*argument)(size_t size)) {
    for (unsigned each = 0; each < sizeof calls / sizeof *calls; each++) {
        step("%s %s", calls[each].name, where);
        result(ioctl(fd, calls[each].request, argument(calls[each].size)), errno);
        done();
    }
}

static char *page;
static void *null(size_t size) { return size ? NULL : NULL; }
static void *low(size_t size) { return (void *)(size ? 8ul : 8ul); }
static void *high(size_t size) { return (void *)(size ? 0xffff888000000000ul : 0ul); }
/// Not even those parts are there that the kernel reads of every struct.
static void *over_the_end(size_t size) { return page + PAGE - (size < 16 ? size / 2 : 8); }
static void *in_no_page(size_t size) { return page + PAGE + (size & 8); }

static void bad_pointers(void) {
    int fd = open_node();
    page = anonymous(3 * PAGE, "page");
    memset(page, 0, PAGE);
    mprotect(page + PAGE, PAGE, PROT_NONE);
    for (int round = 0; round < 2; round++) {
        pointers(fd, "NULL", null);
        pointers(fd, "8", low);
        pointers(fd, "the kernel's", high);
        pointers(fd, "over the end", over_the_end);
        pointers(fd, "PROT_NONE", in_no_page);
        if (round == 0) {
            stream_quietly(fd, 4);
            settle(fd, 0, 3);
        }
    }
    dequeue(fd);
}

/// The answer can't be written; what the call did stays done.
static void readonly_pointers(void) {
    int fd = open_node();
    char *area = anonymous(PAGE, "area");
    struct v4l2_requestbuffers *request = (void *)area;
    *request = (struct v4l2_requestbuffers){.count = 4, .type = device.type, .memory = MMAP};
    mprotect(area, PAGE, PROT_READ);
    step("REQBUFS read-only");
    result(ioctl(fd, VIDIOC_REQBUFS, request), errno);
    done();
    query(fd, 3);
    mprotect(area, PAGE, PROT_READ | PROT_WRITE);
    if (device.is_multi) return;
    struct buffer *buffer = (void *)area;
    *buffer = blank(0, 0);
    mprotect(area, PAGE, PROT_READ);
    step("QUERYBUF read-only");
    result(ioctl(fd, VIDIOC_QUERYBUF, &buffer->v), errno);
    done();
}

static void no_planes(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    static const unsigned long requests[] = {VIDIOC_QUERYBUF, VIDIOC_QBUF, VIDIOC_PREPARE_BUF, VIDIOC_DQBUF};
    static const char *names[] = {"QUERYBUF", "QBUF", "PREPARE_BUF", "DQBUF"};
    for (unsigned each = 0; each < 4; each++)
        for (unsigned kind = 0; kind < 4; kind++) {
            struct buffer buffer = blank(0, MMAP);
            buffer.v.m.planes = kind == 0 ? NULL : (void *)8;
            if (kind == 2) buffer.v.length = 0;
            if (kind == 3) buffer.v.length = 9;
            static const char *kinds[] = {"NULL", "8", "8, none of them", "8, nine of them"};
            step("%s planes at %s", names[each], kinds[kind]);
            result(ioctl(fd, requests[each], &buffer.v), errno);
            done();
        }
}

static void unknown_calls(void) {
    int fd = open_node();
    static char bytes[16384];
    memset(bytes, 0x77, sizeof bytes);
    static const struct {
        unsigned long request;
        const char *name;
    } unknown[] = {{_IO('V', 255), "V 255"}, {_IO('V', 200), "V 200"}, {_IOR('V', 250, int), "V 250 read"},
        {_IOWR('V', 251, char[64]), "V 251 64 bytes"}, {_IOWR('V', 1, int), "V 1"}, {_IOWR('V', 8, int), "V 8, another size"},
        {_IOWR('V', 15, int), "QBUF, another size"}, {_IOR('V', 15, struct v4l2_buffer), "QBUF, another direction"},
        {_IO('X', 1), "X 1"}, {TCGETS, "TCGETS"}, {0, "0"}, {~0ul, "all ones"}};
    for (unsigned each = 0; each < sizeof unknown / sizeof *unknown; each++) {
        step("ioctl %s", unknown[each].name);
        result(ioctl(fd, unknown[each].request, bytes), errno);
        bool is_same = true;
        for (size_t byte = 0; byte < sizeof bytes; byte++) is_same &= bytes[byte] == 0x77;
        add(" %s", is_same ? "unchanged" : "changed");
        done();
    }
    step("ioctl V 255 with NULL");
    result(ioctl(fd, _IO('V', 255), NULL), errno);
    done();
    step("ioctl V 251 with NULL");
    result(ioctl(fd, _IOWR('V', 251, char[64]), NULL), errno);
    done();
    step("lseek");
    result(lseek(fd, 0, SEEK_SET), errno);
    done();
    step("ftruncate");
    result(ftruncate(fd, 0), errno);
    done();
}

const struct scenario pointer_scenarios[] = {
    {"pointer.bad", bad_pointers, BOTH}, {"pointer.readonly", readonly_pointers, BOTH},
    {"pointer.planes", no_planes, BOTH | MULTI}, {"call.unknown", unknown_calls, BOTH}, {0},
};
