#ifndef C_LINUX_SYSTEM_KERNEL_BUFFERS_H
#define C_LINUX_SYSTEM_KERNEL_BUFFERS_H

// The kernel's own dma-bufs: the two drivers that make them for user space, and what can be asked of any.
// Included by CLinuxSystem.h; the same rules hold.

#include <stdint.h>

// A close-on-exec dma-buf of a part of a sealed memory file (/dev/udmabuf).
long linux_udmabuf_create(int device, int memory_file, uint64_t offset, uint64_t size);
// A close-on-exec dma-buf, open for reading and writing, of a heap's memory (/dev/dma_heap/*).
long linux_dma_heap_allocate(int device, uint64_t size);

// The name has at most 31 bytes.
long linux_dma_buf_set_name(int fd, const char *name);
// access: linux_dma_buf_read and linux_dma_buf_write.
long linux_dma_buf_begin_access(int fd, uint32_t access);
long linux_dma_buf_end_access(int fd, uint32_t access);
// A close-on-exec sync_file.
long linux_dma_buf_export_sync_file(int fd, uint32_t access);
long linux_dma_buf_import_sync_file(int fd, uint32_t access, int sync_file);

extern const uint32_t linux_dma_buf_read;
extern const uint32_t linux_dma_buf_write;

#endif
