/* SPDX-License-Identifier: ISC */

/*
 * The real signer, several sockets of a front that asks for whatever may get
 * it a signature, and one of a front that goes about its work:
 *
 *	hostile REQUESTS SEED [STATE]
 *
 * Requests are made in rounds, each of which depends on the seed and its number
 * alone.  With a state file, a run goes on where an earlier one with the same
 * seed was ended.  Exits with 1, and says why, if a signature is given that
 * policy forbids or that is none, if a right request is refused, if the signer
 * ends, or if the other front waits for longer than MAX_WAIT_MS.
 */

#include "hostile.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/hourly.h"
#include "keydir.h"

#define ROUND		2000	/* requests */
#define PEERS		4
#define BATCH		32	/* requests that wait for answers on a socket */
#define MAX_WAIT_MS	30000
#define FLOOD		400
#define NSTATUS		5

enum count {
	COUNT_OK, COUNT_NO_KEY, COUNT_REFUSED, COUNT_FAILED, COUNT_LIMITED,
	COUNT_REQUESTS, COUNT_LISTS, COUNT_CLOSED, COUNT_MAX
};
static const char *const count_names[COUNT_MAX] = {
	"signed", "no_key", "refused", "failed", "limited",
	"requests", "lists", "closed"
};

#define ALWAYS	1, KS_NEVER
const struct target targets[] = {
	{ "example.com", "", "s1", DKIMSIG_RSA_SHA256, ALWAYS, false, true },
	{ "example.com", "", "e1", DKIMSIG_ED25519_SHA256, ALWAYS, false,
	    true },
	{ "example.com", "desk", "desk1", DKIMSIG_ED25519_SHA256, ALWAYS,
	    false, true },
	{ "example.com", "", "retired", DKIMSIG_ED25519_SHA256, 1, 2, false,
	    false },
	{ "example.com", "", "future", DKIMSIG_ED25519_SHA256, 9999999999,
	    KS_NEVER, false, false },
	{ "example.com", "", "revoked", DKIMSIG_ED25519_SHA256, ALWAYS, true,
	    false },
	{ "example.net", "", "e2", DKIMSIG_ED25519_SHA256, ALWAYS, false,
	    true },
	/* Only the other front signs for it. */
	{ "honest.example", "", "e3", DKIMSIG_ED25519_SHA256, ALWAYS, false,
	    true },
};
const size_t ntargets = sizeof(targets) / sizeof(targets[0]) - 1;

struct pending {
	struct attack	attack;
	int64_t		made;
	uint32_t	id;
};

struct peer {
	struct ipc_channel channel;
	struct pending	pending[BATCH];
	size_t		n;
};

struct world {
	struct keydir	 store;
	EVP_PKEY	*pkeys[2];	/* by algorithm */
	struct hourly	*hourly;
	uint32_t	 limit;
	pid_t		 pid;
	pthread_mutex_t	 mutex;		/* of control */
	struct ipc_channel control;
	struct peer	 peers[PEERS];
	uint32_t	 next_id;
	int64_t		 began;		/* seconds: hours are counted from it */
	unsigned long long counts[COUNT_MAX];
	unsigned long long signed_for[2];	/* example.com, example.net */
	unsigned long long nright;

	atomic_bool	 is_over;
	unsigned long long nserved;	/* of the other front */
	int64_t		 longest_ms;
};

static struct world world;

static _Noreturn void __attribute__((format(printf, 1, 2)))
fail_with(const char *format, ...)
{
	static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
	va_list ap;
	int status = 0;

	/* Two threads may fail at once. */
	(void)pthread_mutex_lock(&once);
	va_start(ap, format);
	(void)fputs("hostile: ", stderr);
	(void)vfprintf(stderr, format, ap);
	(void)fputc('\n', stderr);
	va_end(ap);
	if (waitpid(world.pid, &status, WNOHANG) == world.pid)
		(void)fprintf(stderr, "hostile: the signer has ended: status "
		    "%d, signal %d\n", WEXITSTATUS(status), WTERMSIG(status));
	else
		(void)kill(world.pid, SIGKILL);
	keydir_remove(&world.store);
	_exit(1);
}

