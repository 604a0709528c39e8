/// Messages in parts, with descriptors: what the cmsg macros make, which Swift can't import.
#pragma once
#include "SystemCalls.h"
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define VB2_MESSAGE_DESCRIPTORS 8

/// One part of a message; a part of 0 bytes may have any address.
struct vb2_part {
    const void *bytes;
    uint64_t count;
};

/// Sends three parts as one message. The kernel reads the parts itself, so an address that can't be read
/// gives EFAULT and nothing is sent.
static inline int64_t vb2_send_message(
    int32_t socket, struct vb2_part a, struct vb2_part b, struct vb2_part c, const int32_t *descriptors,
    uint32_t count, int32_t flags) {
    struct iovec parts[3] = {
        {(void *)a.bytes, a.count}, {(void *)b.bytes, b.count}, {(void *)c.bytes, c.count}};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int32_t) * VB2_MESSAGE_DESCRIPTORS)];
    } control;
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
    if (count > 0) {
        if (count > VB2_MESSAGE_DESCRIPTORS) return -EINVAL;
        memset(&control, 0, sizeof control);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int32_t) * count);
        memcpy(CMSG_DATA(&control.header), descriptors, sizeof(int32_t) * count);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int32_t) * count);
    }
    return vb2_syscall3(VB2_SYS_SENDMSG, socket, (int64_t)&message, flags | MSG_NOSIGNAL);
}

/// Receives one message into three parts, and its descriptors, close-on-exec, the caller's to close.
/// `*count` is how many of `descriptors` (VB2_MESSAGE_DESCRIPTORS) came; descriptors that did not fit
/// into the process's table are lost, and `*truncated` says so.
static inline int64_t vb2_receive_message(
    int32_t socket, struct vb2_part a, struct vb2_part b, struct vb2_part c, int32_t *descriptors,
    uint32_t *count, uint32_t *truncated) {
    struct iovec parts[3] = {
        {(void *)a.bytes, a.count}, {(void *)b.bytes, b.count}, {(void *)c.bytes, c.count}};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int32_t) * VB2_MESSAGE_DESCRIPTORS)];
    } control;
    struct msghdr message = {
        .msg_iov = parts, .msg_iovlen = 3, .msg_control = &control, .msg_controllen = sizeof control};
    *count = 0;
    *truncated = 0;
    int64_t result = vb2_syscall3(VB2_SYS_RECVMSG, socket, (int64_t)&message, MSG_CMSG_CLOEXEC);
    if (result < 0) return result;
    *truncated = (message.msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        uint32_t n = (uint32_t)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int32_t));
        for (uint32_t i = 0; i < n && *count < VB2_MESSAGE_DESCRIPTORS; i++) {
            memcpy(&descriptors[*count], CMSG_DATA(c) + i * sizeof(int32_t), sizeof(int32_t));
            *count += 1;
        }
    }
    return result;
}
