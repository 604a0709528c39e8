/// A program that holds a frame of one camera while another camera's buffers push it out of memory, again and again.
/// Whatever it does with the frame in between (--mode), each byte must be what it was.
///
/// Prints how many pages were compared, how often the frame was out of memory before that, and how many of these moves
/// were the server's. A kernel that reclaims by itself (DAMON) may be there first.
#include "information.h"
#include <time.h>

enum { PAGE = 4096, PRESSURE = 3 };

static struct capture prey, hunter;
static uint32_t held;
static unsigned char *frame, *expected;
static size_t size;
static uint64_t compared, away;

/// A number of a buffer, as the server tells it.
static uint64_t number_of(const char *buffer, const char *field) {
    char key[64];
    snprintf(key, sizeof key, "name=%s\t", buffer);
    char *line = strstr(buffer_information(), key);
    MUST(line);
    snprintf(key, sizeof key, "\t%s=", field);
    char *place = strstr(line, key);
    MUST(place);
    return strtoull(place + strlen(key), NULL, 10);
}

static bool is_in_memory(void) {
    static unsigned char pages[1 << 16];
    MUST(mincore(frame, size, pages) == 0);
    for (size_t page = 0; page < size / PAGE; page++)
        if (pages[page] & 1) return true;
    return false;
}

static uint64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/// The other camera uses more buffers than there is memory for, until the frame is gone; or for a while, where it can't
/// go. A request on the first camera makes the library give up this process's page-table entries if they stand in the
/// way.
static void push(void) {
    for (uint64_t end = milliseconds() + 500; is_in_memory() && milliseconds() < end;) {
        capture_stream(&hunter, 1);
        struct v4l2_buffer query = capture_buffer(&prey, held);
        MUST(ioctl(prey.fd, VIDIOC_QUERYBUF, &query) == 0);
    }
    if (!is_in_memory()) away++;
}

static void compare(const unsigned char *bytes) {
    for (size_t place = 0; place < size; place += PAGE) {
        if (memcmp(bytes + place, expected + place, PAGE)) {
            size_t zeros = 0;
            while (zeros < PAGE && bytes[place + zeros] == 0) zeros++;
            fail("page %zu differs after %" PRIu64 " (%zu zeros at its start)", place / PAGE, compared, zeros);
        }
        compared++;
    }
}

static void reader(void) { compare(frame); }

static void writer(void) {
    static uint32_t round;
    round++;
    for (size_t place = round % 7 * PAGE; place < size; place += 7 * PAGE) {
        memcpy(frame + place + round % 1000, &round, sizeof round);
        memcpy(expected + place + round % 1000, &round, sizeof round);
    }
    push();
    compare(frame);
}

static void forker(void) {
    pid_t child = fork();
    MUST(child >= 0);
    if (child == 0) {
        compare(frame);
        frame[17]++;
        _exit(0);
    }
    MUST(ended_well(child));
    expected[17]++;
    compare(frame);
}

static void second_mapping(void) {
    struct v4l2_buffer query = capture_buffer(&prey, held);
    MUST(ioctl(prey.fd, VIDIOC_QUERYBUF, &query) == 0);
    unsigned char *other = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, prey.fd, query.m.offset);
    MUST(other != MAP_FAILED);
    compare(other);
    other[99]++;
    expected[99]++;
    push();
    compare(frame);
    compare(other);
    MUST(munmap(other, size) == 0);
}

static void read_only(void) {
    static unsigned char *view;
    if (!view) {
        struct v4l2_exportbuffer export = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .index = held, .flags = O_RDONLY};
        MUST(ioctl(prey.fd, VIDIOC_EXPBUF, &export) == 0);
        MUST_FAIL((long)mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, export.fd, 0), EACCES);
        view = mmap(NULL, size, PROT_READ, MAP_SHARED, export.fd, 0);
        MUST(view != MAP_FAILED);
        close(export.fd);
    }
    compare(view);
    // Nobody asks this program to give up the entries of what it mapped itself.
    MUST(madvise(view, size, MADV_DONTNEED) == 0);
}

/// The kernel reads the frame for the program.
static void system_write(void) {
    static int file = -1;
    static unsigned char *copy;
    if (file < 0) {
        file = memfd_create("copy", MFD_CLOEXEC);
        copy = malloc(size);
    }
    MUST(file >= 0 && copy);
    MUST(pwrite(file, frame, size, 0) == (ssize_t)size);
    MUST(pread(file, copy, size, 0) == (ssize_t)size);
    compare(copy);
}

int main(int count, char **arguments) {
    (void)count;
    name = "prey";
    watchdog();
    alarm((unsigned)number(arguments, "seconds", 280));
    static const struct {
        const char *name;
        void (*act)(void);
    } modes[] = {{"reader", reader}, {"writer", writer}, {"fork", forker}, {"second", second_mapping},
        {"readonly", read_only}, {"write", system_write}};
    const char *mode = option(arguments, "mode", "reader");
    void (*act)(void) = NULL;
    for (unsigned each = 0; each < sizeof modes / sizeof *modes; each++)
        if (strcmp(modes[each].name, mode) == 0) act = modes[each].act;
    MUST(act);
    uint64_t pages = number(arguments, "pages", 10000);

    capture_open(&prey, "/dev/video0", 0);
    capture_request(&prey, V4L2_MEMORY_MMAP, 2);
    capture_start(&prey);
    struct v4l2_buffer buffer;
    capture_next(&prey, &buffer);
    held = buffer.index;
    frame = prey.buffers[held].bytes;
    size = prey.image_size;
    expected = malloc(size);
    MUST(expected);
    memcpy(expected, frame, size);
    capture_stop(&prey);
    capture_open(&hunter, "/dev/video1", 0);
    capture_request(&hunter, V4L2_MEMORY_MMAP, PRESSURE);
    capture_start(&hunter);

    char buffer_name[32];
    snprintf(buffer_name, sizeof buffer_name, "cap-0-%u-0", held);
    uint64_t before = number_of(buffer_name, "moves");
    // Until the frame has been away often enough, too: how long a kernel takes to let pages go is its own affair.
    uint64_t moves = 0;
    while (compared < pages || (away < pages / 1000 && moves < pages / 1000)) {
        push();
        act();
        progress = compared;
        moves = number_of(buffer_name, "moves") - before;
    }
    printf("prey: compared=%" PRIu64 " away=%" PRIu64 " moves=%" PRIu64 "\n", compared, away, moves);
    return 0;
}
