/// USERPTR: what memory QBUF takes, and what is written.
#include "oracle.h"

enum { GUARD = 0x5a };

static struct buffer pointing(uint32_t index, void *const *areas, uint32_t length) {
    struct buffer buffer = blank(index, USERPTR);
    if (!device.is_multi) {
        buffer.v.m.userptr = (unsigned long)areas[0];
        buffer.v.length = length;
    }
    for (uint32_t plane = 0; device.is_multi && plane < device.planes; plane++) {
        buffer.planes[plane].m.userptr = (unsigned long)areas[plane];
        buffer.planes[plane].length = plane == 0 ? length : device.sizes[plane];
    }
    return buffer;
}

static int point(int fd, unsigned long request, uint32_t index, void *const *areas, uint32_t length, const char *what) {
    struct buffer buffer = pointing(index, areas, length);
    return buffer_call(fd, request, &buffer, what);
}

static void make_areas(void **areas, uint32_t number) {
    for (uint32_t plane = 0; plane < device.planes; plane++) {
        char name[24];
        snprintf(name, sizeof name, "area%u.%u", number, plane);
        areas[plane] = anonymous(device.sizes[plane] + 2 * PAGE, name);
        memset(areas[plane], GUARD, device.sizes[plane] + 2 * PAGE);
    }
}

static void bad_pointers(void) {
    int fd = open_node();
    void *good[PLANES], *bad[PLANES];
    make_areas(good, 0);
    uint32_t size = device.sizes[0];
    reqbufs(fd, 3, USERPTR);
    char *hole = anonymous(size + 8 * PAGE, "hole");
    munmap(hole + 4 * PAGE, PAGE);
    char *gone = anonymous(size + PAGE, "gone");
    munmap(gone, size + PAGE);
    char *end = anonymous(size + 4 * PAGE, "end");
    munmap(end + size / PAGE * PAGE, 4 * PAGE);
    char *none = anonymous(size + PAGE, "none");
    mprotect(none, size + PAGE, PROT_NONE);
    char *readable = anonymous(size + PAGE, "readable");
    memset(readable, 1, size + PAGE);
    mprotect(readable, size + PAGE, PROT_READ);
    const struct {
        void *address;
        const char *what;
    } kinds[] = {{NULL, "NULL"}, {(void *)8, "8"}, {hole, "a hole in it"}, {gone, "unmapped"}, {end, "too short a mapping"},
        {none, "PROT_NONE"}, {(void *)-4096ul, "top"}, {(void *)0xffff800000000000ul, "the kernel's"}};
    for (unsigned each = 0; each < sizeof kinds / sizeof *kinds; each++) {
        char what[48];
        memcpy(bad, good, sizeof bad);
        bad[device.planes - 1] = kinds[each].address;
        snprintf(what, sizeof what, "#0 %s", kinds[each].what);
        if (kinds[each].address == end && device.is_multi) continue;
        point(fd, VIDIOC_QBUF, 0, bad, size, what);
        point(fd, VIDIOC_PREPARE_BUF, 1, bad, size, what);
        query(fd, 0);
        stream_off(fd);
    }
    memcpy(bad, good, sizeof bad);
    bad[0] = readable;
    point(fd, VIDIOC_QBUF, 2, bad, size, "#2 readable only");
    query(fd, 2);
    stream_off(fd);
    point(fd, VIDIOC_QBUF, 0, good, size, "#0 good");
}

