/// Which process this is: forked and vforked children, and locks that survive a fork.
#include "Edge.h"
#include <linux/futex.h>
#include <sched.h>

_Atomic(_Atomic uint32_t *) vb2_cookie_page;
#define COOKIE_BUSY VB2_COOKIE_BUSY

struct vb2_lock vb2_handle_lock, vb2_range_lock, vb2_epoll_lock, vb2_folder_lock;

static uint32_t own_number(void) {
    return (uint32_t)vb2_syscall3(SYS_getpid, 0, 0, 0);
}

static uint64_t block_signals(void) {
    uint64_t all = ~0ull, old = 0;
    vb2_syscall6(SYS_rt_sigprocmask, SIG_BLOCK, (int64_t)(uintptr_t)&all, (int64_t)(uintptr_t)&old, 8, 0, 0);
    return old;
}

static void restore_signals(uint64_t old) {
    vb2_syscall6(SYS_rt_sigprocmask, SIG_SETMASK, (int64_t)(uintptr_t)&old, 0, 8, 0, 0);
}

/// In the child of a vfork libc still believes that it is its parent's thread. libc shows what it believes in
/// the owner of a mutex.
static bool libc_is_mistaken(void) {
    pthread_mutex_t mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
    if (pthread_mutex_lock(&mutex)) {
        return false;
    }
    uint32_t believed = (uint32_t)mutex.__data.__owner;
    pthread_mutex_unlock(&mutex);
    return believed != (uint32_t)vb2_syscall3(SYS_gettid, 0, 0, 0);
}

bool vb2_process_begin(void) {
    if (atomic_load_explicit(&vb2_cookie_page, memory_order_acquire)) {
        return !vb2_process_is_borrowed();
    }
    if (libc_is_mistaken()) {
        return false;
    }
    _Atomic uint32_t *page = vb2_pages(4096), *expected = NULL;
    if (!page) {
        return false;
    }
    vb2_syscall3(SYS_madvise, (int64_t)(uintptr_t)page, 4096, MADV_WIPEONFORK);
    atomic_store(page, own_number());
    if (!atomic_compare_exchange_strong(&vb2_cookie_page, (_Atomic uint32_t **)&expected, page)) {
        vb2_pages_free((void *)page, 4096);
    }
    return true;
}

static bool tell_core(struct vb2_handle *handle, void *context) {
    (void)context;
    vb2_core_forked(handle);
    return false;
}

/// No other thread of the parent is here. One that held a lock left the table as it was at that moment: each
/// record of a table is valid or absent at any time, so the lock can just be opened.
static void become_child(_Atomic uint32_t *cookie) {
    // A signal handler that came back here would wait for the thread that it interrupts.
    uint64_t signals = block_signals();
    uint32_t expected = 0;
    if (atomic_compare_exchange_strong(cookie, &expected, COOKIE_BUSY)) {
        atomic_store(&vb2_handle_lock.word, 0);
        atomic_store(&vb2_range_lock.word, 0);
        atomic_store(&vb2_epoll_lock.word, 0);
        atomic_store(&vb2_folder_lock.word, 0);
        vb2_handle_find(tell_core, NULL);
        atomic_store(cookie, own_number());
    }
    restore_signals(signals);
}

void vb2_process_changes(_Atomic uint32_t *cookie) {
    if (atomic_load_explicit(cookie, memory_order_acquire) == 0) {
        become_child(cookie);
    }
    while (atomic_load_explicit(cookie, memory_order_acquire) == COOKIE_BUSY) {
        vb2_syscall3(SYS_sched_yield, 0, 0, 0);
    }
}

bool vb2_process_is_borrowed(void) {
    vb2_process_check();
    _Atomic uint32_t *cookie = atomic_load_explicit(&vb2_cookie_page, memory_order_acquire);
    return cookie && atomic_load_explicit(cookie, memory_order_acquire) != own_number();
}

struct vb2_locked vb2_lock_take(struct vb2_lock *lock) {
    vb2_process_check(); // which may find that the holder stayed in the parent
    struct vb2_locked locked = {.signals = block_signals()};
    uint32_t expected = 0;
    if (!atomic_compare_exchange_strong(&lock->word, &expected, 1)) {
        while (atomic_exchange(&lock->word, 2) != 0) {
            vb2_syscall6(SYS_futex, (int64_t)(uintptr_t)&lock->word, FUTEX_WAIT_PRIVATE, 2, 0, 0, 0);
        }
    }
    return locked;
}

void vb2_lock_give(struct vb2_lock *lock, struct vb2_locked locked) {
    if (atomic_exchange(&lock->word, 0) == 2) {
        vb2_syscall6(SYS_futex, (int64_t)(uintptr_t)&lock->word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
    }
    restore_signals(locked.signals);
}
