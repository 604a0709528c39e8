/// mmap, munmap and mremap.
#include "Edge.h"
#include <stdarg.h>

static void *address_or_error(int64_t result) {
    if (result < 0 && result > -4096) {
        errno = (int)-result;
        return MAP_FAILED;
    }
    return (void *)(uintptr_t)result;
}

/// Fixed mappings take the place of what was there.
static bool replaces(int flags) {
    return (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) == MAP_FIXED;
}

static void *device_map(
    struct vb2_handle *handle, int fd, void *address, size_t length, int protection, int flags, int64_t offset) {
    int64_t result = vb2_core_map(handle, fd, address, length, protection, flags, (uint64_t)offset);
    if (result >= 0 || result <= -4096) {
        vb2_ranges_add(handle, fd, (void *)(uintptr_t)result, length);
    }
    vb2_handle_drop(handle);
    return address_or_error(result);
}

#define MMAP_HOOK(name, offset_type)                                                                         \
    VB2_EXPORT void *name(                                                                                   \
        void *address, size_t length, int protection, int flags, int fd, offset_type offset) {               \
        if (!(flags & MAP_ANONYMOUS)) {                                                                      \
            struct vb2_handle *handle = vb2_device(fd);                                                      \
            if (VB2_UNLIKELY(handle != NULL)) {                                                              \
                return device_map(handle, fd, address, length, protection, flags, offset);                   \
            }                                                                                                \
        }                                                                                                    \
        __typeof__(&name) next = VB2_NEXT(name);                                                             \
        void *result = next ? next(address, length, protection, flags, fd, offset)                           \
                            : address_or_error(vb2_syscall6(                                                 \
                                  SYS_mmap, (int64_t)(uintptr_t)address, (int64_t)length, protection, flags, \
                                  fd, offset));                                                              \
        if (VB2_UNLIKELY(atomic_load_explicit(&vb2_range_count, memory_order_relaxed) != 0)                  \
            && replaces(flags) && result != MAP_FAILED) {                                                    \
            vb2_ranges_replaced(result, length);                                                             \
        }                                                                                                    \
        return result;                                                                                       \
    }

MMAP_HOOK(mmap, off_t)
MMAP_HOOK(mmap64, off64_t)

VB2_EXPORT int munmap(void *address, size_t length) {
    if (VB2_UNLIKELY(atomic_load_explicit(&vb2_range_count, memory_order_acquire) != 0)) {
        vb2_process_check();
        return (int)vb2_return(vb2_ranges_unmap(address, length));
    }
    return VB2_NATIVE(
        munmap, vb2_syscall3(SYS_munmap, (int64_t)(uintptr_t)address, (int64_t)length, 0), address, length);
}

VB2_EXPORT void *mremap(void *address, size_t length, size_t new_length, int flags, ...) {
    void *new_address = NULL;
    if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
        va_list arguments;
        va_start(arguments, flags);
        new_address = va_arg(arguments, void *);
        va_end(arguments);
    }
    if (VB2_UNLIKELY(atomic_load_explicit(&vb2_range_count, memory_order_acquire) != 0)) {
        vb2_process_check();
        return address_or_error(vb2_ranges_move(address, length, new_length, flags, new_address));
    }
    __typeof__(&mremap) next = VB2_NEXT(mremap);
    return next ? next(address, length, new_length, flags, new_address)
                : address_or_error(vb2_syscall6(
                      SYS_mremap, (int64_t)(uintptr_t)address, (int64_t)length, (int64_t)new_length, flags,
                      (int64_t)(uintptr_t)new_address, 0));
}
