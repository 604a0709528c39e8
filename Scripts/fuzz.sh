#!/bin/bash
# Builds the fuzzers and runs each of them. What they find new goes to Fuzz/.build/found, what crashes them to Fuzz.
#
#   Scripts/fuzz.sh [TARGET...]      messages, rings, ioctls; all of them if none is given
#
# FUZZ_SECONDS is how long each runs (300); FUZZ_MERGE=1 takes what was found into the corpus instead, as little as
# covers as much.
set -euo pipefail
cd "$(dirname "$0")/../Fuzz"

targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(messages rings ioctls)

# The linker is told of libFuzzer by the same switch; its own main function isn't taken, as there is one.
"${SWIFT:-swift}" build -c release --product Fuzz -Xswiftc -sanitize=fuzzer,address
fuzz=$PWD/.build/release/Fuzz
# The runtime's own report of a trap isn't made for AddressSanitizer, which makes one too.
export SWIFT_BACKTRACE=enable=no
# No search for leaks, after an input or at the end: it can't see through the tables of Swift's weak references.
# Sessions and buffers are counted after each input instead.
export ASAN_OPTIONS=detect_leaks=0

for target in "${targets[@]}"; do
    mkdir -p ".build/found/$target"
    options=(-detect_leaks=0 -timeout=20 -rss_limit_mb=2048 -max_len=2048 -print_final_stats=1)
    if [ "${FUZZ_MERGE:-}" = 1 ]; then
        mkdir -p ".build/merged/$target"
        VB2_FUZZ_TARGET=$target "$fuzz" "${options[@]}" -merge=1 ".build/merged/$target" "Corpus/$target" ".build/found/$target"
    else
        VB2_FUZZ_TARGET=$target "$fuzz" "${options[@]}" -max_total_time="${FUZZ_SECONDS:-300}" \
            -artifact_prefix="crash-$target-" ".build/found/$target" "Corpus/$target"
    fi
done
