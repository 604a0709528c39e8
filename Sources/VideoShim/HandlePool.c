/// Handles in memory that is never given back: a thread that lost a race against close() reads a dead handle,
/// never freed memory.
#include "Edge.h"
#include <string.h>

#define DEAD VB2_HANDLE_DEAD
enum { HANDLES_PER_CHUNK = 32, CHUNKS = 512 };

struct chunk {
    _Atomic uint32_t claimed[HANDLES_PER_CHUNK];
    struct vb2_handle handles[HANDLES_PER_CHUNK];
};

static _Atomic(struct chunk *) chunks[CHUNKS];

static struct chunk *chunk_at(int position) {
    struct chunk *chunk = atomic_load_explicit(&chunks[position], memory_order_acquire);
    if (chunk) {
        return chunk;
    }
    struct chunk *fresh = vb2_pages(sizeof(struct chunk));
    if (!fresh) {
        return NULL;
    }
    for (int i = 0; i < HANDLES_PER_CHUNK; i++) {
        fresh->handles[i].uses = DEAD;
    }
    if (!atomic_compare_exchange_strong(&chunks[position], &chunk, fresh)) {
        vb2_pages_free(fresh, sizeof(struct chunk));
        return chunk;
    }
    return fresh;
}

/// All but `uses`, which late threads count in, and `generation`, which tells them.
static void reset(struct vb2_handle *handle) {
    handle->page = NULL;
    handle->shadows = NULL;
    handle->shadow_bytes = 0;
    handle->shadow_allocation = 0;
    handle->control = -1;
    handle->witnesses = NULL;
    handle->witness_bytes = 0;
    handle->witnesses_are_useless = 0;
    handle->handle = 0;
    handle->server = 0;
    handle->open_flags = 0;
    handle->node = 0;
    handle->sequence = 0;
    handle->descriptors = 0;
    handle->mappings = 0;
    handle->kept = -1;
    handle->request_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    atomic_fetch_add((_Atomic uint32_t *)&handle->generation, 1);
}

struct vb2_handle *vb2_handle_make(void) {
    for (int c = 0; c < CHUNKS; c++) {
        struct chunk *chunk = chunk_at(c);
        if (!chunk) {
            return NULL;
        }
        for (int i = 0; i < HANDLES_PER_CHUNK; i++) {
            if (atomic_load_explicit(&chunk->claimed[i], memory_order_relaxed) == 0
                && atomic_exchange(&chunk->claimed[i], 1) == 0) {
                struct vb2_handle *handle = &chunk->handles[i];
                reset(handle);
                atomic_fetch_add(vb2_handle_uses(handle), 1u - DEAD);
                return handle;
            }
        }
    }
    return NULL;
}

void vb2_handle_end(struct vb2_handle *handle) {
    // A late thread may have come and gone in between: who turns zero into DEAD is the one who releases.
    uint32_t zero = 0;
    if (!atomic_compare_exchange_strong(vb2_handle_uses(handle), &zero, DEAD)) {
        return;
    }
    vb2_core_release(handle);
    for (int c = 0; c < CHUNKS; c++) {
        struct chunk *chunk = atomic_load_explicit(&chunks[c], memory_order_acquire);
        if (chunk && handle >= chunk->handles && handle < chunk->handles + HANDLES_PER_CHUNK) {
            atomic_store_explicit(&chunk->claimed[handle - chunk->handles], 0, memory_order_release);
            return;
        }
    }
}

struct vb2_handle *vb2_handle_find(bool (*body)(struct vb2_handle *, void *), void *context) {
    for (int c = 0; c < CHUNKS; c++) {
        struct chunk *chunk = atomic_load_explicit(&chunks[c], memory_order_acquire);
        if (!chunk) {
            return NULL;
        }
        for (int i = 0; i < HANDLES_PER_CHUNK; i++) {
            struct vb2_handle *handle = &chunk->handles[i];
            if (!(atomic_load(vb2_handle_uses(handle)) & DEAD) && body(handle, context)) {
                return handle;
            }
        }
    }
    return NULL;
}
