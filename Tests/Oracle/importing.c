/// DMABUF: what QBUF accepts, keeps, and reports.
#include "oracle.h"
#include <sys/eventfd.h>

/// Multi-planar output buffers need a length: the kernel measures bytesused by the program's own.
static bool is_exact;

static struct buffer imported(uint32_t index, const int *fds, uint32_t length) {
    struct buffer buffer = blank(index, DMABUF);
    if (!device.is_multi) {
        buffer.v.m.fd = fds[0];
        buffer.v.length = length;
    }
    for (uint32_t plane = 0; device.is_multi && plane < device.planes; plane++) {
        buffer.planes[plane].m.fd = fds[plane];
        buffer.planes[plane].length = plane == 0 ? length : 0;
        if (device.is_output && buffer.planes[plane].length == 0 && !(is_exact && plane == 0))
            buffer.planes[plane].length = device.sizes[plane];
    }
    return buffer;
}

static int import(int fd, unsigned long request, uint32_t index, const int *fds, uint32_t length, const char *what) {
    struct buffer buffer = imported(index, fds, length);
    return buffer_call(fd, request, &buffer, what);
}

/// The planes of the peer's buffer.
static void fetch(int peer_fd, uint32_t index, int *fds) {
    static const char letters[] = "abcdef";
    for (uint32_t plane = 0; plane < device.planes; plane++) {
        char name[16];
        snprintf(name, sizeof name, "%c%u", letters[index % 6], plane);
        fds[plane] = peer_buffer(peer_fd, index, plane, name);
    }
}

static void bad_descriptors(void) {
    int fd = open_node(), peer_fd = open_peer(640, 360, 2), good[PLANES], pair[2], bad[PLANES];
    fetch(peer_fd, 0, good);
    reqbufs(fd, 3, DMABUF);
    if (pipe(pair) < 0) give_up("pipe");
    const struct {
        int fd;
        const char *what;
    } kinds[] = {{-1, "-1"}, {9999, "closed"}, {INT32_MIN, "lowest"}, {name_fd(pair[0], "pipe"), "pipe"},
        {name_fd(eventfd(0, 0), "eventfd"), "eventfd"}, {name_fd(open("/dev/null", O_RDWR), "null"), "/dev/null"},
        {name_fd(open("/dev/zero", O_RDONLY), "zero"), "/dev/zero"}, {fd, "the node itself"}};
    for (unsigned each = 0; each < sizeof kinds / sizeof *kinds; each++) {
        for (uint32_t wrong = 0; wrong < device.planes; wrong++) {
            char what[48];
            memcpy(bad, good, sizeof bad);
            bad[wrong] = kinds[each].fd;
            snprintf(what, sizeof what, "#0 plane %u is %s", wrong, kinds[each].what);
            import(fd, VIDIOC_QBUF, 0, bad, 0, what);
            import(fd, VIDIOC_PREPARE_BUF, 1, bad, 0, what);
        }
    }
    query(fd, 0);
    query(fd, 1);
    import(fd, VIDIOC_QBUF, 1, good, 0, "#1 good");
}

static void lengths(void) {
    int fd = open_node(), peer_fd = open_peer(1280, 720, 2), good[PLANES];
    fetch(peer_fd, 0, good);
    is_exact = true;
    uint32_t size = device.sizes[0], whole = (uint32_t)lseek(good[0], 0, SEEK_END);
    reqbufs(fd, 3, DMABUF);
    const struct {
        uint32_t length;
        const char *what;
    } values[] = {{0, "#0 length 0"}, {1, "#0 length 1"}, {size - 1, "#0 length size-1"}, {size, "#0 length size"},
        {size + 1, "#0 length size+1"}, {whole, "#0 length all of it"}, {whole + 1, "#0 length beyond it"},
        {UINT32_MAX, "#0 length max"}};
    for (unsigned each = 0; each < sizeof values / sizeof *values; each++) {
        // New buffers each time: a failure spoils an output buffer for good (K2).
        request_quietly(fd, 3, DMABUF);
        import(fd, VIDIOC_QBUF, 0, good, values[each].length, values[each].what);
        import(fd, VIDIOC_PREPARE_BUF, 1, good, values[each].length, values[each].what);
    }
}

static void too_small(void) {
    int fd = open_node(), peer_fd = open_peer(320, 180, 2), small[PLANES];
    fetch(peer_fd, 0, small);
    is_exact = true;
    reqbufs(fd, 3, DMABUF);
    import(fd, VIDIOC_QBUF, 0, small, 0, "#0 small, length 0");
    import(fd, VIDIOC_QBUF, 0, small, device.sizes[0], "#0 small, length size");
    import(fd, VIDIOC_QBUF, 0, small, 1000, "#0 small, length 1000");
    import(fd, VIDIOC_PREPARE_BUF, 0, small, 0, "#0 small, length 0");
    query(fd, 0);
}