static void lengths(void) {
    int fd = open_node();
    void *areas[PLANES];
    make_areas(areas, 0);
    uint32_t size = device.sizes[0];
    reqbufs(fd, 3, USERPTR);
    point(fd, VIDIOC_QBUF, 0, areas, 0, "#0 length 0");
    point(fd, VIDIOC_QBUF, 0, areas, 1, "#0 length 1");
    point(fd, VIDIOC_QBUF, 0, areas, size - 1, "#0 length size-1");
    point(fd, VIDIOC_PREPARE_BUF, 0, areas, size - 1, "#0 length size-1");
    point(fd, VIDIOC_QBUF, 0, areas, size, "#0 length size");
    point(fd, VIDIOC_QBUF, 1, areas, size + PAGE, "#1 length size+page");
    query(fd, 0);
    query(fd, 1);
    point(fd, VIDIOC_QBUF, 2, areas, 1u << 31, "#2 length 2 GiB");
    query(fd, 2);
    stream_off(fd);
    query(fd, 0);
    point(fd, VIDIOC_QBUF, 0, areas, size + 5, "#0 length size+5");
    query(fd, 0);
}

static void streaming(void) {
    int fd = open_node();
    void *areas[4][PLANES];
    for (uint32_t index = 0; index < 4; index++) make_areas(areas[index], index);
    uint32_t size = device.sizes[0];
    reqbufs(fd, 4, USERPTR);
    for (uint32_t index = 0; index < 4; index++) point(fd, VIDIOC_QBUF, index, areas[index], size, "own");
    stream_on(fd);
    for (int frame = 0; frame < 6; frame++) {
        struct buffer buffer = blank(0, USERPTR);
        if (buffer_call(fd, VIDIOC_DQBUF, &buffer, "") < 0) return;
        uint32_t index = buffer.v.index;
        unsigned char *bytes = device.is_multi ? (void *)buffer.planes[0].m.userptr : (void *)buffer.v.m.userptr;
        if (!device.is_output) {
            note("written", bytes[0] != GUARD || bytes[1] != GUARD);
            note("written to its end", bytes[size - 1] != GUARD || bytes[size - 2] != GUARD);
        }
        note("not beyond", bytes[size] == GUARD && bytes[size + PAGE] == GUARD);
        query(fd, index);
        // From the third on with the memory of another index.
        point(fd, VIDIOC_QBUF, index, areas[frame < 2 ? index : (index + 1) % 4], size, frame < 2 ? "own" : "next");
    }
    stream_off(fd);
    query(fd, 0);
    reqbufs(fd, 0, USERPTR);
}

static void unaligned(void) {
    int fd = open_node();
    void *areas[PLANES], *moved[PLANES];
    make_areas(areas, 0);
    reqbufs(fd, 4, USERPTR);
    static const unsigned offsets[] = {8, 0xff8, 3, 1};
    for (uint32_t index = 0; index < 4; index++) {
        char what[32];
        for (uint32_t plane = 0; plane < device.planes; plane++) moved[plane] = (char *)areas[plane] + offsets[index];
        snprintf(what, sizeof what, "#%u at +%u", index, offsets[index]);
        point(fd, VIDIOC_QBUF, index, moved, device.sizes[0], what);
    }
    stream_on(fd);
    for (int frame = 0; frame < 3; frame++) {
        struct buffer buffer = blank(0, USERPTR);
        buffer_call(fd, VIDIOC_DQBUF, &buffer, "");
    }
    note("not before", *(unsigned char *)areas[0] == GUARD);
}

static void prepared(void) {
    int fd = open_node();
    void *areas[PLANES], *none[PLANES] = {NULL};
    make_areas(areas, 0);
    reqbufs(fd, 2, USERPTR);
    point(fd, VIDIOC_PREPARE_BUF, 0, areas, device.sizes[0], "#0");
    query(fd, 0);
    point(fd, VIDIOC_PREPARE_BUF, 0, areas, device.sizes[0], "#0 again");
    point(fd, VIDIOC_QBUF, 0, none, 0, "#0 prepared, NULL, length 0");
    query(fd, 0);
    stream_off(fd);
    query(fd, 0);
    point(fd, VIDIOC_QBUF, 0, none, 0, "#0 NULL, length 0");
    query(fd, 0);
}

