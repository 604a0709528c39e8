#pragma once
#include <linux/videodev2.h>
#include <stdint.h>
static const uint32_t VIDIOC_TEST = (uint32_t)VIDIOC_QUERYCAP;
