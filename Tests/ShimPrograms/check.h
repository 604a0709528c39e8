/// PASS and FAIL lines. A program exits with the number of its failures.
#pragma once
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failures;

#define CHECK(condition)                                                                                   \
    do {                                                                                                   \
        errno = 0;                                                                                         \
        int held = (condition) ? 1 : 0;                                                                    \
        if (!held) {                                                                                       \
            failures++;                                                                                    \
            printf("FAIL %s:%d %s (errno %d)\n", __func__, __LINE__, #condition, errno);                   \
        }                                                                                                  \
    } while (0)

/// The call fails, with this errno.
#define CHECK_ERROR(call, error)                                                                           \
    do {                                                                                                   \
        errno = 0;                                                                                         \
        long outcome = (long)(call);                                                                       \
        if (outcome != -1 || errno != (error)) {                                                           \
            failures++;                                                                                    \
            printf("FAIL %s:%d %s: %ld, errno %d\n", __func__, __LINE__, #call, outcome, errno);           \
        }                                                                                                  \
    } while (0)

static inline void run(const char *name, void (*body)(void)) {
    int before = failures;
    body();
    if (failures == before) {
        printf("PASS %s\n", name);
    }
    fflush(stdout);
}
#define RUN(body) run(#body, body)
