/* The program's half of rings.pml, DeviceClientCore: each inline mirrors the function that its comment names. */

/* Steps. Under the page's lock a step has at most one access of what is touched without the lock too; nobody sees the
 * rest before the lock is free. What is `steadily` or `calmly` done is one step where nothing changes in between. */
#define step atomic
#if defined(GATE) || defined(NO_PUBLISH_FIRST)
#define steadily /* the gate, the epoch, and the slots of buffers that the program has */
#else
#define steadily atomic
#endif
#ifdef GATE
#define calmly /* the wakes */
#else
#define calmly atomic
#endif

/* System.receiveByte(MSG_DONTWAIT) */
inline receive_byte() { got = (bytes > 0); gone = (bytes == 0 && !server_up); bytes = bytes - got; may_die }

/* PageLock.lock: that the last holder died is kept in the page until it is put right. */
inline page_lock() {
    atomic {
        if
        :: lock == NOBODY -> lock = me
        :: mortal -> goto died
        fi;
        if :: lock_died -> lock_died = 0; torn = 1 :: else fi;
        may_die
    }
}

inline page_relock() {
    atomic {
        page_lock();
#ifdef NO_TORN_MARK
        torn = 0 /* the result of pthread_mutex_lock is looked at only at the beginning of an operation */
#endif
    }
}

inline page_unlock() { lock = NOBODY; may_die }

/* Request.perform, and Adoption.connect before it */
inline ask(operation, argument) {
    if
    :: atomic { server_up -> adopted[process(me)] = 1; request[process(me)]!operation, me, argument; may_die };
        atomic {
            if
            :: reply[me]?outcome, answer_epoch, answer_head
#ifndef NO_CLOSED_END
            :: !server_up && empty(reply[me]) -> outcome = GONE
#endif
            :: mortal -> goto died
            fi;
            may_die
        }
    :: atomic { !server_up -> outcome = GONE }
    fi
}

/* Lock.locked, resynchronise: the server puts a mark on the socket, and behind it what is right. */
inline locked() {
    page_lock();
#ifdef DEATH
    if
    :: torn ->
#ifdef NO_RESYNC
        torn = 0
#else
#ifdef NO_MARK
        do
        :: step { bytes > 0 -> bytes-- }
        :: else -> break
        od;
        wakes_paid = wakes_sent;
#endif
        ask(SYNC, 0);
#ifndef NO_MARK
        bytes--;
#endif
        d_step { owed = 0; program_epoch = answer_epoch; done_head = answer_head; torn = 0; answer_head = 0 }
#endif
    :: else
    fi
#endif
}

/* Doorbell.take */
inline take_doorbell() {
    receive_byte();
    if
    :: !got && gone -> gate = 0
#ifndef NO_DEBT
    :: !got && !gone -> owed++
#endif
    :: else
    fi;
    got = 0; gone = 0;
    may_die
}

/* Doorbell.payOwed. Never more than one is owed, so this is one access. */
inline pay_owed() {
    if
    :: owed > 0 -> receive_byte(); owed = owed - got; got = 0; gone = 0; may_die
    :: else
    fi
}

/* Doorbell.payWakes */
inline pay_wakes() {
    step { sent = wakes_sent; may_die };
    do
    :: wakes_paid != sent ->
        step { receive_byte() };
        step { if :: got -> wakes_paid++; got = 0; may_die :: else -> gone = 0; break fi }
    :: else -> break
    od;
    sent = 0
}

/* Sleep.begin. How wakes and several sleepers go together is in sleepers.pml. */
inline sleep_begin() {
    step { pay_owed() };
    do
    :: unpaid != 0 && sleepers == 0 -> pay_wakes(); break
    :: unpaid != 0 && sleepers != 0 ->
        step { count = sleepers; page_unlock() };
        atomic { sleepers != count -> count = 0; page_relock() } /* the futex */
    :: unpaid == 0 -> break
    od;
    sleepers++
}

/* Sleep.end */
inline sleep_end() {
    step { sleepers--; pay_owed() };
    if
    :: unpaid != 0 && sleepers == 0 -> pay_wakes()
    :: else
    fi
}

/* QBUF: QueueBuffer.publish and announce, Ioctl.wake */
inline qbuf(buffer) {
    steadily {
        step {
            locked();
            outcome = (gate -> OK : ASK);
#ifndef NO_ADOPTED_CHECK
            if :: !adopted[process(me)] -> outcome = ASK :: else fi;
#endif
            may_die
        };
        if :: outcome == OK && !slot_dequeued[buffer] -> outcome = ASK :: else fi;
        if
        :: outcome == OK ->
            step { slot_dequeued[buffer] = 0; may_die };
            step { seen_epoch = epoch; may_die };
#ifdef NO_PUBLISH_FIRST
            step { must_wake = asleep; asleep = 0 };
#endif
            step {
                assert(len(queued_ring) < N && owner[buffer] == PROGRAM);
                queued_ring!seen_epoch, buffer; /* the entry can't be seen before the tail */
                seen_epoch = 0; owner[buffer] = RING; holder[buffer] = NOBODY; may_die
            }
        :: else
        fi
    };
    if
    :: outcome == OK ->
        step {
#ifndef NO_PUBLISH_FIRST
            must_wake = asleep; asleep = 0; may_die;
#endif
            page_unlock()
        };
        step {
            if
            :: must_wake && server_up -> must_wake = 0; request[process(me)]!WAKE, me, 0; may_die
            :: must_wake && !server_up -> gate = 0; must_wake = 0; outcome = GONE
            :: else
            fi
        }
    :: else -> step { page_unlock(); ask(QBUF, buffer) }
    fi
}

