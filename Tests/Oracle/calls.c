#include "oracle.h"
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

static const char *memory_name(uint32_t memory) {
    static const char *names[] = {"0", "MMAP", "USERPTR", "OVERLAY", "DMABUF"};
    return memory < 5 ? names[memory] : "bad";
}

static const char *ioctl_name(unsigned long request) {
    switch (request) {
    case VIDIOC_QUERYBUF: return "QUERYBUF";
    case VIDIOC_QBUF: return "QBUF";
    case VIDIOC_PREPARE_BUF: return "PREPARE_BUF";
    case VIDIOC_DQBUF: return "DQBUF";
    default: return "ioctl";
    }
}

/// The call's result, and whether the caller's struct was written.
static void outcome(int value, int error, const void *before, const void *after, size_t size) {
    result(value, error);
    add(memcmp(before, after, size) ? " changed" : " unchanged");
}

static void pause_briefly(void) { nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL); }

int open_device(const struct device *node, int flags) {
    int fd = open(node->path, flags | O_CLOEXEC);
    if (fd < 0) give_up("open");
    return fd;
}

void format_quietly(int fd, const struct device *node, uint32_t width, uint32_t height) {
    struct v4l2_format format = {.type = node->type};
    if (node->is_multi) {
        format.fmt.pix_mp.width = width;
        format.fmt.pix_mp.height = height;
        format.fmt.pix_mp.pixelformat = V4L2_PIX_FMT_NV12M;
        format.fmt.pix_mp.field = V4L2_FIELD_NONE;
    } else {
        format.fmt.pix.width = width;
        format.fmt.pix.height = height;
        format.fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
        format.fmt.pix.field = V4L2_FIELD_NONE;
    }
    if (ioctl(fd, VIDIOC_S_FMT, &format) < 0) give_up("S_FMT");
    bool is_wanted = node->is_multi
        ? format.fmt.pix_mp.width == width && format.fmt.pix_mp.height == height && format.fmt.pix_mp.num_planes == 2
        : format.fmt.pix.width == width && format.fmt.pix.height == height;
    if (!is_wanted) give_up("the device has other sizes");
}

int open_node(void) {
    int fd = open_device(&device, O_RDWR);
    format_quietly(fd, &device, 640, 360);
    return fd;
}

int set_format(int fd, uint32_t width, uint32_t height, const char *what) {
    struct v4l2_format format = {.type = device.type};
    ioctl(fd, VIDIOC_G_FMT, &format);
    if (device.is_multi) format.fmt.pix_mp.width = width, format.fmt.pix_mp.height = height;
    else format.fmt.pix.width = width, format.fmt.pix.height = height;
    step("S_FMT %s", what);
    int value = ioctl(fd, VIDIOC_S_FMT, &format);
    result(value, errno);
    done();
    return value;
}

int reqbufs_with(int fd, struct v4l2_requestbuffers *request, const char *what) {
    step("REQBUFS %s", what);
    struct v4l2_requestbuffers before = *request;
    int value = ioctl(fd, VIDIOC_REQBUFS, request);
    outcome(value, errno, &before, request, sizeof before);
    if (memcmp(&before, request, sizeof before)) {
        add(" count=%u", request->count);
        add_type(request->type);
        add_memory(request->memory);
        add_capabilities(request->capabilities);
        add(" flags=%u reserved=%u%u%u", request->flags, request->reserved[0], request->reserved[1],
            request->reserved[2]);
    }
    done();
    return value;
}

int reqbufs(int fd, uint32_t count, uint32_t memory) {
    struct v4l2_requestbuffers request = {.count = count, .type = device.type, .memory = memory};
    char what[64];
    snprintf(what, sizeof what, "%u %s", count, memory_name(memory));
    return reqbufs_with(fd, &request, what);
}

