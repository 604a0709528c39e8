/// DMABUF: whatever the program does with its descriptors, a frame lands in the file that QBUF named. The library keeps
/// hidden duplicates of files that come again and again, which nothing of this may deceive.
#include "capture.h"
#include <dirent.h>

enum { BUFFERS = 4, HIDDEN_FROM = 512 };

static struct capture camera;

/// Descriptors of this process from a number on; the last of them in `last`.
static int descriptors_from(int first, int *last) {
    DIR *folder = opendir("/proc/self/fd");
    MUST(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        int fd = atoi(entry->d_name);
        if (entry->d_name[0] == '.' || fd < first || fd == dirfd(folder)) continue;
        count++;
        if (last) *last = fd;
    }
    closedir(folder);
    return count;
}

/// Queues each buffer again and again: by then there is a duplicate of each.
static void settle(void) {
    capture_stream(&camera, 10 * BUFFERS);
}

/// The next frame is in the buffer's memory: capture_next looks there.
static uint32_t next(void) {
    struct v4l2_buffer buffer;
    capture_next(&camera, &buffer);
    return buffer.index;
}

static struct buffer other_memory(void) {
    struct buffer other = {.length = camera.buffers[0].length};
    other.file = sealed_file(other.length);
    other.bytes = mmap(NULL, other.length, PROT_READ | PROT_WRITE, MAP_SHARED, other.file, 0);
    MUST(other.bytes != MAP_FAILED);
    return other;
}

/// The same number names another file now.
static void number_is_replaced(bool closes) {
    uint32_t index = next();
    struct buffer other = other_memory(), old = camera.buffers[index];
    if (closes) {
        int number = old.file;
        MUST(close(number) == 0);
        MUST(fcntl(other.file, F_DUPFD, number) == number);
    } else {
        MUST(dup2(other.file, old.file) == old.file);
    }
    close(other.file);
    other.file = old.file;
    camera.buffers[index] = other;
    capture_queue(&camera, index);
    settle();
    MUST(munmap(old.bytes, old.length) == 0);
}

/// The program puts a file where a hidden duplicate is, and queues that number on every index.
static void hidden_number_is_taken(void) {
    for (int round = 0; round < 2 * BUFFERS; round++) {
        uint32_t index = next();
        struct buffer other = other_memory(), old = camera.buffers[index];
        int hidden = -1;
        MUST(descriptors_from(HIDDEN_FROM, &hidden) > 0);
        MUST(dup2(other.file, hidden) == hidden);
        close(other.file);
        other.file = hidden;
        camera.buffers[index] = other;
        capture_queue(&camera, index);
        capture_stream(&camera, 3 * BUFFERS);
        index = next();
        capture_queue(&camera, index);
        // It goes back to a low number.
        for (uint32_t i = 0; i < BUFFERS; i++) {
            if (camera.buffers[i].file == hidden) camera.buffers[i].file = dup(hidden);
        }
        MUST(close(hidden) == 0);
        MUST(munmap(old.bytes, old.length) == 0);
        close(old.file);
        settle();
    }
}

/// Another number of the same file, and in turn.
static void numbers_alternate(void) {
    int copies[BUFFERS];
    for (int i = 0; i < BUFFERS; i++) copies[i] = dup(camera.buffers[i].file);
    int before = descriptors_from(0, NULL);
    for (int i = 0; i < 40; i++) {
        uint32_t index = next();
        int number = camera.buffers[index].file;
        camera.buffers[index].file = copies[index];
        copies[index] = number;
        capture_queue(&camera, index);
    }
    MUST(descriptors_from(0, NULL) <= before);
    for (int i = 0; i < BUFFERS; i++) close(copies[i]);
    settle();
}

static void child_goes_on(void) {
    pid_t child = fork();
    if (child == 0) {
        watchdog();
        settle();
        number_is_replaced(false);
        _exit(0);
    }
    MUST(ended_well(child));
}

int main(void) {
    name = "witness";
    watchdog();
    capture_open(&camera, "/dev/video0", 0);
    int without = descriptors_from(HIDDEN_FROM, NULL);
    for (int round = 0; round < 2; round++) {
        capture_request(&camera, V4L2_MEMORY_DMABUF, BUFFERS);
        capture_start(&camera);
        settle();
        MUST(descriptors_from(HIDDEN_FROM, NULL) <= without + BUFFERS);
        number_is_replaced(false);
        number_is_replaced(true);
        numbers_alternate();
        hidden_number_is_taken();
        MUST(descriptors_from(HIDDEN_FROM, NULL) <= without + BUFFERS);
        capture_stop(&camera);
        capture_unmap(&camera);
        struct v4l2_requestbuffers none = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_DMABUF};
        MUST(ioctl(camera.fd, VIDIOC_REQBUFS, &none) == 0);
        // Nothing keeps the program's memory alive.
        MUST(descriptors_from(HIDDEN_FROM, NULL) == without);
    }
    capture_request(&camera, V4L2_MEMORY_DMABUF, BUFFERS);
    capture_start(&camera);
    settle();
    child_goes_on();
    printf("witness: ok=1\n");
    return 0;
}
