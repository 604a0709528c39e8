/// Which paths name a device: /dev/videoN while the server's folder has a socket videoN.vb2.
#include "Edge.h"
#include <string.h>

enum { NODES = 256, FOLDER_BYTES = 92 };
enum { UNREAD, ABSENT, PRESENT };

static char folder[FOLDER_BYTES];
static _Atomic uint32_t folder_state;

static bool keep_folder(const char *value) {
    size_t length = strnlen(value, FOLDER_BYTES);
    if (length == 0 || length == FOLDER_BYTES) {
        return false;
    }
    memcpy(folder, value, length + 1);
    return true;
}

/// A program may have emptied its environment before its first open: the kernel keeps what it was started with.
static bool read_initial_environment(void) {
    static const char key[] = VB2_DIRECTORY_VARIABLE "=";
    char bytes[1024], value[FOLDER_BYTES];
    int64_t fd = vb2_syscall6(
        SYS_openat, AT_FDCWD, (int64_t)(uintptr_t) "/proc/self/environ", O_RDONLY | O_CLOEXEC, 0, 0, 0);
    if (fd < 0) {
        return false;
    }
    size_t matched = 0, length = 0;
    bool skipping = false, found = false;
    int64_t count;
    while (!found && (count = vb2_syscall3(SYS_read, fd, (int64_t)(uintptr_t)bytes, sizeof bytes)) > 0) {
        for (int64_t i = 0; i < count && !found; i++) {
            char byte = bytes[i];
            if (byte == 0) {
                found = !skipping && matched == sizeof key - 1 && length > 0;
                if (!found) {
                    matched = length = 0;
                    skipping = false;
                }
            } else if (skipping) {
                continue;
            } else if (matched < sizeof key - 1) {
                skipping = byte != key[matched];
                matched++;
            } else if (length < sizeof value - 1) {
                value[length++] = byte;
            } else {
                skipping = true;
            }
        }
    }
    vb2_syscall3(SYS_close, fd, 0, 0);
    value[length] = 0;
    return found && keep_folder(value);
}

static bool read_folder(void) {
    extern char **environ;
    static const char key[] = VB2_DIRECTORY_VARIABLE "=";
    for (char **entry = environ; entry && *entry; entry++) {
        if (strncmp(*entry, key, sizeof key - 1) == 0) {
            return keep_folder(*entry + sizeof key - 1);
        }
    }
    return read_initial_environment();
}

const char *vb2_directory(void) {
    uint32_t state = atomic_load_explicit(&folder_state, memory_order_acquire);
    if (VB2_UNLIKELY(state == UNREAD)) {
        struct vb2_locked locked = vb2_lock_take(&vb2_folder_lock);
        if (atomic_load(&folder_state) == UNREAD) {
            atomic_store(&folder_state, read_folder() ? PRESENT : ABSENT);
        }
        state = atomic_load(&folder_state);
        vb2_lock_give(&vb2_folder_lock, locked);
    }
    return state == PRESENT ? folder : NULL;
}

/// N of the digits that make up the whole of `text`, or -1.
static int number(const char *text) {
    int value = 0, digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < 4; digits++) {
        value = value * 10 + (text[digits] - '0');
    }
    bool padded = digits > 1 && text[0] == '0';
    return digits == 0 || text[digits] != 0 || padded || value >= NODES ? -1 : value;
}

int vb2_node_number(const char *name) {
    return strncmp(name, "video", 5) == 0 ? number(name + 5) : -1;
}

/// What follows /dev/ in the path, or NULL.
static const char *below_dev(const char *path) {
    if ((uintptr_t)path < 4096 || path[0] != '/') {
        return NULL;
    }
    while (*path == '/') {
        path++;
    }
    if (path[0] != 'd' || path[1] != 'e' || path[2] != 'v' || (path[3] != '/' && path[3] != 0)) {
        return NULL;
    }
    path += 3;
    while (*path == '/') {
        path++;
    }
    return path;
}

bool vb2_path_is_dev(const char *path) {
    const char *rest = below_dev(path);
    return rest && *rest == 0;
}

bool vb2_socket_address(int node, struct sockaddr_un *address) {
    const char *directory = vb2_directory();
    if (!directory || node < 0 || node >= NODES) {
        return false;
    }
    size_t length = strlen(directory);
    char *end = address->sun_path + length;
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, directory, length);
    memcpy(end, "/video", 6);
    end += 6;
    if (node >= 100) {
        *end++ = (char)('0' + node / 100);
    }
    if (node >= 10) {
        *end++ = (char)('0' + node / 10 % 10);
    }
    *end++ = (char)('0' + node % 10);
    memcpy(end, VB2_SOCKET_SUFFIX, sizeof VB2_SOCKET_SUFFIX);
    return true;
}

/// 0 if the node has a socket in the server's folder, else why it has none as far as this process can see.
static int64_t look(int node) {
    struct sockaddr_un address;
    struct stat status;
    if (!vb2_socket_address(node, &address)) {
        return -ENOENT;
    }
    int64_t result = vb2_syscall6(
        SYS_newfstatat, AT_FDCWD, (int64_t)(uintptr_t)address.sun_path, (int64_t)(uintptr_t)&status, 0, 0, 0);
    return result == 0 && !S_ISSOCK(status.st_mode) ? -ENOENT : result;
}

static bool is_served(int node) { return look(node) == 0; }

int vb2_path_node(const char *path) {
    const char *rest = below_dev(path);
    int node = rest ? vb2_node_number(rest) : -1;
    return node >= 0 && is_served(node) ? node : -1;
}

/// The N of a path that would be a device's, whether it is served or not; else -1.
static int named_node(int directory, const char *path) {
    if ((uintptr_t)path < 4096 || path[0] == '/' || directory < 0) {
        const char *rest = below_dev(path);
        return rest ? vb2_node_number(rest) : -1;
    }
    int node = path[0] == 'v' ? vb2_node_number(path) : -1;
    if (node < 0 || !vb2_directory()) {
        return -1;
    }
    struct stat given, dev;
    int64_t result = vb2_syscall3(SYS_fstat, directory, (int64_t)(uintptr_t)&given, 0);
    if (result < 0
        || vb2_syscall6(SYS_newfstatat, AT_FDCWD, (int64_t)(uintptr_t) "/dev", (int64_t)(uintptr_t)&dev, 0, 0, 0) < 0
        || given.st_dev != dev.st_dev || given.st_ino != dev.st_ino) {
        return -1;
    }
    return node;
}

int vb2_path_node_at(int directory, const char *path) {
    int node = named_node(directory, path);
    return node >= 0 && is_served(node) ? node : -1;
}

bool vb2_path_is_closed_at(int directory, const char *path) {
    int node = named_node(directory, path);
    struct stat status;
    return node >= 0 && look(node) == -EACCES
        && vb2_syscall6(
               SYS_newfstatat, directory, (int64_t)(uintptr_t)path, (int64_t)(uintptr_t)&status, 0, 0, 0)
        == -ENOENT;
}

int vb2_path_uevent(const char *path) {
    static const char start[] = "/sys/dev/char/81:";
    if ((uintptr_t)path < 4096 || strncmp(path, start, sizeof start - 1) != 0) {
        return -1;
    }
    const char *rest = path + sizeof start - 1;
    char digits[4] = {0};
    for (int i = 0; i < 3 && rest[i] != '/' && rest[i] != 0; i++) {
        digits[i] = rest[i];
    }
    int node = number(digits);
    return node >= 0 && strcmp(rest + strlen(digits), "/uevent") == 0 && is_served(node) ? node : -1;
}
