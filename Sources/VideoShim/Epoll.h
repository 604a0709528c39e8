/// What the files on epoll share.
#pragma once
#include "Edge.h"
#include <sys/epoll.h>

#define VB2_EPOLL_READ (EPOLLIN | EPOLLRDNORM)
#define VB2_EPOLL_WRITE (EPOLLOUT | EPOLLWRNORM)

/// One device in one epoll set. Free while `epoll` is 0, else the set's number plus 1: written last on the way
/// in and first on the way out, so that a fork finds each record whole or absent.
struct vb2_registration {
    _Atomic int epoll;
    int fd;
    struct vb2_handle *handle; /* without a use: what the table says of `fd` must still agree */
    uint32_t events;           /* as the program asked */
    uint32_t reported;         /* EPOLLET: what it knows already */
    bool disarmed;             /* EPOLLONESHOT: has fired */
    epoll_data_t data;
};

enum { VB2_DEVICES_PER_WAIT = 32 };

/// A registration while a wait uses it.
struct vb2_watched {
    struct vb2_registration copy;
    struct vb2_registration *place;
    uint32_t ready;
};

struct vb2_waiting {
    int epoll;
    int count;
    bool begun;
    struct vb2_watched devices[VB2_DEVICES_PER_WAIT];
};

/* EpollTable.c */

/// What the kernel is told for what the program asked.
struct epoll_event vb2_epoll_native_event(uint32_t events, epoll_data_t data);
/// Enters a registration or replaces it. False if the table is full.
bool vb2_epoll_enter(int epoll, int fd, struct vb2_handle *handle, const struct epoll_event *event);
void vb2_epoll_remove(int epoll, int fd);
/// Copies the registrations of `waiting->epoll`, each with a use of its handle.
void vb2_epoll_gather(struct vb2_waiting *waiting);
/// The program is told `mask`: remembers it where that makes a difference.
void vb2_epoll_report(struct vb2_waiting *waiting, struct vb2_watched *watched, uint32_t mask);
/// These bits hold no longer: when they do again, it's news.
void vb2_epoll_cease(struct vb2_waiting *waiting, struct vb2_watched *watched, uint32_t mask);

/* EpollAnswer.c */

/// What each device has to say, as its registration asked. Edge-triggered ones hear only what is new.
bool vb2_epoll_ask(struct vb2_waiting *waiting);
/// Corrects what the kernel said of devices, and drops what isn't so. How many events remain.
int vb2_epoll_translate(struct vb2_waiting *waiting, struct epoll_event *events, int count);
/// Adds what only the core knows.
int vb2_epoll_append(struct vb2_waiting *waiting, struct epoll_event *events, int count, int room);
/// A device of the set has the event's data.
bool vb2_epoll_is_device(const struct vb2_waiting *waiting, const struct epoll_event *event);

/* EpollData.c */

/// How many files of the set have this data. 0 if the kernel doesn't say.
int vb2_epoll_count_data(int epoll, uint64_t data);
