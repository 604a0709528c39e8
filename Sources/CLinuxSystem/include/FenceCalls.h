#ifndef C_LINUX_SYSTEM_FENCE_CALLS_H
#define C_LINUX_SYSTEM_FENCE_CALLS_H

// What fences need of sockets and sync files. As in CLinuxSystem.h: a value >= 0, or the errno negated.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// 1 for a socket that is AF_UNIX and SOCK_SEQPACKET, 0 for another socket. Asks no file of a stranger's.
long linux_is_sequenced_unix_socket(int fd);
// The next packet, which stays there, without waiting and without its descriptors. The result is the
// packet's own length, even if `count` is less.
long linux_peek(int fd, void *bytes, size_t count);

// The status of a sync_file: 0 active, 1 signalled, or a negative errno.
long linux_sync_file_status(int fd, int32_t *status);

// A pair of SOCK_SEQPACKET sockets, of which a child that is forked from now on doesn't keep the first:
// its number there is of a socket that is connected to nothing.
long linux_unshared_pair(int fds[2]);
// Forgets that number, which is about to be closed.
void linux_forget_unshared(int fd);

extern const int linux_eownerdead;

#endif
