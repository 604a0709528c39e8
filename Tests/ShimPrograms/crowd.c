/// Many cameras, each with a process that has its buffers allocated and mapped, and a memory budget for a few of them.
/// They stream in turn; what each frame holds is compared with what the same frame of the first camera holds. With
/// --hold=1 each process keeps its last frame, and its content is compared again when all have had their turn.
///
/// Prints the most bytes that buffers had in memory after a turn, as the server counts them, and what a CREATE_BUFS of
/// one more buffer says in the end.
#include "information.h"

enum { FRAMES = 6, MAXIMUM_CAMERAS = 128 };

/// What a process says of its turn.
struct turn {
    uint64_t sums[FRAMES];
    int32_t error; /* of CREATE_BUFS */
    bool is_held_intact;
};

/// Two quarters of the picture: the time that a frame shows stands at the edges and in the middle.
static uint64_t sum_of(const unsigned char *bytes, size_t size) {
    uint64_t sum = 1469598103934665603u;
    for (size_t eighth = size / 8 / 8 * 8, start = eighth; start < 7 * eighth; start += 4 * eighth) {
        for (size_t place = start; place < start + 2 * eighth; place += 8) {
            uint64_t word;
            memcpy(&word, bytes + place, 8);
            sum = (sum ^ word) * 1099511628211u;
        }
    }
    return sum;
}

/// Bytes of all buffers that are in memory, as the server tells.
static uint64_t resident_bytes(void) {
    uint64_t sum = 0;
    for (char *field = buffer_information(); (field = strstr(field, "\tresident=")); field++) sum += strtoull(field + 10, NULL, 10);
    return sum;
}

static void take_turn(struct capture *camera, struct turn *turn, uint32_t *held, bool holds) {
    struct v4l2_buffer buffer;
    capture_start(camera);
    for (int frame = 0; frame < FRAMES; frame++) {
        capture_next(camera, &buffer);
        turn->sums[frame] = sum_of(camera->buffers[buffer.index].bytes, camera->image_size);
        if (holds && frame == FRAMES - 1) *held = buffer.index;
        else capture_queue(camera, buffer.index);
    }
    capture_stop(camera);
}

static _Noreturn void process(int camera_number, int socket, bool holds) {
    watchdog();
    alarm(300);
    char path[32];
    snprintf(path, sizeof path, "/dev/video%d", camera_number);
    struct capture camera;
    struct turn turn = {0};
    uint32_t held = 0;
    capture_open(&camera, path, 0);
    capture_request(&camera, V4L2_MEMORY_MMAP, 4);
    tell(socket);
    await(socket);
    take_turn(&camera, &turn, &held, holds);
    MUST(write(socket, &turn, sizeof turn) == sizeof turn);
    await(socket);
    if (holds) {
        uint64_t now = sum_of(camera.buffers[held].bytes, camera.image_size);
        turn.is_held_intact = now == turn.sums[FRAMES - 1];
    }
    struct v4l2_create_buffers more = {.count = 1, .memory = V4L2_MEMORY_MMAP};
    more.format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    MUST(ioctl(camera.fd, VIDIOC_G_FMT, &more.format) == 0);
    turn.error = ioctl(camera.fd, VIDIOC_CREATE_BUFS, &more) == 0 ? 0 : errno;
    MUST(write(socket, &turn, sizeof turn) == sizeof turn);
    await(socket);
    _exit(0);
}

int main(int count, char **arguments) {
    (void)count;
    name = "crowd";
    watchdog();
    alarm(300);
    uint32_t cameras = (uint32_t)number(arguments, "cameras", 100);
    bool holds = number(arguments, "hold", 0) != 0;
    MUST(cameras <= MAXIMUM_CAMERAS);
    int sockets[MAXIMUM_CAMERAS];
    pid_t children[MAXIMUM_CAMERAS];
    for (uint32_t each = 0; each < cameras; each++) {
        int pair[2];
        MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
        children[each] = fork();
        MUST(children[each] >= 0);
        if (children[each] == 0) {
            close(pair[0]);
            process((int)each, pair[1], holds);
        }
        close(pair[1]);
        sockets[each] = pair[0];
        await(sockets[each]);
    }
    uint64_t most = 0, allocated = resident_bytes();
    struct turn first, turn;
    for (uint32_t each = 0; each < cameras; each++) {
        tell(sockets[each]);
        MUST(recv(sockets[each], &turn, sizeof turn, MSG_WAITALL) == sizeof turn);
        if (each == 0) first = turn;
        if (memcmp(first.sums, turn.sums, sizeof turn.sums)) fail("camera %u has other frames than the first", each);
        for (int frame = 1; frame < FRAMES; frame++) MUST(turn.sums[frame] != turn.sums[frame - 1]);
        uint64_t resident = resident_bytes();
        if (resident > most) most = resident;
        progress++;
    }
    // One after the other, as all of them look at their frames again.
    uint32_t intact = 0, refused = 0, made = 0;
    for (uint32_t each = 0; each < cameras; each++) {
        tell(sockets[each]);
        MUST(recv(sockets[each], &turn, sizeof turn, MSG_WAITALL) == sizeof turn);
        intact += turn.is_held_intact;
        refused += turn.error == ENOMEM;
        made += turn.error == 0;
    }
    for (uint32_t each = 0; each < cameras; each++) {
        tell(sockets[each]);
        MUST(ended_well(children[each]));
    }
    printf(
        "crowd: cameras=%u allocated=%" PRIu64 " most=%" PRIu64 " intact=%u refused=%u made=%u\n", cameras, allocated,
        most, intact, refused, made);
    return 0;
}
