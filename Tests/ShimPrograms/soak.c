/// Programs that come and go, so many at a time, for as long as it is told: `--programs=N --devices=N --lives=N
/// --seconds=N --seed=N`. Half of them are killed somewhere on their way, the others come to their end and must find
/// all as it should be. It ends when all have lived, or the time has passed.
///
/// The first half of the devices are cameras, the others displays; each program has one for itself. With `--tour=1` each
/// script comes once to each device, one after the other, to its end. With `--script=NAME --camera=PATH --display=PATH
/// --frames=N` it is such a program.
#include "steps.h"
#include "tracing.h"
#include <sys/prctl.h>

enum { MAXIMUM_PROGRAMS = 64 };

static int be_program(char **arguments, const char *script) {
    camera_path = option(arguments, "camera", camera_path);
    display_path = option(arguments, "display", display_path);
    frames_of_stream = (uint32_t)number(arguments, "frames", 6);
    camera.fd = -1;
    for (size_t i = 0; i < SCRIPTS; i++) {
        if (strcmp(scripts[i].name, script) != 0) continue;
        for (size_t step = 0; step < script_length(&scripts[i]); step++) scripts[i].steps[step]();
        return 0;
    }
    fail("no script %s", script);
}

/// A program that lives, and on which devices.
struct life {
    pid_t pid;
    uint64_t born, killed_after; /* nanoseconds; 0: it comes to its end */
    uint32_t device;
    uint64_t seed;
};

static struct life lives[MAXIMUM_PROGRAMS];
static uint64_t ended, killed;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static uint32_t free_device(uint32_t first, uint32_t count, uint32_t programs) {
    for (uint32_t device = first; device < first + count; device++) {
        bool is_free = true;
        for (uint32_t i = 0; i < programs; i++) is_free = is_free && !(lives[i].pid && lives[i].device == device);
        if (is_free) return device;
    }
    return UINT32_MAX;
}

static void begin(struct life *life, const struct script *script, uint32_t device, uint64_t frames) {
    life->born = now();
    life->device = device;
    life->pid = fork();
    // By whichever of the two comes first.
    setpgid(life->pid, life->pid);
    if (life->pid) return;
    char words[4][40];
    snprintf(words[0], sizeof words[0], "--script=%s", script->name);
    snprintf(words[1], sizeof words[1], "--camera=/dev/video%u", device);
    snprintf(words[2], sizeof words[2], "--display=/dev/video%u", device);
    snprintf(words[3], sizeof words[3], "--frames=%" PRIu64, frames);
    execl("/proc/self/exe", "soak", words[0], words[1], words[2], words[3], (char *)NULL);
    _exit(99);
}

static bool shows(const struct script *script) { return script->steps[0] == open_display; }

/// One of so many devices, if one is free, and what it does are the seed's to choose.
static void begin_somehow(struct life *life, uint64_t seed, uint32_t devices, uint32_t programs) {
    uint64_t state = seed;
    const struct script *script = &scripts[next_random(&state) % SCRIPTS];
    uint32_t device = free_device(shows(script) ? devices / 2 : 0, devices / 2, programs);
    if (device == UINT32_MAX) return;
    uint64_t frames = 1 + next_random(&state) % 3000, moment = next_random(&state) % 60000000;
    *life = (struct life){.seed = seed, .killed_after = seed % 2 ? moment + 1 : 0};
    begin(life, script, device, frames);
}

/// Kills it and its children if its time has come, and sees whether it has ended.
///
/// A child that lives on would have the device still, and the next program find it busy.
static void tend(struct life *life) {
    bool is_due = life->killed_after && now() - life->born >= life->killed_after;
    if (is_due) MUST(kill(-life->pid, SIGKILL) == 0);
    int status;
    pid_t pid = waitpid(life->pid, &status, is_due ? 0 : WNOHANG);
    MUST(pid >= 0);
    if (pid == 0) return;
    bool was_killed = is_due && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (!was_killed && status != 0) fail("a program ended with %#x (seed %" PRIu64 ")", status, life->seed);
    while (waitpid(-life->pid, NULL, 0) > 0) continue;
    killed += was_killed;
    ended++;
    life->pid = 0;
}

static void tour(uint32_t devices) {
    for (uint32_t device = 0; device < devices; device++) {
        for (size_t i = 0; i < SCRIPTS; i++) {
            if (shows(&scripts[i]) != (device >= devices / 2)) continue;
            begin(&lives[0], &scripts[i], device, 20);
            while (lives[0].pid) tend(&lives[0]);
            progress++;
        }
    }
    printf("soak: lives=%" PRIu64 " killed=%" PRIu64 "\n", ended, killed);
}

int main(int count, char **arguments) {
    (void)count;
    name = "soak";
    watchdog();
    const char *script = option(arguments, "script", NULL);
    if (script) return be_program(arguments, script);
    uint32_t programs = (uint32_t)number(arguments, "programs", 16), devices = (uint32_t)number(arguments, "devices", 32);
    uint64_t wanted = number(arguments, "lives", 200), seconds = number(arguments, "seconds", 30);
    uint64_t seed = number(arguments, "seed", 1), begun = 0, start = now(), told = start;
    MUST(programs <= MAXIMUM_PROGRAMS);
    // Of the killed, children come to us.
    MUST(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    if (number(arguments, "tour", 0)) {
        tour(devices);
        return 0;
    }
    printf("soak: seed=%" PRIu64 "\n", seed);
    uint64_t alive = 1;
    while (alive || (begun < wanted && now() - start < seconds * 1000000000)) {
        alarm(60);
        alive = 0;
        bool goes_on = begun < wanted && now() - start < seconds * 1000000000;
        for (uint32_t i = 0; i < programs; i++) {
            if (lives[i].pid) tend(&lives[i]);
            if (!lives[i].pid && goes_on && begun < wanted) begin_somehow(&lives[i], seed + begun++, devices, programs);
            alive += lives[i].pid != 0;
        }
        // There is no one thing to wait for: a program's end, or the moment at which it is to be killed.
        struct timespec pause = {.tv_nsec = 500000};
        nanosleep(&pause, NULL);
        if (now() - told >= 60000000000) {
            told = now();
            fprintf(stderr, "soak: %" PRIu64 " minutes, %" PRIu64 " programs, %" PRIu64 " of them killed\n",
                    (told - start) / 60000000000, ended, killed);
        }
    }
    printf("soak: lives=%" PRIu64 " killed=%" PRIu64 " seed=%" PRIu64 "\n", ended, killed, seed);
    return 0;
}
