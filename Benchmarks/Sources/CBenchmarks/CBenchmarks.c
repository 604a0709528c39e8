#define _GNU_SOURCE 1
#include "CBenchmarks.h"
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void bench_null_calls(int64_t count) {
    for (int64_t i = 0; i < count; i++) syscall(SYS_getppid);
}

void bench_write_pages(void *base, size_t length) {
    volatile char *bytes = base;
    for (size_t place = 0; place < length; place += 4096) bytes[place] = 1;
}

int bench_map_populated(int fd, size_t length, bool writes) {
    void *base = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (base == MAP_FAILED) return -errno;
    if (writes) bench_write_pages(base, length);
    return munmap(base, length) < 0 ? -errno : 0;
}

void bench_exit(int status) {
    _exit(status);
}
