/// Something runs out, and the program must be told what; all must work again when it has passed.
///
/// - `--limit=server`, `program`: it opens a camera until the server, or this process, has no descriptors left.
/// - `--limit=addresses`, `flight`: this process can't map anything, or its user has too many descriptors under way.
/// - `--limit=memory`, `threads`: the server runs under such a limit, and is asked for more than it has.
#include "capture.h"
#include <sys/resource.h>

enum { MOST = 4000 };
static int files[MOST];

/// Closes it, with nothing left to the next: the server hears of a close only by and by.
static void give_up(struct capture *camera) {
    struct v4l2_requestbuffers none = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    if (camera->memory) none.memory = camera->memory;
    capture_stop(camera);
    MUST(ioctl(camera->fd, VIDIOC_REQBUFS, &none) == 0 && close(camera->fd) == 0);
}

static void use_camera(void) {
    struct capture camera;
    capture_open(&camera, "/dev/video0", O_NONBLOCK);
    capture_request(&camera, V4L2_MEMORY_MMAP, 2);
    capture_start(&camera);
    capture_stream(&camera, 20);
    capture_unmap(&camera);
    give_up(&camera);
}

/// Closes all that were opened. The server closes its own a moment after.
static void close_all(uint32_t count) {
    while (count > 0) MUST(close(files[--count]) == 0);
    struct pollfd none = {.fd = -1};
    for (int patience = 0; patience < 1000; patience++) {
        int fd = open("/dev/video0", O_RDWR);
        if (fd >= 0) {
            MUST(close(fd) == 0);
            return;
        }
        poll(&none, 1, 5);
    }
    fail("the camera can't be opened any more: errno %d", errno);
}

static uint32_t open_many(int error) {
    uint32_t count = 0;
    while (count < MOST && (files[count] = open("/dev/video0", O_RDWR)) >= 0) count++;
    if (count == MOST || errno != error) fail("open number %u: errno %d, not %d", count, errno, error);
    MUST(count > 0);
    // And again: it isn't a matter of chance.
    for (int i = 0; i < 20; i++) MUST_FAIL(open("/dev/video0", O_RDWR), error);
    return count;
}

/// EXPBUF has no number to give, and a plane's file none to come by.
static void export_without_room(void) {
    struct capture camera;
    capture_open(&camera, "/dev/video0", O_NONBLOCK);
    capture_request(&camera, V4L2_MEMORY_MMAP, 2);
    struct v4l2_buffer query = capture_buffer(&camera, 0);
    MUST(ioctl(camera.fd, VIDIOC_QUERYBUF, &query) == 0);
    struct rlimit before, none;
    MUST(getrlimit(RLIMIT_NOFILE, &before) == 0);
    none = before;
    none.rlim_cur = 0;
    struct v4l2_exportbuffer export = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    MUST(setrlimit(RLIMIT_NOFILE, &none) == 0);
    MUST_FAIL(ioctl(camera.fd, VIDIOC_EXPBUF, &export), EMFILE);
    MUST_FAIL(mmap(NULL, query.length, PROT_READ, MAP_SHARED, camera.fd, query.m.offset), EMFILE);
    MUST(setrlimit(RLIMIT_NOFILE, &before) == 0);
    MUST(ioctl(camera.fd, VIDIOC_EXPBUF, &export) == 0 && close(export.fd) == 0);
    capture_start(&camera);
    capture_stream(&camera, 20);
    give_up(&camera);
}

static void limit_space(rlim_t bytes) {
    struct rlimit limit;
    MUST(getrlimit(RLIMIT_AS, &limit) == 0);
    limit.rlim_cur = bytes;
    MUST(setrlimit(RLIMIT_AS, &limit) == 0);
}

/// Of addresses this process has none left: nothing can be mapped, and all else goes on.
static void without_addresses(void) {
    struct capture camera;
    capture_open(&camera, "/dev/video0", O_NONBLOCK);
    capture_request(&camera, V4L2_MEMORY_MMAP, 2);
    capture_start(&camera);
    struct v4l2_buffer query = capture_buffer(&camera, 0);
    MUST(ioctl(camera.fd, VIDIOC_QUERYBUF, &query) == 0);
    limit_space(4096);
    for (int i = 0; i < 20; i++) {
        MUST_FAIL(mmap(NULL, query.length, PROT_READ, MAP_SHARED, camera.fd, query.m.offset), ENOMEM);
        MUST_FAIL(open("/dev/video1", O_RDWR), ENOMEM);
    }
    capture_stream(&camera, 20);
    struct v4l2_exportbuffer export = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    MUST(ioctl(camera.fd, VIDIOC_EXPBUF, &export) == 0 && close(export.fd) == 0);
    limit_space(RLIM_INFINITY);
    void *again = mmap(NULL, query.length, PROT_READ, MAP_SHARED, camera.fd, query.m.offset);
    MUST(again != MAP_FAILED && munmap(again, query.length) == 0);
    int other = open("/dev/video1", O_RDWR);
    MUST(other >= 0 && close(other) == 0);
    capture_stream(&camera, 20);
    give_up(&camera);
}