uint32_t request_quietly(int fd, uint32_t count, uint32_t memory) {
    struct v4l2_requestbuffers request = {.count = count, .type = device.type, .memory = memory};
    if (ioctl(fd, VIDIOC_REQBUFS, &request) < 0) give_up("REQBUFS");
    return request.count;
}

struct v4l2_create_buffers create_arguments(int fd, uint32_t count, uint32_t memory) {
    struct v4l2_create_buffers result = {.count = count, .memory = memory, .format.type = device.type};
    if (ioctl(fd, VIDIOC_G_FMT, &result.format) < 0) give_up("G_FMT");
    return result;
}

int create_with(int fd, struct v4l2_create_buffers *arguments, const char *what) {
    step("CREATE_BUFS %s", what);
    struct v4l2_create_buffers before = *arguments;
    int value = ioctl(fd, VIDIOC_CREATE_BUFS, arguments);
    outcome(value, errno, &before, arguments, sizeof before);
    if (memcmp(&before, arguments, sizeof before)) {
        add(" index=%u count=%u", arguments->index, arguments->count);
        add_memory(arguments->memory);
        add_type(arguments->format.type);
        add_capabilities(arguments->capabilities);
        add(" flags=%u", arguments->flags);
        add(" format=%s", memcmp(&before.format, &arguments->format, sizeof before.format) ? "changed" : "same");
    }
    done();
    return value;
}

int create(int fd, uint32_t count, uint32_t memory) {
    struct v4l2_create_buffers arguments = create_arguments(fd, count, memory);
    char what[64];
    snprintf(what, sizeof what, "%u %s", count, memory_name(memory));
    return create_with(fd, &arguments, what);
}

struct buffer blank(uint32_t index, uint32_t memory) {
    struct buffer result = {.v = {.index = index, .type = device.type, .memory = memory}};
    // m.planes and length are set in buffer_call: this value moves.
    if (device.is_multi) result.v.length = device.planes;
    if (device.is_output) {
        result.v.field = V4L2_FIELD_NONE;
        result.v.timestamp = given_time;
        // Whole frames: what a device does with less is its own.
        for (uint32_t plane = 0; plane < device.planes; plane++)
            if (device.is_multi) result.planes[plane].bytesused = device.sizes[plane];
            else result.v.bytesused = device.sizes[plane];
    }
    return result;
}

static int buffer_ioctl(int fd, unsigned long request, struct buffer *buffer) {
    if (device.is_multi && buffer->v.m.planes == NULL) buffer->v.m.planes = buffer->planes;
    return ioctl(fd, request, &buffer->v);
}

int buffer_call(int fd, unsigned long request, struct buffer *buffer, const char *what) {
    step("%s %s", ioctl_name(request), what);
    if (device.is_multi && buffer->v.m.planes == NULL) buffer->v.m.planes = buffer->planes;
    struct buffer before = *buffer;
    int value = ioctl(fd, request, &buffer->v);
    outcome(value, errno, &before, buffer, sizeof before);
    if (memcmp(&before, buffer, sizeof before)) add_buffer(buffer);
    done();
    return value;
}

int query(int fd, uint32_t index) {
    char what[16];
    snprintf(what, sizeof what, "#%u", index);
    struct buffer buffer = blank(index, 0);
    return buffer_call(fd, VIDIOC_QUERYBUF, &buffer, what);
}

static int submit(int fd, unsigned long request, uint32_t index, uint32_t memory) {
    char what[32];
    snprintf(what, sizeof what, "#%u %s", index, memory_name(memory));
    struct buffer buffer = blank(index, memory);
    return buffer_call(fd, request, &buffer, what);
}

int queue(int fd, uint32_t index, uint32_t memory) { return submit(fd, VIDIOC_QBUF, index, memory); }
int prepare(int fd, uint32_t index, uint32_t memory) { return submit(fd, VIDIOC_PREPARE_BUF, index, memory); }

