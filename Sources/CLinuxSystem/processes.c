#include "internal.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

long linux_spawn(
    const char *path, bool search, char *const argv[], char *const envp[], int in, int out, int err,
    bool reset_signals, bool new_group, int32_t *pid) {
    int sources[3] = {in, out, err};
    int copies[3] = {-1, -1, -1};
    long result = 0;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if ((result = -(long)posix_spawn_file_actions_init(&actions)) != 0) return result;
    if ((result = -(long)posix_spawnattr_init(&attributes)) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return result;
    }
    for (int target = 0; target < 3 && result == 0; target++) {
        int source = sources[target];
        if (source < 0) continue;
        if (source < 3 && source != target) {
            // A source among 0...2 could be overwritten by an earlier redirection: use a copy above.
            source = copies[target] = fcntl(source, F_DUPFD_CLOEXEC, 3);
            if (source < 0) result = -(long)errno;
        }
        if (result == 0) result = -(long)posix_spawn_file_actions_adddup2(&actions, source, target);
    }
    if (result == 0) {
        short flags = 0;
        if (reset_signals) {
            sigset_t none, all;
            sigemptyset(&none);
            sigfillset(&all);
            posix_spawnattr_setsigmask(&attributes, &none);
            posix_spawnattr_setsigdefault(&attributes, &all);
            flags |= POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
        }
        if (new_group) {
            posix_spawnattr_setpgroup(&attributes, 0);
            flags |= POSIX_SPAWN_SETPGROUP;
        }
        posix_spawnattr_setflags(&attributes, flags);
        pid_t child = 0;
        char *const *environment = envp != NULL ? envp : environ;
        result = -(long)(search ? posix_spawnp(&child, path, &actions, &attributes, argv, environment)
                                : posix_spawn(&child, path, &actions, &attributes, argv, environment));
        *pid = child;
    }
    for (int target = 0; target < 3; target++)
        if (copies[target] >= 0) close(copies[target]);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return result;
}

long linux_wait_child(int32_t pid, bool block, int *exit_code, int *signal) {
    int status = 0;
    long result = outcome(waitpid(pid, &status, block ? 0 : WNOHANG));
    if (result <= 0) return result;
    *exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    *signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return 1;
}

long linux_kill(int32_t pid, int signal) { return outcome(kill(pid, signal)); }
long linux_pid_descriptor(int32_t pid) { return outcome(syscall(SYS_pidfd_open, pid, 0)); }
long linux_process_id(void) { return getpid(); }
long linux_thread_id(void) { return syscall(SYS_gettid); }
uint32_t linux_user_id(void) { return getuid(); }
uint32_t linux_effective_user_id(void) { return geteuid(); }
const char *linux_environment_value(const char *name) { return getenv(name); }

long linux_set_environment(const char *name, const char *value) {
    return outcome(value != NULL ? setenv(name, value, 1) : unsetenv(name));
}

char *const *linux_environment(void) { return environ; }

long linux_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -(long)errno;
    if (limit.rlim_cur != limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -(long)errno;
    }
    return (long)limit.rlim_cur;
}

long linux_descriptor_limit(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? -(long)errno : (long)limit.rlim_cur;
}

struct thread_start {
    linux_thread_body body;
    void *context;
};

static void *run_thread(void *argument) {
    struct thread_start start = *(struct thread_start *)argument;
    free(argument);
    start.body(start.context);
    return NULL;
}

long linux_thread_start(
    const char *name, size_t stack_size, linux_thread_body body, void *context, unsigned long *out) {
    struct thread_start *start = malloc(sizeof *start);
    if (start == NULL) return -(long)ENOMEM;
    *start = (struct thread_start){.body = body, .context = context};
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0) {
        free(start);
        return -(long)error;
    }
    if (stack_size > 0) error = pthread_attr_setstacksize(&attributes, stack_size);
    pthread_t thread = 0;
    if (error == 0) {
        // Blocked before the thread exists, so that no signal finds it unready. The synchronous
        // ones stay: a fault must reach its handler.
        sigset_t blocked, before;
        sigfillset(&blocked);
        static const int kept[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF};
        for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) sigdelset(&blocked, kept[i]);
        pthread_sigmask(SIG_BLOCK, &blocked, &before);
        error = pthread_create(&thread, &attributes, run_thread, start);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        free(start);
        return -(long)error;
    }
    // A name is a help to whoever debugs; a name that is too long is no reason to fail.
    (void)pthread_setname_np(thread, name);
    *out = thread;
    return 0;
}

long linux_thread_join(unsigned long thread) { return -(long)pthread_join(thread, NULL); }
long linux_thread_detach(unsigned long thread) { return -(long)pthread_detach(thread); }
