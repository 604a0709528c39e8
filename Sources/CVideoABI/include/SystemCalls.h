/// System calls made directly: the program's core runs inside the preload library, where calling libc's
/// close() or mmap() would come back to the library itself, and where errno belongs to the program.
/// Each gives the kernel's result: >= 0, or -errno.
#pragma once
#include <stdint.h>
#include <sys/syscall.h>

static inline int64_t vb2_syscall6(int64_t n, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f) {
#if defined(__x86_64__)
    int64_t result;
    register int64_t r10 __asm__("r10") = d;
    register int64_t r8 __asm__("r8") = e;
    register int64_t r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register int64_t x8 __asm__("x8") = n;
    register int64_t x0 __asm__("x0") = a;
    register int64_t x1 __asm__("x1") = b;
    register int64_t x2 __asm__("x2") = c;
    register int64_t x3 __asm__("x3") = d;
    register int64_t x4 __asm__("x4") = e;
    register int64_t x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
#else
#error "Add this processor's system call instruction here"
#endif
}

static inline int64_t vb2_syscall3(int64_t n, int64_t a, int64_t b, int64_t c) {
    return vb2_syscall6(n, a, b, c, 0, 0, 0);
}

enum {
    VB2_SYS_CLOSE = SYS_close,
    VB2_SYS_MMAP = SYS_mmap,
    VB2_SYS_MUNMAP = SYS_munmap,
    VB2_SYS_FCNTL = SYS_fcntl,
    VB2_SYS_FSTAT = SYS_fstat,
    VB2_SYS_RECVFROM = SYS_recvfrom,
    VB2_SYS_SENDTO = SYS_sendto,
    VB2_SYS_SENDMSG = SYS_sendmsg,
    VB2_SYS_RECVMSG = SYS_recvmsg,
    VB2_SYS_SOCKETPAIR = SYS_socketpair,
    VB2_SYS_SETSOCKOPT = SYS_setsockopt,
    VB2_SYS_PPOLL = SYS_ppoll,
    VB2_SYS_FUTEX = SYS_futex,
    VB2_SYS_RT_SIGPROCMASK = SYS_rt_sigprocmask,
    VB2_SYS_GETPID = SYS_getpid,
    VB2_SYS_PROCESS_VM_READV = SYS_process_vm_readv,
    VB2_SYS_PROCESS_VM_WRITEV = SYS_process_vm_writev,
};