static void streaming(void) {
    int fd = open_node(), peer_fd = open_peer(640, 360, 4), fds[4][PLANES];
    for (uint32_t index = 0; index < 4; index++) fetch(peer_fd, index, fds[index]);
    reqbufs(fd, 4, DMABUF);
    for (uint32_t index = 0; index < 4; index++) import(fd, VIDIOC_QBUF, index, fds[index], 0, "own");
    query(fd, 0);
    stream_on(fd);
    struct buffer buffer;
    for (int frame = 0; frame < 6; frame++) {
        buffer = blank(0, DMABUF);
        if (buffer_call(fd, VIDIOC_DQBUF, &buffer, "") < 0) return;
        uint32_t index = buffer.v.index;
        query(fd, index);
        // Now another one on this index.
        import(fd, VIDIOC_QBUF, index, fds[frame < 2 ? index : (index + 1) % 4], 0, frame < 2 ? "own" : "next");
    }
    stream_off(fd);
    query(fd, 0);
    query(fd, 3);
    import(fd, VIDIOC_QBUF, 3, fds[3], 0, "#3 own");
    reqbufs(fd, 0, DMABUF);
    note("an export is open yet", fcntl(fds[0][0], F_GETFD) >= 0);
}

static void same_twice(void) {
    int fd = open_node(), peer_fd = open_peer(640, 360, 2), fds[PLANES];
    fetch(peer_fd, 0, fds);
    reqbufs(fd, 4, DMABUF);
    for (uint32_t index = 0; index < 4; index++) import(fd, VIDIOC_QBUF, index, fds, 0, "all the same");
    stream_on(fd);
    for (int frame = 0; frame < 3; frame++) {
        struct buffer buffer = blank(0, DMABUF);
        buffer_call(fd, VIDIOC_DQBUF, &buffer, "");
    }
}

static void one_for_all_planes(void) {
    int fd = open_node(), peer_fd = open_peer(640, 360, 2), fds[PLANES];
    fetch(peer_fd, 0, fds);
    fds[1] = fds[0];
    reqbufs(fd, 2, DMABUF);
    import(fd, VIDIOC_QBUF, 0, fds, 0, "#0 one for both planes");
    query(fd, 0);
}

static void prepared(void) {
    int fd = open_node(), peer_fd = open_peer(640, 360, 3), fds[3][PLANES], none[PLANES] = {-1, -1};
    for (uint32_t index = 0; index < 3; index++) fetch(peer_fd, index, fds[index]);
    reqbufs(fd, 3, DMABUF);
    import(fd, VIDIOC_PREPARE_BUF, 0, fds[0], 0, "#0 a");
    query(fd, 0);
    import(fd, VIDIOC_PREPARE_BUF, 0, fds[1], 0, "#0 b, again");
    import(fd, VIDIOC_QBUF, 0, none, 5, "#0 prepared, no descriptor, length 5");
    query(fd, 0);
    import(fd, VIDIOC_PREPARE_BUF, 1, fds[1], 0, "#1 b");
    stream_off(fd);
    query(fd, 1);
    import(fd, VIDIOC_QBUF, 1, none, 0, "#1 no descriptor");
    query(fd, 1);
}

static void after_failure(void) {
    int fd = open_node(), peer_fd = open_peer(640, 360, 3), fds[3][PLANES], none[PLANES] = {-1, -1};
    for (uint32_t index = 0; index < 3; index++) fetch(peer_fd, index, fds[index]);
    reqbufs(fd, 3, DMABUF);
    import(fd, VIDIOC_QBUF, 0, fds[0], 0, "#0 a");
    stream_off(fd);
    query(fd, 0);
    import(fd, VIDIOC_QBUF, 0, none, 0, "#0 none");
    query(fd, 0);
    import(fd, VIDIOC_QBUF, 1, fds[1], 0, "#1 b");
    import(fd, VIDIOC_QBUF, 2, fds[2], 0, "#2 c");
    stream_on(fd);
    struct buffer buffer = blank(0, DMABUF);
    buffer_call(fd, VIDIOC_DQBUF, &buffer, "");
}

/// The exporter goes; the memory stays for who has it.
static void exporter_goes(void) {
    int fd = open_node(), peer_fd = open_peer(640, 360, 4), fds[4][PLANES];
    for (uint32_t index = 0; index < 4; index++) fetch(peer_fd, index, fds[index]);
    reqbufs(fd, 4, DMABUF);
    for (uint32_t index = 0; index < 4; index++) import(fd, VIDIOC_QBUF, index, fds[index], 0, "own");
    struct v4l2_requestbuffers request = {.type = peer.type, .memory = MMAP};
    step("the exporter's REQBUFS 0");
    result(ioctl(peer_fd, VIDIOC_REQBUFS, &request), errno);
    done();
    close_call(peer_fd, "the exporter");
    stream_on(fd);
    struct buffer buffer = blank(0, DMABUF);
    buffer_call(fd, VIDIOC_DQBUF, &buffer, "");
    for (uint32_t index = 0; index < 4; index++)
        for (uint32_t plane = 0; plane < device.planes; plane++) close(fds[index][plane]);
    buffer = blank(0, DMABUF);
    buffer_call(fd, VIDIOC_DQBUF, &buffer, "all descriptors closed");
    import(fd, VIDIOC_QBUF, 0, fds[0], 0, "#0 closed");
    stream_off(fd);
}

