#include "internal.h"

#include <sys/xattr.h>
#include <unistd.h>

long linux_read_link(const char *path, char *target, size_t size) {
    return outcome(readlink(path, target, size));
}

long linux_make_link(const char *path, const char *target) { return outcome(symlink(target, path)); }

bool linux_is_terminal(int fd) { return isatty(fd) == 1; }

bool linux_has_attribute(int fd, const char *name) { return fgetxattr(fd, name, NULL, 0) > 0; }
