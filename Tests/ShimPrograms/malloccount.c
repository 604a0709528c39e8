/// A library that is loaded before a program's and counts its allocations and the bytes that are not freed: in
/// `allocation_count` and the word behind it, or in the first sixteen bytes of the file that MALLOCCOUNT_FILE names.
/// MALLOCCOUNT_TRACE=N writes the call chains of allocation N and of those after it to standard error.
#define _GNU_SOURCE 1
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

_Atomic uint64_t allocation_count[2];
static _Atomic uint64_t *shared = allocation_count;
static uint64_t traced_from = UINT64_MAX;
static _Thread_local int is_tracing;

/// Bytes that the program has, and what came before the file was there is among them.
static void *held(void *memory) {
    atomic_fetch_add(shared + 1, malloc_usable_size(memory));
    return memory;
}

static void given_back(void *memory) { atomic_fetch_sub(shared + 1, malloc_usable_size(memory)); }

static void count(void) {
    uint64_t before = atomic_fetch_add(shared, 1);
    if (before < traced_from || is_tracing) return;
    is_tracing = 1;
    void *frames[24];
    int depth = backtrace(frames, 24);
    backtrace_symbols_fd(frames, depth, 2);
    (void)!write(2, "--\n", 3);
    is_tracing = 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("MALLOCCOUNT_FILE"), *trace = getenv("MALLOCCOUNT_TRACE");
    if (trace) {
        void *one[1];
        backtrace(one, 1);
        traced_from = strtoull(trace, NULL, 10);
    }
    if (!path) return;
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0 || ftruncate(file, sizeof allocation_count) != 0) return;
    void *place = mmap(NULL, sizeof allocation_count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (place == MAP_FAILED) return;
    _Atomic uint64_t *counts = place;
    atomic_store(counts + 1, allocation_count[1]);
    shared = counts;
}

void *malloc(size_t size) {
    count();
    return held(__libc_malloc(size));
}

void *calloc(size_t number, size_t size) {
    count();
    return held(__libc_calloc(number, size));
}

void *realloc(void *old, size_t size) {
    count();
    given_back(old);
    void *memory = __libc_realloc(old, size);
    // It keeps the old one if it fails.
    held(memory || size == 0 ? memory : old);
    return memory;
}

void *memalign(size_t alignment, size_t size) {
    count();
    return held(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
    count();
    return held(__libc_memalign(alignment, size));
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    count();
    void *memory = held(__libc_memalign(alignment, size));
    if (!memory) return ENOMEM;
    *result = memory;
    return 0;
}

void free(void *memory) {
    given_back(memory);
    __libc_free(memory);
}
