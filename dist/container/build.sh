#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: build.sh SCRATCH OUTPUT [SUITE]     called by ./run container
#
# Builds the image with buildah, which needs no daemon and, with chroot as
# isolation, no container runtime.  Its base is not downloaded from a registry,
# but made by debootstrap.  OUTPUT, a directory that is emptied first, gets
# countersign.tar for "docker load" and "podman load".
#
#   BARE_MIRROR, BARE_ROOTS  as in tests/bare/lib.sh

set -eu
cd "$(dirname "$0")/../.."
scratch=$1 output=$2 SUITE=${3:-bookworm}
: "${E2E_STARTED:=$(date +%s)}"
SCRATCH=$scratch
# shellcheck source=tests/bare/lib.sh
. tests/bare/lib.sh

# run COMMAND...: its output is shown if it fails.
run()
{
	"$@" >>"$scratch/log" 2>&1 || {
		tail -40 "$scratch/log" >&2
		die "$* failed"
	}
}

store=(buildah --root "$scratch/storage" --runroot "$scratch/run")

mkdir "$scratch/root"
bare_make "$scratch/root"
progress "the base of the image"
tar -C "$scratch/root" -cf "$scratch/base.tar" .
rm -rf --one-file-system "$scratch/root"
run "${store[@]}" build --isolation chroot -t countersign-base -f - \
    "$scratch" <<-'CONTAINERFILE'
	FROM scratch
	ADD base.tar /
	CMD ["/bin/bash"]
CONTAINERFILE
rm "$scratch/base.tar"
progress "the image"
run "${store[@]}" build --isolation chroot --format docker --layers=false \
    --ignorefile dist/container/Containerfile.dockerignore \
    --build-arg BASE=localhost/countersign-base -t countersign \
    -f dist/container/Containerfile .
rm -rf "$output"
mkdir "$output"
run "${store[@]}" push countersign "docker-archive:$output/countersign.tar"
progress "the image is in $output/countersign.tar"
