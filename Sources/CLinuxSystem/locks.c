#define _GNU_SOURCE
#include "CLinuxSystem.h"
#include <pthread.h>

void linux_robust_mutex_initialize(void *place) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(place, &attributes);
    pthread_mutexattr_destroy(&attributes);
}
