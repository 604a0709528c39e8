#!/bin/bash
# Runs a program with PipeWire's V4L2 library, on a camera of PipeWire's: frames of NV12 in black, as fast as they
# are taken.
#
# usage: pipewire.sh FOLDER WIDTH HEIGHT PROGRAM [ARGUMENT...]
#
# FOLDER is for the daemon's socket and logs. pw-v4l2 wants a /dev/video0 to stand for its camera, so all this runs with a
# /dev of its own.
set -euo pipefail

if [ "${1:-}" != --inside ]; then
    folder=$1
    map=()
    [ "$(id -u)" = 0 ] || map=(--map-root-user)
    exec unshare --mount "${map[@]}" bash -c '
        set -e
        dev=$1/dev
        mkdir "$dev"
        mount -t tmpfs none "$dev"
        for node in null zero full random urandom shm; do
            if [ -d "/dev/$node" ]; then mkdir "$dev/$node"; else touch "$dev/$node"; fi
            mount --bind "/dev/$node" "$dev/$node"
        done
        ln -s /proc/self/fd "$dev/fd"
        touch "$dev/video0"
        mount --move "$dev" /dev
        shift
        exec dbus-run-session -- bash "$@"' inside "$folder" "$0" --inside "$@"
fi

folder=$2 width=$3 height=$4
shift 4
export XDG_RUNTIME_DIR=$folder
jobs=()
trap 'kill "${jobs[@]}" 2>/dev/null || true; wait' EXIT

# Waits for what a command prints, ten seconds at most.
await() {
    local what=$1
    shift
    for _ in $(seq 200); do
        if "$@" 2>/dev/null | grep -q "$what"; then return; fi
        sleep 0.05
    done
    echo "pipewire.sh: no $what within ten seconds" >&2
    exit 1
}

pipewire >"$folder/pipewire.log" 2>&1 &
jobs+=($!)
await Dummy-Driver pw-cli ls Node
wireplumber >"$folder/wireplumber.log" 2>&1 &
jobs+=($!)
await WirePlumber pw-cli ls Client
gst-launch-1.0 -q videotestsrc pattern=black ! \
    "video/x-raw,format=NV12,width=$width,height=$height,framerate=0/1" ! \
    pipewiresink mode=provide stream-properties="p,media.class=Video/Source,media.role=Camera" \
    >"$folder/source.log" 2>&1 &
jobs+=($!)
await Video/Source pw-cli ls Node
pw-v4l2 "$@"
