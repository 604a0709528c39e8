/* Both sides of the page, and both builds of the program's half, must agree on every offset. */
#include "CVideoABI.h"
#include <stddef.h>

_Static_assert(sizeof(struct v4l2_buffer) == 88, "v4l2_buffer");
_Static_assert(sizeof(struct v4l2_plane) == 64, "v4l2_plane");
_Static_assert(sizeof(struct v4l2_timecode) == 16, "v4l2_timecode");
_Static_assert(sizeof(struct v4l2_ext_control) == 20, "v4l2_ext_control");
_Static_assert(sizeof(struct v4l2_format) == 208, "v4l2_format");

_Static_assert(sizeof(struct vb2_plane_slot) == 48, "vb2_plane_slot");
_Static_assert(sizeof(struct vb2_slot) == 448, "vb2_slot");
_Static_assert(offsetof(struct vb2_page, gate) == 64, "line 1");
_Static_assert(offsetof(struct vb2_page, done) == 192, "line 3");
_Static_assert(offsetof(struct vb2_page, queued_tail) == 256, "line 4");
_Static_assert(offsetof(struct vb2_page, lock) == 320, "line 5");
_Static_assert(offsetof(struct vb2_page, waiter_lock) == 384, "line 6");
_Static_assert(sizeof(struct vb2_page) == 448, "vb2_page");

_Static_assert(sizeof(struct vb2_request) == 64, "vb2_request");
_Static_assert(sizeof(struct vb2_reply) == 32, "vb2_reply");
_Static_assert(sizeof(struct vb2_hello) == 40, "vb2_hello");
