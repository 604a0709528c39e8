#!/bin/sh
# Checks what libVideoShim.so shows to the programs that it is loaded into.
# Usage: Scripts/check-shim.sh path/to/libVideoShim.so
set -eu
library=${1:?usage: check-shim.sh LIBRARY}
map=$(dirname "$0")/../Sources/VideoShim/exports.map
status=0
fail() {
    echo "FAIL $1"
    status=1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Exactly the listed symbols, no weak ones of a language runtime.
sed -e '/local:/,$d' -e 's/global://' -e 's/[{}]//g' "$map" | tr ';' '\n' | tr -d ' \t' | grep -v '^$' |
    sort -u > "$work/wanted"
readelf --dyn-syms --wide "$library" |
    awk '$7 != "UND" && ($5 == "GLOBAL" || $5 == "WEAK" || $5 == "UNIQUE") { sub(/@.*/, "", $8); print $8 }' |
    sort -u > "$work/found"
if cmp -s "$work/wanted" "$work/found"; then
    echo "PASS exports: $(wc -l < "$work/found") symbols"
else
    fail "exports differ from $map (< listed, > found)"
    diff "$work/wanted" "$work/found" || true
fi

needed=$(readelf --dynamic --wide "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
if [ "$needed" = "libc.so.6 " ]; then
    echo "PASS needs libc.so.6 only"
else
    fail "needs: $needed"
fi

# The C start-up files put one entry (frame_dummy) into .init_array, and an empty _init; anything more is ours.
entries=$(readelf --sections --wide "$library" |
    awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^[.](init_array|preinit_array|ctors)$/) print $(i + 4) }')
bytes=0
for size in $entries; do
    bytes=$((bytes + 0x$size))
done
if [ "$bytes" -le 8 ]; then
    echo "PASS no constructor"
else
    fail "constructors: $bytes bytes of .init_array"
fi

if readelf --dynamic --wide "$library" | grep -q 'TEXTREL'; then
    fail "has text relocations"
fi
echo "SIZE $(wc -c < "$library") bytes"
size "$library" | sed 's/^/SIZE /'
exit $status
