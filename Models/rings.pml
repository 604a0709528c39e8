/* The rings between a program and the server over one handle's shared page, for capture: doorbells and their debt, the
 * device that sleeps, the gate and its epochs, the death of either side. See docs/models.md.
 *
 * The steps mirror Sources/DeviceClientCore (Doorbell, Lock, PageLock, QueueBuffer, DequeueBuffer, WaiterLock, Sleep,
 * Polling, Ioctl) and Sources/DeviceServer (RingBridge, DeviceHost, Session). A step is one access of a word that both
 * sides touch, or one system call; what is touched under the page's lock alone goes along with such a step. */

/* Each variant leaves something out, so that the search ends:
 *   -DFRAMES        one thread waits in DQBUF, another polls
 *   -DGATE          the same, and a third stops the stream, and starts it again once the others have left
 *   -DSERVER_DIES   one waits, one polls, and the server is killed at any moment
 *   -DDEATH         one thread waits; another process queues and waits, and is killed at any moment */
#define N 2 /* buffers, and the places of each ring */
#define NOBODY 9
#define VICTIM 1
#ifdef DEATH
#define PROCESSES 2
#define mortal (me == VICTIM)
#define may_die if :: mortal -> goto died :: skip fi
#else
#define PROCESSES 1
#define mortal false
#define may_die skip
#endif
#if defined(FRAMES) || defined(DEATH)
#define ROUNDS 2
#else
#define ROUNDS 1
#endif
#define process(thread) (PROCESSES == 1 -> 0 : thread)

mtype = { WAKE, SYNC, QBUF, DQBUF, STREAMOFF, STREAMON };          /* requests */
mtype = { OK, EMPTY, AGAIN, BUSY, INVALID, GONE, ASK };            /* what comes of an operation */
mtype = { PROGRAM, RING, DEVICE, DONE };                           /* who has a buffer */

/* The page. */
bit gate = 1, streaming = 1, asleep = 1, waiter;
byte epoch, done_epoch, done_count; /* the latter two are one word */
byte wakes_sent, wakes_paid;
byte program_epoch, done_head, owed, sleepers;
bit slot_dequeued[N] = 1;           /* VB2_SLOT_DEQUEUED, or else */
chan queued_ring = [N] of { byte, byte }; /* epoch and index; how many are in it is how far the tail is */
byte done_ring[N];
byte lock = NOBODY, waiter_lock = NOBODY;
bit lock_died, torn;

/* The sockets: unread bytes of the program's, each process's control socket. */
byte bytes;
chan request[PROCESSES] = [3] of { mtype, byte, byte };
chan reply[3] = [1] of { mtype, byte, byte };
bit adopted[PROCESSES] = 1, closed[PROCESSES], server_up = 1, server_killed;

/* For the checks alone. */
mtype owner[N] = PROGRAM;
byte holder[N] = NOBODY; /* the thread that has it in its hands */
bit server_rests = 1;
byte left_loop;
bit dead;        /* and the server has seen it, if it could */

#define available (done_count > 0)
#define unpaid (wakes_sent - wakes_paid)

#include "program.pml"
#include "server.pml"

/* ---- The threads ---- */

#define LOCALS \
    byte index, count, seen_epoch, sent, answer_epoch, answer_head, round; \
    bit got, gone, must_wake, last; \
    mtype outcome
#if defined(GATE)
#define may_leave (outcome == INVALID)
#elif defined(SERVER_DIES)
#define may_leave (outcome == GONE)
#else
#define may_leave false
#endif

inline forget() { d_step { index = 0; count = 0; seen_epoch = 0; got = 0; gone = 0; outcome = 0 } }

