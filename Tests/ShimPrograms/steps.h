/// What programs do with a device, step by step: each step asks the server for something, or takes or gives a buffer.
#pragma once
#include "capture.h"
#include <sys/epoll.h>

/// Of the process: a script begins with `open_camera` or `open_display`, and its state is in here.
static struct capture camera;
static int exported = -1, second = -1, poller = -1;
static const char *camera_path = "/dev/video0", *display_path = "/dev/video2";

typedef void (*step)(void);

#define request(command, argument) MUST(ioctl(camera.fd, command, argument) == 0)

static void open_camera(void) { capture_open(&camera, camera_path, O_NONBLOCK); }

static void open_display(void) {
    memset(&camera, 0, sizeof camera);
    camera.fd = open(display_path, O_RDWR);
    MUST(camera.fd >= 0);
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT};
    request(VIDIOC_G_FMT, &format);
    request(VIDIOC_S_FMT, &format);
    camera.image_size = format.fmt.pix.sizeimage;
}

static void describe(void) {
    struct v4l2_capability capability;
    request(VIDIOC_QUERYCAP, &capability);
    struct v4l2_fmtdesc first = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    request(VIDIOC_ENUM_FMT, &first);
}

static void get_format(void) {
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    request(VIDIOC_G_FMT, &format);
    request(VIDIOC_TRY_FMT, &format);
}

static void set_format(void) {
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    request(VIDIOC_G_FMT, &format);
    request(VIDIOC_S_FMT, &format);
    struct v4l2_streamparm rate = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    request(VIDIOC_G_PARM, &rate);
}

static void ask_controls(void) {
    struct v4l2_queryctrl query = {.id = V4L2_CTRL_FLAG_NEXT_CTRL};
    request(VIDIOC_QUERYCTRL, &query);
    struct v4l2_ext_control one = {.id = query.id};
    struct v4l2_ext_controls list = {.which = V4L2_CTRL_WHICH_CUR_VAL, .count = 1, .controls = &one};
    (void)ioctl(camera.fd, VIDIOC_G_EXT_CTRLS, &list);
}

static void subscribe(void) {
    struct v4l2_queryctrl query = {.id = V4L2_CTRL_FLAG_NEXT_CTRL};
    request(VIDIOC_QUERYCTRL, &query);
    struct v4l2_event_subscription subscription = {.type = V4L2_EVENT_CTRL, .id = query.id};
    request(VIDIOC_SUBSCRIBE_EVENT, &subscription);
}

static void allocate_mmap(void) { capture_request(&camera, V4L2_MEMORY_MMAP, 4); }
static void allocate_userptr(void) { capture_request(&camera, V4L2_MEMORY_USERPTR, 4); }
static void allocate_dmabuf(void) { capture_request(&camera, V4L2_MEMORY_DMABUF, 4); }

static void export_buffer(void) {
    struct v4l2_exportbuffer export = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .index = 1, .flags = O_RDWR | O_CLOEXEC};
    request(VIDIOC_EXPBUF, &export);
    exported = export.fd;
}

static void create_buffers(void) {
    struct v4l2_create_buffers create = {.count = 2, .memory = camera.memory};
    create.format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    request(VIDIOC_G_FMT, &create.format);
    request(VIDIOC_CREATE_BUFS, &create);
    for (uint32_t index = create.index; index < create.index + create.count; index++) capture_map(&camera, index);
    camera.count = create.index + create.count;
}

static void prepare(void) {
    struct v4l2_buffer buffer = capture_buffer(&camera, 0);
    if (camera.memory == V4L2_MEMORY_DMABUF) {
        buffer.m.fd = camera.buffers[0].file;
        buffer.length = (uint32_t)camera.buffers[0].length;
    }
    request(VIDIOC_PREPARE_BUF, &buffer);
}

static void start(void) { capture_start(&camera); }
static uint32_t frames_of_stream = 6;
static void stream(void) { capture_stream(&camera, frames_of_stream); }
static void stop(void) { capture_stop(&camera); }

