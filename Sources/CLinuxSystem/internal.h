#ifndef C_LINUX_SYSTEM_INTERNAL_H
#define C_LINUX_SYSTEM_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <time.h>

#include "CLinuxSystem.h"

// A libc result as the value, or the errno negated.
static inline long outcome(long result) { return result < 0 ? -(long)errno : result; }

static inline struct timespec timespec_of(int64_t nanoseconds) {
    return (struct timespec){.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
}

#endif
