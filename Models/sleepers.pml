/* Several threads, of two processes, that sleep on one socket, and the bytes that make them look again: a wake must
 * have reached all of them before one takes it off the socket. One of the processes is killed. See docs/models.md.
 *
 * The steps mirror Sources/DeviceClientCore (Sleep, Doorbell.payWakes, DequeueBuffer.sleep, WaiterLock, Polling) and
 * RingBridge (wake, refresh, bufferDone of an output). There are no frames here, and nobody dies inside the page's
 * lock: that is in rings.pml.
 *
 * Two things happen: the stream is stopped, which all who poll must see, and a buffer of an output can be dequeued,
 * which the thread in DQBUF must see. */

#define THREADS 4
#define VICTIM 3
#define NOBODY 9
#define WRAP 4 /* in the code 2^16 */

bit stopped, available;          /* what the page says */
byte wakes_sent, wakes_paid, bytes;
byte sleepers, stirs;       /* one word, and a futex: how many sleep, and how often one woke or all were forgotten */
bit waiter;
byte lock = NOBODY, waiter_lock = NOBODY;
bit dead, death_seen;

/* For the checks alone: threads that live, and are counted in `sleepers` or should be. */
byte alive_asleep;

#define unpaid (wakes_sent != wakes_paid)
#define mortal (me == VICTIM)
#ifdef NO_STIRS
#define same (sleepers == count)
#else
#define same (sleepers == count && stirs == seen)
#endif

inline page_lock() { atomic { lock == NOBODY -> lock = me } }
inline page_unlock() { lock = NOBODY }

/* Lock.locked */
inline locked() {
    atomic {
        page_lock();
#ifdef NO_KEPT_COUNT
        if :: dead && !death_seen -> death_seen = 1; sleepers = 0 :: else fi;
#endif
#ifdef NO_KEPT_WAITER
        if :: dead && !death_seen -> death_seen = 1; waiter = 0 :: else fi
#endif
    }
}

inline stir() { stirs = (stirs + 1) % WRAP }

/* Doorbell.payWakes */
inline pay_wakes() {
    sent = wakes_sent;
    do
    :: wakes_paid != sent ->
        atomic {
            if
            :: bytes > 0 -> bytes--
            :: else -> break
            fi
        };
        wakes_paid++
    :: else -> break
    od;
    sent = 0
}

/* Sleep.begin, letSleepersLook. Who hasn't stirred for 20 ms is dead: in the model that is so, in the code it is a bet. */
inline sleep_begin() {
    do
    :: atomic { !unpaid -> break }
#ifdef NO_WAIT_FOR_SLEEPERS
    :: unpaid -> pay_wakes(); break
#else
    :: atomic { unpaid && sleepers == 0 -> skip }; pay_wakes(); break
    :: atomic { unpaid && sleepers != 0 -> count = sleepers; seen = stirs; page_unlock() };
        atomic {
            if
            :: sleepers != count || stirs != seen -> page_lock()
#ifndef NO_PATIENCE
            :: sleepers == count && alive_asleep == 0 ->
                page_lock();
                if :: same -> sleepers = 0; stir() :: else fi
#endif
            :: mortal -> goto died
            fi;
            count = 0; seen = 0
        }
#ifdef NO_SECOND_WAIT
        ; pay_wakes(); break
#endif
#endif
    od;
    atomic { sleepers++; alive_asleep++; counted = 1 }
}

/* Sleep.end */
inline sleep_end() {
    atomic {
        count = sleepers;
        if :: sleepers > 0 -> sleepers-- :: else fi;
        stir();
        alive_asleep--; counted = 0
    };
    if
#ifdef NO_LAST_PAYS
    :: unpaid -> pay_wakes()
#else
    :: unpaid && count <= 1 -> pay_wakes()
#endif
    :: else
    fi;
    count = 0
}

/* The socket is readable; nobody takes the byte yet. */
inline await_byte() {
    atomic {
        if
        :: bytes > 0
        :: mortal -> goto died
        fi
    }
}

inline dies() {
    atomic {
        alive_asleep = alive_asleep - counted;
        counted = 0;
        if
        :: mortal -> if :: waiter_lock == me -> waiter_lock = NOBODY :: else fi; dead = 1
        :: else
        fi
    }
}

/* poll(): wait_in in PollEngine.c */
proctype polling(byte me) {
    byte count, seen, sent;
    bit counted;
    do
    :: stopped -> break
    :: !stopped ->
        locked(); sleep_begin(); page_unlock();
        if
#ifndef NO_LOOK_AS_SLEEPER
        :: stopped
        :: !stopped -> await_byte()
#else
        :: await_byte()
#endif
        fi;
        locked(); sleep_end(); page_unlock()
    od;
died:
    dies()
}

/* DQBUF of an output: Ioctl.dequeueAny, DequeueBuffer.wait and sleep */
proctype waiting(byte me) {
    byte count, seen, sent;
    bit counted;
    do
    :: locked();
        if
        :: available -> page_unlock(); break
        :: !available && waiter_lock != NOBODY -> page_unlock(); waiter_lock == NOBODY /* EBUSY, and again */
        :: !available && waiter_lock == NOBODY ->
            waiter_lock = me;
            if
            :: waiter -> /* who waited is dead */
                waiter = 0;
#ifdef NO_KEPT_WAITER_COUNT
                if :: sleepers > 0 -> sleepers-- :: else fi;
#endif
                waiter_lock = NOBODY;
                page_unlock()
            :: else ->
                waiter = 1;
                sleep_begin();
                if
                :: available -> waiter = 0; sleep_end()
                :: !available ->
                    page_unlock();
                    await_byte();
                    page_lock();
                    waiter = 0;
                    sleep_end()
                fi;
                waiter_lock = NOBODY;
                page_unlock()
            fi
        fi
    od;
died:
    dies()
}

/* RingBridge.wake: one wake that nobody has paid keeps the socket readable, and who pays it looks after that. */
inline wake() {
    if
    :: unpaid
    :: !unpaid -> wakes_sent++; bytes++
    fi
}

active proctype server() {
    bit did_stop, did_announce;
    do
    :: !did_stop ->
        did_stop = 1;
#ifdef NO_STATE_FIRST
        wake(); stopped = 1
#else
        stopped = 1; wake()
#endif
    :: !did_announce ->
        did_announce = 1;
        available = 1;
        if :: waiter -> wake() :: !waiter fi
    :: did_stop && did_announce -> break
    od
}

init {
    atomic {
        run waiting(0);
        run polling(1);
        run polling(2);
        if
        :: run waiting(VICTIM)
        :: run polling(VICTIM)
        fi
    }
}
