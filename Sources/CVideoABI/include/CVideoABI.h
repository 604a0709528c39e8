/// The kernel's video interface and ours, as structs and constants. No logic.
#pragma once
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/udmabuf.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "Messages.h"
#include "ProgramHandle.h"
#include "SharedPage.h"
#include "SystemCalls.h"
#include "V4L2Constants.h"
#include "WireProtocol.h"
