#include "internal.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>

// The numbers hold the structs' sizes. A header that had others would speak to another kernel than ours.
_Static_assert(UDMABUF_CREATE == 0x40187542, "struct udmabuf_create");
_Static_assert(DMA_HEAP_IOCTL_ALLOC == 0xc0184800, "struct dma_heap_allocation_data");
_Static_assert(DMA_BUF_IOCTL_SYNC == 0x40086200, "struct dma_buf_sync");
_Static_assert(DMA_BUF_SET_NAME_B == 0x40086201, "the name's pointer");
_Static_assert(DMA_BUF_IOCTL_EXPORT_SYNC_FILE == 0xc0086202, "struct dma_buf_export_sync_file");
_Static_assert(DMA_BUF_IOCTL_IMPORT_SYNC_FILE == 0x40086203, "struct dma_buf_import_sync_file");
_Static_assert(DMA_BUF_NAME_LEN == 32, "the limit of names");

const uint32_t linux_dma_buf_read = DMA_BUF_SYNC_READ;
const uint32_t linux_dma_buf_write = DMA_BUF_SYNC_WRITE;

long linux_udmabuf_create(int device, int memory_file, uint64_t offset, uint64_t size) {
    struct udmabuf_create create = {
        .memfd = (uint32_t)memory_file, .flags = UDMABUF_FLAGS_CLOEXEC, .offset = offset, .size = size};
    return outcome(ioctl(device, UDMABUF_CREATE, &create));
}

long linux_dma_heap_allocate(int device, uint64_t size) {
    struct dma_heap_allocation_data data = {.len = size, .fd_flags = O_RDWR | O_CLOEXEC};
    long result = outcome(ioctl(device, DMA_HEAP_IOCTL_ALLOC, &data));
    return result < 0 ? result : (long)data.fd;
}

long linux_dma_buf_set_name(int fd, const char *name) { return outcome(ioctl(fd, DMA_BUF_SET_NAME_B, name)); }

static long synchronise(int fd, uint64_t flags) {
    struct dma_buf_sync sync = {.flags = flags};
    return outcome(ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync));
}

long linux_dma_buf_begin_access(int fd, uint32_t access) { return synchronise(fd, DMA_BUF_SYNC_START | access); }
long linux_dma_buf_end_access(int fd, uint32_t access) { return synchronise(fd, DMA_BUF_SYNC_END | access); }

long linux_dma_buf_export_sync_file(int fd, uint32_t access) {
    struct dma_buf_export_sync_file data = {.flags = access, .fd = -1};
    long result = outcome(ioctl(fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &data));
    return result < 0 ? result : (long)data.fd;
}

long linux_dma_buf_import_sync_file(int fd, uint32_t access, int sync_file) {
    struct dma_buf_import_sync_file data = {.flags = access, .fd = sync_file};
    return outcome(ioctl(fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &data));
}
