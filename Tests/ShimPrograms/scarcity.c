/// Opens a camera as often as it can: `--limit=server` until the server has no descriptors left, `--limit=program` until
/// this process has none. It must be told which of the two, and all must work again when some are closed.
#include "capture.h"
#include <sys/resource.h>

enum { MOST = 4000 };
static int files[MOST];

static void use_camera(void) {
    struct capture camera;
    capture_open(&camera, "/dev/video0", O_NONBLOCK);
    capture_request(&camera, V4L2_MEMORY_MMAP, 2);
    capture_start(&camera);
    capture_stream(&camera, 20);
    capture_stop(&camera);
    capture_unmap(&camera);
    MUST(close(camera.fd) == 0);
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

/// EXPBUF has no number to give.
static void export_without_room(void) {
    struct capture camera;
    capture_open(&camera, "/dev/video0", O_NONBLOCK);
    capture_request(&camera, V4L2_MEMORY_MMAP, 2);
    struct rlimit before, none;
    MUST(getrlimit(RLIMIT_NOFILE, &before) == 0);
    none = before;
    none.rlim_cur = 0;
    struct v4l2_exportbuffer export = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    MUST(setrlimit(RLIMIT_NOFILE, &none) == 0);
    MUST_FAIL(ioctl(camera.fd, VIDIOC_EXPBUF, &export), EMFILE);
    MUST(setrlimit(RLIMIT_NOFILE, &before) == 0);
    MUST(ioctl(camera.fd, VIDIOC_EXPBUF, &export) == 0 && close(export.fd) == 0);
    capture_start(&camera);
    capture_stream(&camera, 20);
    MUST(close(camera.fd) == 0);
}

int main(int count, char **arguments) {
    (void)count;
    name = "scarcity";
    watchdog();
    use_camera();
    bool is_server = strcmp(option(arguments, "limit", "server"), "server") == 0;
    struct rlimit limit;
    MUST(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = is_server ? limit.rlim_max : 64;
    MUST(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    uint32_t opened = open_many(is_server ? ENFILE : EMFILE);
    close_all(opened);
    use_camera();
    if (!is_server) export_without_room();
    printf("scarcity: opened=%u\n", opened);
    return 0;
}
