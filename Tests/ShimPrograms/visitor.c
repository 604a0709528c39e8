/// What one user may do at another's server, or beside another one at the same device. `--do=`:
/// - `open`: opens the device, says the errno if it can't.
/// - `many`: opens it until that fails.
/// - `reopen`: exports a buffer for reading only, and opens the descriptor anew for writing.
/// - `hold`: has buffers with bytes in them until a signal ends it; says `holding`.
/// - `map`: maps buffer 0, whosever it is.
#include "capture.h"

static int reopen_errno(int camera) {
    struct v4l2_exportbuffer export = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .flags = O_RDONLY | O_CLOEXEC};
    MUST(ioctl(camera, VIDIOC_EXPBUF, &export) == 0);
    void *writable = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, export.fd, 0);
    MUST(writable == MAP_FAILED && errno == EACCES);
    void *readable = mmap(NULL, 4096, PROT_READ, MAP_SHARED, export.fd, 0);
    MUST(readable != MAP_FAILED);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", export.fd);
    int anew = open(path, O_RDWR | O_CLOEXEC);
    return anew < 0 ? errno : 0;
}

static int map_errno(int camera) {
    struct v4l2_buffer query = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    MUST(ioctl(camera, VIDIOC_QUERYBUF, &query) == 0);
    void *there = mmap(NULL, query.length, PROT_READ | PROT_WRITE, MAP_SHARED, camera, query.m.offset);
    return there == MAP_FAILED ? errno : 0;
}

int main(int count, char **arguments) {
    (void)count;
    name = "visitor";
    watchdog();
    const char *what = option(arguments, "do", "open");
    int outcome = 0, opened = 0;
    struct capture camera = {.fd = open("/dev/video0", O_RDWR | O_CLOEXEC)};
    if (camera.fd < 0) {
        outcome = errno;
    } else {
        opened = 1;
        if (strcmp(what, "many") == 0) {
            while (open("/dev/video0", O_RDWR | O_CLOEXEC) >= 0) opened++;
            outcome = errno;
        } else if (strcmp(what, "map") == 0) {
            outcome = map_errno(camera.fd);
        } else if (strcmp(what, "open") != 0) {
            capture_read_format(&camera);
            capture_request(&camera, V4L2_MEMORY_MMAP, 2);
            if (strcmp(what, "reopen") == 0) {
                outcome = reopen_errno(camera.fd);
            } else {
                dprintf(2, "holding\n");
                pause();
            }
        }
    }
    printf("visitor: errno=%d opened=%d\n", outcome, opened);
    return 0;
}
