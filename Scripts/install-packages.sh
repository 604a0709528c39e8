#!/bin/bash
# Installs the Debian packages that a make target needs, and says which. Without root it prints the command.
#
# usage: Scripts/install-packages.sh build|test|bench|demo|oracle
set -euo pipefail

build=(pkg-config libyuv-dev libpng-dev libturbojpeg0-dev)
programs=(v4l-utils ffmpeg gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good)
python=(python3 python3-venv)
tools=(util-linux mount e2fsprogs coreutils binutils findutils gcc libc6-dev strace spin valgrind systemd)
bench=(gcc libc6-dev coreutils valgrind gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-bad)
oracle=(qemu-system-x86 busybox-static kmod cpio xz-utils gcc libc6-dev)

case "${1:-}" in
build) packages=("${build[@]}") ;;
bench) packages=("${build[@]}" "${bench[@]}") ;;
demo) packages=("${build[@]}" "${programs[@]}") ;;
oracle) packages=("${oracle[@]}") ;;
test) packages=("${build[@]}" "${programs[@]}" "${python[@]}" "${tools[@]}" "${oracle[@]}") ;;
*)
    echo "usage: $0 build|test|bench|demo|oracle" >&2
    exit 64
    ;;
esac

missing=()
for package in "${packages[@]}"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
    echo "Missing Debian packages: ${missing[*]}"
    install=(apt-get install -y --no-install-recommends "${missing[@]}")
    if [ "$(id -u)" = 0 ]; then
        as_root=(env DEBIAN_FRONTEND=noninteractive)
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root=(sudo env DEBIAN_FRONTEND=noninteractive)
    else
        echo "Install them, then try again:" >&2
        echo "    sudo apt-get update && sudo ${install[*]}" >&2
        exit 1
    fi
    "${as_root[@]}" apt-get update
    "${as_root[@]}" "${install[@]}"
fi

# OpenCV comes from PyPI, as its users have it, into an environment of its own. Debian's Python, so that
# another user can run it too.
if [ "$1" = test ]; then
    venv="$(cd "$(dirname "$0")/.." && pwd)/.build-venv"
    if ! "$venv/bin/python" -c 'import cv2, numpy' 2>/dev/null; then
        echo "Installing opencv-python-headless from PyPI into .build-venv"
        rm -rf "$venv"
        /usr/bin/python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet opencv-python-headless
    fi
fi
