#ifndef C_LINUX_SYSTEM_USERFAULTS_H
#define C_LINUX_SYSTEM_USERFAULTS_H

// Page faults that a process handles itself, or lets another handle (userfaultfd(2)).
// Included by CLinuxSystem.h; the same rules hold.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// One page fault that waits.
struct linux_fault {
    uint64_t address; // of the page
    bool on_protected_page;
};

#define LINUX_FAULTS_PER_READ 16

// A close-on-exec, nonblocking descriptor for mappings of memory files: missing pages and writes to protected ones.
// user_only: the kernel's own accesses for the process (write(2), say) then give EFAULT, but no privilege is needed.
long linux_userfault(bool user_only);
// 1 if the descriptor is one, whoever made it.
long linux_is_userfault(int fd);
long linux_userfault_register(int fd, uint64_t start, uint64_t length, bool missing, bool writes);
// Whoever waits there goes on.
long linux_userfault_unregister(int fd, uint64_t start, uint64_t length);
// Ending a protection wakes whoever waits there.
long linux_userfault_protect(int fd, uint64_t start, uint64_t length, bool on);
long linux_userfault_wake(int fd, uint64_t start, uint64_t length);
// Makes missing pages with that content, each of them at once; `*copied` bytes, also when it fails.
long linux_userfault_copy(int fd, uint64_t target, const void *source, size_t length, size_t *copied);
// Accesses to missing pages get SIGBUS from now on (Linux 6.6).
long linux_userfault_poison(int fd, uint64_t start, uint64_t length);
// How many messages were taken; `*count` of them are faults. Never waits, whatever the file's flags (Linux 6.10).
long linux_userfault_read(int fd, struct linux_fault faults[LINUX_FAULTS_PER_READ], size_t *count);

#endif
