#include "internal.h"

#include <linux/sockios.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// glibc 2.36 has it, an older one may not; the number is that of asm-generic/socket.h.
#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

static int type_of(bool sequenced, bool nonblocking) {
    return (sequenced ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0);
}

static long fill_address(struct sockaddr_un *address, const char *path) {
    size_t length = strlen(path);
    if (length == 0) return -(long)EINVAL;
    if (length >= sizeof address->sun_path) return -(long)ENAMETOOLONG;
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length + 1);
    return 0;
}

long linux_unix_socket(bool sequenced, bool nonblocking) {
    return outcome(socket(AF_UNIX, type_of(sequenced, nonblocking), 0));
}

long linux_unix_pair(bool sequenced, bool nonblocking, int fds[2]) {
    return outcome(socketpair(AF_UNIX, type_of(sequenced, nonblocking), 0, fds));
}

long linux_unix_bind(int fd, const char *path) {
    struct sockaddr_un address;
    long result = fill_address(&address, path);
    return result < 0 ? result : outcome(bind(fd, (struct sockaddr *)&address, sizeof address));
}

long linux_unix_connect(int fd, const char *path) {
    struct sockaddr_un address;
    long result = fill_address(&address, path);
    return result < 0 ? result : outcome(connect(fd, (struct sockaddr *)&address, sizeof address));
}

long linux_change_mode(const char *path, unsigned int mode) { return outcome(chmod(path, (mode_t)mode)); }
long linux_listen(int fd, int backlog) { return outcome(listen(fd, backlog)); }
long linux_accept(int fd) { return outcome(accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)); }

long linux_is_unix_packet_socket(int fd) {
    int domain = 0, type = 0, listens = 0;
    socklen_t size = sizeof domain;
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0) return -(long)errno;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0) return -(long)errno;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0) return -(long)errno;
    return domain == AF_UNIX && type == SOCK_SEQPACKET && listens == 0;
}

long linux_peer_credentials(int fd, int32_t *pid, uint32_t *uid, uint32_t *gid) {
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) return -(long)errno;
    *pid = credentials.pid;
    *uid = credentials.uid;
    *gid = credentials.gid;
    return 0;
}

long linux_peer_groups(int fd, uint32_t *groups, size_t room) {
    socklen_t size = (socklen_t)(room * sizeof *groups);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0) return -(long)errno;
    return (long)(size / sizeof *groups);
}

long linux_send_datagram(const char *name, const void *bytes, size_t count) {
    struct sockaddr_un address;
    long result = fill_address(&address, name);
    if (result < 0) return result;
    // Of an abstract name the length counts: it has no zero at its end.
    socklen_t length = sizeof address;
    if (name[0] == '@') {
        address.sun_path[0] = 0;
        length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -(long)errno;
    result = outcome(sendto(fd, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&address, length));
    close(fd);
    return result;
}

union control {
    char bytes[CMSG_SPACE(LINUX_DESCRIPTORS_PER_MESSAGE * sizeof(int))];
    struct cmsghdr aligned;
};

long linux_send(int fd, const void *bytes, size_t count, const int *fds, size_t fd_count, bool nonblocking) {
    if (fd_count > LINUX_DESCRIPTORS_PER_MESSAGE) return -(long)EINVAL;
    struct iovec piece = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    union control control;
    if (fd_count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(header), fds, fd_count * sizeof(int));
    }
    return outcome(sendmsg(fd, &message, MSG_NOSIGNAL | (nonblocking ? MSG_DONTWAIT : 0)));
}

long linux_receive(
    int fd, void *bytes, size_t count, bool nonblocking, int *fds, size_t *fd_count, bool *bytes_truncated,
    bool *descriptors_truncated) {
    struct iovec piece = {.iov_base = bytes, .iov_len = count};
    union control control;
    struct msghdr message = {
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    *fd_count = 0;
    *bytes_truncated = false;
    *descriptors_truncated = false;
    long result = outcome(recvmsg(fd, &message, MSG_CMSG_CLOEXEC | (nonblocking ? MSG_DONTWAIT : 0)));
    if (result < 0) return result;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t received = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < received; i++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof descriptor);
            // The control buffer has room for no more than `fds` has, so this is never lost.
            if (*fd_count < LINUX_DESCRIPTORS_PER_MESSAGE) fds[(*fd_count)++] = descriptor;
        }
    }
    *bytes_truncated = (message.msg_flags & MSG_TRUNC) != 0;
    *descriptors_truncated = (message.msg_flags & MSG_CTRUNC) != 0;
    return result;
}

long linux_unread_bytes(int fd) {
    int count = 0;
    long result = outcome(ioctl(fd, SIOCINQ, &count));
    return result < 0 ? result : count;
}

bool linux_has_unread_descriptor(int fd) {
    char bytes[4096];
    struct iovec piece = {.iov_base = bytes, .iov_len = sizeof bytes};
    // Without room for descriptors none is installed, and the flag says that there was one.
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    return recvmsg(fd, &message, MSG_PEEK | MSG_DONTWAIT) > 0 && (message.msg_flags & MSG_CTRUNC) != 0;
}

long linux_set_send_buffer(int fd, int bytes) {
    return outcome(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes));
}

long linux_set_receive_buffer(int fd, int bytes) {
    return outcome(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes));
}

long linux_shutdown(int fd, int how) {
    static const int ways[] = {SHUT_RD, SHUT_WR, SHUT_RDWR};
    return how < 0 || how > 2 ? -(long)EINVAL : outcome(shutdown(fd, ways[how]));
}
