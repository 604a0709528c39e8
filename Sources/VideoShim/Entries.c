/// The page-table entries of this process's buffer mappings.
#include "Edge.h"
#include <sys/mman.h>

enum { PAGE = 4096, BATCH = 512 };

/// Bits of an entry of /proc/self/pagemap (Documentation/admin-guide/mm/pagemap.rst): it is there, and it is of a
/// file or of shared memory.
static const uint64_t PRESENT = UINT64_C(1) << 63, SHARED = UINT64_C(1) << 61;

/// Gives up the entries of [start, end). Somebody may have unmapped it behind our back and have memory of his own
/// there now, which MADV_DONTNEED would destroy: so only pages that are a file's are touched.
static void drop(int pagemap, uintptr_t start, uintptr_t end) {
    uint64_t entries[BATCH];
    for (uintptr_t place = start; place < end; place += (uintptr_t)BATCH * PAGE) {
        size_t count = (end - place) / PAGE;
        count = count < BATCH ? count : BATCH;
        int64_t read = vb2_syscall6(
            SYS_pread64, pagemap, (int64_t)(uintptr_t)entries, (int64_t)(count * sizeof *entries),
            (int64_t)(place / PAGE * sizeof *entries), 0, 0);
        if (read != (int64_t)(count * sizeof *entries)) return;
        for (size_t first = 0, next; first < count; first = next) {
            bool is_shared = (entries[first] & (PRESENT | SHARED)) == (PRESENT | SHARED);
            for (next = first + 1; next < count; next++) {
                if (is_shared != ((entries[next] & (PRESENT | SHARED)) == (PRESENT | SHARED))) break;
            }
            if (is_shared) {
                vb2_syscall3(
                    SYS_madvise, (int64_t)(place + first * PAGE), (int64_t)((next - first) * PAGE), MADV_DONTNEED);
            }
        }
    }
}

void vb2_edge_drop_entries(struct vb2_handle *handle) {
    if (atomic_load_explicit(&vb2_range_count, memory_order_acquire) == 0) return;
    int64_t pagemap = vb2_syscall6(
        SYS_openat, AT_FDCWD, (int64_t)(uintptr_t) "/proc/self/pagemap", O_RDONLY | O_CLOEXEC, 0, 0, 0);
    if (pagemap < 0) return;
    vb2_ranges_visit(handle, drop, (int)pagemap);
    vb2_syscall3(SYS_close, pagemap, 0, 0);
}
