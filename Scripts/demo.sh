#!/bin/bash
# The main job: a clip is played as a camera, and ffmpeg, v4l2-ctl and GStreamer, none of which knows of us,
# record from it. Leaves demo.mp4 and demo.png, and prints what became of each frame.
#
# usage: Scripts/demo.sh    (after `make build`)
set -euo pipefail
cd "$(dirname "$0")/.."

vb2=$PWD/.build/release/vb2
size=640x480
frames=150
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

ffmpeg() { command ffmpeg -nostdin -hide_banner -loglevel error -y "$@"; }

echo "Making a clip with ffmpeg: $size, 30 frames/s, 8 seconds"
ffmpeg -f lavfi -i "testsrc2=size=$size:rate=30" -t 8 -c:v mpeg4 -q:v 3 "$work/clip.mp4"

# Adds a line to the table: what the server says of the stream, and what the frames of the recording say.
#
# lost: frames that the camera made and the recording doesn't have. Those for which the program had queued no
# buffer in time, or that the camera was late for, weren't made; they aren't missing either.
# copies: how often a frame was copied between the camera and the program, as counted on the way.
row() {
    local program=$1 inspected=$2 report
    # A line of the log, as "key=value" words; the last stream is the one that was recorded.
    report=$(grep -F 'stream ended' "$work/server.log" | tail -n 1)
    field() { printf '%s\n' "$2" | tr ' ' '\n' | sed -n "s/^$1=//p"; }
    local missing left_out lost torn copies
    missing=$(field lost "$inspected")
    left_out=$(($(field starved "$report") + $(field late "$report")))
    lost=$((missing > left_out ? missing - left_out : 0))
    torn=$(($(field torn "$inspected") + $(field unreadable "$inspected")))
    copies=$(field copies "$report")
    rows+=("$(printf '%-18s %-8s %-14s %7s %6s %6s %7s' "$program" "$(field memory "$report")" \
        "$(field format "$report")" "$(field frames "$inspected")" "$lost" "$torn" "$copies")")
    if [ "$lost" != 0 ] || [ "$torn" != 0 ]; then failed=1; fi
}

# Runs a program with the clip as its camera.
camera() { "$vb2" run --log "$work/server.log" --camera "file:$work/clip.mp4,format=YUYV,name=Demo clip" -- "$@"; }

rows=()
echo "ffmpeg records demo.mp4"
camera ffmpeg -nostdin -hide_banner -loglevel error -y -f v4l2 -input_format yuyv422 -i /dev/video0 \
    -frames:v $frames -fps_mode passthrough -c:v libx264 -preset veryfast -pix_fmt yuv420p demo.mp4
row ffmpeg "$("$vb2" inspect demo.mp4)"

echo "v4l2-ctl records raw frames"
camera v4l2-ctl --stream-mmap=4 --stream-count=$frames --stream-to="$work/v4l2.raw" >/dev/null 2>&1
row v4l2-ctl "$("$vb2" inspect "$work/v4l2.raw" --format YUYV --size $size)"

echo "v4l2-ctl records raw frames into its own memory"
camera v4l2-ctl --stream-user=4 --stream-count=$frames --stream-to="$work/v4l2.raw" >/dev/null 2>&1
row v4l2-ctl "$("$vb2" inspect "$work/v4l2.raw" --format YUYV --size $size)"

for mode in mmap dmabuf; do
    echo "GStreamer records raw frames, io-mode=$mode"
    camera gst-launch-1.0 -q v4l2src device=/dev/video0 io-mode=$mode num-buffers=$frames ! \
        video/x-raw,format=YUY2,width=${size%x*},height=${size#*x},framerate=30/1 ! filesink location="$work/gst.raw"
    row "GStreamer $mode" "$("$vb2" inspect "$work/gst.raw" --format YUYV --size $size)"
done

ffmpeg -ss 2 -i demo.mp4 -frames:v 1 demo.png

echo
printf '%-18s %-8s %-14s %7s %6s %6s %7s\n' program memory format frames lost torn copies
printf '%s\n' "${rows[@]}"
echo
echo "Written: demo.mp4, demo.png"
exit $failed
