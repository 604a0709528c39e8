/// Kills the server while a program asks it for something, starts another one, and lets the program go on:
/// `--vb2=COMMAND --library=FILE --directory=DIR --kills=N --seed=N`.
///
/// The server's thread is stopped before the step begins, and killed at one of its system calls or some instructions
/// behind it. The program must be told at once, keep what it has mapped, and find the device again.
#include "steps.h"
#include "tracing.h"
#include <sys/prctl.h>

static const char *command, *directory;

// MARK: The server

struct server {
    pid_t process, thread;
};

static pid_t found;

static bool is_first_device(pid_t process, const char *thread) {
    char text[40];
    thread_name(process, thread, text, sizeof text);
    if (strcmp(text, "vb2-devices-0\n") == 0) found = atoi(thread);
    return false;
}

/// The thread that has the first device.
static pid_t device_thread(pid_t process) {
    found = 0;
    count_entries(process, "task", is_first_device);
    MUST(found);
    return found;
}

/// Returns when it serves.
static struct server start_server(void) {
    int ends[2];
    MUST(pipe2(ends, O_CLOEXEC) == 0);
    struct server server = {.process = fork()};
    if (server.process == 0) {
        unsetenv("LD_PRELOAD");
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ends[1], 1);
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 2);
        const char *camera_spec = "pattern,size=64x48,format=GREY,pace=ondemand";
        const char *display_spec = "display:size=64x48,format=GREY,pace=ondemand";
        execl(command, command, "serve", "--directory", directory, "--camera", camera_spec, "--camera", camera_spec,
              "--display", display_spec, (char *)NULL);
        _exit(99);
    }
    close(ends[1]);
    char text[2000];
    size_t length = 0;
    ssize_t more;
    while ((more = read(ends[0], text + length, sizeof text - 1 - length)) > 0) {
        text[length += (size_t)more] = 0;
        if (strstr(text, "LD_PRELOAD=")) break;
    }
    if (more <= 0) fail("the server doesn't start: %s", text);
    close(ends[0]);
    server.thread = device_thread(server.process);
    return server;
}

// MARK: The program

/// The device is gone, and says so without waiting; what is mapped is still there.
static void expect_gone(void) {
    struct pollfd one = {.fd = camera.fd, .events = POLLIN | POLLOUT};
    MUST(poll(&one, 1, 0) == 1);
    if ((one.revents & (POLLHUP | POLLERR)) != (POLLHUP | POLLERR)) fail("poll: %#x", one.revents);
    struct v4l2_capability capability;
    MUST_FAIL(ioctl(camera.fd, VIDIOC_QUERYCAP, &capability), ENODEV);
    struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    MUST_FAIL(ioctl(camera.fd, VIDIOC_DQBUF, &buffer), ENODEV);
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    MUST_FAIL(ioctl(camera.fd, VIDIOC_STREAMOFF, &type), ENODEV);
    for (uint32_t index = 0; index < camera.count; index++) {
        volatile unsigned char *bytes = camera.buffers[index].bytes;
        if (bytes) bytes[0] = bytes[camera.image_size - 1];
    }
}

/// 'd' on the socket: the step has come to its end, one way or the other.
static void program(const struct script *script, size_t step, int socket) {
    watchdog();
    camera.fd = -1;
    for (size_t i = 0; i < step; i++) script->steps[i]();
    tell(socket);
    await(socket);
    jmp_buf here;
    errno = 0;
    if (setjmp(here) == 0) {
        escape = &here;
        script->steps[step]();
        escape_error = 0;
    }
    escape = NULL;
    tell(socket);
    // The server is dead now, if it wasn't before.
    await(socket);
    // A poll that says HUP isn't an errno, and EAGAIN is what led to it.
    bool is_open = camera.fd >= 0;
    bool is_allowed = escape_error == 0 || escape_error == ENODEV || escape_error == EAGAIN ||
                      (step == 0 && escape_error == ENOENT);
    if (!is_allowed) fail("step %zu of %s: errno %d when the server is killed", step, script->name, escape_error);
    if (is_open) {
        expect_gone();
        capture_unmap(&camera);
        close_all();
    }
    tell(socket);
    await(socket);
    use_device();
    exit(0);
}

// MARK: A kill

static bool has_said(int socket) {
    struct pollfd one = {.fd = socket, .events = POLLIN};
    return poll(&one, 1, 0) == 1;
}

