// A process that has buffers mapped and waits for their memory, or only says so. What it is to do comes as messages on
// descriptor 0 (SEQPACKET); each is answered by one.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct command {
    uint32_t what;
    uint32_t index;
    uint64_t value;
};

struct answer {
    int64_t result;
    uint64_t address;
};

struct mapping {
    unsigned char *base;
    size_t size;
    int userfault;
};

static struct mapping mappings[32];
static unsigned mapped;
static _Atomic uint64_t mismatches, rounds;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void answer(int64_t result, uint64_t address, int descriptor) {
    struct answer out = {result, address};
    struct iovec part = {&out, sizeof out};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &descriptor, sizeof(int));
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
    }
    if (sendmsg(0, &message, MSG_NOSIGNAL) < 0) exit(0);
}

// Maps the buffer that came, and lets accesses wait.
static void map(int memory, size_t size, uint64_t features) {
    struct mapping *m = &mappings[mapped];
    m->size = size;
    m->base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (m->base == MAP_FAILED) fail("mmap");
    if (madvise(m->base, size, MADV_DONTFORK) < 0) fail("madvise");
    m->userfault = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
    struct uffdio_api api = {.api = UFFD_API, .features = features};
    if (m->userfault < 0 || ioctl(m->userfault, UFFDIO_API, &api) < 0) fail("userfaultfd");
    struct uffdio_register range = {
        .range = {(uintptr_t)m->base, size}, .mode = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP};
    if (ioctl(m->userfault, UFFDIO_REGISTER, &range) < 0) fail("register");
    close(memory);
    mapped++;
    answer(0, (uintptr_t)m->base, m->userfault);
}

// How many words aren't what they should be.
static int64_t compare(const unsigned char *bytes, size_t size, uint64_t value) {
    int64_t wrong = 0;
    const uint64_t *words = (const uint64_t *)bytes;
    for (size_t i = 0; i < size / 8; i++) wrong += words[i] != value + i;
    return wrong;
}

// What write(2) takes from the mapping.
static int64_t pass(const struct mapping *m, uint64_t value) {
    int file = memfd_create("pass", MFD_CLOEXEC);
    for (size_t done = 0; done < m->size;) {
        ssize_t taken = write(file, m->base + done, m->size - done);
        if (taken <= 0) return -errno;
        done += (size_t)taken;
    }
    unsigned char *copy = mmap(NULL, m->size, PROT_READ, MAP_SHARED, file, 0);
    int64_t wrong = compare(copy, m->size, value);
    munmap(copy, m->size);
    close(file);
    return wrong;
}

// How a child ends that looks at the mapping.
static int64_t in_child(const struct mapping *m) {
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        volatile unsigned char byte = *m->base;
        _exit(byte == 0 ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status) - 1;
}

// Looks at everything, for ever: mapping i holds the pattern of i << 32.
static void *look(void *unused) {
    for (;;) {
        for (unsigned i = 0; i < mapped; i++)
            mismatches += (uint64_t)compare(mappings[i].base, mappings[i].size, (uint64_t)i << 32);
        rounds++;
    }
    return unused;
}

static int receive(struct command *command, int *descriptor) {
    struct iovec part = {command, sizeof *command};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    *descriptor = -1;
    if (recvmsg(0, &message, MSG_CMSG_CLOEXEC) != sizeof *command) return 0;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header) memcpy(descriptor, CMSG_DATA(header), sizeof(int));
    return 1;
}

int main(void) {
    struct command command;
    int descriptor;
    const uint64_t features = UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_PAGEFAULT_FLAG_WP | (1 << 12);
    while (receive(&command, &descriptor)) {
        struct mapping *m = &mappings[command.index];
        switch (command.what) {
        case 'm': map(descriptor, command.value, features); break;
        case 'r': answer(compare(m->base, m->size, command.value), 0, -1); break;
        case 'p': answer(pass(m, command.value), 0, -1); break;
        case 'f': answer(in_child(m), 0, -1); break;
        case 'w':
            for (size_t i = 0; i < m->size / 8; i++) ((uint64_t *)m->base)[i] = command.value + i;
            answer(0, 0, -1);
            break;
        case 'u': answer(munmap(m->base, m->size), 0, -1); break;
        case 't': {
            pthread_t thread;
            answer(pthread_create(&thread, NULL, look, NULL), 0, -1);
            break;
        }
        case 's': answer((int64_t)mismatches, rounds, -1); break;
        // What nobody should do who has promised to wait.
        case 'e': map(descriptor, command.value, features | UFFD_FEATURE_EVENT_FORK); break;
        case 'b': answer(fcntl(m->userfault, F_SETFL, 0), 0, -1); break;
        case 'o': {
            struct uffdio_range range = {(uintptr_t)m->base, m->size};
            answer(ioctl(m->userfault, UFFDIO_UNREGISTER, &range), 0, -1);
            break;
        }
        case 'c': {
            // The mapping may be inherited, and the event of that waits to be read.
            madvise(m->base, m->size, MADV_DOFORK);
            pid_t child = fork();
            if (child == 0) _exit(0);
            answer(waitpid(child, NULL, 0) == child, 0, -1);
            break;
        }
        default: return 1;
        }
    }
    return 0;
}
