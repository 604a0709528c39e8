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
"${SWIFT:-swift}" build --product Fuzz -Xswiftc -sanitize=fuzzer,address
fuzz=$PWD/.build/debug/Fuzz

for target in "${targets[@]}"; do
    mkdir -p ".build/found/$target"
    # The sum of what the devices keep is small; a leak is counted by the checks of each input, not at the end.
    options=(-timeout=20 -rss_limit_mb=2048 -max_len=2048 -print_final_stats=1)
    if [ "${FUZZ_MERGE:-}" = 1 ]; then
        mkdir -p .build/merged/"$target"
        "$fuzz" "$target" "${options[@]}" -merge=1 ".build/merged/$target" "Corpus/$target" ".build/found/$target"
    else
        "$fuzz" "$target" "${options[@]}" -max_total_time="${FUZZ_SECONDS:-300}" -artifact_prefix="crash-$target-" \
            ".build/found/$target" "Corpus/$target"
    fi
done
