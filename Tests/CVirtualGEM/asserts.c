#include "VirtualGEM.h"

_Static_assert(sizeof(struct vgem_create) == 32, "struct drm_mode_create_dumb");
_Static_assert(sizeof(struct vgem_export) == 12, "struct drm_prime_handle");
_Static_assert(sizeof(struct vgem_fence_attach) == 16, "struct drm_vgem_fence_attach");
_Static_assert(sizeof(struct vgem_fence_signal) == 8, "struct drm_vgem_fence_signal");
