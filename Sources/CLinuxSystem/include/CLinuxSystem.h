#ifndef C_LINUX_SYSTEM_H
#define C_LINUX_SYSTEM_H

// The calls of the Linux floor, in a form that Swift can import: no variadics, no macros, no
// _GNU_SOURCE in the importing module. Each function returns a value >= 0, or the errno negated,
// so that nothing which runs after the call (reference counting, a deinit) can overwrite errno.
// None of them retries EINTR: that is decided once, in Swift.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "KernelBuffers.h"
#include "Userfaults.h"

// MARK: Descriptors and files

struct linux_file_status {
    uint64_t device;
    uint64_t inode;
    uint64_t size;
    uint64_t represented_device;
    uint32_t mode;
    uint32_t owner;
    uint32_t group;
    uint32_t links;
};

long linux_close(int fd);
long linux_duplicate(int fd, int at_least);
long linux_open(const char *path, int flags, unsigned int mode);
long linux_reopen(int fd, bool read_only);
long linux_status_flags(int fd);
long linux_set_nonblocking(int fd, bool on);
long linux_close_on_exec(int fd);
long linux_set_close_on_exec(int fd, bool on);
long linux_same_open_file(int fd, int other);
long linux_status(int fd, struct linux_file_status *out);
long linux_vetting_status(int fd, struct linux_file_status *out);
long linux_path_status(const char *path, bool follow, struct linux_file_status *out);
long linux_seals(int fd);
long linux_add_seals(int fd, int seals);
// 1 for a file of hugetlbfs.
long linux_is_huge_page_file(int fd);
long linux_read(int fd, void *bytes, size_t count);
long linux_write(int fd, const void *bytes, size_t count);
long linux_truncate(int fd, int64_t size);
long linux_pipe(int fds[2]);
long linux_make_directory(const char *path, unsigned int mode);
long linux_make_temporary_directory(char *path_template);
long linux_remove(const char *path);
long linux_access(const char *path, int mode);
long linux_rename(const char *from, const char *to);
// The target's bytes, without a final zero.
long linux_read_link(const char *path, char *target, size_t size);
long linux_make_link(const char *path, const char *target);
bool linux_is_terminal(int fd);
bool linux_has_attribute(int fd, const char *name);
// Opens a directory for linux_directory_next. A handle is closed by linux_directory_close.
long linux_directory_open(const char *path, void **out);
// 1 and a name in `name` (size bytes, with its final zero), or 0 at the end.
long linux_directory_next(void *directory, char *name, size_t size);
void linux_directory_close(void *directory);

extern const int linux_o_rdonly;
extern const int linux_o_wronly;
extern const int linux_o_rdwr;
extern const int linux_o_creat;
extern const int linux_o_excl;
extern const int linux_o_trunc;
extern const int linux_o_append;
extern const int linux_o_directory;
extern const int linux_o_nonblock;
extern const int linux_o_nofollow;
extern const int linux_access_exists;
extern const int linux_access_execute;

extern const uint32_t linux_mode_type_mask;
extern const uint32_t linux_mode_regular;
extern const uint32_t linux_mode_directory;
extern const uint32_t linux_mode_character;
extern const uint32_t linux_mode_socket;
extern const uint32_t linux_mode_fifo;
extern const uint32_t linux_mode_link;

extern const int linux_seal_seal;
extern const int linux_seal_shrink;
extern const int linux_seal_grow;
extern const int linux_seal_write;
extern const int linux_seal_future_write;
extern const int linux_seal_exec;

// ioctl(2) with a pointer, as V4L2's commands have it.
long linux_device_ioctl(int fd, uint32_t command, void *argument);

// MARK: Memory