int dequeue(int fd) {
    struct buffer buffer = blank(0, MMAP);
    return buffer_call(fd, VIDIOC_DQBUF, &buffer, "");
}

static int stream(int fd, unsigned long request, const char *name) {
    step("%s", name);
    uint32_t type = device.type;
    int value = ioctl(fd, request, &type);
    result(value, errno);
    done();
    return value;
}

int stream_on(int fd) { return stream(fd, VIDIOC_STREAMON, "STREAMON"); }
int stream_off(int fd) { return stream(fd, VIDIOC_STREAMOFF, "STREAMOFF"); }

int export(int fd, uint32_t index, uint32_t plane, uint32_t flags, const char *name) {
    struct v4l2_exportbuffer arguments = {.type = device.type, .index = index, .plane = plane, .flags = flags};
    struct v4l2_exportbuffer before = arguments;
    step("EXPBUF #%u.%u flags=%#x", index, plane, flags);
    int value = ioctl(fd, VIDIOC_EXPBUF, &arguments);
    outcome(value, errno, &before, &arguments, sizeof before);
    if (value == 0) {
        arguments.reserved[0] |= arguments.reserved[10];
        add(" index=%u plane=%u flags=%#x reserved=%u", arguments.index, arguments.plane, arguments.flags,
            arguments.reserved[0]);
        add_type(arguments.type);
        name_fd(arguments.fd, name);
        add(" fd=%s access=%d cloexec=%d", name, fcntl(arguments.fd, F_GETFL) & O_ACCMODE,
            fcntl(arguments.fd, F_GETFD));
        // Whole pages.
        add(" size=");
        add_size((uint32_t)lseek(arguments.fd, 0, SEEK_END), plane);
        lseek(arguments.fd, 0, SEEK_SET);
    }
    done();
    return value < 0 ? -1 : arguments.fd;
}

int poll_call(int fd, short events, int milliseconds) {
    struct pollfd one = {.fd = fd, .events = events};
    step("poll");
    if (events & POLLIN) add(" IN");
    if (events & POLLOUT) add(" OUT");
    if (events & POLLPRI) add(" PRI");
    int value = poll(&one, 1, milliseconds);
    result(value, errno);
    static const struct {
        short bit;
        const char *name;
    } names[] = {{POLLIN, "IN"}, {POLLPRI, "PRI"}, {POLLOUT, "OUT"}, {POLLERR, "ERR"}, {POLLHUP, "HUP"},
        {POLLNVAL, "NVAL"}, {POLLRDNORM, "RDNORM"}, {POLLWRNORM, "WRNORM"}};
    for (unsigned each = 0; each < sizeof names / sizeof *names; each++)
        if (one.revents & names[each].bit) add(" %s", names[each].name);
    done();
    return one.revents;
}

long offset_of(int fd, uint32_t index, uint32_t plane) {
    struct buffer buffer = blank(index, 0);
    if (buffer_ioctl(fd, VIDIOC_QUERYBUF, &buffer) < 0) give_up("QUERYBUF");
    return device.is_multi ? buffer.planes[plane].m.mem_offset : buffer.v.m.offset;
}

void *map(int fd, uint32_t index, uint32_t plane, size_t length, int protection, int flags, const char *what) {
    long offset = offset_of(fd, index, plane);
    step("mmap #%u.%u %s", index, plane, what);
    void *address = mmap(NULL, length, protection, flags, fd, offset);
    result(address == MAP_FAILED ? -1 : 0, errno);
    done();
    return address == MAP_FAILED ? NULL : address;
}

int unmap(void *address, size_t length, const char *what) {
    step("munmap %s", what);
    int value = munmap(address, length);
    result(value, errno);
    done();
    return value;
}

int close_call(int fd, const char *what) {
    step("close %s", what);
    int value = close(fd);
    result(value, errno);
    done();
    return value;
}