/// Lets the server's thread go on until it stops, or waits for something after the step is done.
/// - Returns: whether it has stopped.
static bool go_on_until(pid_t thread, int how, int socket, int *status) {
    MUST(ptrace(how, thread, NULL, NULL) == 0);
    for (int patience = 0; patience < 200;) {
        pid_t stopped = waitpid(thread, status, __WALL | WNOHANG);
        MUST(stopped >= 0);
        if (stopped == thread) return true;
        // Nothing tells that it waits: its step is done, and it has had 200 chances to go on.
        patience += has_said(socket);
        sched_yield();
    }
    return false;
}

/// - Parameters:
///   - at: which of its system calls the server's thread is killed at, unless the step is done before.
///   - more: instructions behind it.
/// - Returns: system calls that it has come to.
static uint32_t kill_server(struct server *server, const struct script *script, size_t step, uint32_t at, uint32_t more) {
    int sockets[2], status;
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0);
    struct holdings before = held_by(server->process);
    pid_t child = fork();
    if (child == 0) {
        close(sockets[0]);
        program(script, step, sockets[1]);
    }
    close(sockets[1]);
    await(sockets[0]);
    pid_t thread = server->thread;
    MUST(ptrace(PTRACE_SEIZE, thread, NULL, (void *)PTRACE_O_TRACESYSGOOD) == 0);
    MUST(ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) == 0 && waitpid(thread, &status, __WALL) == thread);
    tell(sockets[0]);
    uint32_t calls = 0;
    bool stopped = true;
    while (stopped && calls < at && !has_said(sockets[0])) {
        stopped = go_on_until(thread, PTRACE_SYSCALL, sockets[0], &status);
        calls += stopped;
    }
    for (uint32_t i = 0; stopped && i < more; i++) {
        stopped = go_on_until(thread, PTRACE_SINGLESTEP, sockets[0], &status);
    }
    MUST(kill(server->process, SIGKILL) == 0);
    // The thread first: the process is gone when all of its threads are.
    while (waitpid(thread, &status, __WALL) == thread && !WIFSIGNALED(status)) continue;
    MUST(waitpid(server->process, &status, 0) == server->process && WIFSIGNALED(status));
    await(sockets[0]);
    tell(sockets[0]);
    char byte;
    if (read(sockets[0], &byte, 1) != 1) {
        waitpid(child, &status, 0);
        fail("%s in step %zu, when its server is killed: status %#x", script->name, step, status);
    }
    *server = start_server();
    tell(sockets[0]);
    if (!ended_well(child)) fail("%s doesn't find its device again, killed in step %zu", script->name, step);
    close(sockets[0]);
    await_holdings(server->process, before, script->name, step);
    return calls;
}

int main(int count, char **arguments) {
    (void)count;
    name = "serverkills";
    watchdog();
    uint64_t kills = number(arguments, "kills", 100), seed = number(arguments, "seed", 1);
    command = option(arguments, "vb2", "vb2");
    directory = option(arguments, "directory", NULL);
    MUST(directory);
    printf("serverkills: seed=%" PRIu64 "\n", seed);
    fflush(stdout);
    struct server server = start_server();
    uint32_t calls[SCRIPTS][20] = {0};
    uint64_t sum = 0, done = 0;
    for (size_t i = 0; i < SCRIPTS; i++) {
        for (size_t step = 0; step < script_length(&scripts[i]); step++, done++) {
            alarm(60);
            calls[i][step] = kill_server(&server, &scripts[i], step, UINT32_MAX, 0);
            sum += calls[i][step];
        }
    }
    for (; done < kills; done++) {
        alarm(60);
        uint64_t state = seed + done;
        size_t i = next_random(&state) % SCRIPTS, step = next_random(&state) % script_length(&scripts[i]);
        uint32_t at = (uint32_t)(next_random(&state) % (calls[i][step] + 1));
        kill_server(&server, &scripts[i], step, at, (uint32_t)(next_random(&state) % 1000));
        progress = done;
    }
    int status;
    MUST(kill(server.process, SIGTERM) == 0 && waitpid(server.process, &status, 0) == server.process && status == 0);
    printf("serverkills: kills=%" PRIu64 " calls=%" PRIu64 " seed=%" PRIu64 "\n", done, sum, seed);
    return 0;
}
