/// Many devices, many more open handles, and streams on some of the devices, all in one process: --devices, --handles,
/// --streams, --seconds. Prints the frames that came and those that are missing from the numbers.
#include "capture.h"
#include <sys/resource.h>
#include <time.h>

enum { MAXIMUM_HANDLES = 2000, MAXIMUM_STREAMS = 256 };

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    (void)count;
    name = "multitude";
    watchdog();
    alarm(120);
    uint32_t devices = (uint32_t)number(arguments, "devices", 256);
    uint32_t handles = (uint32_t)number(arguments, "handles", 1000);
    uint32_t streams = (uint32_t)number(arguments, "streams", 64);
    double length = (double)number(arguments, "seconds", 5);
    MUST(handles <= MAXIMUM_HANDLES && streams <= MAXIMUM_STREAMS && streams <= devices && streams <= handles);
    struct rlimit limit;
    MUST(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    MUST(setrlimit(RLIMIT_NOFILE, &limit) == 0);

    static int files[MAXIMUM_HANDLES];
    static struct capture captures[MAXIMUM_STREAMS];
    static struct pollfd polls[MAXIMUM_STREAMS];
    char path[32];
    for (uint32_t each = 0; each < handles; each++) {
        snprintf(path, sizeof path, "/dev/video%u", each % devices);
        if (each < streams) {
            capture_open(&captures[each], path, O_NONBLOCK);
            files[each] = captures[each].fd;
        } else {
            files[each] = open(path, O_RDWR);
            if (files[each] < 0) fail("can't open %s as handle %u: errno %d", path, each, errno);
        }
        progress++;
    }
    for (uint32_t each = 0; each < streams; each++) {
        capture_request(&captures[each], V4L2_MEMORY_MMAP, 4);
        capture_start(&captures[each]);
        polls[each] = (struct pollfd){.fd = captures[each].fd, .events = POLLIN};
    }
    MUST(write(2, "streaming\n", 10) == 10);
    uint64_t frames = 0, missing = 0;
    for (double end = seconds() + length; seconds() < end;) {
        MUST(poll(polls, streams, 1000) >= 0);
        for (uint32_t each = 0; each < streams; each++) {
            if (!(polls[each].revents & POLLIN)) continue;
            struct v4l2_buffer buffer;
            if (capture_dequeue(&captures[each], &buffer)) continue;
            missing += buffer.sequence - captures[each].next_sequence;
            captures[each].next_sequence = buffer.sequence + 1;
            capture_queue(&captures[each], buffer.index);
            frames++;
        }
    }
    for (uint32_t each = 0; each < handles; each++) MUST(close(files[each]) == 0);
    printf(
        "multitude: handles=%u streams=%u frames=%" PRIu64 " missing=%" PRIu64 "\n", handles, streams, frames,
        missing);
    return 0;
}
