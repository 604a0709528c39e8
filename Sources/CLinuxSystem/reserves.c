#include "internal.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>

// Small enough to come from malloc's heap, and not from an mmap(2) of its own (M_MMAP_THRESHOLD is 128 KiB or more).
enum { BLOCK = 120 << 10 };

// At the top of the heap for good: free() gives only what is above the last block back to the system.
static void *heap_top;

long linux_heap_reserve(size_t bytes) {
    // One heap for all threads: a thread that finds no room for one of its own takes nothing from this one, but asks
    // mmap(2) for each object.
    mallopt(M_ARENA_MAX, 1);
    void **list = NULL;
    for (size_t made = 0; made < bytes; made += BLOCK) {
        void **block = malloc(BLOCK);
        if (block == NULL) break;
        *block = list;
        list = block;
        if (made + BLOCK >= bytes && heap_top == NULL) heap_top = malloc(BLOCK);
    }
    while (list != NULL) {
        void **next = *list;
        free(list);
        list = next;
    }
    return heap_top == NULL ? -(long)ENOMEM : 0;
}

long linux_memory_probe(size_t bytes) {
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) return -(long)errno;
    return outcome(munmap(base, bytes));
}
