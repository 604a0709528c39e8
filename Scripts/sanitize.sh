#!/bin/bash
# Builds the tests under a sanitizer, in a folder of its own, and runs those of what shares memory and threads.
#
# usage: Scripts/sanitize.sh address|thread
#
# Not in it: Imaging, PictureSources, Charts and PixelFormats, which have one thread and no pointer that others have; the
# command's and the programs' tests, which run other processes. Random walks are shorter by the divisor; each input in
# each state of a queue is tried in the plain run alone: it has one thread, allocates nothing that it keeps, and takes
# minutes here.
set -euo pipefail
cd "$(dirname "$0")/.."

suites='^(LinuxSystem|BufferSharing|BufferQueue|V4L2Types|VideoDevice|VirtualDevices|DeviceServer|VideoCapture)Tests\.'
skipped='everyInputInEveryState'
export VB2_TEST_DIVISOR=50

case "${1:-}" in
address)
    build=(--sanitize=address --scratch-path .build-asan)
    # A report ends the process that it is about with a status that no test takes for success.
    export ASAN_OPTIONS=detect_leaks=1
    export LSAN_OPTIONS=suppressions=$PWD/Scripts/leak-suppressions.txt:print_suppressions=0
    ;;
thread)
    # The define tells it of the locks that it can't see: see Locked.
    build=(--sanitize=thread -Xswiftc -DVB_TSAN --scratch-path .build-tsan)
    export TSAN_OPTIONS=halt_on_error=0
    ;;
*)
    echo "usage: $0 address|thread" >&2
    exit 64
    ;;
esac

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"${SWIFT:-swift}" build --build-tests "${build[@]}"
# XCTest, which has no test here, leaks two objects of its own.
"${SWIFT:-swift}" test --skip-build --disable-xctest "${build[@]}" --filter "$suites" --skip "$skipped" 2>&1 | tee "$log"

# Also of a process that a test has started, and whose end it may not look at.
if grep -E '(WARNING: ThreadSanitizer|ERROR: (AddressSanitizer|LeakSanitizer))' "$log" | sort | uniq -c | grep .; then
    echo "The sanitizer has something to say: see above." >&2
    exit 1
fi
