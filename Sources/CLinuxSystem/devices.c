#include "internal.h"

#include <sys/ioctl.h>

long linux_device_ioctl(int fd, uint32_t command, void *argument) {
    return outcome(ioctl(fd, (unsigned long)command, argument));
}
