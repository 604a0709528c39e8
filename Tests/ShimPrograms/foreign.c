/// Everything that the library interposes, on files that are no devices: with and without it the same.
#include "check.h"
#include <dirent.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags);
ssize_t __read_chk(int fd, void *bytes, size_t count, size_t room);
ssize_t __readlink_chk(const char *path, char *bytes, size_t count, size_t room);
char *__realpath_chk(const char *path, char *resolved, size_t room);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room);
int __ppoll_chk(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t);

/// A C library may have left these behind.
extern int __xstat(int, const char *, struct stat *) __attribute__((weak));
extern int __xstat64(int, const char *, struct stat64 *) __attribute__((weak));
extern int __lxstat(int, const char *, struct stat *) __attribute__((weak));
extern int __lxstat64(int, const char *, struct stat64 *) __attribute__((weak));
extern int __fxstat(int, int, struct stat *) __attribute__((weak));
extern int __fxstat64(int, int, struct stat64 *) __attribute__((weak));
extern int __fxstatat(int, int, const char *, struct stat *, int) __attribute__((weak));
extern int __fxstatat64(int, int, const char *, struct stat64 *, int) __attribute__((weak));

static char folder[64], file[96], missing[96], link_path[96];

static void write_file(void) {
    int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0640);
    CHECK(fd >= 0);
    CHECK(write(fd, "0123456789", 10) == 10);
    CHECK(close(fd) == 0);
    CHECK_ERROR(close(fd), EBADF);
}

