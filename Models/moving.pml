/* A buffer that moves: its residency word, a device that fills it, importers that keep their mappings, somebody whom
 * a descriptor was handed to, a mover, fences, and death. See docs/models.md.
 *
 * The steps mirror Sources/BufferSharing: BufferStorage (beginUse, beginUseSlowly, endUse, beginMove, finishMove,
 * handOut), Attachment.map, EvictableHeap+Moving (evict, discard, store), EvictableHeap.restore, Fence.
 *
 * The content of the memory is a small number; 0 is what a punched hole holds. `truth` is what the last one to write
 * has written, and `owed` whether anybody may rely on it. */

/* Each variant leaves some of them out, so that the search ends:
 *   -DSTRANGER   somebody else's mapping, beside the camera, an importer and the mover
 *   -DSHARING    two importers, the camera and the mover
 *   -DFENCES     a worker and who waits for it, an importer and the mover */
#ifdef STRANGER
#define ROUNDS 2
#define IMPORTERS 1
#endif
#ifdef SHARING
#define ROUNDS 2
#define IMPORTERS 2
#endif
#ifdef FENCES
#define ROUNDS 1
#define IMPORTERS 1
#endif

mtype = { RESIDENT, ABSENT, STORED, MOVING }

/* The residency word: place and uses change in one step, by compare-and-swap. */
mtype place = ABSENT
byte uses = 0
bool asleep[8]          /* on the word (futex): by process */

byte memory = 0
byte stored = 0
byte truth = 0
bool owed = false
bool handed_out = false /* BufferStorage.isHandedOut */
bool descriptor_left = false
byte generation = 0

/* One fence on the buffer: work of somebody who reads it without a use, as hardware does. */
mtype = { NONE, PENDING, DONE, FAILED }
mtype fence = NONE
bool worker_reads = false

byte importers_done = 0

inline wake_all() {
#ifndef NO_WAKE
    atomic {
        asleep[0] = false; asleep[1] = false; asleep[2] = false; asleep[3] = false;
        asleep[4] = false; asleep[5] = false; asleep[6] = false
    }
#else
    skip
#endif
}

/* BufferStorage.beginUse: from here on the content is there and stays. */
inline begin_use(from) {
    do
    :: atomic {
        place == RESIDENT -> uses++
       };
       break
    :: atomic {
        place == ABSENT || place == STORED -> from = place; place = MOVING
       };
       /* EvictableHeap.restore */
       if
       :: from == STORED -> memory = stored; stored = 0
       :: else
       fi;
       atomic { place = RESIDENT; uses = 1 };
       wake_all();
       break
#ifdef NO_MOVING_WAIT
    :: atomic { place == MOVING -> uses++ }; break
#else
    /* The kernel puts it to sleep only while the word still says so. */
    :: atomic { place == MOVING -> asleep[_pid] = true };
       (!asleep[_pid])
#endif
    od
}

inline end_use() {
    atomic { assert(uses > 0 || place == MOVING); if :: uses > 0 -> uses-- :: else fi }
}

/* A camera's queue: QBUF voids the content, the device takes the buffer, fills it, and completes it. Whoever owns the
 * queue may die at any of these points: then the server ends what was begun. */
active proctype camera() {
    mtype from;
    byte round = 0;
    do
    :: round < ROUNDS ->
        round++;
        owed = false;
        /* Queue.take */
        begin_use(from);
        if
        :: skip;
           memory = round;
           atomic { truth = round; owed = true }
        :: skip /* the program died: Queue.release, with nothing filled in */
        fi;
        end_use()
    :: else -> break
    od
}

/* An importer with a kept mapping. It maps around each use, and compares generations; `mapped` is the generation that
 * its addresses are of. An access by addresses of an older generation is the fault that must not happen. */
active [IMPORTERS] proctype importer() {
    mtype from;
    byte mapped = 255;
    byte round = 0;
    do
    :: round < ROUNDS ->
        round++;
        begin_use(from);
#ifndef NO_GENERATION
        if
        :: mapped != generation -> mapped = generation
        :: else
        fi;
#else
        if
        :: mapped == 255 -> mapped = generation
        :: else
        fi;
#endif
        /* The access. */
        atomic {
            assert(mapped == generation);
            assert(!owed || memory == truth)
        };
        end_use()
    :: else -> break
    od;
    importers_done++
}

#ifdef STRANGER
/* EXPBUF, or a program's mmap: a descriptor leaves, and from then on somebody looks at the memory whenever he likes. */
active proctype stranger() {
    mtype from;
    /* BufferStorage.handOut: first the word to the exporter, then the look. */
    handed_out = true;
#ifndef NO_HANDOUT_LOOK
    if
    :: atomic { place == STORED || place == MOVING -> skip };
       begin_use(from);
       end_use()
    :: atomic { place == RESIDENT || place == ABSENT -> skip }
    fi;
#endif
    descriptor_left = true;
    /* Three looks, at any time. */
    atomic { assert(!owed || memory == truth) };
    atomic { assert(!owed || memory == truth) };
    atomic { assert(!owed || memory == truth) }
}

#endif

/* The exporter is short of memory: EvictableHeap.evict. */
active proctype mover() {
    byte round = 0;
    bool may_store;
    do
    :: round < ROUNDS + 1 ->
        round++;
        /* BufferStorage.beginMove */
#ifdef NO_USE_COUNT
        if
        :: atomic { place == RESIDENT || place == ABSENT -> place = MOVING }
#else
        if
        :: atomic { (place == RESIDENT || place == ABSENT) && uses == 0 -> place = MOVING }
#endif
        :: atomic { else -> goto next }
        fi;
#ifndef NO_FENCE_CHECK
        if
        :: fence == PENDING -> goto put_back
        :: else
        fi;
#endif
#ifndef NO_OWED_CHECK
        if
        :: owed ->
            may_store = !handed_out;
            if
            :: may_store ->
                stored = memory;
                memory = 0;
                generation++;
                atomic { place = STORED; uses = 0 };
                wake_all();
                goto next
            :: else -> goto put_back
            fi
        :: else
        fi;
#endif
        /* Nobody is owed the content. */
        memory = 0;
        generation++;
        atomic { place = ABSENT; uses = 0 };
        wake_all();
        goto next;
put_back: skip;
        atomic { place = RESIDENT; uses = 0 };
        wake_all();
next:   skip
    :: else -> break
    od
}

#ifdef FENCES
/* Work of another process on the buffer, announced by a fence: it looks at the content without a use. The process may
 * die, and the fence fails then. The fence is added while the buffer is in use, as a submission is. */
active proctype worker() {
    mtype from;
    begin_use(from);
    fence = PENDING;
    worker_reads = true;
    end_use();
    if
    :: atomic { assert(!owed || memory == truth); worker_reads = false };
       fence = DONE
    :: worker_reads = false; /* killed */
#ifndef NO_DEATH_SIGNAL
       fence = FAILED
#else
       skip
#endif
    fi
}

/* Who waits for the fence is released, whatever becomes of the worker. */
active proctype waiter() {
    if
    :: fence == NONE -> skip
    :: fence == DONE || fence == FAILED -> skip
    fi;
    /* A second wait, for work that was announced by now. */
    (importers_done == IMPORTERS);
    (fence != PENDING)
}
#endif