static int64_t
soon(void)
{
	return monotonic_ms() + MAX_WAIT_MS;
}

/* -- The signer ---------------------------------------------------------- */

static void
add_rest(struct ks_key *key)
{
	if (strcmp(key->selector, "desk1") == 0)
		key->stream = "desk";
	if (strcmp(key->selector, "revoked") == 0)
		key->revoked = time(NULL);
}

static void
make_store(void)
{
	const struct target *target;
	size_t i;

	keydir_make(&world.store);
	for (i = 0; i <= ntargets; i++) {
		target = &targets[i];
		world.pkeys[target->algorithm] = keydir_add(&world.store,
		    target->domain, target->selector, target->algorithm,
		    target->active_from, target->retire_at);
		keydir_change(&world.store, target->domain, target->selector,
		    add_rest);
	}
}

static void
start_signer(void)
{
	const char *program = getenv("COUNTERSIGN_SIGNER");
	char ceiling[16];
	struct ipc_message message;
	int fds[2], table;

	if (program == NULL)
		errx(2, "COUNTERSIGN_SIGNER names the program");
	if (ipc_pair(fds) == -1 || (world.hourly = hourly_make(&table)) == NULL)
		err(1, "cannot make sockets");
	hourly_set_limit(world.hourly, world.limit);
	(void)snprintf(ceiling, sizeof(ceiling), "%d", HOSTILE_CEILING);
	if ((world.pid = fork()) == -1)
		err(1, "fork");
	if (world.pid == 0) {
		if (freopen("/dev/null", "w", stderr) != NULL &&
		    dup2(fds[1], IPC_CONTROL_FD) != -1)
			(void)execl(program, program, "-f", "-k",
			    world.store.path, "-x", ceiling, (char *)NULL);
		_exit(127);
	}
	(void)close(fds[1]);
	ipc_channel_init(&world.control, fds[0], false);
	if (ipc_send(&world.control, IPC_CTL_HOURLY, 0, NULL, 0, table,
	    soon()) != 0 ||
	    ipc_receive(&world.control, &message, soon()) != 0 ||
	    message.type != IPC_CTL_READY)
		fail_with("the signer does not start");
	(void)close(table);
}

static int
introduce(void)
{
	int fds[2], r;

	if (ipc_pair(fds) == -1)
		fail_with("socketpair: %s", strerror(errno));
	(void)pthread_mutex_lock(&world.mutex);
	r = ipc_send(&world.control, IPC_CTL_PEER, 0, "\0\0\0\0", 4, fds[1],
	    soon());
	(void)pthread_mutex_unlock(&world.mutex);
	if (r != 0)
		fail_with("the signer takes no socket: %s", ipc_strerror(r));
	(void)close(fds[1]);
	return fds[0];
}

/* Whether it runs, and answers the master. */
static void
ping(void)
{
	struct ipc_message message;
	int r;

	(void)pthread_mutex_lock(&world.mutex);
	r = ipc_send(&world.control, IPC_CTL_PING, 0, NULL, 0, -1, soon());
	if (r == 0)
		r = ipc_receive(&world.control, &message, soon());
	(void)pthread_mutex_unlock(&world.mutex);
	if (r != 0 || message.type != IPC_CTL_PONG)
		fail_with("the signer does not answer the master: %s",
		    ipc_strerror(r));
}

/* -- Answers ------------------------------------------------------------- */

static bool
read_asked(struct wire_reader *reader, struct asked *asked)
{
	wire_get_text(reader, asked->domain, sizeof(asked->domain));
	wire_get_text(reader, asked->stream, sizeof(asked->stream));
	wire_get_text(reader, asked->selector, sizeof(asked->selector));
	asked->algorithm = wire_get_u8(reader);
	wire_get_string(reader, &asked->tbs, &asked->tbslen);
	return !reader->failed;
}