static void opening(void) {
    int fd;
    struct stat status;
    char byte = 0;
    CHECK(stat(file, &status) == 0 && (status.st_mode & 0777) == 0640);
#define OPENS(call)                                                     \
    do {                                                                \
        CHECK((fd = (call)) >= 0);                                      \
        CHECK(read(fd, &byte, 1) == 1 && byte == '0');                  \
        CHECK(close(fd) == 0);                                          \
    } while (0)
    OPENS(open(file, O_RDONLY));
    OPENS(open64(file, O_RDONLY));
    OPENS(openat(AT_FDCWD, file, O_RDONLY));
    OPENS(openat64(AT_FDCWD, file, O_RDONLY | O_CLOEXEC));
    OPENS(__open_2(file, O_RDONLY));
    OPENS(__open64_2(file, O_RDONLY));
    OPENS(__openat_2(AT_FDCWD, file, O_RDONLY));
    OPENS(__openat64_2(AT_FDCWD, file, O_RDONLY));
    OPENS((int)syscall(SYS_openat, AT_FDCWD, file, O_RDONLY));
    CHECK_ERROR(open(missing, O_RDONLY), ENOENT);
    CHECK_ERROR(open64(missing, O_RDONLY), ENOENT);
    CHECK_ERROR(open(NULL, O_RDONLY), EFAULT);
    CHECK_ERROR(open("/dev/video251", O_RDWR), ENOENT);
    CHECK_ERROR(openat(12345, "video0", O_RDWR), EBADF);
    CHECK_ERROR(__openat_2(AT_FDCWD, missing, O_RDONLY), ENOENT);
    CHECK_ERROR(syscall(SYS_openat, AT_FDCWD, missing, O_RDONLY), ENOENT);
    CHECK_ERROR(open(file, O_RDONLY | O_DIRECTORY), ENOTDIR);
    // The lowest free number, and the modes of new files.
    int low = dup(0);
    CHECK(close(low) == 0);
    CHECK((fd = open(missing, O_RDWR | O_CREAT | O_EXCL, 0604)) == low);
    CHECK(fstat(fd, &status) == 0 && (status.st_mode & 0777) == 0604);
    CHECK(close(fd) == 0);
    CHECK_ERROR(open(missing, O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    CHECK(unlink(missing) == 0);
    CHECK((fd = creat(missing, 0602)) >= 0 && fstat(fd, &status) == 0 && (status.st_mode & 0777) == 0602);
    CHECK(close(fd) == 0 && unlink(missing) == 0);
    CHECK((fd = creat64(missing, 0600)) >= 0 && close(fd) == 0 && unlink(missing) == 0);
    CHECK((fd = open(folder, O_RDWR | O_TMPFILE, 0601)) >= 0 || errno == EOPNOTSUPP || errno == EISDIR);
    if (fd >= 0) {
        CHECK(fstat(fd, &status) == 0 && (status.st_mode & 0777) == 0601);
        close(fd);
    }
}

static void streams(void) {
    char line[32];
    FILE *stream = fopen(file, "re");
    CHECK(stream && fgets(line, sizeof line, stream) && strcmp(line, "0123456789") == 0);
    CHECK(stream && fclose(stream) == 0);
    CHECK((stream = fopen64(file, "r+")) != NULL && fclose(stream) == 0);
    errno = 0;
    CHECK(fopen(missing, "r") == NULL && errno == ENOENT);
    CHECK(fopen64("/sys/dev/char/81:251/uevent", "r") == NULL && errno == ENOENT);
}

static void reading(void) {
    int fd = open(file, O_RDWR);
    char a[4] = {0}, b[8] = {0};
    CHECK(read(fd, a, 2) == 2 && memcmp(a, "01", 2) == 0);
    CHECK(__read_chk(fd, a, 2, sizeof a) == 2 && memcmp(a, "23", 2) == 0);
    struct iovec parts[] = {{a, 1}, {b, 2}};
    CHECK(readv(fd, parts, 2) == 3 && a[0] == '4' && b[1] == '6');
    CHECK(pread(fd, b, 4, 6) == 4 && memcmp(b, "6789", 4) == 0);
    CHECK(pread64(fd, b, 4, 0) == 4 && memcmp(b, "0123", 4) == 0);
    CHECK(pwrite(fd, "x", 1, 0) == 1 && pwrite64(fd, "y", 1, 1) == 1);
    CHECK(lseek(fd, 0, SEEK_CUR) == 7);
    CHECK(lseek64(fd, 0, SEEK_SET) == 0);
    parts[0].iov_base = "01";
    parts[0].iov_len = 2;
    parts[1].iov_base = "2";
    parts[1].iov_len = 1;
    CHECK(writev(fd, parts, 2) == 3);
    CHECK(syscall(SYS_read, fd, b, 1) == 1 && b[0] == '3');
    CHECK(syscall(SYS_write, fd, "4", 1) == 1);
    CHECK_ERROR(read(fd, (void *)8, 1), EFAULT);
    CHECK_ERROR(pread(fd, b, 1, -1), EINVAL);
    CHECK_ERROR(readv(fd, parts, -1), EINVAL);
    CHECK(close(fd) == 0);
    CHECK_ERROR(read(fd, a, 1), EBADF);
    CHECK_ERROR(write(fd, a, 1), EBADF);
    CHECK_ERROR(read(-1, a, 1), EBADF);
    CHECK_ERROR(write(70000, a, 1), EBADF);
    CHECK_ERROR(readv(-1, parts, 1), EBADF);
    CHECK_ERROR(pwrite64(-1, a, 1, 0), EBADF);
    int ends[2];
    CHECK(pipe2(ends, O_NONBLOCK) == 0);
    CHECK_ERROR(read(ends[0], a, 1), EAGAIN);
    CHECK_ERROR(pread(ends[0], a, 1, 0), ESPIPE);
    CHECK_ERROR(lseek(ends[0], 0, SEEK_SET), ESPIPE);
    CHECK(close(ends[0]) == 0);
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERROR(write(ends[1], a, 1), EPIPE);
    signal(SIGPIPE, SIG_DFL);
    close(ends[1]);
}

static void statuses(void) {
    struct stat a, b;
    struct stat64 c;
    struct statx x;
    int fd = open(file, O_RDONLY);
    CHECK(symlink(file, link_path) == 0);
#define SAME(other) ((other).st_ino == a.st_ino && (other).st_size == 10 && S_ISREG((other).st_mode))
    CHECK(stat(file, &a) == 0 && S_ISREG(a.st_mode) && a.st_size == 10);
    CHECK(stat64(link_path, &c) == 0 && SAME(c));
    CHECK(lstat(link_path, &b) == 0 && S_ISLNK(b.st_mode));
    CHECK(lstat64(link_path, &c) == 0 && S_ISLNK(c.st_mode));
    CHECK(fstat(fd, &b) == 0 && SAME(b));
    CHECK(fstat64(fd, &c) == 0 && SAME(c));
    CHECK(fstatat(AT_FDCWD, file, &b, 0) == 0 && SAME(b));
    CHECK(fstatat64(AT_FDCWD, link_path, &c, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(c.st_mode));
    CHECK(fstatat(fd, "", &b, AT_EMPTY_PATH) == 0 && SAME(b));
    CHECK(statx(AT_FDCWD, file, 0, STATX_BASIC_STATS, &x) == 0 && x.stx_ino == a.st_ino && x.stx_size == 10);
    CHECK(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &x) == 0 && x.stx_ino == a.st_ino);
    if (__xstat) {
        CHECK(__xstat(1, file, &b) == 0 && SAME(b));
        CHECK(__xstat64(1, file, &c) == 0 && SAME(c));
        CHECK(__lxstat(1, link_path, &b) == 0 && S_ISLNK(b.st_mode));
        CHECK(__lxstat64(1, link_path, &c) == 0 && S_ISLNK(c.st_mode));
        CHECK(__fxstat(1, fd, &b) == 0 && SAME(b));
        CHECK(__fxstat64(1, fd, &c) == 0 && SAME(c));
        CHECK(__fxstatat(1, AT_FDCWD, file, &b, 0) == 0 && SAME(b));
        CHECK(__fxstatat64(1, AT_FDCWD, file, &c, 0) == 0 && SAME(c));
    }
    CHECK_ERROR(stat(missing, &b), ENOENT);
    CHECK_ERROR(lstat64(missing, &c), ENOENT);
    CHECK_ERROR(stat("/dev/video251", &b), ENOENT);
    CHECK_ERROR(fstat(-1, &b), EBADF);
    CHECK_ERROR(fstatat64(-1, "x", &c, 0), EBADF);
    CHECK_ERROR(statx(AT_FDCWD, missing, 0, STATX_BASIC_STATS, &x), ENOENT);
    CHECK(stat("/dev/null", &b) == 0 && S_ISCHR(b.st_mode));
    close(fd);
}

static void accessing(void) {
    char bytes[128], *path;
    CHECK(access(file, R_OK | W_OK) == 0);
    CHECK(euidaccess(file, R_OK) == 0 && eaccess(file, F_OK) == 0);
    CHECK(faccessat(AT_FDCWD, file, R_OK, 0) == 0 && faccessat(AT_FDCWD, file, R_OK, AT_EACCESS) == 0);
    CHECK_ERROR(access(missing, F_OK), ENOENT);
    CHECK_ERROR(access("/dev/video251", F_OK), ENOENT);
    CHECK_ERROR(euidaccess(missing, F_OK), ENOENT);
    CHECK_ERROR(faccessat(AT_FDCWD, missing, F_OK, 0), ENOENT);
    CHECK_ERROR(access(file, 64), EINVAL);
    CHECK(readlink(link_path, bytes, sizeof bytes) == (ssize_t)strlen(file));
    CHECK(__readlink_chk(link_path, bytes, sizeof bytes, sizeof bytes) == (ssize_t)strlen(file));
    CHECK_ERROR(readlink(file, bytes, sizeof bytes), EINVAL);
    char resolved[4096];
    CHECK(realpath(link_path, resolved) == resolved && strcmp(resolved, file) == 0);
    CHECK(__realpath_chk(link_path, resolved, sizeof resolved) == resolved);
    CHECK((path = canonicalize_file_name(link_path)) != NULL && strcmp(path, file) == 0);
    free(path);
    CHECK(realpath(missing, NULL) == NULL && errno == ENOENT);
}

static void duplicating(void) {
    int fd = open(file, O_RDONLY), copy;
    CHECK((copy = dup(fd)) > fd && close(copy) == 0);
    CHECK(dup2(fd, 300) == 300 && fcntl(300, F_GETFD) == 0);
    CHECK(dup3(fd, 301, O_CLOEXEC) == 301 && fcntl(301, F_GETFD) == FD_CLOEXEC);
    CHECK(dup2(fd, fd) == fd);
    CHECK_ERROR(dup3(fd, fd, 0), EINVAL);
    CHECK_ERROR(dup2(-1, 5), EBADF);
    CHECK_ERROR(dup2(fd, -1), EBADF);
    CHECK_ERROR(dup2(fd, 1 << 30), EBADF);
    CHECK_ERROR(dup(-1), EBADF);
    CHECK((copy = fcntl(fd, F_DUPFD, 310)) == 310);
    CHECK((copy = fcntl64(fd, F_DUPFD_CLOEXEC, 310)) == 311 && fcntl64(311, F_GETFD) == FD_CLOEXEC);
    CHECK_ERROR(fcntl(-1, F_DUPFD, 3), EBADF);
    CHECK_ERROR(fcntl(fd, F_DUPFD, -1), EINVAL);
    CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK));
    CHECK(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK((copy = (int)syscall(SYS_dup, fd)) >= 0 && syscall(SYS_close, copy) == 0);
    CHECK(syscall(SYS_dup3, fd, 320, 0) == 320 && syscall(SYS_fcntl, 320, F_GETFD) == 0);
    CHECK_ERROR(fcntl(fd, F_GET_SEALS), EINVAL);
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    CHECK(fcntl(fd, F_SETLK, &lock) == 0);
    // All of them at once, and numbers beyond every one in use.
    CHECK(close_range(300, 320, 0) == 0);
    CHECK_ERROR(fcntl(300, F_GETFD), EBADF);
    CHECK_ERROR(fcntl(320, F_GETFD), EBADF);
    CHECK(dup2(fd, 900) == 900 && close_range(400, ~0u, CLOSE_RANGE_CLOEXEC) == 0);
    CHECK(fcntl(900, F_GETFD) == FD_CLOEXEC);
    CHECK_ERROR(close_range(10, 5, 0), EINVAL);
    closefrom(400);
    CHECK_ERROR(fcntl(900, F_GETFD), EBADF);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(dup2(fd, 700) == 700 && syscall(SYS_close_range, 600, 800, 0) == 0);
    CHECK_ERROR(close(700), EBADF);
    CHECK_ERROR(close(-1), EBADF);
    CHECK(close(fd) == 0);
}

static void controlling(void) {
    int ends[2], count = 0;
    CHECK(pipe(ends) == 0 && write(ends[1], "abc", 3) == 3);
    CHECK(ioctl(ends[0], FIONREAD, &count) == 0 && count == 3);
    CHECK(syscall(SYS_ioctl, ends[0], FIONREAD, &count) == 0 && count == 3);
    CHECK_ERROR(ioctl(ends[0], _IOR('V', 0, char[104]), &count), ENOTTY);
    CHECK_ERROR(ioctl(ends[0], _IOR('V', 0, char[104]), NULL), ENOTTY);
    CHECK_ERROR(ioctl(ends[0], (int)_IOWR('V', 17, char[88]), &count), ENOTTY);
    CHECK_ERROR(ioctl(-1, _IOR('V', 0, char[104]), &count), EBADF);
    CHECK_ERROR(ioctl(-1, FIONREAD, &count), EBADF);
    CHECK_ERROR(ioctl(99999, FIONREAD, &count), EBADF);
    struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ};
    CHECK_ERROR(ioctl(ends[0], DMA_BUF_IOCTL_SYNC, &sync), ENOTTY);
    close(ends[0]);
    close(ends[1]);
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    CHECK_ERROR(ioctl(pair[0], _IOR('V', 0, char[104]), &count), ENOTTY);
    close(pair[0]);
    close(pair[1]);
}

