/// libFuzzer as a library (FuzzerDriver.cpp in LLVM's compiler-rt).
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Runs until the options say so, and calls `one` for each input. It returns 0 always.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *bytes, size_t count));
