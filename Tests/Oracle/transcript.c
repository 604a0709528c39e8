#include "oracle.h"
#include <stdarg.h>

static char text[8192];
static size_t used;
/// Shared with children, so that their steps are counted too.
extern uint32_t *step_number;
extern const char *scenario_name;

static void append(const char *format, va_list arguments) {
    int length = vsnprintf(text + used, sizeof text - used, format, arguments);
    if (length > 0) used += (size_t)length;
    if (used >= sizeof text) used = sizeof text - 1;
}

void add(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    append(format, arguments);
    va_end(arguments);
}

void step(const char *format, ...) {
    used = 0;
    add("%s %u: ", scenario_name, ++*step_number);
    va_list arguments;
    va_start(arguments, format);
    append(format, arguments);
    va_end(arguments);
}

void add_result(long value, int error) {
    add(" -> %ld", value);
    if (value < 0) add(" %s", error_name(error));
}

void done(void) {
    add("\n");
    // One write a line: a killed process leaves whole lines.
    if (write(STDOUT_FILENO, text, used) != (ssize_t)used) _exit(3);
    used = 0;
}

void note(const char *what, long value) {
    step("%s = %ld", what, value);
    done();
}

void give_up(const char *why) {
    step("GIVEN UP: %s (%s)", why, error_name(errno));
    done();
    _exit(2);
}

const char *error_name(int error) { return error ? strerrorname_np(error) : "0"; }

enum { NAMES = 64 };
static struct {
    int fd;
    char name[24];
} descriptors[NAMES];
static struct {
    const char *start;
    size_t length;
    char name[24];
} areas[NAMES];
static int descriptor_count, area_count;

int name_fd(int fd, const char *name) {
    if (fd < 0) return fd;
    int slot = 0;
    while (slot < descriptor_count && descriptors[slot].fd != fd) slot++;
    if (slot == NAMES) give_up("too many descriptors");
    if (slot == descriptor_count) descriptor_count++;
    descriptors[slot].fd = fd;
    snprintf(descriptors[slot].name, sizeof descriptors[slot].name, "%s", name);
    return fd;
}

const char *fd_name(int fd) {
    for (int slot = 0; slot < descriptor_count; slot++)
        if (descriptors[slot].fd == fd) return descriptors[slot].name;
    return fd == 0 ? "0" : fd == -1 ? "-1" : "unknown";
}

void name_area(const void *start, size_t length, const char *name) {
    if (area_count == NAMES) give_up("too many areas");
    areas[area_count].start = start;
    areas[area_count].length = length;
    snprintf(areas[area_count++].name, sizeof areas[0].name, "%s", name);
}

/// Adds an address as area+offset. The newest area wins: memory is used again.
void add_address(unsigned long address) {
    for (int slot = area_count - 1; slot >= 0; slot--) {
        unsigned long start = (unsigned long)areas[slot].start;
        if (address < start || address >= start + areas[slot].length) continue;
        add("%s", areas[slot].name);
        if (address > start) add("+%lu", address - start);
        return;
    }
    add(address ? "elsewhere" : "0");
}
