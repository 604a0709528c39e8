/// Running a process an instruction at a time, so that it can be killed between any two.
#pragma once
#include "capture.h"
#include <dirent.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <time.h>

/// splitmix64: from a seed that is printed, the same numbers everywhere.
static inline uint64_t next_random(uint64_t *state) {
    uint64_t value = (*state += 0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

/// Called by the process that is to be traced, where its tracer is to take over.
static inline void stop_here(void) { MUST(raise(SIGSTOP) == 0); }

enum outcome { STOPPED, ENDED, ONE_STEP };

/// What a traced process that has stopped did so for. Signals that have nothing to do with its being traced go on to it.
static inline enum outcome reason(pid_t pid, int how, int *status) {
    while (WIFSTOPPED(*status)) {
        int signal = WSTOPSIG(*status);
        if (signal == SIGSTOP) return STOPPED;
        if (signal == SIGTRAP) return ONE_STEP;
        MUST(ptrace(how, pid, NULL, (void *)(long)signal) == 0 && waitpid(pid, status, __WALL) == pid);
    }
    return ENDED;
}

/// Lets a traced process go on until it stops by itself, for one instruction (PTRACE_SINGLESTEP) or without end
/// (PTRACE_CONT). A system call is one instruction.
static inline enum outcome advance(pid_t pid, int how, int *status) {
    MUST(ptrace(how, pid, NULL, NULL) == 0 && waitpid(pid, status, __WALL) == pid);
    return reason(pid, how, status);
}

static inline void kill_and_wait(pid_t pid, int *status) {
    MUST(kill(pid, SIGKILL) == 0 && waitpid(pid, status, __WALL) == pid);
}

static inline void spin(uint64_t nanoseconds) {
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((uint64_t)(now.tv_sec - start.tv_sec) * 1000000000 + (uint64_t)now.tv_nsec - (uint64_t)start.tv_nsec <
             nanoseconds);
}

// MARK: What a server holds

struct holdings {
    int descriptors, mappings, threads;
};

/// Calls a function with the name of each entry of one of a process's folders in /proc.
static inline int count_entries(pid_t pid, const char *folder, bool (*counts)(pid_t, const char *)) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, folder);
    DIR *entries = opendir(path);
    MUST(entries);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(entries));) count += entry->d_name[0] != '.' && counts(pid, entry->d_name);
    closedir(entries);
    return count;
}

static inline bool any(pid_t pid, const char *entry) {
    (void)pid, (void)entry;
    return true;
}

/// Reads a thread's name.
static inline void thread_name(pid_t pid, const char *thread, char *text, size_t size) {
    char path[300];
    snprintf(path, sizeof path, "/proc/%d/task/%s/comm", pid, thread);
    text[0] = 0;
    FILE *file = fopen(path, "re");
    if (!file) return;
    if (!fgets(text, (int)size, file)) text[0] = 0;
    fclose(file);
}

static inline struct holdings held_by(pid_t pid) {
    struct holdings holdings = {
        .descriptors = count_entries(pid, "fd", any), .threads = count_entries(pid, "task", any)};
    char path[64], line[600];
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "re");
    MUST(maps);
    while (fgets(line, sizeof line, maps)) holdings.mappings += strstr(line, "/memfd:") != NULL;
    fclose(maps);
    return holdings;
}

/// The server gives back by and by what a dead process had; it has five seconds.
static inline void await_holdings(pid_t server, struct holdings before, const char *what, uint64_t seed) {
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (true) {
        struct holdings held = held_by(server);
        if (held.descriptors <= before.descriptors && held.mappings <= before.mappings &&
            held.threads <= before.threads)
            return;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec - start.tv_sec > 5) {
            fail("after %s (seed %" PRIu64 ") the server has %d descriptors (%d), %d mappings (%d), %d threads (%d)",
                 what, seed, held.descriptors, before.descriptors, held.mappings, before.mappings, held.threads,
                 before.threads);
        }
        sched_yield();
    }
}
