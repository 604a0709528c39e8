/// Where this process has device buffers mapped: as in the kernel, a mapping keeps the file open.
#include "Edge.h"
#include <string.h>

/// Free while `handle` is NULL, which is written last on the way in and first on the way out: a fork finds
/// each record whole or absent.
struct range {
    uintptr_t start, end;
    _Atomic(struct vb2_handle *) handle;
};

enum { FIRST_CAPACITY = 64, PAGE = 4096 };

static struct range first_ranges[FIRST_CAPACITY];
static struct range *ranges = first_ranges;
static size_t capacity = FIRST_CAPACITY;
_Atomic uint32_t vb2_range_count;


static struct range *free_record(void) {
    for (size_t i = 0; i < capacity; i++) {
        if (!atomic_load_explicit(&ranges[i].handle, memory_order_relaxed)) {
            return &ranges[i];
        }
    }
    struct range *larger = vb2_pages(2 * capacity * sizeof *larger);
    if (!larger) {
        return NULL;
    }
    memcpy(larger, ranges, capacity * sizeof *larger);
    struct range *old = ranges;
    size_t old_capacity = capacity;
    ranges = larger;
    capacity = 2 * old_capacity;
    if (old != first_ranges) {
        vb2_pages_free(old, old_capacity * sizeof *old);
    }
    return &ranges[old_capacity];
}

/// Under the lock. Without memory for a record the handle just stays open: `mappings` never falls to zero.
static void insert(struct vb2_handle *handle, uintptr_t start, uintptr_t end) {
    handle->mappings++;
    struct range *range = free_record();
    if (range) {
        range->start = start;
        range->end = end;
        atomic_store_explicit(&range->handle, handle, memory_order_release);
        atomic_fetch_add(&vb2_range_count, 1);
    }
}

static void discard(struct range *range) {
    struct vb2_handle *handle = atomic_exchange(&range->handle, NULL);
    atomic_fetch_sub(&vb2_range_count, 1);
    handle->mappings--;
}

static struct vb2_handle *handle_of(const struct range *range) {
    return atomic_load_explicit(&range->handle, memory_order_relaxed);
}

static bool overlaps(const struct range *range, uintptr_t start, uintptr_t end) {
    return handle_of(range) && range->start < end && range->end > start;
}

/// Under the lock: takes [start, end) out of every record, which may split one.
static void cut(uintptr_t start, uintptr_t end) {
    for (size_t i = 0; i < capacity; i++) {
        if (!overlaps(&ranges[i], start, end)) {
            continue;
        }
        uintptr_t old_start = ranges[i].start, old_end = ranges[i].end;
        struct vb2_handle *handle = handle_of(&ranges[i]);
        if (old_start < start && old_end > end) {
            ranges[i].end = start;
            insert(handle, end, old_end); // may move `ranges`
        } else if (old_start < start) {
            ranges[i].end = start;
        } else if (old_end > end) {
            ranges[i].start = end;
        } else {
            discard(&ranges[i]);
        }
    }
}

/// Gives up the hidden descriptor of each handle that has lost its last mapping.
static bool is_unmapped(struct vb2_handle *handle, void *context) {
    (void)context;
    return handle->kept >= 0 && handle->mappings == 0;
}

static void let_go_unmapped(void) {
    for (;;) {
        struct vb2_locked locked = vb2_lock_take(&vb2_range_lock);
        struct vb2_handle *handle = vb2_handle_find(is_unmapped, NULL);
        int32_t kept = -1;
        if (handle) {
            kept = handle->kept;
            handle->kept = -1;
        }
        vb2_lock_give(&vb2_range_lock, locked);
        if (!handle) {
            return;
        }
        vb2_edge_unhide(kept);
        vb2_handle_drop(handle); // the mappings' use
    }
}

