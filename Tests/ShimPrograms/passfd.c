/// The device's descriptor is passed to a process that never opened it, which streams on; then the one that
/// opened it lets go of it.
#include "capture.h"

struct state {
    uint32_t count, next_sequence;
};

static void stream_what_comes(int socket) {
    struct state state;
    struct capture camera = {.memory = V4L2_MEMORY_MMAP};
    receive_descriptors(socket, &state, sizeof state, &camera.fd, 1);
    camera.count = state.count;
    camera.next_sequence = state.next_sequence;
    struct stat status;
    MUST(fstat(camera.fd, &status) == 0 && S_ISCHR(status.st_mode));
    capture_read_format(&camera);
    for (uint32_t index = 0; index < camera.count; index++) {
        capture_map(&camera, index);
    }
    capture_stream(&camera, 50);
    state.next_sequence = camera.next_sequence;
    MUST(write(socket, &state, sizeof state) == sizeof state);
    // Its turn again, when the other has closed the device.
    MUST(recv(socket, &state, sizeof state, MSG_WAITALL) == sizeof state);
    camera.next_sequence = state.next_sequence;
    capture_stream(&camera, 50);
    capture_stop(&camera);
    capture_unmap(&camera);
    MUST(close(camera.fd) == 0);
    _exit(0);
}

int main(void) {
    name = "passfd";
    watchdog();
    int ends[2];
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        watchdog();
        stream_what_comes(ends[1]);
    }
    close(ends[1]);
    struct capture camera;
    capture_open(&camera, "/dev/video0", 0);
    capture_request(&camera, V4L2_MEMORY_MMAP, 4);
    capture_start(&camera);
    capture_stream(&camera, 50);
    struct state state = {camera.count, camera.next_sequence};
    send_descriptors(ends[0], &state, sizeof state, &camera.fd, 1);
    MUST(recv(ends[0], &state, sizeof state, MSG_WAITALL) == sizeof state);
    MUST(state.next_sequence == 100);
    camera.next_sequence = state.next_sequence;
    capture_stream(&camera, 50);
    state.next_sequence = camera.next_sequence;
    capture_unmap(&camera);
    MUST(close(camera.fd) == 0);
    MUST(write(ends[0], &state, sizeof state) == sizeof state);
    MUST(ended_well(child));
    // The last one closed it: it can be opened and used anew.
    capture_open(&camera, "/dev/video0", 0);
    capture_request(&camera, V4L2_MEMORY_MMAP, 4);
    capture_start(&camera);
    capture_stream(&camera, 10);
    printf("passfd: frames=200 again=%u\n", camera.next_sequence);
    return 0;
}
