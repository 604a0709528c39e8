/// The V4L2 constants that Swift can't import: ioctl numbers, and macros with casts or shifts.
/// Newer ones than the system's header may have are defined here, with their numbers from the kernel's
/// include/uapi/linux/videodev2.h (Linux 6.12).
#pragma once
#include <linux/videodev2.h>
#include <stdint.h>

/// Argument of VIDIOC_REMOVE_BUFS (Linux 6.10): 64 bytes.
struct vb2_remove_buffers {
    uint32_t index;
    uint32_t count;
    uint32_t type;
    uint32_t reserved[13];
};

static const uint32_t VB2_VIDIOC_QUERYCAP = (uint32_t)VIDIOC_QUERYCAP;
static const uint32_t VB2_VIDIOC_ENUM_FMT = (uint32_t)VIDIOC_ENUM_FMT;
static const uint32_t VB2_VIDIOC_G_FMT = (uint32_t)VIDIOC_G_FMT;
static const uint32_t VB2_VIDIOC_S_FMT = (uint32_t)VIDIOC_S_FMT;
static const uint32_t VB2_VIDIOC_REQBUFS = (uint32_t)VIDIOC_REQBUFS;
static const uint32_t VB2_VIDIOC_QUERYBUF = (uint32_t)VIDIOC_QUERYBUF;
static const uint32_t VB2_VIDIOC_QBUF = (uint32_t)VIDIOC_QBUF;
static const uint32_t VB2_VIDIOC_EXPBUF = (uint32_t)VIDIOC_EXPBUF;
static const uint32_t VB2_VIDIOC_DQBUF = (uint32_t)VIDIOC_DQBUF;
static const uint32_t VB2_VIDIOC_STREAMON = (uint32_t)VIDIOC_STREAMON;
static const uint32_t VB2_VIDIOC_STREAMOFF = (uint32_t)VIDIOC_STREAMOFF;
static const uint32_t VB2_VIDIOC_G_PARM = (uint32_t)VIDIOC_G_PARM;
static const uint32_t VB2_VIDIOC_S_PARM = (uint32_t)VIDIOC_S_PARM;
static const uint32_t VB2_VIDIOC_ENUMINPUT = (uint32_t)VIDIOC_ENUMINPUT;
static const uint32_t VB2_VIDIOC_G_CTRL = (uint32_t)VIDIOC_G_CTRL;
static const uint32_t VB2_VIDIOC_S_CTRL = (uint32_t)VIDIOC_S_CTRL;
static const uint32_t VB2_VIDIOC_QUERYCTRL = (uint32_t)VIDIOC_QUERYCTRL;
static const uint32_t VB2_VIDIOC_QUERYMENU = (uint32_t)VIDIOC_QUERYMENU;
static const uint32_t VB2_VIDIOC_G_INPUT = (uint32_t)VIDIOC_G_INPUT;
static const uint32_t VB2_VIDIOC_S_INPUT = (uint32_t)VIDIOC_S_INPUT;
static const uint32_t VB2_VIDIOC_G_OUTPUT = (uint32_t)VIDIOC_G_OUTPUT;
static const uint32_t VB2_VIDIOC_S_OUTPUT = (uint32_t)VIDIOC_S_OUTPUT;
static const uint32_t VB2_VIDIOC_ENUMOUTPUT = (uint32_t)VIDIOC_ENUMOUTPUT;
static const uint32_t VB2_VIDIOC_CROPCAP = (uint32_t)VIDIOC_CROPCAP;
static const uint32_t VB2_VIDIOC_G_CROP = (uint32_t)VIDIOC_G_CROP;
static const uint32_t VB2_VIDIOC_S_CROP = (uint32_t)VIDIOC_S_CROP;
static const uint32_t VB2_VIDIOC_TRY_FMT = (uint32_t)VIDIOC_TRY_FMT;
static const uint32_t VB2_VIDIOC_G_PRIORITY = (uint32_t)VIDIOC_G_PRIORITY;
static const uint32_t VB2_VIDIOC_S_PRIORITY = (uint32_t)VIDIOC_S_PRIORITY;
static const uint32_t VB2_VIDIOC_LOG_STATUS = (uint32_t)VIDIOC_LOG_STATUS;
static const uint32_t VB2_VIDIOC_G_EXT_CTRLS = (uint32_t)VIDIOC_G_EXT_CTRLS;
static const uint32_t VB2_VIDIOC_S_EXT_CTRLS = (uint32_t)VIDIOC_S_EXT_CTRLS;
static const uint32_t VB2_VIDIOC_TRY_EXT_CTRLS = (uint32_t)VIDIOC_TRY_EXT_CTRLS;
static const uint32_t VB2_VIDIOC_ENUM_FRAMESIZES = (uint32_t)VIDIOC_ENUM_FRAMESIZES;
static const uint32_t VB2_VIDIOC_ENUM_FRAMEINTERVALS = (uint32_t)VIDIOC_ENUM_FRAMEINTERVALS;
static const uint32_t VB2_VIDIOC_DQEVENT = (uint32_t)VIDIOC_DQEVENT;
static const uint32_t VB2_VIDIOC_SUBSCRIBE_EVENT = (uint32_t)VIDIOC_SUBSCRIBE_EVENT;
static const uint32_t VB2_VIDIOC_UNSUBSCRIBE_EVENT = (uint32_t)VIDIOC_UNSUBSCRIBE_EVENT;
static const uint32_t VB2_VIDIOC_CREATE_BUFS = (uint32_t)VIDIOC_CREATE_BUFS;
static const uint32_t VB2_VIDIOC_PREPARE_BUF = (uint32_t)VIDIOC_PREPARE_BUF;
static const uint32_t VB2_VIDIOC_G_SELECTION = (uint32_t)VIDIOC_G_SELECTION;
static const uint32_t VB2_VIDIOC_S_SELECTION = (uint32_t)VIDIOC_S_SELECTION;
static const uint32_t VB2_VIDIOC_QUERY_EXT_CTRL = (uint32_t)VIDIOC_QUERY_EXT_CTRL;
static const uint32_t VB2_VIDIOC_REMOVE_BUFS = (uint32_t)_IOWR('V', 104, struct vb2_remove_buffers);

