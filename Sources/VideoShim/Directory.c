/// readdir on /dev: after the real entries come the devices that aren't among them.
#include "Edge.h"
#include <dirent.h>
#include <string.h>

enum { STREAMS = 16, WORDS = 4 };

/// One open stream on /dev.
struct stream {
    _Atomic(DIR *) directory;
    uint64_t left[WORDS]; /* bit N: videoN is still to be shown */
    struct dirent64 entry;
};

static struct stream streams[STREAMS];
static _Atomic uint32_t stream_count;

_Static_assert(sizeof(struct dirent) == sizeof(struct dirent64), "one layout on 64-bit Linux");

static void note_socket(struct stream *stream, const char *name) {
    // videoN.vb2: cut the suffix off.
    char node_name[16];
    size_t length = strnlen(name, sizeof node_name), suffix = sizeof VB2_SOCKET_SUFFIX - 1;
    if (length <= suffix || length >= sizeof node_name || strcmp(name + length - suffix, VB2_SOCKET_SUFFIX) != 0) {
        return;
    }
    memcpy(node_name, name, length - suffix);
    node_name[length - suffix] = 0;
    int node = vb2_node_number(node_name);
    if (node >= 0) {
        stream->left[node / 64] |= 1ull << (node % 64);
    }
}

static void list_devices(struct stream *stream) {
    memset(stream->left, 0, sizeof stream->left);
    const char *folder = vb2_directory();
    int64_t fd = folder ? vb2_syscall6(
                              SYS_openat, AT_FDCWD, (int64_t)(uintptr_t)folder,
                              O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0, 0)
                        : -1;
    if (fd < 0) {
        return;
    }
    _Alignas(struct dirent64) char bytes[2048];
    int64_t count;
    while ((count = vb2_syscall3(SYS_getdents64, fd, (int64_t)(uintptr_t)bytes, sizeof bytes)) > 0) {
        for (int64_t at = 0; at < count;) {
            struct dirent64 *entry = (struct dirent64 *)(bytes + at);
            if (entry->d_type == DT_SOCK || entry->d_type == DT_UNKNOWN) {
                note_socket(stream, entry->d_name);
            }
            at += entry->d_reclen;
        }
    }
    vb2_syscall3(SYS_close, fd, 0, 0);
}

static struct stream *find(DIR *directory) {
    if (atomic_load_explicit(&stream_count, memory_order_acquire) == 0) {
        return NULL;
    }
    for (int i = 0; i < STREAMS; i++) {
        if (atomic_load_explicit(&streams[i].directory, memory_order_acquire) == directory) {
            return &streams[i];
        }
    }
    return NULL;
}

static void forget(DIR *directory) {
    struct stream *stream = directory ? find(directory) : NULL;
    if (stream) {
        atomic_store(&stream->directory, NULL);
        atomic_fetch_sub(&stream_count, 1);
    }
}

static void remember(DIR *directory) {
    for (int i = 0; i < STREAMS; i++) {
        DIR *none = NULL;
        if (atomic_compare_exchange_strong(&streams[i].directory, &none, directory)) {
            list_devices(&streams[i]);
            atomic_fetch_add(&stream_count, 1);
            return;
        }
    }
}

VB2_EXPORT DIR *opendir(const char *path) {
    __typeof__(&opendir) next = VB2_NEXT(opendir);
    DIR *directory = next ? next(path) : (errno = ENOSYS, NULL);
    if (directory) {
        vb2_fd_fresh(dirfd(directory));
        forget(directory); // of an address that closedir() didn't see
        if (vb2_path_is_dev(path) && vb2_directory()) {
            remember(directory);
        }
    }
    return directory;
}

