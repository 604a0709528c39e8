#!/bin/bash
# Searches the models in Models/ exhaustively with spin, and then each of them with one of its guards taken out, which
# must give a counter-example: a guard that nothing depends on is none. See docs/models.md.
#
# usage: Scripts/check-models.sh [MODEL...]      e.g. moving; all without one
#
# Ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in spin cc; do
    command -v "$tool" >/dev/null || {
        echo "check-models: '$tool' isn't installed; 'make test' installs it" >&2
        exit 1
    }
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0
failed=0

# A search: model, options of spin, and what is to come of it: "holds" or "breaks".
search() {
    local model=$1 options=$2 expected=$3 result states verdict optimize=-O2
    # A counter-example is found sooner than the compiler has optimized.
    [ "$expected" = holds ] || optimize=-O0
    (
        cd "$folder"
        # shellcheck disable=SC2086  # several options
        spin -a $options "$OLDPWD/Models/$model.pml" >spin.log
        cc $optimize -DSAFETY -DCOLLAPSE -DMEMLIM=4000 -o pan pan.c 2>cc.log
        ./pan -m1000000 >pan.log
    ) || true
    states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$folder/pan.log")
    if grep -qE 'max search depth too small|out of memory|aborting' "$folder/pan.log"; then
        result="not searched to its end"
    elif grep -q 'errors: 0$' "$folder/pan.log"; then
        result="holds"
    elif grep -qE 'errors: [1-9]' "$folder/pan.log"; then
        result="breaks"
    else
        result="no result: $(tail -1 "$folder/spin.log" 2>/dev/null)"
    fi
    if [ "$result" = "$expected" ]; then
        verdict=ok
        passed=$((passed + 1))
    else
        verdict="WRONG, expected: $expected"
        failed=$((failed + 1))
    fi
    printf '%-10s %-36s %12s  %-8s %s\n' "$model" "${options:-(all of it)}" "$states" "$result" "$verdict"
    [ "$verdict" = ok ] || sed -n '/^pan:1/p' "$folder/pan.log"
    rm -f "$folder"/*
}

# A variant of a model, and the guards that it needs.
check() {
    local model=$1 variant=$2
    shift 2
    search "$model" "$variant" holds
    for guard in "$@"; do search "$model" "${variant:+$variant }-D$guard" breaks; done
}

printf '%-10s %-36s %12s  %s\n' MODEL VARIANT STATES RESULT
for model in "${@:-moving locks rings sleepers}"; do
    for each in $model; do
        case $each in
        moving)
            check moving -DSHARING NO_USE_COUNT NO_MOVING_WAIT NO_GENERATION NO_OWED_CHECK NO_WAKE
            check moving -DSTRANGER NO_HANDOUT_LOOK
            check moving -DFENCES NO_FENCE_CHECK NO_DEATH_SIGNAL
            ;;
        locks) check locks "" NO_WOUND NO_BACK_OFF NO_HOLD ;;
        rings)
            check rings -DFRAMES NO_DEBT NO_PUBLISH_FIRST NO_SECOND_LOOK NO_DRAIN_ORDER
            check rings -DGATE NO_GATE_LOOK NO_EPOCH_CHECK NO_HEAD_RESET NO_UNTAKEN_COUNT NO_STATE_FIRST \
                NO_STREAMOFF_WAKE NO_LOOK_AS_SLEEPER
            check rings -DSERVER_DIES NO_CLOSED_END
            check rings -DDEATH NO_ROBUST NO_RESYNC NO_MARK NO_TORN_MARK NO_ADOPTED_CHECK NO_DEATH_PUMP
            ;;
        sleepers)
            check sleepers "" NO_WAIT_FOR_SLEEPERS NO_SECOND_WAIT NO_STIRS NO_PATIENCE NO_LAST_PAYS NO_KEPT_COUNT \
                NO_KEPT_WAITER NO_KEPT_WAITER_COUNT NO_LOOK_AS_SLEEPER NO_STATE_FIRST
            ;;
        *)
            echo "check-models: no model '$each'" >&2
            exit 64
            ;;
        esac
    done
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
