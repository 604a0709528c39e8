/// What the system does by itself, without anything of ours in between.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Calls the kernel for nothing (getppid), so many times.
void bench_null_calls(int64_t count);

/// Maps a file with MAP_POPULATE, writes a byte to each page if asked, and unmaps it.
/// - Returns: 0 or -errno.
int bench_map_populated(int fd, size_t length, bool writes);

/// Writes a byte to each page of 4 KiB.
void bench_write_pages(void *base, size_t length);

/// Ends the process at once.
_Noreturn void bench_exit(int status);