void settle(int fd, uint32_t first, uint32_t count) {
    for (uint32_t index = first; index < first + count; index++) {
        struct buffer buffer = blank(index, 0);
        for (int looks = 0;; looks++) {
            if (buffer_ioctl(fd, VIDIOC_QUERYBUF, &buffer) < 0) give_up("QUERYBUF");
            if (buffer.v.flags & V4L2_BUF_FLAG_DONE) break;
            if (looks == 5000) give_up("no frame came");
            pause_briefly();
        }
    }
}

void stream_quietly(int fd, uint32_t count) {
    request_quietly(fd, count, MMAP);
    for (uint32_t index = 0; index < count; index++) {
        struct buffer buffer = blank(index, MMAP);
        if (buffer_ioctl(fd, VIDIOC_QBUF, &buffer) < 0) give_up("QBUF");
    }
    uint32_t type = device.type;
    if (ioctl(fd, VIDIOC_STREAMON, &type) < 0) give_up("STREAMON");
}

int open_peer(uint32_t width, uint32_t height, uint32_t count) {
    int fd = open_device(&peer, O_RDWR);
    format_quietly(fd, &peer, width, height);
    struct v4l2_requestbuffers request = {.count = count, .type = peer.type, .memory = MMAP};
    if (ioctl(fd, VIDIOC_REQBUFS, &request) < 0) give_up("the peer's REQBUFS");
    return fd;
}

int peer_buffer(int peer_fd, uint32_t index, uint32_t plane, const char *name) {
    struct v4l2_exportbuffer arguments = {
        .type = peer.type, .index = index, .plane = plane, .flags = O_RDWR | O_CLOEXEC};
    if (ioctl(peer_fd, VIDIOC_EXPBUF, &arguments) < 0) give_up("the peer's EXPBUF");
    return name_fd(arguments.fd, name);
}

void *anonymous(size_t length, const char *name) {
    void *start = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) give_up("mmap");
    name_area(start, length, name);
    return start;
}

static void *wait_for_buffer(void *context) {
    struct waiter *waiter = context;
    __atomic_store_n(&waiter->id, (pid_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
    waiter->value = buffer_ioctl(waiter->fd, waiter->request, &waiter->buffer);
    waiter->error = errno;
    return NULL;
}

static char thread_state(pid_t id) {
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", id);
    int fd = open(path, O_RDONLY);
    if (fd < 0) return 'X';
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    const char *end = length > 0 ? strrchr(text, ')') : NULL;
    return end ? end[2] : 'X';
}

void wait_in_thread(struct waiter *waiter, int fd) {
    *waiter = (struct waiter){.fd = fd, .request = VIDIOC_DQBUF, .buffer = blank(0, MMAP)};
    if (pthread_create(&waiter->thread, NULL, wait_for_buffer, waiter)) give_up("pthread_create");
    // Asleep each time one looks, for a while: in the call, and not at a lock before it.
    for (int asleep = 0, looks = 0; asleep < 20; looks++) {
        pid_t id = __atomic_load_n(&waiter->id, __ATOMIC_SEQ_CST);
        asleep = id && thread_state(id) == 'S' ? asleep + 1 : 0;
        if (looks == 2000) return;
        pause_briefly();
    }
}

void finish_waiting(struct waiter *waiter, const char *what) {
    struct buffer before = blank(0, MMAP);
    if (device.is_multi) before.v.m.planes = waiter->buffer.planes;
    pthread_join(waiter->thread, NULL);
    step("DQBUF in a thread, %s", what);
    outcome(waiter->value, waiter->error, &before, &waiter->buffer, sizeof before);
    if (memcmp(&before, &waiter->buffer, sizeof before)) add_buffer(&waiter->buffer);
    done();
}

void in_child(void (*body)(int fd), int fd, const char *what) {
    step("fork: %s", what);
    done();
    pid_t child = fork();
    if (child == 0) {
        body(fd);
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0) give_up("fork");
    note("the child's status", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}
