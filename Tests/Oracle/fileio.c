/// read() and write().
#include "oracle.h"

static long read_step(int fd, void *buffer, size_t length, const char *what) {
    step("read %s", what);
    long value = read(fd, buffer, length);
    int error = errno;
    if (value > 4096) {
        add(" -> ");
        add_size((uint32_t)value, 0);
    } else {
        result(value, error);
    }
    done();
    return value;
}

static void reading(void) {
    int fd = open_node();
    size_t size = device.sizes[0];
    char *area = anonymous(2 * size, "area");
    read_step(fd, area, size, "a frame");
    read_step(fd, area, size, "a frame");
    reqbufs(fd, 2, MMAP);
    reqbufs(fd, 0, MMAP);
    stream_on(fd);
    stream_off(fd);
    queue(fd, 0, MMAP);
    dequeue(fd);
    query(fd, 2);
    export(fd, 0, 0, 0, "none");
    create(fd, 0, MMAP);
    create(fd, 1, MMAP);
    set_format(fd, 640, 360, "same");
    read_step(fd, area, 1000, "1000");
    read_step(fd, area, 2000, "2000");
    read_step(fd, area, 2 * size, "more than is left");
    read_step(fd, area, 2 * size, "more than a frame");
    int second = open_device(&device, O_RDWR);
    read_step(second, area, 10, "by a second handle");
    reqbufs(second, 2, MMAP);
    close_call(fd, "the reader");
    read_step(second, area, 10, "by the second handle");
}

static void reading_errors(void) {
    int fd = open_node();
    char byte[8];
    read_step(fd, NULL, 0, "NULL, 0");
    read_step(fd, byte, 0, "0");
    reqbufs(fd, 2, MMAP);
    read_step(fd, byte, 1, "buffers allocated");
    stream_on(fd);
    read_step(fd, byte, 1, "streaming");
    stream_off(fd);
    reqbufs(fd, 0, MMAP);
    read_step(fd, NULL, 16, "into NULL");
    read_step(fd, (void *)8, 16, "into nowhere");
    read_step(fd, byte, 1, "1");
    step("write 1");
    result(write(fd, byte, 1), errno);
    done();
    int only = open_device(&device, O_WRONLY);
    read_step(only, byte, 1, "of a handle for writing");
}

static void reading_two_planes(void) {
    int fd = open_node();
    char byte;
    read_step(fd, &byte, 1, "1");
    poll_call(fd, POLLIN, 0);
    reqbufs(fd, 2, MMAP);
    read_step(fd, &byte, 1, "buffers allocated");
}

static void after_reading(void) {
    int fd = open_node();
    char byte[16];
    int copy = dup(fd);
    read_step(fd, byte, 16, "16");
    read_step(copy, byte, 16, "16 by a copy");
    close_call(fd, "the first");
    read_step(copy, byte, 16, "16");
    close_call(copy, "the copy");
    fd = open_node();
    reqbufs(fd, 2, MMAP);
    set_format(fd, 640, 360, "same");
}

static void writing_errors(void) {
    int fd = open_node();
    char byte[8] = {0};
    step("read 1");
    result(read(fd, byte, 1), errno);
    done();
    reqbufs(fd, 2, MMAP);
    step("write 1, buffers allocated");
    result(write(fd, byte, 1), errno);
    done();
    int second = open_device(&device, O_RDWR);
    step("write 1 by a second handle");
    result(write(second, byte, 1), errno);
    done();
}

const struct scenario fileio_scenarios[] = {
    {"read.frames", reading, CAPTURE | SINGLE}, {"read.errors", reading_errors, CAPTURE | SINGLE},
    {"read.planes", reading_two_planes, CAPTURE | MULTI}, {"read.after", after_reading, CAPTURE | SINGLE},
    {"write.errors", writing_errors, OUTPUT}, {0},
};
