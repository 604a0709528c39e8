/// A stream that has settled: what happens from frame 50 to frame 1050 is counted by others between two marks.
/// Prints the allocations of this process (if a counter is loaded) and of the server (`--server-count=FILE`).
#include "capture.h"
#include <dlfcn.h>

static const _Atomic uint64_t *map_count(const char *path) {
    if (!path) return NULL;
    int file = open(path, O_RDONLY);
    MUST(file >= 0);
    void *count = mmap(NULL, sizeof(uint64_t), PROT_READ, MAP_SHARED, file, 0);
    MUST(count != MAP_FAILED);
    close(file);
    return count;
}

int main(int count, char **arguments) {
    (void)count;
    name = "steady";
    watchdog();
    uint32_t frames = (uint32_t)number(arguments, "frames", 1000);
    const _Atomic uint64_t *server = map_count(option(arguments, "server-count", NULL));
    const _Atomic uint64_t *own = dlsym(RTLD_DEFAULT, "allocation_count");
    // One that is surely counted.
    void *volatile counted = malloc(1);
    free(counted);
    struct capture camera;
    capture_open(&camera, option(arguments, "device", "/dev/video0"), 0);
    capture_request(&camera, memory_named(option(arguments, "memory", "mmap")), 4);
    capture_start(&camera);
    capture_stream(&camera, 50);
    // The server may still be at something of its own: what counts is the round in which it isn't.
    uint64_t own_before = own ? *own : 0, server_least = UINT64_MAX;
    for (int round = 0; round < (server ? 3 : 1); round++) {
        uint64_t before = server ? *server : 0;
        MUST(write(2, "steady begins\n", 14) == 14);
        capture_stream(&camera, frames);
        MUST(write(2, "steady ends\n", 12) == 12);
        uint64_t allocated = server ? *server - before : 0;
        if (allocated < server_least) server_least = allocated;
    }
    uint64_t own_after = own ? *own : 0;
    capture_stop(&camera);
    capture_unmap(&camera);
    MUST(close(camera.fd) == 0);
    if (own && own_before == 0) fail("the counter counts nothing");
    printf(
        "steady: frames=%u counted=%d allocations=%" PRIu64 " server=%" PRIu64 "\n", frames,
        (own ? 1 : 0) + (server ? 2 : 0), own_after - own_before, server_least);
    return 0;
}