/* Queues its buffer, waits in DQBUF for the next. */
proctype waiting(byte me; byte mine) {
    LOCALS;
    do
    :: round < ROUNDS ->
        qbuf(mine);
        if :: outcome != OK -> goto over :: else -> forget() fi;
        do
        :: dqbuf(1);
            if
            :: outcome == OK -> mine = index; forget(); break
            :: outcome == BUSY -> forget()
            :: else -> goto over
            fi
        od;
        round++
    :: else -> break
    od;
#ifdef DEATH
    /* What the dead had is there for the others. */
    dead;
    qbuf(mine);
    assert(outcome == OK);
    forget();
    if :: holder[0] == NOBODY && owner[0] == PROGRAM -> qbuf(0); assert(outcome == OK); forget() :: else fi;
    if :: holder[1] == NOBODY && owner[1] == PROGRAM -> qbuf(1); assert(outcome == OK); forget() :: else fi;
    dqbuf(1);
    assert(outcome == OK);
    forget();
    dqbuf(1);
    assert(outcome == OK && holder[0] == me && holder[1] == me)
#endif
over:
    assert(outcome == 0 || outcome == OK || may_leave);
    left_loop++;
died: skip
}

/* The same with poll, and a DQBUF that doesn't wait. */
proctype polling(byte me; byte mine) {
    LOCALS;
    do
    :: round < ROUNDS ->
        qbuf(mine);
        if :: outcome != OK -> goto over :: else -> forget() fi;
        do
        :: poll();
            if :: outcome == OK -> dqbuf(0) :: else fi;
            if
            :: outcome == OK -> mine = index; forget(); break
            :: outcome == AGAIN || outcome == BUSY -> forget()
            :: else -> goto over
            fi
        od;
        round++
    :: else -> break
    od;
over:
    assert(outcome == 0 || may_leave);
    left_loop++;
died: skip
}

#ifdef GATE
/* Ioctl.closeGate, takeBack, payOwnWake; then all anew, alone. */
proctype stopping(byte me) {
    LOCALS;
    page_lock(); gate = 0; page_unlock();
    ask(STREAMOFF, 0);
    locked();
    if :: sleepers == 0 -> pay_wakes() :: else fi;
    page_unlock();
    forget();
    left_loop == 2; /* every waiter is released */
    qbuf(0);
    assert(outcome == OK || owner[0] == DEVICE); /* or who left had queued it after the STREAMOFF */
    forget();
    qbuf(1);
    assert(outcome == OK || owner[1] == DEVICE);
    forget();
    ask(STREAMON, 0);
    forget();
    dqbuf(1);
    assert(outcome == OK);
    forget();
    dqbuf(1);
    assert(outcome == OK && holder[0] == me && holder[1] == me);
died: skip
}
#endif

#ifdef DEATH
proctype victim(byte me; byte mine) {
    LOCALS;
    qbuf(mine);
    forget();
    if
    :: poll(); dqbuf(0)
    :: dqbuf(1)
    fi;
died:
    /* The kernel gives up the mutexes first (exit_robust_list), then the descriptors. */
    atomic {
#ifndef NO_ROBUST
        if :: lock == me -> lock = NOBODY; lock_died = 1 :: else fi;
        if :: waiter_lock == me -> waiter_lock = NOBODY :: else fi;
#endif
        if :: holder[0] == me -> holder[0] = NOBODY :: else fi;
        if :: holder[1] == me -> holder[1] = NOBODY :: else fi;
        forget()
    };
    atomic { closed[VICTIM] = 1; if :: !adopted[VICTIM] -> dead = 1 :: else fi }
}
#endif

#ifdef SERVER_DIES
active proctype killer() { server_killed = 1 }
#endif

init {
    atomic {
        holder[0] = 0;
        holder[1] = 1;
        run waiting(0, 0);
#ifdef SERVER_DIES
        gate = 0; /* so that there are requests */
#endif
#ifdef DEATH
        if :: adopted[VICTIM] = 0 :: skip fi;
        run victim(1, 1)
#else
        run polling(1, 1)
#endif
#ifdef GATE
        ; run stopping(2)
#endif
    }
}

/* With the lock free and the server at rest, each byte on the socket has a reason, and each reason its byte. */
active proctype monitor() {
end:
    atomic {
        (lock == NOBODY && !lock_died && !torn && server_rests && !server_killed
            && bytes != available + unpaid + owed) -> assert(false)
    }
}
