#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: container.sh     called by ./run test packages container
#
# The image of dist/container: it is built, and started by an OCI runtime with
# the user, command and health check that it names, without capabilities, with
# a root file system that is read-only, and with keys and configuration as
# Kubernetes mounts secrets.  A private Postfix has mail signed by it, and its
# metrics are read.  At the end, two hosts of a fleet run in it.
#
#   IMAGE  a directory with countersign.tar that is used instead of building it

cd "$(dirname "$0")/../.." || exit 1
if [ -z "${E2E_INSIDE:-}" ] && [ -z "${IMAGE:-}" ]; then
	: "${E2E_STARTED:=$(date +%s)}"
	IMAGE=$PWD/build-container
	export E2E_STARTED IMAGE
	scratch=$(mktemp -d) || exit 1
	built=yes
	dist/container/build.sh "$scratch" "$IMAGE" || built=no
	rm -rf --one-file-system "$scratch"
	[ "$built" = yes ] || exit 1
fi
E2E_PRIVATE=(knot postfix postgresql-15 postgresql-17 postgresql-client-15
    postgresql-client-17)
# shellcheck source=tests/e2e/lib/harness.sh
. tests/e2e/lib/harness.sh
# shellcheck source=tests/packages/container_fleet.sh
. tests/packages/container_fleet.sh

BOX=$SCRATCH/box
SECRET=$SCRATCH/secret
FS_GROUP=7000
PORT=8891

# The image as a directory, and what it says about itself.
image_unpack()
{
	local layer marker

	mkdir -p "$BOX/rootfs" "$SCRATCH/image"
	tar -C "$SCRATCH/image" -xf "$IMAGE/countersign.tar" || return 1
	for layer in $(jq -r '.[0].Layers[]' "$SCRATCH/image/manifest.json")
	do
		tar -C "$BOX/rootfs" -xf "$SCRATCH/image/$layer" || return 1
		find "$BOX/rootfs" -name '.wh.*' | while read -r marker; do
			rm -rf "${marker/.wh./}" "$marker"
		done
	done
	jq .config "$SCRATCH/image/$(jq -r '.[0].Config' \
	    "$SCRATCH/image/manifest.json")" >"$SCRATCH/image.json"
	rm -r "$SCRATCH/image"
}

# What the image says: image FILTER
image()
{
	jq -r "$1" "$SCRATCH/image.json"
}

# The bundle that crun starts.
box_configure()
{
	local user

	user=$(image .User)
	jq --argjson uid "${user%:*}" --argjson gid "${user#*:}" \
	    --argjson group "$FS_GROUP" --arg scratch "$SCRATCH" '
	def bind(from; to; rights): { source: ($scratch + from),
	    destination: to, type: "bind",
	    options: ["rbind", rights, "nosuid", "nodev"] };
	{ ociVersion: "1.0.2",
	process: { args: .Entrypoint, cwd: "/", env: .Env,
	    noNewPrivileges: true, capabilities: {},
	    user: { uid: $uid, gid: $gid, additionalGids: [$group] } },
	root: { path: "rootfs", readonly: true },
	mounts: [
	    { source: "proc", destination: "/proc", type: "proc" },
	    { source: "tmpfs", destination: "/dev", type: "tmpfs",
	        options: ["nosuid", "mode=755"] },
	    bind("/resolv.conf"; "/etc/resolv.conf"; "ro"),
	    bind("/secret/conf"; "/etc/countersign"; "ro"),
	    bind("/secret/keys"; "/keys"; "ro"),
	    bind("/state"; "/var/lib/countersign"; "rw") ],
	linux: { namespaces: (["pid", "ipc", "uts", "mount"] |
	    map({ type: . })) } }' "$SCRATCH/image.json" \
	    >"$BOX/config.json"
}

crun_box()
{
	crun --root "$SCRATCH/crun" --cgroup-manager disabled "$@"
}

# inside COMMAND...: in the container, as Docker and the kubelet run a health
# check: a process like its first one, with the same groups.  With --user
# instead, crun leaves those out, so that the configuration cannot be read.
inside()
{
	jq '.process | .args = $ARGS.positional' "$BOX/config.json" \
	    --args "$@" >"$BOX/process.json" &&
	    crun_box exec --process "$BOX/process.json" box
}

box_start()
{
	rm -f "$BOX/status"
	{
		crun_box run --bundle "$BOX" box
		echo $? >"$BOX/status"
	} >>"$BOX/milter.log" 2>&1 &
	wait_for 60 healthy || healthy
}

# box_end SIGNAL STATUS: it ends, and with that exit status.
box_end()
{
	crun_box kill box "$1"
	wait_for 60 test -s "$BOX/status" && grep -x "$2" "$BOX/status"
}

# The health check of the image.
healthy()
{
	local test

	mapfile -t test < <(image '.Healthcheck.Test[]')
	[ "${test[0]}" = CMD ] && inside "${test[@]:1}"
}

# The processes of the container: those in the namespace of its first one.
box_pids()
{
	local first

	first=$(crun_box state box | jq .pid)
	find /proc -maxdepth 1 -name '[0-9]*' -printf '%f\n' |
	    while read -r pid; do
		[ "$(readlink "/proc/$pid/ns/pid")" = \
		    "$(readlink "/proc/$first/ns/pid")" ] && echo "$pid"
	done
}

# volume DIRECTORY: what the kubelet does with the files in DIRECTORY.new: a
# version, the link to it that it renames, and links to the files; all of it
# belongs to root, and the group of the pod may read it.
volume()
{
	local version

	version=..2026_11_27
	mkdir -p "$1"
	mv "$1.new" "$1/$version"
	chown -R "0:$FS_GROUP" "$1"
	chmod 2755 "$1/$version"
	find "$1/$version" -type f -exec chmod 0440 {} +
	# Everybody may write here, but the mount is read-only.
	chmod 3777 "$1"
	ln -s "$version" "$1/..data_tmp"
	mv -T "$1/..data_tmp" "$1/..data"
	(cd "$1/$version" && printf '%s\n' *) | while read -r file; do
		[ -L "$1/$file" ] || ln -s "..data/$file" "$1/$file"
	done
}

