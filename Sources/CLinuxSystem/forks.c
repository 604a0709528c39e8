#include "internal.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// Which descriptors a forked child must not keep: a bit for each number. Linux has no flag for that.
// fork() itself is held up while the set changes, so that no child sees half of it.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int registration_error;
static uint64_t *words;
static size_t word_count;

static void before_fork(void) { pthread_mutex_lock(&lock); }
static void in_parent(void) { pthread_mutex_unlock(&lock); }

// Only async-signal-safe calls: the other threads of the parent are gone, wherever they were.
static void in_child(void) {
    for (size_t word = 0; word < word_count; word++) {
        for (uint64_t bits = words[word]; bits != 0; bits &= bits - 1) {
            int fd = (int)(word * 64) + __builtin_ctzll(bits);
            // Closed first, so that there is a free number. The number stays taken, because its owner in
            // the child will close it.
            close(fd);
            int inert = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
            if (inert >= 0 && inert != fd) {
                (void)dup3(inert, fd, O_CLOEXEC);
                close(inert);
            }
        }
        words[word] = 0;
    }
    pthread_mutex_unlock(&lock);
}

static void register_handlers(void) { registration_error = pthread_atfork(before_fork, in_parent, in_child); }

static long make_room(int fd) {
    size_t needed = (size_t)fd / 64 + 1;
    if (needed <= word_count) return 0;
    uint64_t *grown = realloc(words, needed * sizeof *words);
    if (grown == NULL) return -(long)ENOMEM;
    memset(grown + word_count, 0, (needed - word_count) * sizeof *words);
    words = grown;
    word_count = needed;
    return 0;
}

long linux_unshared_pair(int fds[2]) {
    pthread_once(&once, register_handlers);
    if (registration_error != 0) return -(long)registration_error;
    pthread_mutex_lock(&lock);
    long result = outcome(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds));
    if (result >= 0) {
        result = make_room(fds[0]);
        if (result < 0) {
            close(fds[0]);
            close(fds[1]);
        } else {
            words[fds[0] / 64] |= UINT64_C(1) << (fds[0] % 64);
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

void linux_forget_unshared(int fd) {
    pthread_mutex_lock(&lock);
    if ((size_t)fd / 64 < word_count) words[fd / 64] &= ~(UINT64_C(1) << (fd % 64));
    pthread_mutex_unlock(&lock);
}
