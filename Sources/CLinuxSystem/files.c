#include "internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif
// glibc hides F_LINUX_SPECIFIC_BASE; linux/fcntl.h can't be included beside fcntl.h.
#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY (1024 + 3)
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

const int linux_o_rdonly = O_RDONLY;
const int linux_o_wronly = O_WRONLY;
const int linux_o_rdwr = O_RDWR;
const int linux_o_creat = O_CREAT;
const int linux_o_excl = O_EXCL;
const int linux_o_trunc = O_TRUNC;
const int linux_o_append = O_APPEND;
const int linux_o_directory = O_DIRECTORY;
const int linux_o_nonblock = O_NONBLOCK;
const int linux_o_nofollow = O_NOFOLLOW;
const int linux_access_exists = F_OK;
const int linux_access_execute = X_OK;

const uint32_t linux_mode_type_mask = S_IFMT;
const uint32_t linux_mode_regular = S_IFREG;
const uint32_t linux_mode_directory = S_IFDIR;
const uint32_t linux_mode_character = S_IFCHR;
const uint32_t linux_mode_socket = S_IFSOCK;
const uint32_t linux_mode_fifo = S_IFIFO;
const uint32_t linux_mode_link = S_IFLNK;

const int linux_seal_seal = F_SEAL_SEAL;
const int linux_seal_shrink = F_SEAL_SHRINK;
const int linux_seal_grow = F_SEAL_GROW;
const int linux_seal_write = F_SEAL_WRITE;
const int linux_seal_future_write = F_SEAL_FUTURE_WRITE;
const int linux_seal_exec = F_SEAL_EXEC;

long linux_close(int fd) {
    // Linux has freed the number even when it says EINTR (close(2)), so that one is a success.
    long result = outcome(close(fd));
    return result == -EINTR ? 0 : result;
}

long linux_duplicate(int fd, int at_least) { return outcome(fcntl(fd, F_DUPFD_CLOEXEC, at_least)); }

long linux_open(const char *path, int flags, unsigned int mode) {
    return outcome(open(path, flags | O_CLOEXEC, (mode_t)mode));
}

long linux_reopen(int fd, bool read_only) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return outcome(open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC));
}

long linux_status_flags(int fd) { return outcome(fcntl(fd, F_GETFL)); }

long linux_set_nonblocking(int fd, bool on) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -(long)errno;
    int wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    return wanted == flags ? 0 : outcome(fcntl(fd, F_SETFL, wanted));
}

long linux_close_on_exec(int fd) {
    int flags = fcntl(fd, F_GETFD);
    return flags < 0 ? -(long)errno : (flags & FD_CLOEXEC) != 0;
}

long linux_set_close_on_exec(int fd, bool on) {
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0) return -(long)errno;
    return outcome(fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC));
}

long linux_same_open_file(int fd, int other) { return outcome(fcntl(fd, F_DUPFD_QUERY, other)); }

static void convert_stat(const struct stat *in, struct linux_file_status *out) {
    *out = (struct linux_file_status){
        .device = in->st_dev,
        .inode = in->st_ino,
        .size = in->st_size < 0 ? 0 : (uint64_t)in->st_size,
        .represented_device = in->st_rdev,
        .mode = in->st_mode,
        .owner = in->st_uid,
        .group = in->st_gid,
        .links = (uint32_t)in->st_nlink,
    };
}

long linux_status(int fd, struct linux_file_status *out) {
    struct stat status;
    if (fstat(fd, &status) < 0) return -(long)errno;
    convert_stat(&status, out);
    return 0;
}

long linux_vetting_status(int fd, struct linux_file_status *out) {
    struct statx status;
    if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &status) < 0) return -(long)errno;
    *out = (struct linux_file_status){
        .device = makedev(status.stx_dev_major, status.stx_dev_minor),
        .inode = status.stx_ino,
        .size = status.stx_size,
        .represented_device = makedev(status.stx_rdev_major, status.stx_rdev_minor),
        .mode = status.stx_mode,
        .owner = status.stx_uid,
        .group = status.stx_gid,
        .links = status.stx_nlink,
    };
    return 0;
}

long linux_path_status(const char *path, bool follow, struct linux_file_status *out) {
    struct stat status;
    if ((follow ? stat(path, &status) : lstat(path, &status)) < 0) return -(long)errno;
    convert_stat(&status, out);
    return 0;
}

long linux_seals(int fd) { return outcome(fcntl(fd, F_GET_SEALS)); }
long linux_add_seals(int fd, int seals) { return outcome(fcntl(fd, F_ADD_SEALS, seals)); }

long linux_is_huge_page_file(int fd) {
    struct statfs status;
    return fstatfs(fd, &status) < 0 ? -(long)errno : status.f_type == HUGETLBFS_MAGIC;
}

long linux_read(int fd, void *bytes, size_t count) { return outcome(read(fd, bytes, count)); }
long linux_write(int fd, const void *bytes, size_t count) { return outcome(write(fd, bytes, count)); }
long linux_truncate(int fd, int64_t size) { return outcome(ftruncate(fd, size)); }
long linux_pipe(int fds[2]) { return outcome(pipe2(fds, O_CLOEXEC)); }
long linux_make_directory(const char *path, unsigned int mode) { return outcome(mkdir(path, (mode_t)mode)); }

long linux_make_temporary_directory(char *path_template) {
    return mkdtemp(path_template) == NULL ? -(long)errno : 0;
}

long linux_remove(const char *path) { return outcome(remove(path)); }
long linux_access(const char *path, int mode) { return outcome(access(path, mode)); }
long linux_rename(const char *from, const char *to) { return outcome(rename(from, to)); }

long linux_directory_open(const char *path, void **out) {
    DIR *directory = opendir(path);
    if (directory == NULL) return -(long)errno;
    *out = directory;
    return 0;
}

long linux_directory_next(void *directory, char *name, size_t size) {
    errno = 0;
    struct dirent *entry = readdir(directory);
    if (entry == NULL) return -(long)errno;
    size_t length = strlen(entry->d_name);
    if (length >= size) return -(long)ENAMETOOLONG;
    memcpy(name, entry->d_name, length + 1);
    return 1;
}

void linux_directory_close(void *directory) { closedir(directory); }

long linux_memory_file(const char *name, bool huge) {
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING | (huge ? MFD_HUGETLB | MFD_HUGE_2MB : 0);
    int fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);
    // Before Linux 6.3 the flag is unknown, and unknown flags are EINVAL.
    if (fd < 0 && errno == EINVAL) fd = memfd_create(name, flags);
    if (fd < 0) return -(long)errno;
    // The kernel makes them for everybody (0777): whoever was given one for reading could open it anew for writing.
    if (fchmod(fd, S_IRUSR | S_IWUSR) < 0) {
        long result = -(long)errno;
        close(fd);
        return result;
    }
    return fd;
}

long linux_map(int fd, int64_t offset, size_t length, bool writable, bool populate, void **out) {
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void *base = mmap(NULL, length, protection, MAP_SHARED | (populate ? MAP_POPULATE : 0), fd, offset);
    if (base == MAP_FAILED) return -(long)errno;
    *out = base;
    return 0;
}

long linux_unmap(void *base, size_t length) { return outcome(munmap(base, length)); }
long linux_advise_huge_pages(void *base, size_t length) { return outcome(madvise(base, length, MADV_HUGEPAGE)); }
long linux_page_size(void) { return sysconf(_SC_PAGESIZE); }
