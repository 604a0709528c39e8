/// Streams frames and checks each: numbers without a gap, no wake without a frame, no frame without a wake.
/// `--wait=block|poll|select|epoll|epoll-et`, `--threads=1|2`, `--both` (two threads dequeue; else the second
/// one queues), `--memory=mmap|userptr|dmabuf`, `--frames=N` (0: until SIGTERM), `--device=PATH`. `--spin=yes`:
/// every third frame is asked for again and again instead, so that it is taken before it was announced.
/// Needs a camera that completes a frame for each queued buffer.
#include "capture.h"
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>

static struct capture camera;
static const char *mode;
static uint64_t frames;
static bool both, spins;
static volatile sig_atomic_t told_to_end;
/// DQBUF calls that gave a frame, and those that are under way.
static _Atomic uint64_t popped, calling, spurious, raced, wakes;
static _Atomic unsigned char *seen;

// MARK: Indices on their way to the thread that queues

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waiting_indices[MAXIMUM_BUFFERS], waiting_count;
static bool finished;

static void hand_over(int index) {
    pthread_mutex_lock(&lock);
    if (index < 0) {
        finished = true;
    } else {
        waiting_indices[waiting_count++] = index;
    }
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

static void *queue_what_comes(void *unused) {
    (void)unused;
    while (true) {
        pthread_mutex_lock(&lock);
        while (waiting_count == 0 && !finished) {
            pthread_cond_wait(&changed, &lock);
        }
        int index = waiting_count > 0 ? waiting_indices[--waiting_count] : -1;
        pthread_mutex_unlock(&lock);
        if (index < 0) return NULL;
        capture_queue(&camera, (uint32_t)index);
    }
}

// MARK: Waiting

struct waiter {
    int set; /* epoll */
};

static void waiter_begin(struct waiter *waiter) {
    waiter->set = -1;
    if (strncmp(mode, "epoll", 5) != 0) return;
    waiter->set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 42};
    if (strcmp(mode, "epoll-et") == 0) event.events |= EPOLLET;
    MUST(epoll_ctl(waiter->set, EPOLL_CTL_ADD, camera.fd, &event) == 0);
}

/// Waits until it is said that a frame can be taken. False: a signal came.
static bool wait_for_frame(struct waiter *waiter) {
    int count;
    if (waiter->set >= 0) {
        struct epoll_event event;
        count = epoll_wait(waiter->set, &event, 1, -1);
        if (count == 1 && (event.events != EPOLLIN || event.data.u64 != 42)) fail("epoll: %#x", event.events);
    } else if (strcmp(mode, "select") == 0) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(camera.fd, &set);
        count = select(camera.fd + 1, &set, NULL, NULL, NULL);
        if (count == 1 && !FD_ISSET(camera.fd, &set)) fail("select: not the device");
    } else {
        struct pollfd one = {.fd = camera.fd, .events = POLLIN | POLLRDNORM};
        count = poll(&one, 1, -1);
        if (count == 1 && one.revents != (POLLIN | POLLRDNORM)) fail("poll: %#x", one.revents);
    }
    if (count == -1 && errno == EINTR && told_to_end) return false;
    MUST(count == 1);
    wakes++;
    return true;
}

// MARK: Frames

static void take(const struct v4l2_buffer *buffer) {
    if (both) {
        if (buffer->sequence >= frames + MAXIMUM_BUFFERS) fail("frame %u", buffer->sequence);
        if (seen[buffer->sequence]++ != 0) fail("frame %u comes twice", buffer->sequence);
    } else {
        if (buffer->sequence != camera.next_sequence) {
            fail("frame %u instead of %u", buffer->sequence, camera.next_sequence);
        }
        camera.next_sequence++;
    }
}

static int pop(struct v4l2_buffer *buffer) {
    calling++;
    int error = capture_dequeue(&camera, buffer);
    if (!error) popped++;
    calling--;
    return error;
}