# key COMMAND...: countersign-key of the image, where the keys are rotated.
key()
{
	chroot "$BOX/rootfs" countersign-key -c /tmp/rotator.conf \
	    -k /tmp/store "$@"
}

# publish_keys: the secret and the zone are made of the store.
publish_keys()
{
	mkdir -p "$SCRATCH/dns" "$SECRET/keys/example.com.new"
	cp "$BOX"/rootfs/tmp/store/example.com/{state,*.pem} \
	    "$SECRET/keys/example.com.new"
	volume "$SECRET/keys/example.com"
	key show example.com --json | "$PYTHON" "$E2E_LIB/zone.py" \
	    >"$SCRATCH/dns/example.com"
}

make_keys()
{
	install -d -m 0700 "$BOX/rootfs/tmp/store"
	echo 'host = "rotator"' >"$BOX/rootfs/tmp/rotator.conf"
	key generate example.com --algorithm both &&
	    key activate --force example.com && publish_keys
}

write_configuration()
{
	mkdir -p "$SECRET/conf.new"
	cat >"$SECRET/conf.new/countersign.conf" <<-CONF
	socket         = "inet:$PORT@0.0.0.0"
	keydir         = "/keys"
	keydir_mounted = true
	state_dir      = "/var/lib/countersign/state"
	source "own servers" {
	    networks      = { "10.0.0.0/8" }
	    trust_network = true
	    domains       = { "example.com" }
	}
	metrics { listen = "inet:9749@127.0.0.1" }
	CONF
	volume "$SECRET/conf"
	# An emptyDir.
	mkdir -p "$SCRATCH/state"
	chown "0:$FS_GROUP" "$SCRATCH/state"
	chmod 2777 "$SCRATCH/state"
}

thawed()
{
	wait_for 60 healthy || healthy
}

# It runs, its configuration is good, but there is no answer in time.
frozen()
{
	! healthy >"$SCRATCH/frozen" 2>&1 &&
	    grep "connected, but there was no answer in time" "$SCRATCH/frozen"
}

# All its processes, as seen from outside.
is_not_root()
{
	local pid pids

	mapfile -t pids < <(box_pids)
	[ ${#pids[@]} -ge 3 ] || return 1
	for pid in "${pids[@]}"; do
		grep -E '^(Name|Uid|Cap|NoNewPrivs|Seccomp:)' "/proc/$pid/status"
		awk '/^Uid:/ && ($2 != 8891 || $4 != 8891) { exit 1 }
		    /^Cap(Inh|Prm|Eff|Bnd|Amb):/ && $2 !~ /^0*$/ { exit 1 }
		    /^NoNewPrivs:/ && $2 != 1 { exit 1 }' \
		    "/proc/$pid/status" || return 1
	done
}

is_read_only()
{
	local file

	inside touch /var/lib/countersign/state/new || return 1
	for file in /tmp/new /etc/countersign/new /keys/example.com/new; do
		! inside touch "$file" >"$SCRATCH/touched" 2>&1 &&
		    grep "Read-only file system" "$SCRATCH/touched" || return 1
	done
}

# mail NAME: a message of ours.
mail()
{
	message "$1" --org "$OUR_ORG"
	deliver "$1" --address "$OWN_ADDRESS"
}

uses_are_recorded()
{
	[ "$(find "$SCRATCH/state/state/example.com" -name '*.used' |
	    wc -l)" -eq 2 ] && [ -z "$(find "$SECRET" -name '*.used')" ]
}

# The container has the network of this test.
mail_is_counted()
{
	curl -sf http://127.0.0.1:9749/metrics >"$SCRATCH/metrics" &&
	    awk '/^countersign_messages_total.*decision="signed"/ { n += $NF }
	    END { print n + 0; exit n != 1 }' "$SCRATCH/metrics"
}

# crun takes a hierarchy of cgroups of either version, but not both.
mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 1
check "the image is unpacked" image_unpack
write_configuration
check "keys, and a secret of them" make_keys
box_configure
dns_start example.com
sink_start
check "the container starts, and is healthy" box_start
check "it is not root and has no capabilities" is_not_root
check "what it did not mount for writing is read-only" is_read_only
postfix_start "smtpd_milters = inet:127.0.0.1:$PORT"

mail first
check "mail is signed" arrives_signed first
check "last uses are in the state directory" wait_for 60 uses_are_recorded
check "its metrics are read" wait_for 60 mail_is_counted

# Frozen: connections are accepted by the kernel, and nothing answers.
mapfile -t pids < <(box_pids)
kill -STOP "${pids[@]}"
check "frozen, it is not healthy" frozen
kill -CONT "${pids[@]}"
check "thawed, it is healthy again" thawed

check "it ends when it is told to" box_end TERM 0
mail down
check "without it, mail is deferred" reply_is down 451
check "it is started again" box_start
deliver down --address "$OWN_ADDRESS"
check "then the mail is signed" arrives_signed down
check "it is killed" box_end KILL 137
mail killed
check "killed, mail is deferred" reply_is killed 451
check "it is started after that" box_start
deliver killed --address "$OWN_ADDRESS"
check "and the mail is signed" arrives_signed killed
check "it ends" box_end TERM 0

fleet_cases

check "the examples of Compose and Kubernetes are well-formed" \
    "$PYTHON" tests/packages/manifest.py docs/operations/containers.md

e2e_finish