static void
check_signature(const struct asked *asked, const unsigned char *sig,
    size_t siglen, int64_t made)
{
	const char *why;

	if (!oracle_allows(asked, made, &why))
		fail_with("a signature that policy forbids: %s: d=%s s=%s: "
		    "%.*s", why, asked->domain, asked->selector,
		    (int)asked->tbslen, (const char *)asked->tbs);
	if (!keydir_verify(world.pkeys[asked->algorithm],
	    (enum dkimsig_algorithm)asked->algorithm, asked->tbs,
	    asked->tbslen, sig, siglen))
		fail_with("a signature that does not verify");
	world.signed_for[strcmp(asked->domain, "example.net") == 0]++;
}

static void
check_signatures(const struct pending *pending, struct wire_reader *answer)
{
	const struct attack *attack = &pending->attack;
	const unsigned char *sig;
	struct wire_reader request;
	struct asked asked;
	uint32_t i, n;
	size_t siglen;
	uint8_t status;

	wire_reader_init(&request, attack->wire.data, attack->wire.len);
	n = wire_get_u32(&request);
	if (wire_get_u8(answer) != IPC_OK || wire_get_u32(answer) != n)
		fail_with("an answer with another number of blocks");
	for (i = 0; i < n; i++) {
		status = wire_get_u8(answer);
		wire_get_string(answer, &sig, &siglen);
		if (!read_asked(&request, &asked) || status >= NSTATUS)
			fail_with("an answer that fits no request");
		if (attack->is_right && status != IPC_OK &&
		    status != IPC_LIMITED)
			fail_with("a right request: status %u", status);
		if (status == IPC_OK)
			check_signature(&asked, sig, siglen, pending->made);
		else if (siglen > 0)
			fail_with("a signature with status %u", status);
		world.counts[status]++;
	}
	if (!wire_reader_is_complete(answer))
		fail_with("a malformed answer");
	world.nright += attack->is_right;
}

static void
check_answer(const struct pending *pending, const struct ipc_message *message)
{
	struct wire_reader answer;

	if (message->id != pending->id || message->fd != -1)
		fail_with("an answer to another request");
	wire_reader_init(&answer, message->payload, message->len);
	if (message->type == IPC_SIGN_REP &&
	    pending->attack.type == IPC_SIGN_REQ)
		check_signatures(pending, &answer);
	else if (message->type == pending->attack.type + 1)
		world.counts[COUNT_LISTS]++;
	else
		fail_with("an answer of another type");
}

/* -- A hostile socket ---------------------------------------------------- */