/* DequeueBuffer.peek: `outcome` is OK, EMPTY or ASK. */
inline peek() {
#ifdef NO_GATE_LOOK
    outcome = OK;
#else
    outcome = (gate -> OK : ASK);
#endif
    may_die;
    if
    :: outcome == OK -> step { outcome = (available -> OK : EMPTY); seen_epoch = done_epoch; may_die }
    :: else
    fi
}

/* DequeueBuffer.remove, and what is before it in pop: the oldest becomes `index`. The compare-and-swap of epoch and
 * count fails if the ring began anew. */
inline remove() {
    step {
#ifndef NO_HEAD_RESET
        if :: program_epoch != seen_epoch -> program_epoch = seen_epoch; done_head = 0 :: else fi;
#endif
        index = done_ring[done_head];
        may_die;
        if
        :: done_epoch == seen_epoch && available ->
            assert(owner[index] == DONE);
            owner[index] = PROGRAM; holder[index] = me;
            done_count--;
            last = !available
        :: else -> outcome = ASK; index = 0
        fi;
        seen_epoch = 0;
        may_die
    };
    if
    :: outcome == OK ->
        step { done_head = (done_head + 1) % N; may_die; if :: last -> last = 0; take_doorbell() :: else fi };
        step { slot_dequeued[index] = 1; may_die }
    :: else
    fi
}

/* DequeueBuffer.wait as far as WaiterLock.take, which is a trylock. `outcome` is ASK to look again. */
inline waiter_take() {
    if
    :: waiter_lock == NOBODY && !waiter -> waiter_lock = me
    :: waiter_lock == NOBODY && waiter -> waiter = 0; outcome = ASK /* who waited is dead */
    :: else -> outcome = BUSY
    fi;
    may_die
}

/* DequeueBuffer.sleep: `outcome` is EMPTY to look again, or GONE. */
inline sleep() {
    calmly { step { waiter = 1; may_die }; sleep_begin() };
#ifdef NO_LOOK_AS_SLEEPER
    outcome = EMPTY;
#else
    steadily { step { peek() } };
#endif
    seen_epoch = 0;
    if
    :: outcome == EMPTY ->
        step { page_unlock() };
        atomic {
            if
            :: bytes > 0 || !server_up -> gone = (bytes == 0)
            :: mortal -> goto died
            fi;
            may_die
        };
        calmly {
            step { page_relock(); waiter = 0 };
            outcome = (gone -> GONE : EMPTY);
            sleep_end()
        };
        if :: outcome == GONE -> gate = 0 :: else fi
    :: else -> calmly { step { waiter = 0; outcome = EMPTY; may_die }; sleep_end() }
    fi;
    step { waiter_lock = NOBODY; may_die }
}

/* DQBUF: Ioctl.dequeueAny. `outcome` is OK, AGAIN, BUSY, INVALID (the stream is off) or GONE. */
inline dqbuf(blocks) {
    do
    :: steadily {
            step { locked(); if :: waiter -> outcome = EMPTY :: else -> peek() fi }
        };
        if :: outcome == OK -> remove() :: else fi;
        seen_epoch = 0;
        if
        :: outcome == EMPTY ->
            step { waiter_take() };
            if
            :: outcome == EMPTY && blocks -> sleep()
            :: outcome == EMPTY && !blocks -> /* DequeueBuffer.lookOnce */
                step { pay_owed() };
                step {
                    if :: bytes > 0 || server_up -> outcome = AGAIN :: else -> gate = 0; outcome = GONE fi;
                    waiter_lock = NOBODY; may_die
                }
            :: outcome == ASK -> outcome = EMPTY
            :: else
            fi;
            step { page_unlock() }
        :: outcome == ASK ->
            step { page_unlock(); ask(DQBUF, 0) };
            if :: outcome == OK -> outcome = EMPTY :: else fi
        :: else -> step { page_unlock() }
        fi;
        if :: outcome != EMPTY -> break :: else fi
    od
}

/* Polling.events */
inline look() {
    steadily {
        outcome = (streaming -> OK : INVALID);
        if :: outcome == OK && !available -> outcome = EMPTY :: else fi
    }
}

/* poll(): wait_in in PollEngine.c. `outcome` is OK, INVALID (POLLERR) or GONE (POLLHUP). */
inline poll() {
    do
    :: look();
        if :: outcome != EMPTY -> break :: else fi;
        calmly { locked(); sleep_begin(); step { page_unlock() } };
#ifndef NO_LOOK_AS_SLEEPER
        look();
#endif
        if
        :: outcome == EMPTY ->
            atomic {
                if
                :: bytes > 0 || !server_up -> outcome = (bytes == 0 -> GONE : EMPTY)
                :: mortal -> goto died
                fi
            }
        :: else
        fi;
        calmly { locked(); sleep_end(); step { page_unlock() } };
        if :: outcome == GONE -> break :: else fi
    od
}
