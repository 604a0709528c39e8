/// Children of fork and vfork close and copy descriptors before they exec: the parent's device must not notice.
/// Needs the library, and a server with /dev/video0.
#include "check.h"
#include <linux/videodev2.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

extern char **environ;
static int device;

static int answers(int fd) {
    struct v4l2_capability capability;
    return ioctl(fd, VIDIOC_QUERYCAP, &capability) == 0;
}

static int ended_well(pid_t child) {
    int status = -1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void vfork_closes(void) {
    pid_t child = vfork();
    if (child == 0) {
        close(device);
        _exit(0);
    }
    CHECK(ended_well(child) && answers(device));
}

static void vfork_closes_all(void) {
    pid_t child = vfork();
    if (child == 0) {
        close_range(3, ~0u, 0);
        _exit(0);
    }
    CHECK(ended_well(child) && answers(device));
    child = vfork();
    if (child == 0) {
        closefrom(3);
        _exit(0);
    }
    CHECK(ended_well(child) && answers(device));
}

static void vfork_replaces(void) {
    pid_t child = vfork();
    if (child == 0) {
        _exit(dup2(0, device) == device ? 0 : 1);
    }
    CHECK(ended_well(child) && answers(device));
}

static void vfork_reuses(void) {
    pid_t child = vfork();
    if (child == 0) {
        // The same number, but the child's own file.
        close(device);
        _exit(open("/dev/null", O_RDWR) == device ? 0 : 1);
    }
    CHECK(ended_well(child) && answers(device));
}

/// The program that the child becomes finds the device on its standard input.
static void exec_adopts(void) {
    pid_t child = vfork();
    if (child == 0) {
        dup2(device, 0);
        close_range(3, ~0u, 0);
        execl("/proc/self/exe", "vforkclose", "adopt", (char *)NULL);
        _exit(98);
    }
    CHECK(ended_well(child) && answers(device));
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, device, 0);
    char *arguments[] = {"vforkclose", "adopt", NULL};
    CHECK(posix_spawn(&child, "/proc/self/exe", &actions, NULL, arguments, environ) == 0);
    CHECK(ended_well(child) && answers(device));
    posix_spawn_file_actions_destroy(&actions);
}

static void fork_shares(void) {
    pid_t child = fork();
    if (child == 0) {
        _exit(answers(device) && close(device) == 0 && !answers(device) ? 0 : 1);
    }
    CHECK(ended_well(child) && answers(device));
    child = fork();
    if (child == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0) {
            _exit(answers(device) ? 0 : 1);
        }
        _exit(ended_well(grandchild) && answers(device) ? 0 : 1);
    }
    CHECK(ended_well(child) && answers(device));
}

static void closes_around(void) {
    int copy = dup2(device, 40);
    CHECK(copy == 40 && answers(copy));
    CHECK(close_range(41, ~0u, 0) == 0 && answers(copy) && answers(device));
    // Whatever numbers the library uses itself, the program may take them.
    for (int fd = 500; fd < 600; fd++) {
        if (dup2(0, fd) != fd) {
            CHECK(!"dup2");
        }
    }
    CHECK(answers(device) && answers(copy));
    closefrom(41);
    CHECK(answers(device) && answers(copy));
    CHECK(close(copy) == 0);
    CHECK_ERROR(ioctl(copy, VIDIOC_QUERYCAP, &copy), EBADF);
    CHECK(answers(device));
}

static void passed(void) {
    int ends[2], got = -1;
    char byte = 'x', space[CMSG_SPACE(sizeof(int))];
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &device, sizeof device);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    CHECK(sendmsg(ends[0], &message, 0) == 1 && recvmsg(ends[1], &message, 0) == 1);
    memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof got);
    CHECK(got != device && answers(got) && answers(device));
    CHECK(close(got) == 0 && answers(device));
    close(ends[0]);
    close(ends[1]);
}

int main(int count, char **arguments) {
    (void)arguments;
    if (count > 1) {
        struct stat status;
        return fstat(0, &status) == 0 && S_ISCHR(status.st_mode) && answers(0) ? 0 : 1;
    }
    device = open("/dev/video0", O_RDWR);
    CHECK(device >= 0 && answers(device));
    RUN(vfork_closes);
    RUN(vfork_closes_all);
    RUN(vfork_replaces);
    RUN(vfork_reuses);
    RUN(exec_adopts);
    RUN(fork_shares);
    RUN(closes_around);
    RUN(passed);
    CHECK(close(device) == 0);
    CHECK_ERROR(close(device), EBADF);
    return failures;
}