static void
send_descriptor(int fd, const void *octets, size_t len)
{
	union {
		struct cmsghdr	align;
		char		buf[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	const int given[2] = { STDERR_FILENO, STDERR_FILENO };
	struct iovec iov = { .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	memcpy(&iov.iov_base, &octets, sizeof(octets));
	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);
	cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(given));
	memcpy(CMSG_DATA(cmsg), given, sizeof(given));
	(void)sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Send it; whether the socket can go on. */
static bool
send_attack(struct peer *peer, struct pending *pending)
{
	struct attack *attack = &pending->attack;
	struct wire_writer *wire = &attack->wire;
	int i;

	switch (attack->kind) {
	case WIRE_PACKETS:
		(void)send(peer->channel.fd, wire->data, wire->len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		return false;
	case WIRE_DESCRIPTOR:
		send_descriptor(peer->channel.fd, wire->data, wire->len);
		return false;
	case WIRE_FLOOD:
		for (i = 0; i < FLOOD && ipc_send(&peer->channel,
		    attack->type, pending->id, wire->data, wire->len, -1,
		    IPC_NOWAIT) == 0; i++)
			;
		return false;
	case WIRE_MESSAGE:
		break;
	}
	return ipc_send(&peer->channel, attack->type, pending->id, wire->data,
	    wire->len, -1, soon()) == 0;
}

static void
renew(struct peer *peer)
{
	ipc_channel_finish(&peer->channel);
	ipc_channel_init(&peer->channel, introduce(), false);
}

/* Fill a socket with requests; what may close it comes last. */
static size_t
send_batch(struct peer *peer, struct chance *chance, size_t left)
{
	struct pending *pending;
	bool goes_on = true;

	peer->n = 0;
	while (goes_on && peer->n < BATCH && peer->n < left) {
		pending = &peer->pending[peer->n++];
		pending->id = world.next_id++;
		pending->made = time(NULL);
		attack_make(chance, pending->made, &pending->attack);
		goes_on = send_attack(peer, pending) &&
		    !pending->attack.may_close;
	}
	return peer->n;
}

static void
receive_batch(struct peer *peer)
{
	const struct pending *pending;
	struct ipc_message message;
	bool is_lost = false;
	size_t i;
	int r;

	for (i = 0; i < peer->n && !is_lost; i++) {
		pending = &peer->pending[i];
		if (pending->attack.kind != WIRE_MESSAGE) {
			is_lost = true;
			continue;
		}
		r = ipc_receive(&peer->channel, &message, soon());
		if (r == 0)
			check_answer(pending, &message);
		/* If more is unread at its other end, answers are lost, too. */
		else if (r == IPC_E_CLOSED &&
		    peer->pending[peer->n - 1].attack.may_close)
			is_lost = true;
		else
			fail_with("no answer: %s: type %u, %zu octets",
			    ipc_strerror(r), pending->attack.type,
			    pending->attack.wire.len);
	}
	for (i = 0; i < peer->n; i++)
		wire_writer_finish(&peer->pending[i].attack.wire);
	if (is_lost) {
		world.counts[COUNT_CLOSED]++;
		renew(peer);
	}
}

static void
attack_for_a_round(uint64_t seed, uint64_t number)
{
	struct chance chance = { seed * 0x9e3779b97f4a7c15u + number };
	size_t i, left = ROUND;

	while (left > 0) {
		for (i = 0; i < PEERS; i++)
			left -= send_batch(&world.peers[i], &chance, left);
		for (i = 0; i < PEERS; i++)
			receive_batch(&world.peers[i]);
	}
	world.counts[COUNT_REQUESTS] += ROUND;
	ping();
}

/* -- The other front ----------------------------------------------------- */

/* Any status counts as served but that the key cannot be used. */
static void
serve_one(struct ipc_channel *channel, uint32_t id)
{
	const struct timespec nap = { .tv_nsec = 2000000 };
	const int64_t began = monotonic_ms();
	struct ipc_message message;
	struct attack attack;
	int64_t took;
	int r;

	attack_make_right(&targets[ntargets], time(NULL), &attack);
	r = ipc_send(channel, IPC_SIGN_REQ, id, attack.wire.data,
	    attack.wire.len, -1, soon());
	if (r == 0)
		r = ipc_receive(channel, &message, soon());
	if (r != 0 || message.id != id || message.len < 6 ||
	    (message.payload[5] != IPC_OK &&
	    message.payload[5] != IPC_LIMITED))
		fail_with("the other front is not served: %s",
		    ipc_strerror(r));
	wire_writer_finish(&attack.wire);
	took = monotonic_ms() - began;
	if (took > world.longest_ms)
		world.longest_ms = took;
	world.nserved++;
	(void)nanosleep(&nap, NULL);
}

static void *
work(void *arg)
{
	struct ipc_channel channel;
	uint32_t id = 1;

	(void)arg;
	ipc_channel_init(&channel, introduce(), false);
	while (!world.is_over)
		serve_one(&channel, id++);
	ipc_channel_finish(&channel);
	return NULL;
}

/* -- Reports ------------------------------------------------------------- */

static bool
read_state(const char *path, uint64_t seed)
{
	unsigned long long found;
	FILE *fp;
	size_t i;
	bool is_good;

	if (path == NULL || (fp = fopen(path, "r")) == NULL)
		return false;
	is_good = fscanf(fp, "hostile %llu", &found) == 1 && found == seed;
	for (i = 0; i < COUNT_MAX && is_good; i++)
		is_good = fscanf(fp, "%llu", &world.counts[i]) == 1;
	(void)fclose(fp);
	if (!is_good)
		memset(world.counts, 0, sizeof(world.counts));
	return is_good;
}

static void
write_state(const char *path, uint64_t seed)
{
	char new[4096];
	FILE *fp;
	size_t i;

	if (path == NULL)
		return;
	(void)snprintf(new, sizeof(new), "%s.new", path);
	if ((fp = fopen(new, "w")) == NULL)
		err(1, "%s", new);
	(void)fprintf(fp, "hostile %" PRIu64, seed);
	for (i = 0; i < COUNT_MAX; i++)
		(void)fprintf(fp, " %llu", world.counts[i]);
	(void)fputc('\n', fp);
	if (fclose(fp) != 0 || rename(new, path) == -1)
		err(1, "%s", path);
}

/* No domain got more than its number in each hour that this run has seen. */
static void
check_limit(void)
{
	const unsigned long long hours = (unsigned long long)
	    (time(NULL) / 3600 - world.began / 3600 + 1);
	size_t i;

	for (i = 0; i < 2; i++)
		if (world.signed_for[i] > hours * world.limit)
			fail_with("%llu signatures of a domain in %llu hours",
			    world.signed_for[i], hours);
}

static void
report(uint64_t seed, unsigned long long ndone, int64_t began_ms)
{
	const int64_t took = monotonic_ms() - began_ms;
	size_t i;

	(void)printf("seed %" PRIu64 ":", seed);
	for (i = 0; i < COUNT_MAX; i++)
		(void)printf(" %s=%llu", count_names[i], world.counts[i]);
	(void)printf("\n%llu requests in %lld s (%lld/s), %llu right ones; "
	    "the other front: %llu served, the longest wait %lld ms\n", ndone,
	    (long long)took / 1000, (long long)ndone * 1000 /
	    (long long)(took + 1), world.nright, world.nserved,
	    (long long)world.longest_ms);
}

static void
stop_signer(void)
{
	int status;

	if (ipc_send(&world.control, IPC_CTL_STOP, 0, NULL, 0, -1,
	    soon()) != 0 || waitpid(world.pid, &status, 0) != world.pid ||
	    status != 0)
		fail_with("the signer did not end well");
	world.pid = 0;
}

int
main(int argc, char *argv[])
{
	const char *fault, *path = argc > 3 ? argv[3] : NULL;
	unsigned long long want, ndone = 0;
	const int64_t began_ms = monotonic_ms();
	pthread_t other;
	uint64_t seed;
	size_t i;

	if (argc < 3)
		errx(2, "usage: hostile REQUESTS SEED [STATE]");
	want = (unsigned long long)strtonum(argv[1], 1, INT64_MAX, &fault);
	seed = (uint64_t)strtonum(argv[2], 0, INT64_MAX, &fault);
	(void)signal(SIGPIPE, SIG_IGN);
	world.began = time(NULL);
	world.limit = (uint32_t)(want / 100 + 50);
	(void)pthread_mutex_init(&world.mutex, NULL);
	make_store();
	start_signer();
	for (i = 0; i < PEERS; i++)
		ipc_channel_init(&world.peers[i].channel, introduce(), false);
	if (pthread_create(&other, NULL, work, NULL) != 0)
		errx(1, "no thread");
	(void)read_state(path, seed);
	while (world.counts[COUNT_REQUESTS] < want) {
		attack_for_a_round(seed, world.counts[COUNT_REQUESTS] / ROUND);
		ndone += ROUND;
		write_state(path, seed);
	}
	world.is_over = true;
	(void)pthread_join(other, NULL);
	check_limit();
	stop_signer();
	report(seed, ndone, began_ms);
	for (i = 0; i < PEERS; i++)
		ipc_channel_finish(&world.peers[i].channel);
	ipc_channel_finish(&world.control);
	hourly_free(world.hourly);
	keydir_remove(&world.store);
	keydir_free_keys();
	if (ndone > 0 && (world.nright == 0 || world.nserved == 0 ||
	    world.counts[COUNT_REFUSED] == 0))
		errx(1, "this has shown nothing");
	return 0;
}
