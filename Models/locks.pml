/* Wound/wait over several buffers: contexts of different age, each of which locks two of three reservations, in any
 * order. The older wounds the younger; the wounded lets everything go, waits for the lock that it was refused, and goes
 * on from there with its age. See docs/models.md.
 *
 * The steps mirror Sources/BufferSharing/Reservations: WoundWait (acquire, wound, release), AcquireSequence,
 * ReservationContext.lock. */

#define CONTEXTS 3
#define LOCKS 3
#define FREE 255

byte holder[LOCKS] = FREE /* the age of who holds it; 0 is the oldest */
bool wounded[CONTEXTS]
byte inside[LOCKS]
byte finished = 0

/* Waits for a lock; leaves to `back_off` if an older one wants what this one holds. */
inline acquire(l) {
    do
    :: atomic { holder[l] == FREE -> holder[l] = age; count++ }; break
    :: atomic { holder[l] == age } -> break
#ifndef NO_WOUND
    :: atomic { holder[l] != FREE && holder[l] > age && !wounded[holder[l]] -> wounded[holder[l]] = true }
#endif
#ifndef NO_BACK_OFF
    :: atomic { wounded[age] && count > 0 -> refused = l }; goto back_off
#endif
    od
}

inline release_all() {
    l = 0;
    do
    :: l < LOCKS ->
        atomic { if :: holder[l] == age -> holder[l] = FREE :: else fi; l++ }
    :: else -> break
    od;
    count = 0;
    wounded[age] = false
}

proctype context(byte age, first, second) {
    byte l, count = 0, refused = FREE;
again:
#ifndef NO_SLOW_LOCK
    /* Empty-handed, it can wait for the refused one without standing in anybody's way. */
    if
    :: refused != FREE -> acquire(refused); refused = FREE
    :: else
    fi;
#endif
    acquire(first);
    acquire(second);
    atomic { inside[first]++; inside[second]++; assert(inside[first] == 1 && inside[second] == 1) };
#ifdef NO_HOLD
    release_all();
#endif
    atomic { inside[first]--; inside[second]-- };
    release_all();
    goto end;
back_off:
    release_all();
    goto again;
end:
    finished++
}

inline start(age) {
    if
    :: run context(age, 0, 1)
    :: run context(age, 1, 0)
    :: run context(age, 0, 2)
    :: run context(age, 2, 0)
    :: run context(age, 1, 2)
    :: run context(age, 2, 1)
    fi
}

init {
    atomic { start(0); start(1); start(2) };
    /* Every waiter is released. */
    finished == CONTEXTS
}
