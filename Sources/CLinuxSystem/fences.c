#include "internal.h"

#include <linux/sync_file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

const int linux_eownerdead = EOWNERDEAD;

static long socket_option(int fd, int option) {
    int value = 0;
    socklen_t size = sizeof value;
    long result = outcome(getsockopt(fd, SOL_SOCKET, option, &value, &size));
    return result < 0 ? result : value;
}

long linux_is_sequenced_unix_socket(int fd) {
    long domain = socket_option(fd, SO_DOMAIN);
    long type = domain < 0 ? domain : socket_option(fd, SO_TYPE);
    return type < 0 ? type : domain == AF_UNIX && type == SOCK_SEQPACKET;
}

long linux_peek(int fd, void *bytes, size_t count) {
    return outcome(recv(fd, bytes, count, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC));
}

long linux_sync_file_status(int fd, int32_t *status) {
    // Room for no fences: only the file as a whole is asked for.
    struct sync_file_info info = {.num_fences = 0};
    long result = outcome(ioctl(fd, SYNC_IOC_FILE_INFO, &info));
    if (result >= 0) *status = info.status;
    return result;
}