static void mapping(void) {
    int fd = open(file, O_RDONLY);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *bytes = mmap(NULL, page, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(bytes != MAP_FAILED && memcmp(bytes, "0123", 4) == 0);
    CHECK(munmap(bytes, page) == 0);
    bytes = mmap64(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(bytes != MAP_FAILED);
    CHECK(mmap(bytes + page, page, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == bytes + page && bytes[page] == '0');
    CHECK(munmap(bytes + 2 * page, page) == 0);
    CHECK(mremap(bytes + 3 * page, page, 2 * page, MREMAP_MAYMOVE) != MAP_FAILED);
    char *room = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mremap(bytes, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, room) == room);
    CHECK((char *)syscall(SYS_mmap, NULL, page, PROT_READ, MAP_PRIVATE, fd, 0) != MAP_FAILED);
    CHECK_ERROR(mmap(NULL, page, PROT_READ, MAP_PRIVATE, -1, 0), EBADF);
    CHECK_ERROR(mmap(NULL, 0, PROT_READ, MAP_PRIVATE, fd, 0), EINVAL);
    CHECK_ERROR(mmap(NULL, page, PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
    CHECK_ERROR(mmap(NULL, page, PROT_READ, MAP_PRIVATE, fd, 1), EINVAL);
    CHECK_ERROR(munmap(bytes + 1, page), EINVAL);
    CHECK_ERROR(syscall(SYS_munmap, bytes + 1, page), EINVAL);
    CHECK_ERROR(mremap(bytes + 1, page, page, 0), EINVAL);
    close(fd);
}

static void directories(void) {
    int entries = 0, again = 0;
    struct dirent *entry;
    DIR *directory = opendir(folder);
    CHECK(directory != NULL);
    errno = 77;
    while ((entry = readdir(directory)) != NULL) {
        entries++;
    }
    CHECK(entries == 4);
    rewinddir(directory);
    while (readdir64(directory) != NULL) {
        again++;
    }
    CHECK(again == entries && closedir(directory) == 0);
    CHECK(opendir(missing) == NULL && errno == ENOENT);
    int fd = open(folder, O_RDONLY | O_DIRECTORY);
    CHECK((directory = fdopendir(fd)) != NULL && readdir(directory) != NULL && closedir(directory) == 0);
    CHECK_ERROR(close(fd), EBADF);
    CHECK(fdopendir(-1) == NULL && errno == EBADF);
    int null = 0;
    CHECK((directory = opendir("/dev")) != NULL);
    while ((entry = readdir(directory)) != NULL) {
        null += strcmp(entry->d_name, "null") == 0;
    }
    CHECK(null == 1 && closedir(directory) == 0);
}

static void caught(int number) {
    (void)number;
}

static void waiting(void) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    struct pollfd fds[2] = {{.fd = ends[0], .events = POLLIN}, {.fd = ends[1], .events = POLLOUT}};
    struct timespec none = {0}, bad = {.tv_nsec = -1};
    CHECK(poll(fds, 2, -1) == 1 && fds[0].revents == 0 && fds[1].revents == POLLOUT);
    CHECK(ppoll(fds, 1, &none, NULL) == 0);
    CHECK(__poll_chk(fds, 2, 0, sizeof fds) == 1 && __ppoll_chk(fds, 2, &none, NULL, sizeof fds) == 1);
    CHECK_ERROR(ppoll(fds, 1, &bad, NULL), EINVAL);
    CHECK_ERROR(poll((void *)8, 1, 0), EFAULT);
    CHECK(poll(NULL, 0, 1) == 0);
    fds[0].fd = 12345;
    CHECK(poll(fds, 1, -1) == 1 && fds[0].revents == POLLNVAL);
    fds[0].fd = -1;
    CHECK(poll(fds, 1, 0) == 0);
    fd_set reads, writes;
    struct timeval now = {0};
    FD_ZERO(&reads);
    FD_SET(ends[0], &reads);
    FD_ZERO(&writes);
    FD_SET(ends[1], &writes);
    CHECK(select(ends[1] + 1, &reads, &writes, NULL, NULL) == 1 && !FD_ISSET(ends[0], &reads));
    CHECK(pselect(ends[1] + 1, &reads, &writes, NULL, &none, NULL) == 1 && FD_ISSET(ends[1], &writes));
    CHECK_ERROR(select(-1, NULL, NULL, NULL, &now), EINVAL);
    FD_SET(1000, &reads);
    CHECK_ERROR(select(1001, &reads, NULL, NULL, &now), EBADF);
    // The mask holds in the wait only, and a signal ends it.
    sigset_t blocked, old, during;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, &old);
    sigemptyset(&during);
    struct sigaction action = {.sa_handler = caught, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    fds[0].fd = ends[0];
    raise(SIGUSR1);
    CHECK_ERROR(ppoll(fds, 1, NULL, &during), EINTR);
    raise(SIGUSR1);
    FD_ZERO(&reads);
    FD_SET(ends[0], &reads);
    CHECK_ERROR(pselect(ends[0] + 1, &reads, NULL, NULL, NULL, &during), EINTR);
    int set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 42}, got[4];
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event) == 0);
    CHECK_ERROR(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event), EEXIST);
    CHECK_ERROR(epoll_ctl(set, EPOLL_CTL_DEL, ends[1], NULL), ENOENT);
    CHECK_ERROR(epoll_ctl(set, EPOLL_CTL_ADD, 12345, &event), EBADF);
    CHECK(epoll_wait(set, got, 4, 0) == 0);
    raise(SIGUSR1);
    CHECK_ERROR(epoll_pwait(set, got, 4, -1, &during), EINTR);
    CHECK(write(ends[1], "x", 1) == 1);
    CHECK(epoll_wait(set, got, 4, -1) == 1 && got[0].data.u64 == 42 && got[0].events == EPOLLIN);
    CHECK(epoll_pwait(set, got, 4, -1, NULL) == 1 && got[0].data.u64 == 42);
    CHECK(epoll_pwait2(set, got, 4, &none, NULL) == 1 || errno == ENOSYS);
    CHECK_ERROR(epoll_wait(set, got, 0, 0), EINVAL);
    CHECK_ERROR(epoll_wait(ends[0], got, 4, 0), EINVAL);
    CHECK_ERROR(epoll_wait(-1, got, 4, 0), EBADF);
    CHECK(poll(fds, 1, -1) == 1 && fds[0].revents == POLLIN);
    sigprocmask(SIG_SETMASK, &old, NULL);
    close(set);
    close(ends[0]);
    close(ends[1]);
}