static void wrong_memory(void) {
    int fd = open_node(), peer_fd = open_peer(640, 360, 2), fds[PLANES];
    fetch(peer_fd, 0, fds);
    reqbufs(fd, 2, MMAP);
    import(fd, VIDIOC_QBUF, 0, fds, 0, "#0 of an MMAP queue");
    reqbufs(fd, 2, DMABUF);
    queue(fd, 0, MMAP);
    queue(fd, 0, USERPTR);
    import(fd, VIDIOC_QBUF, 0, fds, 0, "#0 a");
    import(fd, VIDIOC_QBUF, 0, fds, 0, "#0 a, queued already");
}

static void own_buffers(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    int fds[PLANES];
    for (uint32_t plane = 0; plane < device.planes; plane++) fds[plane] = export(fd, 0, plane, O_RDWR, "mine");
    reqbufs(fd, 2, DMABUF);
    import(fd, VIDIOC_QBUF, 0, fds, 0, "#0 an orphan of its own");
    import(fd, VIDIOC_QBUF, 1, fds, 0, "#1 the same");
    stream_on(fd);
    struct buffer buffer = blank(0, DMABUF);
    buffer_call(fd, VIDIOC_DQBUF, &buffer, "");
}

static void readonly_export(void) {
    int fd = open_node(), peer_fd = open_device(&peer, O_RDWR), fds[PLANES];
    format_quietly(peer_fd, &peer, 640, 360);
    struct v4l2_requestbuffers request = {.count = 2, .type = peer.type, .memory = MMAP};
    if (ioctl(peer_fd, VIDIOC_REQBUFS, &request) < 0) give_up("REQBUFS");
    for (uint32_t plane = 0; plane < device.planes; plane++) {
        struct v4l2_exportbuffer arguments = {.type = peer.type, .plane = plane, .flags = O_RDONLY};
        if (ioctl(peer_fd, VIDIOC_EXPBUF, &arguments) < 0) give_up("EXPBUF");
        fds[plane] = name_fd(arguments.fd, plane ? "r1" : "r0");
    }
    reqbufs(fd, 2, DMABUF);
    import(fd, VIDIOC_QBUF, 0, fds, 0, "#0 a read-only export");
    query(fd, 0);
}

static void used_by_output(void) {
    int fd = open_node(), peer_fd = open_peer(1280, 720, 2), good[PLANES];
    fetch(peer_fd, 0, good);
    is_exact = true;
    uint32_t size = device.sizes[0];
    reqbufs(fd, 3, DMABUF);
    const struct {
        uint32_t length, used;
        const char *what;
    } values[] = {{size, size + 1, "#0 length size used size+1"}, {size, size, "#1 length size used size"},
        {size, 0, "#2 length size used 0"}, {0, 0, "#0 length 0 used 0"}, {0, size, "#1 length 0 used size"},
        {0, 1, "#2 length 0 used 1"}};
    for (unsigned each = 0; each < sizeof values / sizeof *values; each++) {
        struct buffer buffer = imported(each % 3, good, values[each].length);
        if (device.is_multi) buffer.planes[0].bytesused = values[each].used;
        else buffer.v.bytesused = values[each].used;
        buffer_call(fd, VIDIOC_QBUF, &buffer, values[each].what);
        stream_off(fd);
    }
}

const struct scenario import_scenarios[] = {
    {"dmabuf.descriptors", bad_descriptors, BOTH | NEEDS_PEER}, {"dmabuf.lengths", lengths, BOTH | NEEDS_PEER},
    {"dmabuf.small", too_small, BOTH | NEEDS_PEER}, {"dmabuf.stream", streaming, BOTH | NEEDS_PEER},
    {"dmabuf.same", same_twice, BOTH | NEEDS_PEER}, {"dmabuf.planes", one_for_all_planes, BOTH | NEEDS_PEER | MULTI},
    {"dmabuf.prepared", prepared, BOTH | NEEDS_PEER}, {"dmabuf.failure", after_failure, BOTH | NEEDS_PEER},
    {"dmabuf.exporter", exporter_goes, BOTH | NEEDS_PEER}, {"dmabuf.memory", wrong_memory, BOTH | NEEDS_PEER},
    {"dmabuf.own", own_buffers, BOTH}, {"dmabuf.readonly", readonly_export, BOTH | NEEDS_PEER},
    {"dmabuf.used", used_by_output, OUTPUT | NEEDS_PEER}, {0},
};