/// As many descriptors of this user are under way in sockets as may be: the line to the server can't be sent.
static void with_many_under_way(void) {
    enum { UNDER_WAY = 80 };
    struct rlimit before, few;
    MUST(getrlimit(RLIMIT_NOFILE, &before) == 0);
    few = before;
    few.rlim_cur = 64;
    int pair[2], file = memfd_create("under way", MFD_CLOEXEC);
    MUST(file >= 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    for (int i = 0; i < UNDER_WAY; i++) send_descriptors(pair[0], "x", 1, &file, 1);
    MUST(setrlimit(RLIMIT_NOFILE, &few) == 0);
    for (int i = 0; i < 20; i++) MUST_FAIL(open("/dev/video0", O_RDWR), EMFILE);
    MUST(close(pair[0]) == 0 && close(pair[1]) == 0);
    MUST(setrlimit(RLIMIT_NOFILE, &before) == 0);
}

/// Buffers until the server has no room for one more: it asks for them, and has each filled. Then it gives all back.
/// Returns how many of its calls found no memory.
static uint32_t fill_server(void) {
    uint32_t refused = 0;
    struct capture camera;
    capture_open(&camera, "/dev/video0", O_NONBLOCK);
    for (int round = 0; round < 20; round++) {
        struct v4l2_requestbuffers request = {
            .count = MAXIMUM_BUFFERS, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
        if (ioctl(camera.fd, VIDIOC_REQBUFS, &request) != 0) {
            MUST(errno == ENOMEM);
            refused++;
            continue;
        }
        for (uint32_t index = 0; index < request.count; index++) {
            struct v4l2_buffer buffer = {
                .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP, .index = index};
            if (ioctl(camera.fd, VIDIOC_QBUF, &buffer) == 0) continue;
            MUST(errno == ENOMEM);
            refused++;
        }
        request.count = 0;
        MUST(ioctl(camera.fd, VIDIOC_REQBUFS, &request) == 0);
    }
    give_up(&camera);
    return refused;
}

/// Descriptors that are no buffers: the server has no thread to close them on.
static void hand_in_what_is_none(void) {
    struct capture camera;
    capture_open(&camera, "/dev/video0", O_NONBLOCK);
    capture_request(&camera, V4L2_MEMORY_DMABUF, 2);
    int ends[2];
    MUST(pipe(ends) == 0);
    for (int i = 0; i < 20; i++) {
        struct v4l2_buffer buffer = capture_buffer(&camera, 0);
        buffer.m.fd = ends[0];
        buffer.length = (uint32_t)camera.buffers[0].length;
        MUST_FAIL(ioctl(camera.fd, VIDIOC_QBUF, &buffer), EINVAL);
    }
    capture_start(&camera);
    capture_stream(&camera, 20);
    MUST(close(ends[0]) == 0 && close(ends[1]) == 0);
    give_up(&camera);
}

static uint32_t without_descriptors(bool is_server) {
    struct rlimit limit;
    MUST(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = is_server ? limit.rlim_max : 64;
    MUST(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    uint32_t opened = open_many(is_server ? ENFILE : EMFILE);
    close_all(opened);
    return opened;
}

int main(int count, char **arguments) {
    (void)count;
    name = "scarcity";
    watchdog();
    use_camera();
    const char *limit = option(arguments, "limit", "server");
    uint32_t opened = 0, refused = 0;
    if (strcmp(limit, "server") == 0) {
        opened = without_descriptors(true);
    } else if (strcmp(limit, "program") == 0) {
        opened = without_descriptors(false);
        export_without_room();
    } else if (strcmp(limit, "addresses") == 0) {
        without_addresses();
    } else if (strcmp(limit, "flight") == 0) {
        with_many_under_way();
    } else if (strcmp(limit, "memory") == 0) {
        refused = fill_server();
    } else if (strcmp(limit, "threads") == 0) {
        hand_in_what_is_none();
    } else {
        fail("no limit %s", limit);
    }
    use_camera();
    printf("scarcity: opened=%u refused=%u\n", opened, refused);
    return 0;
}
