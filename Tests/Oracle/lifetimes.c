/// What lives how long: mappings, handles, orphaned buffers.
#include "oracle.h"

#define RW (PROT_READ | PROT_WRITE)

static void mapping_keeps_handle(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    char *area = map(fd, 0, 0, device.sizes[0], RW, MAP_SHARED, "rw");
    if (!area) give_up("mmap");
    close_call(fd, "the node");
    area[0] = 1;
    note("the memory is there", area[0] == 1);
    fd = open_device(&device, O_RDWR);
    reqbufs(fd, 2, MMAP);
    query(fd, 0);
    queue(fd, 0, MMAP);
    unmap(area, device.sizes[0], "the last of it");
    reqbufs(fd, 2, MMAP);
    queue(fd, 0, MMAP);
}

static void orphans(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    char *area = map(fd, 0, 0, device.sizes[0], RW, MAP_SHARED, "rw");
    if (!area) give_up("mmap");
    area[5] = 77;
    reqbufs(fd, 0, MMAP);
    note("the memory is there", area[5] == 77);
    reqbufs(fd, 2, MMAP);
    query(fd, 0);
    char *other = map(fd, 0, 0, device.sizes[0], RW, MAP_SHARED, "rw of the new buffer");
    if (!other) give_up("mmap");
    other[5] = 11;
    note("the new one is another's memory", area[5] == 77);
    reqbufs(fd, 3, MMAP);
    query(fd, 0);
    unmap(area, device.sizes[0], "the orphan");
    unmap(other, device.sizes[0], "the second orphan");
    query(fd, 0);
}

static void partly_unmapped(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    char *area = map(fd, 0, 0, 4 * PAGE, RW, MAP_SHARED, "rw 4 pages");
    if (!area) give_up("mmap");
    unmap(area + PAGE, PAGE, "the second page");
    query(fd, 0);
    unmap(area, PAGE, "the first page");
    query(fd, 0);
    unmap(area + 2 * PAGE, 2 * PAGE, "the rest");
    query(fd, 0);
}

static void close_in_stream(void) {
    int fd = open_node();
    stream_quietly(fd, 4);
    dequeue(fd);
    close_call(fd, "the stream");
    fd = open_device(&device, O_RDWR);
    query(fd, 0);
    dequeue(fd);
    reqbufs(fd, 3, MMAP);
    for (uint32_t index = 0; index < 3; index++) {
        query(fd, index);
        queue(fd, index, MMAP);
    }
    stream_on(fd);
    dequeue(fd);
}

static void export_keeps_nothing(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    int exported = export(fd, 0, 0, O_RDWR, "export");
    close_call(fd, "the node");
    fd = open_device(&device, O_RDWR);
    reqbufs(fd, 2, MMAP);
    query(fd, 0);
    step("mmap of the orphaned export");
    void *area = mmap(NULL, device.sizes[0], RW, MAP_SHARED, exported, 0);
    result(area == MAP_FAILED ? -1 : 0, errno);
    done();
    close_call(exported, "the export");
}

static void many_rounds(void) {
    int fd = open_node();
    for (int round = 0; round < 5; round++) {
        stream_quietly(fd, 4);
        dequeue(fd);
        stream_off(fd);
        reqbufs(fd, 0, MMAP);
    }
    for (int round = 0; round < 3; round++) {
        close(fd);
        fd = open_node();
        reqbufs(fd, 2, round % 2 ? USERPTR : MMAP);
        query(fd, 1);
    }
}

static void map_while_queued(void) {
    int fd = open_node();
    stream_quietly(fd, 4);
    char *area = map(fd, 3, 0, device.sizes[0], RW, MAP_SHARED, "rw of a queued buffer");
    if (area) unmap(area, device.sizes[0], "it");
    dequeue(fd);
    dequeue(fd);
    stream_off(fd);
}

const struct scenario lifetime_scenarios[] = {
    {"life.mapping", mapping_keeps_handle, BOTH}, {"life.orphans", orphans, BOTH}, {"life.parts", partly_unmapped, BOTH},
    {"life.close", close_in_stream, BOTH}, {"life.export", export_keeps_nothing, BOTH},
    {"life.rounds", many_rounds, BOTH}, {"life.queued", map_while_queued, BOTH}, {0},
};
