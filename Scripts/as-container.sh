#!/bin/bash
# Runs a program as an unprivileged user without capabilities, in a mount namespace of its own whose /dev has
# no video device: as in a container. Needs root, or a kernel that lets users make namespaces.
#
# usage: Scripts/as-container.sh PROGRAM ARGUMENTS...
set -euo pipefail

if [ $# -eq 0 ]; then
    echo "usage: $0 PROGRAM ARGUMENTS..." >&2
    exit 64
fi

# Nodes can't be made in a user namespace, so the real ones are bound over empty files.
enter='
set -e
mkdir -p "$VB2_DEV"
mount -t tmpfs -o mode=755,size=1m dev "$VB2_DEV"
for node in null zero full random urandom tty; do
    : > "$VB2_DEV/$node"
    mount --bind "/dev/$node" "$VB2_DEV/$node"
done
mkdir "$VB2_DEV/shm" "$VB2_DEV/pts"
chmod 1777 "$VB2_DEV/shm"
ln -s /proc/self/fd "$VB2_DEV/fd"
ln -s /proc/self/fd/0 "$VB2_DEV/stdin"
ln -s /proc/self/fd/1 "$VB2_DEV/stdout"
ln -s /proc/self/fd/2 "$VB2_DEV/stderr"
mount --move "$VB2_DEV" /dev
'
drop='exec setpriv --no-new-privs --bounding-set -all --inh-caps -all --reuid=65534 --regid=65534 --clear-groups -- "$@"'
drop_in_user_namespace='exec setpriv --no-new-privs --bounding-set -all --inh-caps -all -- "$@"'

VB2_DEV=$(mktemp -d)
export VB2_DEV
trap 'rmdir "$VB2_DEV"' EXIT
# The environment of a user who has nothing: no session folder, no home.
unset XDG_RUNTIME_DIR
export HOME=/nonexistent
status=0
if [ "$(id -u)" != 0 ] && ! unshare --user --map-root-user --mount true 2>/dev/null; then
    echo "$0: needs root, or a kernel that lets users make namespaces (kernel.unprivileged_userns_clone=1)" >&2
    exit 77
fi
if [ "$(id -u)" = 0 ]; then
    unshare --mount --propagation private -- /bin/bash -c "$enter $drop" bash "$@" || status=$?
else
    unshare --user --map-root-user --mount --propagation private -- \
        /bin/bash -c "$enter $drop_in_user_namespace" bash "$@" || status=$?
fi
exit "$status"