static uintptr_t round_up(size_t length) {
    return ((uintptr_t)length + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
}

void vb2_ranges_add(struct vb2_handle *handle, int fd, const void *address, size_t length) {
    uintptr_t start = (uintptr_t)address, end = start + round_up(length);
    int32_t kept = -1;
    for (;;) {
        struct vb2_locked locked = vb2_lock_take(&vb2_range_lock);
        bool needs = handle->kept < 0 && kept == -1;
        if (!needs) {
            cut(start, end); // left by an unmapping that didn't come through here
            insert(handle, start, end);
            if (handle->kept < 0 && kept >= 0) {
                handle->kept = kept;
                kept = -1;
                vb2_handle_hold(handle);
            }
        }
        vb2_lock_give(&vb2_range_lock, locked);
        if (!needs) {
            break;
        }
        // Out of descriptors the mapping just doesn't keep the file open.
        int64_t copy = vb2_syscall3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0);
        kept = copy >= 0 ? vb2_edge_hide((int32_t)copy) : -2;
    }
    if (kept >= 0) {
        vb2_edge_unhide(kept);
    }
    let_go_unmapped();
}

void vb2_ranges_replaced(const void *address, size_t length) {
    struct vb2_locked locked = vb2_lock_take(&vb2_range_lock);
    cut((uintptr_t)address, (uintptr_t)address + round_up(length));
    vb2_lock_give(&vb2_range_lock, locked);
    let_go_unmapped();
}

/// Under the lock.
static struct vb2_handle *tracked(uintptr_t start, uintptr_t end) {
    for (size_t i = 0; i < capacity; i++) {
        if (overlaps(&ranges[i], start, end)) {
            return handle_of(&ranges[i]);
        }
    }
    return NULL;
}

int64_t vb2_ranges_unmap(void *address, size_t length) {
    uintptr_t start = (uintptr_t)address, end = start + round_up(length);
    // The call is made under the lock: once the bytes are free another thread's buffer may be mapped there,
    // and its record must come after ours went.
    struct vb2_locked locked = vb2_lock_take(&vb2_range_lock);
    bool ours = tracked(start, end) != NULL;
    int64_t result = vb2_syscall3(SYS_munmap, (int64_t)start, (int64_t)length, 0);
    if (ours && result == 0) {
        cut(start, end);
    }
    vb2_lock_give(&vb2_range_lock, locked);
    if (ours) {
        let_go_unmapped();
    }
    return result;
}

int64_t vb2_ranges_move(void *address, size_t length, size_t new_length, int flags, void *new_address) {
    uintptr_t start = (uintptr_t)address, end = start + round_up(length);
    struct vb2_locked locked = vb2_lock_take(&vb2_range_lock);
    struct vb2_handle *handle = tracked(start, end > start ? end : start + 1);
    // A driver's mapping can't be copied nor grow (VM_DONTEXPAND).
    int64_t result = !handle ? 0 : length == 0 ? -EINVAL : round_up(new_length) > round_up(length) ? -EFAULT : 0;
    if (result == 0) {
        result = vb2_syscall6(
            SYS_mremap, (int64_t)start, (int64_t)length, (int64_t)new_length, flags,
            (int64_t)(uintptr_t)new_address, 0);
        if (result >= 0 || result <= -4096) {
            uintptr_t moved = (uintptr_t)result;
            if (flags & MREMAP_FIXED) {
                cut(moved, moved + round_up(new_length));
            }
            if (handle) {
                if (!(flags & MREMAP_DONTUNMAP)) {
                    cut(start, end);
                }
                insert(handle, moved, moved + round_up(new_length));
            }
        }
    }
    vb2_lock_give(&vb2_range_lock, locked);
    let_go_unmapped();
    return result;
}

void vb2_ranges_visit(struct vb2_handle *handle, void (*visit)(int, uintptr_t, uintptr_t), int context) {
    // Under the lock: nothing is unmapped through here meanwhile.
    struct vb2_locked locked = vb2_lock_take(&vb2_range_lock);
    for (size_t i = 0; i < capacity; i++) {
        if (handle_of(&ranges[i]) == handle) {
            visit(context, ranges[i].start, ranges[i].end);
        }
    }
    vb2_lock_give(&vb2_range_lock, locked);
}
