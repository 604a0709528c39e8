/// Kills programs, or children that share a handle with this one, between any two instructions of any step that they
/// ask a server for: `--kind=program|child --kills=N --seed=N --server=PID`.
///
/// How long a step is is counted first. What the server held comes back after each kill, and the device works on.
#include "steps.h"
#include "tracing.h"

/// What a child of a stream does, beside the process that it shares it with.
static void take_one(void) {
    struct v4l2_buffer buffer;
    capture_next(&camera, &buffer);
    capture_queue(&camera, buffer.index);
}
static void map_one(void) {
    camera.buffers[0].bytes = NULL;
    capture_map(&camera, 0);
}
static void restart(void) {
    capture_stop(&camera);
    capture_start(&camera);
}

static const struct script shared[] = {
    {"stream", {wait_by_poll, take_one, take_one, take_one}},
    {"ask", {describe, get_format, export_buffer, map_one, take_one}},
    {"restart", {take_one, restart, take_one, stream}},
};
enum { SHARED = sizeof shared / sizeof *shared };

/// What the child held is queued again, and the stream goes on.
static void go_on(void) {
    capture_queue_rest(&camera);
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    MUST(ioctl(camera.fd, VIDIOC_STREAMON, &type) == 0);
    struct v4l2_buffer buffer;
    int error = capture_wait(&camera, &buffer);
    if (error) fail("DQBUF after a kill: errno %d", error);
    capture_queue(&camera, buffer.index);
    camera.next_sequence = buffer.sequence + 1;
    capture_stream(&camera, 8);
}

/// A step of a script, which a process is killed in.
struct place {
    const struct script *script;
    size_t step;
    uint64_t length; /* of the step, in instructions */
};

static struct place places[128];
static size_t place_count;

/// A traced process that runs a script, stopped where the step begins. It stops where the step ends, too.
static pid_t begin(const struct place *place) {
    pid_t child = fork();
    if (child == 0) {
        watchdog();
        MUST(ptrace(PTRACE_TRACEME) == 0);
        for (size_t i = 0; i < script_length(place->script); i++) {
            if (i == place->step) stop_here();
            place->script->steps[i]();
            if (i == place->step) stop_here();
        }
        _exit(0);
    }
    int status;
    MUST(child > 0 && waitpid(child, &status, 0) == child);
    if (reason(child, PTRACE_CONT, &status) != STOPPED) fail("%s ended before its step %zu", place->script->name, place->step);
    MUST(ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)PTRACE_O_EXITKILL) == 0);
    return child;
}

/// Counts how long each step is. Its scripts run to their end.
static void measure(const struct script *scripts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t step = 0; step < script_length(&scripts[i]); step++) {
            struct place *place = &places[place_count++];
            *place = (struct place){.script = &scripts[i], .step = step};
            int status;
            pid_t child = begin(place);
            while (advance(child, PTRACE_SINGLESTEP, &status) == ONE_STEP) place->length++;
            MUST(WIFSTOPPED(status));
            while (advance(child, PTRACE_CONT, &status) != ENDED) continue;
            if (camera.fd >= 0) go_on();
            if (status != 0) fail("%s doesn't come to its end: status %#x", scripts[i].name, status);
        }
    }
}

/// - Returns: whether it was killed before the step was done.
static bool kill_somewhere(const struct place *place, uint64_t random) {
    int status;
    pid_t child = begin(place);
    uint64_t instructions = (random >> 8) % (place->length + 1);
    enum outcome last = ONE_STEP;
    for (uint64_t i = 0; i < instructions && last == ONE_STEP; i++) last = advance(child, PTRACE_SINGLESTEP, &status);
    if (last == ENDED) fail("%s ended in its step %zu: status %#x", place->script->name, place->step, status);
    // One in four is killed at some moment from there on, perhaps while it waits for an answer.
    if (last == ONE_STEP && random % 4 == 0) {
        MUST(ptrace(PTRACE_CONT, child, NULL, NULL) == 0);
        spin(random >> 40 & 0x1ffff);
    }
    kill_and_wait(child, &status);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
        fail("%s wasn't killed in its step %zu: status %#x", place->script->name, place->step, status);
    }
    return last == ONE_STEP;
}

int main(int count, char **arguments) {
    (void)count;
    name = "kills";
    uint64_t kills = number(arguments, "kills", 100), seed = number(arguments, "seed", 1), inside = 0;
    pid_t server = (pid_t)number(arguments, "server", 0);
    bool shares = strcmp(option(arguments, "kind", "program"), "child") == 0;
    printf("kills: seed=%" PRIu64 "\n", seed);
    fflush(stdout);
    use_device();
    if (shares) {
        open_camera();
        allocate_mmap();
        start();
        stream();
        measure(shared, SHARED);
        go_on();
    } else {
        measure(scripts, SCRIPTS);
    }
    struct holdings before = held_by(server);
    for (uint64_t i = 0; i < kills; i++) {
        alarm(0);
        watchdog();
        uint64_t state = seed + i, random = next_random(&state);
        const struct place *place = &places[next_random(&state) % place_count];
        inside += kill_somewhere(place, random);
        progress = i;
        if (shares) {
            go_on();
        } else {
            use_device();
        }
        await_holdings(server, before, place->script->name, seed + i);
    }
    if (shares) close_all();
    uint64_t instructions = 0;
    for (size_t i = 0; i < place_count; i++) instructions += places[i].length;
    printf("kills: kills=%" PRIu64 " inside=%" PRIu64 " places=%zu instructions=%" PRIu64 " seed=%" PRIu64 "\n", kills,
           inside, place_count, instructions, seed);
    return 0;
}
