#include "internal.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// Newer than the headers may be; the numbers are the kernel's interface.
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef USERFAULTFD_IOC_NEW
#define USERFAULTFD_IOC_NEW _IO(0xAA, 0x00)
#endif
#ifndef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
#define UFFD_FEATURE_WP_HUGETLBFS_SHMEM (1 << 12)
#endif

struct poison {
    struct uffdio_range range;
    uint64_t mode;
    int64_t updated;
};
#define POISON _IOWR(0xAA, 0x08, struct poison)

_Static_assert(POISON == 0xc020aa08, "struct uffdio_poison");
_Static_assert(sizeof(struct uffd_msg) == 32, "struct uffd_msg");
_Static_assert(UFFDIO_API == 0xc018aa3f, "struct uffdio_api");
_Static_assert(UFFDIO_WRITEPROTECT == 0xc018aa06, "struct uffdio_writeprotect");

static const uint64_t features =
    UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM;

static long make(bool user_only) {
    int flags = O_CLOEXEC | O_NONBLOCK;
    long fd = outcome(syscall(SYS_userfaultfd, flags | (user_only ? UFFD_USER_MODE_ONLY : 0)));
    if (fd != -EPERM || user_only) return fd;
    // Who may open the device needs no privilege (Linux 6.1).
    int device = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);
    if (device < 0) return fd;
    long made = outcome(ioctl(device, USERFAULTFD_IOC_NEW, flags));
    close(device);
    return made < 0 ? fd : made;
}

long linux_userfault(bool user_only) {
    long fd = make(user_only);
    if (fd < 0) return fd;
    struct uffdio_api api = {.api = UFFD_API, .features = features};
    if (ioctl((int)fd, UFFDIO_API, &api) == 0) return fd;
    long error = errno == EINVAL ? EOPNOTSUPP : errno;
    close((int)fd);
    return -error;
}

long linux_is_userfault(int fd) {
    char path[32], target[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    // The kernel's own word. The path of a file begins with a slash, whoever made the file.
    long length = outcome(readlink(path, target, sizeof target));
    static const char expected[] = "anon_inode:[userfaultfd]";
    if (length < 0) return length;
    return length == sizeof expected - 1 && memcmp(target, expected, sizeof expected - 1) == 0;
}

long linux_userfault_register(int fd, uint64_t start, uint64_t length, bool missing, bool writes) {
    struct uffdio_register data = {
        .range = {start, length},
        .mode = (missing ? UFFDIO_REGISTER_MODE_MISSING : 0) | (writes ? UFFDIO_REGISTER_MODE_WP : 0)};
    return outcome(ioctl(fd, UFFDIO_REGISTER, &data));
}

long linux_userfault_unregister(int fd, uint64_t start, uint64_t length) {
    struct uffdio_range data = {start, length};
    return outcome(ioctl(fd, UFFDIO_UNREGISTER, &data));
}

long linux_userfault_protect(int fd, uint64_t start, uint64_t length, bool on) {
    struct uffdio_writeprotect data = {{start, length}, on ? UFFDIO_WRITEPROTECT_MODE_WP : 0};
    return outcome(ioctl(fd, UFFDIO_WRITEPROTECT, &data));
}

long linux_userfault_wake(int fd, uint64_t start, uint64_t length) {
    struct uffdio_range data = {start, length};
    return outcome(ioctl(fd, UFFDIO_WAKE, &data));
}

long linux_userfault_copy(int fd, uint64_t target, const void *source, size_t length, size_t *copied) {
    struct uffdio_copy data = {.dst = target, .src = (uint64_t)(uintptr_t)source, .len = length};
    long result = outcome(ioctl(fd, UFFDIO_COPY, &data));
    *copied = result == 0 ? length : data.copy > 0 ? (size_t)data.copy : 0;
    return result;
}

long linux_userfault_poison(int fd, uint64_t start, uint64_t length) {
    struct poison data = {.range = {start, length}};
    return outcome(ioctl(fd, POISON, &data));
}

long linux_userfault_read(int fd, struct linux_fault faults[LINUX_FAULTS_PER_READ], size_t *count) {
    struct uffd_msg messages[LINUX_FAULTS_PER_READ];
    struct iovec room = {messages, sizeof messages};
    *count = 0;
    // Not read(2): the file's flags are also those of whoever sent it, and can change at any time.
    long bytes = outcome(preadv2(fd, &room, 1, -1, RWF_NOWAIT));
    if (bytes < 0) return bytes;
    size_t taken = (size_t)bytes / sizeof messages[0];
    for (size_t i = 0; i < taken; i++) {
        const struct uffd_msg *message = &messages[i];
        // Nobody here asks for these, but whoever made the descriptor may have: then it is ours to close.
        if (message->event == UFFD_EVENT_FORK) close((int)message->arg.fork.ufd);
        if (message->event != UFFD_EVENT_PAGEFAULT) continue;
        faults[*count].address = message->arg.pagefault.address;
        faults[*count].on_protected_page = (message->arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP) != 0;
        *count += 1;
    }
    return (long)taken;
}
