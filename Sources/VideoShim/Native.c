/// Finding the function that a hook stands in front of.
#include "Edge.h"
#include <dlfcn.h>

void *vb2_next_slow(_Atomic(void *) *slot, const char *name) {
    // A lookup that succeeds allocates nothing: a malloc that calls mmap may come through here.
    void *function = dlsym(RTLD_NEXT, name);
    if (function) {
        atomic_store_explicit(slot, function, memory_order_release);
    }
    return function;
}