// A sealable, close-on-exec memory file that its owner alone can open anew; never executable where the kernel can
// promise that.
long linux_memory_file(const char *name, bool huge);
long linux_map(int fd, int64_t offset, size_t length, bool writable, bool populate, void **out);
long linux_unmap(void *base, size_t length);
long linux_advise_huge_pages(void *base, size_t length);
long linux_page_size(void);
// Grows malloc's heap by so much, which stays with it and is free. Before there are other threads: all have this heap.
long linux_heap_reserve(size_t bytes);
// Whether so much could be mapped now: ENOMEM if not.
long linux_memory_probe(size_t bytes);

// MARK: Residency

// Makes the pages of a mapping present (MADV_POPULATE_READ, _WRITE; Linux 5.14).
long linux_populate(void *base, size_t length, bool writing);
// Takes the page-table entries of this mapping away; the pages stay with the file (MADV_DONTNEED).
long linux_drop_entries(void *base, size_t length);
// Asks for the pages to be written to swap now. Leaves out those that another mapping has entries of.
long linux_page_out(void *base, size_t length);
// Children of a fork don't get the mapping.
long linux_keep_from_children(void *base, size_t length);
// Bit 0 of each byte: whether that page is in memory (mincore). One byte for each page.
long linux_resident_pages(void *base, size_t length, unsigned char *pages);
long linux_punch_hole(int fd, int64_t offset, int64_t length);
// Makes sure that a write there won't run out of room.
long linux_reserve_space(int fd, int64_t offset, int64_t length);
// What the file holds of memory or disk, swapped pages included.
long linux_allocated_bytes(int fd);
long linux_read_at(int fd, void *bytes, size_t count, int64_t offset);
long linux_write_at(int fd, const void *bytes, size_t count, int64_t offset);
// Writes the range to disk and lets the page cache forget it.
long linux_drop_cache(int fd, int64_t offset, int64_t length);
// A file without a name.
long linux_unnamed_file(const char *directory);
// 1 if the file is on tmpfs, ramfs or hugetlbfs.
long linux_is_memory_file_system(int fd);
int64_t linux_free_swap(void);

// MARK: Events

// The kernel's struct epoll_event (packed on x86-64 only), with its data as the token.
struct linux_event {
    uint32_t events;
    uint64_t token;
}
#ifdef __x86_64__
__attribute__((packed))
#endif
;

long linux_epoll_create(void);
long linux_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
long linux_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token);
long linux_epoll_remove(int epoll, int fd);
// timeout in ns, negative for none.
long linux_epoll_wait(int epoll, struct linux_event *events, int count, int64_t timeout);
// 1 when one of `events` (poll bits) is there, 0 at the timeout (ns, negative for none).
long linux_poll_one(int fd, short events, int64_t timeout, short *out);

extern const uint32_t linux_epoll_in;
extern const uint32_t linux_epoll_out;
extern const uint32_t linux_epoll_priority;
extern const uint32_t linux_epoll_error;
extern const uint32_t linux_epoll_hang_up;
extern const uint32_t linux_epoll_read_hang_up;
extern const uint32_t linux_epoll_edge_triggered;
extern const uint32_t linux_epoll_one_shot;

long linux_event_descriptor(void);
long linux_timer_descriptor(void);
// An absolute CLOCK_MONOTONIC time in ns and an interval in ns; both zero disarm.
long linux_timer_arm(int fd, int64_t at, int64_t interval);
long linux_signal_descriptor(const int *signals, size_t count);
long linux_signal_read(int fd);
// As linux_signal_read, and whether a process sent it (else the kernel did, as for a terminal's Ctrl-C).
long linux_signal_read_sender(int fd, bool *from_process);
long linux_block_signals(const int *signals, size_t count);
long linux_ignore_signal(int signal);

extern const int linux_sighup;
extern const int linux_sigint;
extern const int linux_sigquit;
extern const int linux_sigkill;
extern const int linux_sigusr1;
extern const int linux_sigusr2;
extern const int linux_sigpipe;
extern const int linux_sigalrm;
extern const int linux_sigterm;
extern const int linux_sigchld;
extern const int linux_sigcont;
extern const int linux_sigstop;
extern const int linux_sigtstp;
extern const int linux_sigwinch;

