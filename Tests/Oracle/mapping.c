/// mmap and EXPBUF.
#include "oracle.h"

#define RW (PROT_READ | PROT_WRITE)

static void rules(void) {
    int fd = open_node();
    size_t length = device.sizes[0];
    reqbufs(fd, 2, MMAP);
    map(fd, 0, 0, length, RW, MAP_PRIVATE, "rw PRIVATE");
    map(fd, 0, 0, length, PROT_READ, MAP_PRIVATE, "r PRIVATE");
    map(fd, 0, 0, length, PROT_READ, MAP_SHARED, "r");
    map(fd, 0, 0, length, PROT_WRITE, MAP_SHARED, "w");
    map(fd, 0, 0, length, PROT_NONE, MAP_SHARED, "none");
    map(fd, 0, 0, length, RW | PROT_EXEC, MAP_SHARED, "rwx");
    map(fd, 0, 0, 1, RW, MAP_SHARED, "rw 1 byte");
    map(fd, 0, 0, PAGE, RW, MAP_SHARED, "rw a page");
    map(fd, 0, 0, length + 1, RW, MAP_SHARED, "rw length+1");
    map(fd, 0, 0, length + PAGE, RW, MAP_SHARED, "rw length+page");
    map(fd, 0, 0, length + 2 * PAGE, RW, MAP_SHARED, "rw length+2 pages");
    map(fd, 0, 0, 0, RW, MAP_SHARED, "rw length 0");
    map(fd, 1, device.planes - 1, PAGE, RW, MAP_SHARED_VALIDATE, "rw SHARED_VALIDATE");
    query(fd, 0);
    query(fd, 1);
    long offset = offset_of(fd, 0, 0);
    static const long beside[] = {PAGE, 2 * PAGE};
    for (unsigned each = 0; each < 2; each++) {
        step("mmap a bad offset, choice %u", each);
        void *address = mmap(NULL, PAGE, RW, MAP_SHARED, fd, offset + beside[each]);
        result(address == MAP_FAILED ? -1 : 0, errno);
        done();
    }
    // Where cookies of great indices, of other planes and of another queue would be, and far beyond.
    static const unsigned far[] = {12, 15, 20, 29, 30, 31, 32, 40, 62};
    for (unsigned each = 0; each < sizeof far / sizeof *far; each++) {
        if (device.is_multi && far[each] == 12) continue;
        step("mmap at bit %u", far[each]);
        void *address = mmap(NULL, PAGE, RW, MAP_SHARED, fd, offset + (2L << far[each]));
        result(address == MAP_FAILED ? -1 : 0, errno);
        done();
    }
    reqbufs(fd, 2, USERPTR);
    step("mmap of a USERPTR queue");
    void *address = mmap(NULL, PAGE, RW, MAP_SHARED, fd, offset);
    result(address == MAP_FAILED ? -1 : 0, errno);
    done();
    reqbufs(fd, 0, MMAP);
    step("mmap of no buffers");
    address = mmap(NULL, PAGE, RW, MAP_SHARED, fd, offset);
    result(address == MAP_FAILED ? -1 : 0, errno);
    done();
}

static void access_modes(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    static const int modes[] = {O_RDONLY, O_WRONLY, O_RDWR};
    for (unsigned each = 0; each < 3; each++) {
        int second = open_device(&device, modes[each]);
        note("opened with access", modes[each]);
        map(second, 0, 0, PAGE, RW, MAP_SHARED, "rw");
        map(second, 0, 0, PAGE, PROT_READ, MAP_SHARED, "r");
        map(second, 0, 0, PAGE, PROT_WRITE, MAP_SHARED, "w");
        query(second, 0);
        close(second);
    }
}

static void readonly_streams(void) {
    int fd = open_device(&device, O_RDONLY);
    reqbufs(fd, 4, MMAP);
    for (uint32_t index = 0; index < 4; index++) queue(fd, index, MMAP);
    stream_on(fd);
    dequeue(fd);
    map(fd, 0, 0, PAGE, PROT_READ, MAP_SHARED, "r");
    export(fd, 0, 0, O_RDWR, "export");
    stream_off(fd);
}

static void mapped_flag(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    query(fd, 0);
    char *one = map(fd, 0, 0, device.sizes[0], RW, MAP_SHARED, "rw");
    query(fd, 0);
    query(fd, 1);
    char *two = map(fd, 0, 0, PAGE, RW, MAP_SHARED, "rw again");
    if (!one || !two) give_up("mmap");
    one[0] = 42;
    note("both show the same", two[0] == 42);
    unmap(one, device.sizes[0], "the first");
    query(fd, 0);
    unmap(two, PAGE, "the second");
    query(fd, 0);
    one = map(fd, 0, 0, device.sizes[0], RW, MAP_SHARED, "rw");
    note("its content has stayed", one && one[0] == 42);
    queue(fd, 0, MMAP);
    query(fd, 0);
}