/// A number that named a closed file names the next one.
static void reuse(void) {
    char byte;
    for (int i = 0; i < 100; i++) {
        int pair[2];
        CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
        CHECK(write(pair[0], "x", 1) == 1 && read(pair[1], &byte, 1) == 1);
        FILE *stream = fdopen(pair[0], "r");
        CHECK(fclose(stream) == 0 && close(pair[1]) == 0);
        int fd = open(file, O_RDONLY);
        CHECK(fd == pair[0] && read(fd, &byte, 1) == 1 && byte == '0' && close(fd) == 0);
    }
}

static void children(void) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        int fd = open(file, O_RDONLY);
        char byte;
        _exit(read(fd, &byte, 1) == 1 && close(fd) == 0 ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

int main(void) {
    strcpy(folder, P_tmpdir "/shim-foreign-XXXXXX");
    if (!mkdtemp(folder)) {
        return 99;
    }
    umask(0);
    snprintf(file, sizeof file, "%s/file", folder);
    snprintf(missing, sizeof missing, "%s/missing", folder);
    snprintf(link_path, sizeof link_path, "%s/link", folder);
    RUN(write_file);
    RUN(opening);
    RUN(streams);
    RUN(reading);
    RUN(statuses);
    RUN(accessing);
    RUN(duplicating);
    RUN(controlling);
    RUN(mapping);
    RUN(directories);
    RUN(waiting);
    RUN(reuse);
    RUN(children);
    unlink(link_path);
    unlink(file);
    rmdir(folder);
    return failures;
}