static const uint32_t VB2_V4L2_CAP_DEVICE_CAPS = (uint32_t)V4L2_CAP_DEVICE_CAPS;
static const uint32_t VB2_V4L2_PIX_FMT_PRIV_MAGIC = (uint32_t)V4L2_PIX_FMT_PRIV_MAGIC;
static const uint32_t VB2_V4L2_MEMORY_FLAG_NON_COHERENT = (uint32_t)V4L2_MEMORY_FLAG_NON_COHERENT;
static const uint32_t VB2_V4L2_BUF_CAP_SUPPORTS_MMAP = (uint32_t)V4L2_BUF_CAP_SUPPORTS_MMAP;
static const uint32_t VB2_V4L2_BUF_CAP_SUPPORTS_USERPTR = (uint32_t)V4L2_BUF_CAP_SUPPORTS_USERPTR;
static const uint32_t VB2_V4L2_BUF_CAP_SUPPORTS_DMABUF = (uint32_t)V4L2_BUF_CAP_SUPPORTS_DMABUF;
static const uint32_t VB2_V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS = (uint32_t)V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS;
static const uint32_t VB2_V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS = (uint32_t)V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS;
static const uint32_t VB2_V4L2_EVENT_CTRL_CH_VALUE = (uint32_t)V4L2_EVENT_CTRL_CH_VALUE;
static const uint32_t VB2_V4L2_EVENT_CTRL_CH_FLAGS = (uint32_t)V4L2_EVENT_CTRL_CH_FLAGS;
static const uint32_t VB2_V4L2_EVENT_CTRL_CH_RANGE = (uint32_t)V4L2_EVENT_CTRL_CH_RANGE;
static const uint32_t VB2_V4L2_EVENT_SUB_FL_SEND_INITIAL = (uint32_t)V4L2_EVENT_SUB_FL_SEND_INITIAL;
static const uint32_t VB2_V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK = (uint32_t)V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK;
static const uint32_t VB2_V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS = 1u << 7;
static const uint32_t VB2_V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS = 1u << 8;
