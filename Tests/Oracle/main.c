/// Runs the scenarios on nodes that a kernel or vb2 offers, and prints the transcript.
///
/// usage: oracle [--capture NODE] [--output NODE] [--peer NODE] [--only TEXT]
#include "oracle.h"
#include <signal.h>
#include <sys/wait.h>

struct device device, peer;
uint32_t *step_number;
const char *scenario_name;

static const struct scenario *const topics[] = {
    allocation_scenarios, queueing_scenarios, output_scenarios, streaming_scenarios, polling_scenarios,
    mapping_scenarios, import_scenarios, userptr_scenarios, fileio_scenarios, handle_scenarios,
    lifetime_scenarios, pointer_scenarios, removal_scenarios,
};
enum { SECONDS = 20 };

static bool look(struct device *node) {
    int fd = open(node->path, O_RDWR);
    if (fd < 0) return false;
    struct v4l2_capability answer = {0};
    if (ioctl(fd, VIDIOC_QUERYCAP, &answer) < 0) return false;
    uint32_t caps = answer.device_caps;
    node->is_multi = caps & (V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_VIDEO_OUTPUT_MPLANE);
    node->is_output = caps & (V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_OUTPUT_MPLANE);
    node->type = node->is_output
        ? (node->is_multi ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT)
        : (node->is_multi ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE);
    format_quietly(fd, node, 640, 360);
    struct v4l2_format format = {.type = node->type};
    if (ioctl(fd, VIDIOC_G_FMT, &format) < 0) return false;
    node->planes = node->is_multi ? format.fmt.pix_mp.num_planes : 1;
    for (uint32_t plane = 0; plane < node->planes; plane++)
        node->sizes[plane] =
            node->is_multi ? format.fmt.pix_mp.plane_fmt[plane].sizeimage : format.fmt.pix.sizeimage;
    close(fd);
    return true;
}

static bool applies(const struct scenario *scenario) {
    int kind = scenario->applies;
    if (!(kind & (device.is_output ? OUTPUT : CAPTURE))) return false;
    if (kind & SINGLE && device.is_multi) return false;
    if (kind & MULTI && !device.is_multi) return false;
    return !(kind & NEEDS_PEER) || peer.path;
}

/// In a process of its own: what a scenario leaves open is closed with it.
static void run(const struct scenario *scenario, const char *only) {
    char name[96];
    snprintf(name, sizeof name, "%s.%s", device.is_output ? "output" : "capture", scenario->name);
    if (!applies(scenario) || (only && !strstr(name, only))) return;
    scenario_name = name;
    *step_number = 0;
    pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS);
        scenario->run();
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0) exit(1);
    if (WIFSIGNALED(status)) {
        step("DIED of signal %d", WTERMSIG(status));
        done();
    }
}

static void run_all(const char *path, const char *only) {
    if (!path) return;
    device = (struct device){.path = path};
    if (!look(&device)) {
        fprintf(stderr, "oracle: %s: no such device\n", path);
        exit(1);
    }
    for (size_t topic = 0; topic < sizeof topics / sizeof *topics; topic++)
        for (const struct scenario *each = topics[topic]; each->name; each++) run(each, only);
}

int main(int count, char **arguments) {
    const char *capture = NULL, *output = NULL, *only = NULL;
    for (int each = 1; each + 1 < count; each += 2) {
        const char *option = arguments[each], *value = arguments[each + 1];
        if (!strcmp(option, "--capture")) capture = value;
        else if (!strcmp(option, "--output")) output = value;
        else if (!strcmp(option, "--peer")) peer.path = value;
        else if (!strcmp(option, "--only")) only = value;
        else return 64;
    }
    step_number = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (step_number == MAP_FAILED) return 1;
    scenario_name = "start";
    if (peer.path && !look(&peer)) {
        fprintf(stderr, "oracle: %s: no such device\n", peer.path);
        return 1;
    }
    run_all(capture, only);
    run_all(output, only);
    return 0;
}