int64_t linux_monotonic_now(void);

// MARK: Futex

// Process-shared. deadline: absolute CLOCK_MONOTONIC ns, negative for none.
long linux_futex_wait(const void *word, uint32_t expected, int64_t deadline);
long linux_futex_wake(const void *word, int count);

// MARK: Sockets

#define LINUX_DESCRIPTORS_PER_MESSAGE 8

long linux_unix_socket(bool sequenced, bool nonblocking);
long linux_unix_pair(bool sequenced, bool nonblocking, int fds[2]);
long linux_unix_bind(int fd, const char *path);
long linux_unix_connect(int fd, const char *path);
long linux_change_mode(const char *path, unsigned int mode);
long linux_listen(int fd, int backlog);
long linux_accept(int fd);
// 1: a connected socket of AF_UNIX that keeps packets; 0: another socket. Never waits, whatever the file is.
long linux_is_unix_packet_socket(int fd);
long linux_peer_credentials(int fd, int32_t *pid, uint32_t *uid, uint32_t *gid);
// The peer's supplementary groups: how many there are, of which at most `room` are in `groups`; or -ERANGE, and
// nothing in `groups`, when they are more.
long linux_peer_groups(int fd, uint32_t *groups, size_t room);
// Sends one datagram to a path, or, behind an '@', to a name of the abstract namespace.
long linux_send_datagram(const char *address, const void *bytes, size_t count);
long linux_send(int fd, const void *bytes, size_t count, const int *fds, size_t fd_count, bool nonblocking);
// Fills `fds` (room for LINUX_DESCRIPTORS_PER_MESSAGE) with close-on-exec descriptors, which are
// the caller's to close whatever the flags say.
long linux_receive(
    int fd, void *bytes, size_t count, bool nonblocking, int *fds, size_t *fd_count, bool *bytes_truncated,
    bool *descriptors_truncated);
long linux_unread_bytes(int fd);
// Whether a descriptor comes with one of the first 4096 unread bytes of a stream. Takes nothing.
bool linux_has_unread_descriptor(int fd);
long linux_set_send_buffer(int fd, int bytes);
long linux_set_receive_buffer(int fd, int bytes);
// how: 0 reading, 1 writing, 2 both.
long linux_shutdown(int fd, int how);

#include "FenceCalls.h"

// MARK: Processes and threads

// Each redirection is a descriptor to install, or -1 to inherit. `search` looks for a name in PATH.
long linux_spawn(
    const char *path, bool search, char *const argv[], char *const envp[], int in, int out, int err,
    bool reset_signals, bool new_group, int32_t *pid);
// 1 when it ended, and how: by `exit_code`, or by `signal` when that isn't zero; 0 when it still runs.
long linux_wait_child(int32_t pid, bool block, int *exit_code, int *signal);
long linux_kill(int32_t pid, int signal);
long linux_pid_descriptor(int32_t pid);
long linux_process_id(void);
long linux_thread_id(void);
uint32_t linux_user_id(void);
uint32_t linux_effective_user_id(void);
const char *linux_environment_value(const char *name);
long linux_set_environment(const char *name, const char *value);
char *const *linux_environment(void);
// Sets the soft limit of open descriptors to the hard one, and returns it.
long linux_raise_descriptor_limit(void);
long linux_descriptor_limit(void);

typedef void (*linux_thread_body)(void *);
// The thread runs body(context) with the asynchronous signals blocked. *out is a pthread_t.
long linux_thread_start(
    const char *name, size_t stack_size, linux_thread_body body, void *context, unsigned long *out);
long linux_thread_join(unsigned long thread);

/// Makes a robust mutex that processes share, at `place`.
void linux_robust_mutex_initialize(void *place);
long linux_thread_detach(unsigned long thread);

// MARK: ThreadSanitizer
// Known only to a build with -fsanitize=thread, which is when they may be called.

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#endif