VB2_EXPORT DIR *fdopendir(int fd) {
    __typeof__(&fdopendir) next = VB2_NEXT(fdopendir);
    DIR *directory = next ? next(fd) : (errno = ENOSYS, NULL);
    if (directory) {
        forget(directory);
        struct stat given, dev;
        if (vb2_directory() && vb2_syscall3(SYS_fstat, fd, (int64_t)(uintptr_t)&given, 0) == 0
            && vb2_syscall6(
                   SYS_newfstatat, AT_FDCWD, (int64_t)(uintptr_t) "/dev", (int64_t)(uintptr_t)&dev, 0, 0, 0)
                == 0
            && given.st_dev == dev.st_dev && given.st_ino == dev.st_ino) {
            remember(directory);
        }
    }
    return directory;
}

VB2_EXPORT int closedir(DIR *directory) {
    __asm__("" : "+r"(directory)); // declared nonnull, but libc answers NULL with EINVAL
    forget(directory);
    int fd = (uintptr_t)directory != 0 ? dirfd(directory) : -1;
    if (fd >= 0 && vb2_fd_state(fd) == VB2_FD_FOREIGN) {
        vb2_fd_fresh(fd);
    }
    __typeof__(&closedir) next = VB2_NEXT(closedir);
    return next ? next(directory) : (errno = ENOSYS, -1);
}

VB2_EXPORT void rewinddir(DIR *directory) {
    __typeof__(&rewinddir) next = VB2_NEXT(rewinddir);
    if (next) {
        next(directory);
    }
    struct stream *stream = find(directory);
    if (stream) {
        list_devices(stream);
    }
}

static struct dirent64 *show(struct stream *stream, int node) {
    struct dirent64 *entry = &stream->entry;
    struct sockaddr_un address;
    struct stat status;
    bool known = vb2_socket_address(node, &address)
        && vb2_syscall6(
               SYS_newfstatat, AT_FDCWD, (int64_t)(uintptr_t)address.sun_path, (int64_t)(uintptr_t)&status, 0, 0, 0)
            == 0;
    memset(entry, 0, sizeof *entry);
    entry->d_ino = known && status.st_ino ? status.st_ino : 1;
    entry->d_off = INT64_MAX;
    entry->d_type = DT_CHR;
    // The name of the socket without its suffix.
    const char *name = known ? strrchr(address.sun_path, '/') + 1 : "video";
    size_t length = strlen(name) - (known ? sizeof VB2_SOCKET_SUFFIX - 1 : 0);
    memcpy(entry->d_name, name, length);
    entry->d_reclen = (uint16_t)((offsetof(struct dirent64, d_name) + length + 8) & ~7ul);
    return known ? entry : NULL;
}

/// The next entry of ours at the end of the real ones, or NULL.
static struct dirent64 *next_device(struct stream *stream) {
    for (int word = 0; word < WORDS; word++) {
        while (stream->left[word]) {
            int bit = __builtin_ctzll(stream->left[word]);
            stream->left[word] &= stream->left[word] - 1;
            struct dirent64 *entry = show(stream, word * 64 + bit);
            if (entry) {
                return entry; // NULL: the server took it away in the meantime
            }
        }
    }
    return NULL;
}

#define READDIR_HOOK(name, type)                                                      \
    VB2_EXPORT type *name(DIR *directory) {                                           \
        __typeof__(&name) next = VB2_NEXT(name);                                      \
        struct stream *stream = find(directory);                                      \
        if (!stream || !next) {                                                       \
            return next ? next(directory) : (errno = ENOSYS, NULL);                   \
        }                                                                             \
        int saved = errno;                                                            \
        errno = 0;                                                                    \
        type *entry = next(directory);                                                \
        if (entry) {                                                                  \
            int node = vb2_node_number(entry->d_name);                                \
            if (node >= 0) {                                                          \
                stream->left[node / 64] &= ~(1ull << (node % 64));                    \
            }                                                                         \
        } else if (errno != 0) {                                                      \
            return NULL;                                                              \
        } else {                                                                      \
            entry = (type *)next_device(stream);                                      \
        }                                                                             \
        errno = saved;                                                                \
        return entry;                                                                 \
    }

READDIR_HOOK(readdir, struct dirent)
READDIR_HOOK(readdir64, struct dirent64)
