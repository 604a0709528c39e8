/// What the kernel's test driver vgem is asked for: a buffer with a fence that stays unsignalled until told, or for ten
/// seconds. The structs and numbers are those of drm.h, drm_mode.h and vgem_drm.h, which Debian has in libdrm-dev only.
#pragma once
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>

struct vgem_create {
    uint32_t height, width, bits_per_pixel, flags;
    /// Set by the driver, as those that follow.
    uint32_t handle, pitch;
    uint64_t size;
};

struct vgem_export {
    uint32_t handle, flags;
    /// Set by the driver.
    int32_t fd;
};

struct vgem_fence_attach {
    uint32_t handle, flags;
    /// Set by the driver.
    uint32_t fence;
    uint32_t padding;
};

struct vgem_fence_signal {
    uint32_t fence, flags;
};

static const uint32_t VGEM_EXPORT_FLAGS = O_CLOEXEC | O_RDWR;
static const uint32_t VGEM_FENCE_OF_WRITER = 1;

static const uint32_t VGEM_CREATE = (uint32_t)_IOWR('d', 0xb2, struct vgem_create);
static const uint32_t VGEM_EXPORT = (uint32_t)_IOWR('d', 0x2d, struct vgem_export);
static const uint32_t VGEM_FENCE_ATTACH = (uint32_t)_IOWR('d', 0x41, struct vgem_fence_attach);
static const uint32_t VGEM_FENCE_SIGNAL = (uint32_t)_IOW('d', 0x42, struct vgem_fence_signal);