static void wait_by_epoll(void) {
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    MUST(poller >= 0 && epoll_ctl(poller, EPOLL_CTL_ADD, camera.fd, &event) == 0);
    MUST(epoll_wait(poller, &event, 1, -1) == 1);
}

static void wait_by_poll(void) {
    struct pollfd one = {.fd = camera.fd, .events = POLLIN};
    MUST(poll(&one, 1, -1) == 1);
}

static void duplicate(void) { MUST((second = dup(camera.fd)) >= 0); }

/// A child asks for itself, and so has a line of its own to the server.
static void fork_and_ask(void) {
    pid_t child = fork();
    if (child == 0) {
        struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
        _exit(ioctl(camera.fd, VIDIOC_G_FMT, &format) == 0 ? 0 : 1);
    }
    MUST(ended_well(child));
}

static void release(void) {
    capture_unmap(&camera);
    struct v4l2_requestbuffers none = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = camera.memory};
    request(VIDIOC_REQBUFS, &none);
    camera.count = 0;
}

/// With buffers that are mapped still: they are orphans.
static void orphan(void) {
    struct v4l2_requestbuffers none = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = camera.memory};
    request(VIDIOC_REQBUFS, &none);
}

static void close_all(void) {
    int *const files[] = {&exported, &second, &poller, &camera.fd};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (*files[i] >= 0) MUST(close(*files[i]) == 0);
        *files[i] = -1;
    }
}

static void read_frames(void) {
    static char frame[1 << 16];
    for (int count = 0; count < 3; count++) {
        while (read(camera.fd, frame, sizeof frame) < 0) {
            MUST(errno == EAGAIN);
            wait_by_poll();
        }
    }
}

static void write_frames(void) {
    static const char frame[1 << 16];
    for (int count = 0; count < 3; count++) MUST(write(camera.fd, frame, camera.image_size) == camera.image_size);
}

static void output_frames(void) {
    enum { TYPE = V4L2_BUF_TYPE_VIDEO_OUTPUT };
    struct v4l2_requestbuffers two = {.count = 2, .type = TYPE, .memory = V4L2_MEMORY_MMAP};
    request(VIDIOC_REQBUFS, &two);
    for (uint32_t index = 0; index < 2; index++) {
        struct v4l2_buffer buffer = {.type = TYPE, .memory = V4L2_MEMORY_MMAP, .index = index};
        request(VIDIOC_QUERYBUF, &buffer);
        buffer.bytesused = camera.image_size;
        request(VIDIOC_QBUF, &buffer);
    }
    int type = TYPE;
    request(VIDIOC_STREAMON, &type);
    for (int count = 0; count < 4; count++) {
        struct v4l2_buffer buffer = {.type = TYPE, .memory = V4L2_MEMORY_MMAP};
        request(VIDIOC_DQBUF, &buffer);
        buffer.bytesused = camera.image_size;
        request(VIDIOC_QBUF, &buffer);
    }
    request(VIDIOC_STREAMOFF, &type);
}

/// The device is free, and as good as ever.
static void use_device(void) {
    open_camera();
    allocate_mmap();
    start();
    stream();
    stop();
    release();
    close_all();
}

struct script {
    const char *name;
    step steps[20]; /* up to a NULL */
};

static const struct script scripts[] = {
    {"mmap", {open_camera, describe, set_format, ask_controls, subscribe, allocate_mmap, export_buffer, create_buffers,
              prepare, start, wait_by_epoll, stream, duplicate, fork_and_ask, stop, start, stop, orphan, close_all}},
    {"dmabuf", {open_camera, allocate_dmabuf, prepare, start, wait_by_poll, stream, stop, release, close_all}},
    {"userptr", {open_camera, allocate_userptr, start, stream, stop, release, allocate_mmap, start, stream, close_all}},
    {"read", {open_camera, read_frames, close_all}},
    {"output", {open_display, output_frames, close_all}},
    {"write", {open_display, write_frames, close_all}},
};
enum { SCRIPTS = sizeof scripts / sizeof *scripts };

static inline size_t script_length(const struct script *script) {
    size_t length = 0;
    while (length < sizeof script->steps / sizeof *script->steps && script->steps[length]) length++;
    return length;
}