static void different_memory(void) {
    int fd = open_node();
    reqbufs(fd, 3, MMAP);
    char *areas[3][2];
    for (uint32_t index = 0; index < 3; index++)
        for (uint32_t plane = 0; plane < device.planes; plane++) {
            areas[index][plane] = map(fd, index, plane, device.sizes[plane], RW, MAP_SHARED, "rw");
            if (!areas[index][plane]) give_up("mmap");
            memset(areas[index][plane], (int)(10 * index + plane + 1), device.sizes[plane]);
        }
    bool is_right = true;
    for (uint32_t index = 0; index < 3; index++)
        for (uint32_t plane = 0; plane < device.planes; plane++)
            is_right &= areas[index][plane][device.sizes[plane] - 1] == (char)(10 * index + plane + 1);
    note("each plane has memory of its own", is_right);
    for (uint32_t index = 0; index < 3; index++) queue(fd, index, MMAP);
    stream_on(fd);
    dequeue(fd);
    note("the frame is in its buffer", areas[0][0][100] != 1 || areas[0][0][101] != 1);
    note("not in another's rest", areas[2][0][PAGE] == 21 || !device.is_output);
}

static void of_second_handle(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    int second = open_device(&device, O_RDWR);
    char *theirs = map(second, 0, 0, PAGE, RW, MAP_SHARED, "rw, second handle");
    char *ours = map(fd, 0, 0, PAGE, RW, MAP_SHARED, "rw, owner");
    if (!theirs || !ours) give_up("mmap");
    theirs[7] = 5;
    note("the same memory", ours[7] == 5);
    close_call(second, "second handle");
    theirs[8] = 6;
    note("it outlives its handle", ours[8] == 6);
    query(fd, 0);
}

static void exports(void) {
    int fd = open_node();
    reqbufs(fd, 2, MMAP);
    int one = export(fd, 0, 0, 0, "export1");
    export(fd, 0, 0, O_CLOEXEC, "export2");
    int rw = export(fd, 1, device.planes - 1, O_RDWR | O_CLOEXEC, "export3");
    export(fd, 1, 0, O_WRONLY, "export4");
    export(fd, 1, 0, O_ACCMODE, "export5");
    export(fd, 2, 0, 0, "none");
    export(fd, UINT32_MAX, 0, 0, "none");
    export(fd, 0, device.planes, 0, "none");
    export(fd, 0, 8, 0, "none");
    export(fd, 0, UINT32_MAX, 0, "none");
    export(fd, 0, 0, O_NONBLOCK, "none");
    export(fd, 0, 0, 0x80000001, "none");
    query(fd, 0);
    query(fd, 1);
    step("mmap rw of a read-only export");
    void *address = mmap(NULL, PAGE, RW, MAP_SHARED, one, 0);
    result(address == MAP_FAILED ? -1 : 0, errno);
    done();
    step("mmap r of a read-only export");
    address = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, one, 0);
    result(address == MAP_FAILED ? -1 : 0, errno);
    done();
    step("mmap rw of an export");
    address = mmap(NULL, device.sizes[device.planes - 1], RW, MAP_SHARED, rw, 0);
    result(address == MAP_FAILED ? -1 : 0, errno);
    done();
    char byte = 0;
    step("read of an export");
    result(read(rw, &byte, 1), errno);
    done();
    step("write to an export");
    result(write(rw, &byte, 1), errno);
    done();
    step("ftruncate of an export");
    result(ftruncate(rw, 0), errno);
    done();
}

static void export_errors(void) {
    int fd = open_node();
    export(fd, 0, 0, 0, "none");
    reqbufs(fd, 2, USERPTR);
    export(fd, 0, 0, 0, "none");
    reqbufs(fd, 2, DMABUF);
    export(fd, 0, 0, 0, "none");
    reqbufs(fd, 2, MMAP);
    struct v4l2_exportbuffer arguments = {.type = 0, .fd = -7};
    step("EXPBUF type 0");
    result(ioctl(fd, VIDIOC_EXPBUF, &arguments), errno);
    add(" fd %s", arguments.fd == -7 ? "untouched" : "changed");
    done();
    arguments.type = device.is_output ? V4L2_BUF_TYPE_VIDEO_CAPTURE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
    step("EXPBUF other direction");
    result(ioctl(fd, VIDIOC_EXPBUF, &arguments), errno);
    done();
    int second = open_device(&device, O_RDWR);
    export(second, 0, 0, 0, "none");
}

static void export_in_stream(void) {
    int fd = open_node();
    stream_quietly(fd, 4);
    int exported = export(fd, 0, 0, O_RDWR, "export");
    dequeue(fd);
    char *area = mmap(NULL, device.sizes[0], RW, MAP_SHARED, exported, 0);
    note("mapped", area != MAP_FAILED);
    char *direct = map(fd, 0, 0, device.sizes[0], RW, MAP_SHARED, "rw");
    area[9] = 99;
    note("the same memory", direct && direct[9] == 99);
    queue(fd, 0, MMAP);
    stream_off(fd);
    query(fd, 0);
    reqbufs(fd, 0, MMAP);
    area[10] = 98;
    note("the orphan is shared yet", direct && direct[10] == 98);
    reqbufs(fd, 2, MMAP);
    close_call(fd, "the node");
    note("it lives on", area[10] == 98);
}

const struct scenario mapping_scenarios[] = {
    {"map.rules", rules, BOTH}, {"map.access", access_modes, BOTH}, {"map.readonly", readonly_streams, CAPTURE},
    {"map.flag", mapped_flag, BOTH}, {"map.memory", different_memory, BOTH}, {"map.second", of_second_handle, BOTH},
    {"export.flags", exports, BOTH}, {"export.errors", export_errors, BOTH},
    {"export.stream", export_in_stream, BOTH}, {0},
};
