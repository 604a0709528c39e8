/// The buffers of /dev/video0 are exported, passed to another process, and queued there on /dev/video1: the
/// same file, the same pages, and the second camera's frames land in the first one's buffers.
#include "capture.h"

struct offer {
    uint32_t count, length;
    uint64_t device[4], inode[4];
    uint32_t checksum;
};

static uint32_t checksum(const unsigned char *bytes, size_t length) {
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < length; i++) {
        sum = (sum ^ bytes[i]) * 16777619u;
    }
    return sum;
}

static void mark(unsigned char *bytes, size_t length, unsigned char from) {
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (unsigned char)(from + i * 7);
    }
}

static bool is_marked(const unsigned char *bytes, size_t length, unsigned char from) {
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != (unsigned char)(from + i * 7)) return false;
    }
    return true;
}

/// The inode of the file that is mapped at an address, as the kernel says.
static uint64_t inode_mapped_at(const void *address) {
    FILE *maps = fopen("/proc/self/maps", "r");
    MUST(maps != NULL);
    unsigned long first, last, inode, found = 0;
    char line[600];
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx %*s %*s %*s %lu", &first, &last, &inode) == 3 && first <= (unsigned long)address
            && (unsigned long)address < last) {
            found = inode;
        }
    }
    fclose(maps);
    return found;
}

static void import(int socket, uint32_t frames) {
    struct offer offer;
    int files[4];
    receive_descriptors(socket, &offer, sizeof offer, files, 4);
    struct capture camera;
    capture_open(&camera, "/dev/video1", 0);
    struct v4l2_requestbuffers request = {
        .count = offer.count, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_DMABUF};
    MUST(ioctl(camera.fd, VIDIOC_REQBUFS, &request) == 0 && request.count == offer.count);
    camera.memory = V4L2_MEMORY_DMABUF;
    camera.count = offer.count;
    for (uint32_t i = 0; i < offer.count; i++) {
        struct stat status;
        MUST(fstat(files[i], &status) == 0);
        MUST(status.st_dev == offer.device[i] && status.st_ino == offer.inode[i]);
        struct buffer *buffer = &camera.buffers[i];
        *buffer = (struct buffer){.length = offer.length, .file = files[i]};
        buffer->bytes = mmap(NULL, offer.length, PROT_READ | PROT_WRITE, MAP_SHARED, files[i], 0);
        MUST(buffer->bytes != MAP_FAILED);
        MUST(inode_mapped_at(buffer->bytes) == offer.inode[i]);
        MUST(is_marked(buffer->bytes, offer.length, (unsigned char)i));
        mark(buffer->bytes, offer.length, (unsigned char)(100 + i));
    }
    tell(socket);
    await(socket);
    capture_start(&camera);
    // The same numbers come back, and the other process sees each frame in its own mapping.
    for (uint32_t i = 0; i < frames; i++) {
        struct v4l2_buffer buffer;
        capture_next(&camera, &buffer);
        MUST(buffer.m.fd == files[buffer.index]);
        uint32_t told[2] = {
            buffer.index, checksum(camera.buffers[buffer.index].bytes, camera.image_size)};
        MUST(write(socket, told, sizeof told) == sizeof told);
        await(socket);
        capture_queue(&camera, buffer.index);
    }
    capture_stop(&camera);
    capture_unmap(&camera);
    MUST(close(camera.fd) == 0);
    _exit(0);
}

int main(int count, char **arguments) {
    (void)count;
    name = "export";
    watchdog();
    uint32_t frames = (uint32_t)number(arguments, "frames", 100);
    int ends[2];
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        watchdog();
        import(ends[1], frames);
    }
    close(ends[1]);
    struct capture camera;
    struct offer offer = {.count = 4};
    int files[4];
    capture_open(&camera, "/dev/video0", 0);
    capture_request(&camera, V4L2_MEMORY_MMAP, 4);
    offer.length = (uint32_t)camera.buffers[0].length;
    for (uint32_t i = 0; i < 4; i++) {
        struct v4l2_exportbuffer export = {
            .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .index = i, .flags = O_RDWR | O_CLOEXEC};
        MUST(ioctl(camera.fd, VIDIOC_EXPBUF, &export) == 0);
        struct stat status;
        MUST(fstat(export.fd, &status) == 0);
        offer.device[i] = status.st_dev;
        offer.inode[i] = status.st_ino;
        MUST(inode_mapped_at(camera.buffers[i].bytes) == status.st_ino);
        files[i] = export.fd;
        mark(camera.buffers[i].bytes, offer.length, (unsigned char)i);
    }
    send_descriptors(ends[0], &offer, sizeof offer, files, 4);
    await(ends[0]);
    for (uint32_t i = 0; i < 4; i++) {
        MUST(is_marked(camera.buffers[i].bytes, offer.length, (unsigned char)(100 + i)));
        // The numbers here are needed no more: the other process has its own.
        MUST(close(files[i]) == 0);
    }
    tell(ends[0]);
    uint32_t last = 0, changes = 0;
    for (uint32_t i = 0; i < frames; i++) {
        uint32_t told[2];
        MUST(recv(ends[0], told, sizeof told, MSG_WAITALL) == sizeof told && told[0] < 4);
        MUST(checksum(camera.buffers[told[0]].bytes, camera.image_size) == told[1]);
        changes += told[1] != last;
        last = told[1];
        progress++;
        tell(ends[0]);
    }
    // A picture that moves.
    MUST(changes == frames);
    MUST(ended_well(child));
    // The first camera can use them as ever.
    capture_start(&camera);
    capture_stream(&camera, 20);
    capture_stop(&camera);
    capture_unmap(&camera);
    MUST(close(camera.fd) == 0);
    printf("export: frames=%u buffers=4\n", frames);
    return 0;
}
