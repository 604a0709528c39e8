/* The server's half of rings.pml, DeviceServer: one device's thread. The device fills a buffer as soon as it has one. */

inline ring() { bytes++ }

/* RingBridge.wake */
inline wake() {
    if
    :: unpaid != 0
    :: else -> wakes_sent++; ring()
    fi
}

/* RingBridge.drain: first how far the program has queued, then what it has dequeued. */
inline drain() {
#ifdef NO_DRAIN_ORDER
    left = done_count;
    tail = len(queued_ring);
    d_step {
#else
    tail = len(queued_ring);
    d_step {
        left = done_count;
#endif
        assert(left <= published - taken); /* Fault.doneCountRose */
        do
        :: published - taken > left -> taken++; done?i; is_dequeued[i] = 1
        :: published - taken <= left && tail > 0 -> /* RingBridge.enqueue */
            tail--;
            queued_ring?entry_epoch, i;
            if
#ifdef NO_EPOCH_CHECK
            :: is_dequeued[i] ->
#else
            :: is_dequeued[i] && entry_epoch == server_epoch ->
#endif
                assert(entry_epoch == server_epoch && owner[i] == RING);
                owner[i] = DEVICE; is_dequeued[i] = 0; queued!i
            :: else ->
                /* An honest program's entry is refused only if a STREAMOFF came in between. */
                assert(entry_epoch != server_epoch && owner[i] == RING);
                owner[i] = PROGRAM; refused[i] = 1
            fi
        :: else -> break
        od;
        i = 0; entry_epoch = 0; left = 0; tail = 0
    };
    if :: refused[0] -> refused[0] = 0; slot_dequeued[0] = is_dequeued[0] :: else fi;
    if :: refused[1] -> refused[1] = 0; slot_dequeued[1] = is_dequeued[1] :: else fi
}

/* DeviceHost.pump, VirtualCamera.serviceOnDemand, RingBridge.bufferDone */
inline pump() {
    do
    :: drain();
        if
        :: !running -> break /* .whenStarted */
        :: running && len(queued) > 0 ->
            d_step { queued?i; slot_dequeued[i] = 0 };
            d_step {
                done!i; done_ring[published % N] = i; published++;
                assert(owner[i] == DEVICE);
                owner[i] = DONE;
                i = 0;
                first = !available;
                done_count++
            };
            if :: first -> first = 0; ring() :: else fi;
            soon = 1;
            break /* .soon */
        :: else ->
            asleep = 1; /* .whenQueued */
#ifdef NO_SECOND_LOOK
            break
#else
            if
            :: empty(queued_ring) -> break
            :: nempty(queued_ring) -> asleep = 0
            fi
#endif
        fi
    od
}

/* RingBridge.refresh: the slots, the state, the gate, and only then the wake. */
inline refresh(all) {
    if
    :: all -> slot_dequeued[0] = is_dequeued[0]; slot_dequeued[1] = is_dequeued[1]
    :: else
    fi;
    streaming = running;
    gate = running;
    if
    :: must_wake ->
        must_wake = 0;
#ifndef NO_STREAMOFF_WAKE
        wake()
#endif
    :: else
    fi
}

/* Queue.streamOff, then RingBridge.buffersReturned */
inline stream_off() {
    d_step {
        running = 0;
        do
        :: len(queued) > 0 -> queued?i
        :: len(queued) == 0 && len(done) > 0 -> done?i
        :: else -> break
        od;
        is_dequeued[0] = 1; is_dequeued[1] = 1;
        server_epoch++; i = 0;
        epoch = server_epoch
    };
    d_step { /* HandlePage.beginEpoch */
        first = available;
        done_count = 0; done_epoch = server_epoch; published = 0; taken = 0;
        if :: owner[0] != RING -> owner[0] = PROGRAM :: else fi;
        if :: owner[1] != RING -> owner[1] = PROGRAM :: else fi
    };
#ifndef NO_UNTAKEN_COUNT
    if :: first -> wakes_sent++ :: else fi; /* that byte stands for nothing now */
#endif
    first = 0;
#ifdef NO_STATE_FIRST
    wake()
#else
    must_wake = 1
#endif
}

/* RingBridge.ringAgain: a mark, and behind it a byte for each reason that there is. The asker takes all up to the mark,
 * and nobody else takes any: so they may as well go at once. */
inline ring_again() {
#ifdef NO_MARK
    if :: available -> ring() :: else fi
#else
    bytes = 1;
    if :: available -> ring() :: else fi;
    if :: unpaid != 0 -> wakes_sent = wakes_paid; wake() :: else fi
#endif
}

/* Session.receive, performIoctl, synchronise */
inline serve() {
    drain();
    if
    :: operation == WAKE -> pumps = 1
    :: operation == DQBUF -> /* checkDequeue; who is told OK looks again */
        refresh(0);
        reply[who]!(running -> OK : INVALID), 0, 0
    :: operation == QBUF ->
        d_step {
            i = argument;
            if
            :: is_dequeued[i] ->
                assert(owner[i] == PROGRAM);
                owner[i] = DEVICE; holder[i] = NOBODY; is_dequeued[i] = 0; queued!i; answer = OK
            :: else -> answer = INVALID
            fi
        };
        slot_dequeued[i] = is_dequeued[i];
        i = 0;
        refresh(0);
        atomic { reply[who]!answer, 0, 0; pumps = 1 }
    :: operation == SYNC ->
        ring_again();
        refresh(0);
        atomic { reply[who]!OK, server_epoch, (published - done_count) % N; pumps = 1 }
    :: operation == STREAMOFF -> stream_off(); refresh(1); reply[who]!OK, 0, 0
    :: operation == STREAMON -> running = 1; refresh(1); atomic { reply[who]!OK, 0, 0; pumps = 1 }
    fi
}

inline serve_for_ever() {
end:
    do
    :: if
        :: atomic { soon -> soon = 0; server_rests = 0; pumps = 1 }
        :: atomic { request[0]?operation, who, argument -> server_rests = 0 }
#ifdef DEATH
        :: atomic { request[1]?operation, who, argument -> server_rests = 0 }
        /* Session.channelEnded, for who has made a control socket */
        :: atomic { closed[VICTIM] && adopted[VICTIM] && empty(request[VICTIM]) ->
                closed[VICTIM] = 0; dead = 1; server_rests = 0 };
            refresh(0);
#ifndef NO_DEATH_PUMP
            pumps = 1
#endif
#endif
        fi;
        if :: operation != 0 -> serve() :: else fi;
        if :: pumps -> pump() :: else fi;
        atomic { operation = 0; who = 0; argument = 0; pumps = 0; answer = 0; server_rests = 1 }
    od
}

active proctype server() {
    /* Private: the program can't touch these. */
    byte server_epoch, published, taken;
    bit running = 1, must_wake, soon, pumps, first, is_dequeued[N] = 1, refused[N];
    chan queued = [N] of { byte };
    chan done = [N] of { byte };
    byte i, tail, left, who, argument, entry_epoch;
    mtype operation, answer;
#ifdef SERVER_DIES
    { serve_for_ever() } unless { server_killed };
    server_up = 0
#else
    serve_for_ever()
#endif
}