static bool is_done(void) {
    return told_to_end || (frames > 0 && popped >= frames);
}

static void dequeue_all(bool queues) {
    struct waiter waiter;
    bool blocks = strcmp(mode, "block") == 0, is_edge = strcmp(mode, "epoll-et") == 0;
    waiter_begin(&waiter);
    while (!is_done()) {
        uint64_t before = popped;
        bool alone = calling == 0;
        bool asks = spins && wakes % 3 == 2;
        if (asks) wakes++;
        if (!blocks && !asks && !wait_for_frame(&waiter)) break;
        // Every other time all that is there is taken, so that the queue runs dry; an edge comes only then.
        bool drains = is_edge || (!blocks && wakes % 2 == 0);
        for (int round = 0; round == 0 || drains; round++) {
            struct v4l2_buffer buffer;
            int error = pop(&buffer);
            while (asks && round == 0 && error == EAGAIN) {
                error = pop(&buffer);
            }
            if (error == EAGAIN && !blocks) {
                if (round > 0) break;
                // Another thread may have taken it: then its call ended, or has not ended yet.
                if (both && (!alone || popped != before || calling > 0)) {
                    raced++;
                } else {
                    spurious++;
                }
                break;
            }
            if (error) fail("DQBUF: errno %d after %" PRIu64, error, (uint64_t)popped);
            take(&buffer);
            // Without an end it lasts as long as others like, and frames come.
            if (frames == 0 && popped % 1024 == 0) alarm(60);
            if (queues) {
                capture_queue(&camera, buffer.index);
            } else {
                hand_over((int)buffer.index);
            }
            if (is_done()) break;
        }
    }
    if (waiter.set >= 0) close(waiter.set);
}

static void *dequeue_thread(void *unused) {
    (void)unused;
    dequeue_all(true);
    return NULL;
}

static void end(int signal) {
    (void)signal;
    told_to_end = 1;
}

int main(int count, char **arguments) {
    (void)count;
    name = "stream";
    watchdog();
    mode = option(arguments, "wait", "block");
    frames = number(arguments, "frames", 100);
    bool two = number(arguments, "threads", 1) == 2;
    both = strcmp(option(arguments, "both", "no"), "yes") == 0;
    spins = strcmp(option(arguments, "spin", "no"), "yes") == 0;
    const char *memory = option(arguments, "memory", "mmap");
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    capture_open(
        &camera, option(arguments, "device", "/dev/video0"), strcmp(mode, "block") == 0 ? 0 : O_NONBLOCK);
    capture_request(&camera, memory_named(memory), (uint32_t)number(arguments, "buffers", 4));
    seen = calloc(frames + MAXIMUM_BUFFERS, 1);
    capture_start(&camera);
    dprintf(2, "streaming\n");
    pthread_t second;
    if (two) MUST(pthread_create(&second, NULL, both ? dequeue_thread : queue_what_comes, NULL) == 0);
    dequeue_all(!two || both);
    if (two) {
        if (!both) hand_over(-1);
        MUST(pthread_join(second, NULL) == 0);
    }
    capture_stop(&camera);
    capture_unmap(&camera);
    MUST(close(camera.fd) == 0);
    for (uint64_t i = 0; both && i < popped; i++) {
        if (seen[i] != 1) fail("frame %" PRIu64 " is missing", i);
    }
    if (spurious > 0) fail("%" PRIu64 " of %" PRIu64 " wakes were spurious", (uint64_t)spurious, (uint64_t)wakes);
    printf(
        "stream: wait=%s memory=%s threads=%d frames=%" PRIu64 " spurious=%" PRIu64 " raced=%" PRIu64
        " wakes=%" PRIu64 "\n",
        mode, memory, two ? 2 : 1, (uint64_t)popped, (uint64_t)spurious, (uint64_t)raced, (uint64_t)wakes);
    return 0;
}