static void kinds_of_memory(void) {
    int fd = open_node();
    size_t length = device.sizes[0];
    reqbufs(fd, 4, USERPTR);
    void *areas[PLANES];
    make_areas(areas, 0);
    void *shared = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    name_area(shared, length, "shared");
    areas[0] = shared;
    point(fd, VIDIOC_QBUF, 0, areas, device.sizes[0], "#0 shared memory");
    int file = memfd_create("oracle", MFD_CLOEXEC);
    if (ftruncate(file, (off_t)length) < 0) give_up("ftruncate");
    void *mapped = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    name_area(mapped, length, "file");
    areas[0] = mapped;
    point(fd, VIDIOC_QBUF, 1, areas, device.sizes[0], "#1 a memory file");
    void *heap = malloc(length);
    name_area(heap, length, "heap");
    areas[0] = heap;
    point(fd, VIDIOC_QBUF, 2, areas, device.sizes[0], "#2 malloc");
    void *untouched = anonymous(length, "untouched");
    areas[0] = untouched;
    point(fd, VIDIOC_QBUF, 3, areas, device.sizes[0], "#3 never touched");
    stream_on(fd);
    for (int frame = 0; frame < 3; frame++) {
        struct buffer buffer = blank(0, USERPTR);
        buffer_call(fd, VIDIOC_DQBUF, &buffer, "");
    }
    stream_off(fd);
}

/// The device has the memory, even if the program lets go of it.
static void gone_meanwhile(void) {
    int fd = open_node();
    void *areas[4][PLANES];
    for (uint32_t index = 0; index < 4; index++) make_areas(areas[index], index);
    uint32_t size = device.sizes[0];
    reqbufs(fd, 4, USERPTR);
    point(fd, VIDIOC_PREPARE_BUF, 0, areas[0], size, "#0");
    for (uint32_t index = 1; index < 4; index++) point(fd, VIDIOC_QBUF, index, areas[index], size, "own");
    munmap(areas[0][0], device.sizes[0] + 2 * PAGE);
    munmap(areas[1][0], device.sizes[0] + 2 * PAGE);
    munmap((char *)areas[2][0] + 3 * PAGE, 2 * PAGE);
    mprotect((char *)areas[3][0] + 7 * PAGE, PAGE, PROT_NONE);
    point(fd, VIDIOC_QBUF, 0, areas[0], size, "#0 prepared, unmapped");
    stream_on(fd);
    for (int frame = 0; frame < 3; frame++) {
        struct buffer buffer = blank(0, USERPTR);
        buffer_call(fd, VIDIOC_DQBUF, &buffer, "");
    }
    point(fd, VIDIOC_QBUF, 1, areas[1], size, "#1 the same, unmapped");
    stream_off(fd);
    query(fd, 0);
}

static void failed_then_good(void) {
    int fd = open_node();
    void *areas[PLANES], *bad[PLANES];
    make_areas(areas, 0);
    memcpy(bad, areas, sizeof bad);
    bad[0] = NULL;
    uint32_t size = device.sizes[0];
    reqbufs(fd, 2, USERPTR);
    point(fd, VIDIOC_QBUF, 0, areas, size, "#0 good");
    stream_off(fd);
    query(fd, 0);
    point(fd, VIDIOC_QBUF, 0, bad, size, "#0 NULL");
    query(fd, 0);
    point(fd, VIDIOC_QBUF, 0, areas, size, "#0 good");
    point(fd, VIDIOC_QBUF, 1, areas, size, "#1 the same memory");
    query(fd, 1);
    queue(fd, 1, MMAP);
    queue(fd, 1, DMABUF);
}

const struct scenario userptr_scenarios[] = {
    {"userptr.bad", bad_pointers, BOTH}, {"userptr.lengths", lengths, BOTH}, {"userptr.stream", streaming, BOTH},
    {"userptr.unaligned", unaligned, BOTH}, {"userptr.prepared", prepared, BOTH},
    {"userptr.memory", kinds_of_memory, BOTH}, {"userptr.gone", gone_meanwhile, BOTH},
    {"userptr.failure", failed_then_good, BOTH}, {0},
};
