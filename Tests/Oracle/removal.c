/// REMOVE_BUFS, which kernels before 6.10 don't have.
#include "oracle.h"

/// struct v4l2_remove_buffers, as Debian 12's header doesn't have it.
struct removal {
    uint32_t index, count, type, reserved[13];
};
#define REMOVE_BUFS _IOWR('V', 104, struct removal)

static int remove_buffers(int fd, uint32_t index, uint32_t count) {
    struct removal arguments = {.index = index, .count = count, .type = device.type, .reserved = {7}};
    step("REMOVE_BUFS %u from %u", count, index);
    int value = ioctl(fd, REMOVE_BUFS, &arguments);
    result(value, errno);
    add(" index=%u count=%u reserved=%u", arguments.index, arguments.count, arguments.reserved[0]);
    done();
    return value;
}

static void ranges(void) {
    int fd = open_node();
    remove_buffers(fd, 0, 0);
    remove_buffers(fd, 0, 1);
    const struct {
        uint32_t index, count;
    } values[] = {{0, 0}, {9, 0}, {UINT32_MAX, 0}, {0, 1}, {1, 2}, {0, 1}, {3, 1}, {0, 2}, {4, 3}, {UINT32_MAX, 1},
        {0, UINT32_MAX}, {UINT32_MAX, UINT32_MAX}, {3, 1}, {4, 1}};
    reqbufs(fd, 5, MMAP);
    for (unsigned each = 0; each < sizeof values / sizeof *values; each++)
        remove_buffers(fd, values[each].index, values[each].count);
    for (uint32_t index = 0; index < 5; index++) query(fd, index);
    create(fd, 2, MMAP);
    create(fd, 2, MMAP);
    query(fd, 3);
}

static void types(void) {
    int fd = open_node();
    reqbufs(fd, 3, MMAP);
    for (uint32_t count = 0; count < 2; count++)
        for (uint32_t type = 0; type < 16; type++) {
            if (type == device.type) continue;
            struct removal arguments = {.count = count, .type = type};
            step("REMOVE_BUFS %u, type %s", count, type ? "other" : "0");
            result(ioctl(fd, REMOVE_BUFS, &arguments), errno);
            done();
        }
    query(fd, 0);
}

static void states(void) {
    int fd = open_node();
    reqbufs(fd, 6, MMAP);
    queue(fd, 0, MMAP);
    prepare(fd, 1, MMAP);
    remove_buffers(fd, 0, 1);
    remove_buffers(fd, 1, 1);
    remove_buffers(fd, 0, 3);
    queue(fd, 3, MMAP);
    queue(fd, 4, MMAP);
    queue(fd, 1, MMAP);
    stream_on(fd);
    remove_buffers(fd, 4, 1);
    dequeue(fd);
    remove_buffers(fd, 0, 1);
    query(fd, 0);
    queue(fd, 0, MMAP);
    dequeue(fd);
    remove_buffers(fd, 5, 1);
    create(fd, 1, MMAP);
    queue(fd, 3, MMAP);
    stream_off(fd);
    query(fd, 4);
    reqbufs(fd, 0, MMAP);
    remove_buffers(fd, 0, 0);
}

static void second_handle(void) {
    int fd = open_node(), second = open_device(&device, O_RDWR);
    reqbufs(fd, 3, MMAP);
    remove_buffers(second, 0, 1);
    remove_buffers(second, 0, 0);
    query(fd, 0);
    char *area = map(fd, 0, 0, device.sizes[0], PROT_READ | PROT_WRITE, MAP_SHARED, "rw");
    if (!area) give_up("mmap");
    area[3] = 44;
    remove_buffers(fd, 0, 1);
    note("its memory is there", area[3] == 44);
    query(fd, 0);
    create(fd, 1, MMAP);
    char *other = map(fd, 0, 0, device.sizes[0], PROT_READ | PROT_WRITE, MAP_SHARED, "rw of the new one");
    if (!other) give_up("mmap");
    other[3] = 1;
    note("which is another's", area[3] == 44);
}

const struct scenario removal_scenarios[] = {
    {"remove.ranges", ranges, BOTH}, {"remove.types", types, BOTH}, {"remove.states", states, BOTH},
    {"remove.second", second_handle, BOTH}, {0},
};
