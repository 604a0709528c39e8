#include "internal.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

long linux_populate(void *base, size_t length, bool writing) {
    return outcome(madvise(base, length, writing ? MADV_POPULATE_WRITE : MADV_POPULATE_READ));
}

long linux_drop_entries(void *base, size_t length) { return outcome(madvise(base, length, MADV_DONTNEED)); }
long linux_page_out(void *base, size_t length) { return outcome(madvise(base, length, MADV_PAGEOUT)); }
long linux_keep_from_children(void *base, size_t length) { return outcome(madvise(base, length, MADV_DONTFORK)); }

long linux_resident_pages(void *base, size_t length, unsigned char *pages) {
    return outcome(mincore(base, length, pages));
}

long linux_punch_hole(int fd, int64_t offset, int64_t length) {
    return outcome(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length));
}

long linux_reserve_space(int fd, int64_t offset, int64_t length) {
    return outcome(fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, length));
}

long linux_allocated_bytes(int fd) {
    struct stat status;
    return fstat(fd, &status) < 0 ? -(long)errno : (long)status.st_blocks * 512;
}

long linux_read_at(int fd, void *bytes, size_t count, int64_t offset) {
    return outcome(pread(fd, bytes, count, offset));
}

long linux_write_at(int fd, const void *bytes, size_t count, int64_t offset) {
    return outcome(pwrite(fd, bytes, count, offset));
}


long linux_drop_cache(int fd, int64_t offset, int64_t length) {
    long written = outcome(sync_file_range(
        fd, offset, length,
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER));
    return written < 0 ? written : -(long)posix_fadvise(fd, offset, length, POSIX_FADV_DONTNEED);
}

long linux_unnamed_file(const char *directory) {
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return outcome(fd);
    // A file system that has no files without names.
    char path[4096];
    if (snprintf(path, sizeof path, "%s/vb2-XXXXXX", directory) >= (int)sizeof path) return -ENAMETOOLONG;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0) return -(long)errno;
    unlink(path);
    return fd;
}

long linux_is_memory_file_system(int fd) {
    struct statfs status;
    if (fstatfs(fd, &status) < 0) return -(long)errno;
    return status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC || status.f_type == HUGETLBFS_MAGIC;
}

int64_t linux_free_swap(void) {
    struct sysinfo info;
    return sysinfo(&info) < 0 ? 0 : (int64_t)info.freeswap * info.mem_unit;
}
