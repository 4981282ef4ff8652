/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: signers that answer the front with anything.
 *
 * The input is a row of steps: an octet that says what, one for a number, one
 * for the length of a text, and the text.  A step is a call of the signing
 * service, a socket to a signer, or time that passes.  While the call waits
 * for an answer, the steps that follow are what the signer does: it answers
 * rightly but for what number and text change, or with anything, attaches a
 * descriptor, closes, or is silent, as it is once there are no more steps.
 *
 * A call ends in time, and only an answer makes it succeed.  What it returns is
 * what the rest of the front relies on: names that end, known algorithms,
 * signatures that fit, and an error for each block that has none.  A socket is
 * lost once, and none is kept.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ipc.h"
#include "base/log.h"
#include "base/wire.h"
#include "front/signpool.h"
#include "lowest_free.h"

#define MAX_LENGTH	4096	/* octets of input */
#define MAX_FDS		256
#define MAX_SOCKETS	32	/* of one input */
#define MAX_TRIES	2	/* of a call */
#define TIMEOUT_MS	5000
#define DOMAIN		"example.com"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	__real_poll(struct pollfd *fds, nfds_t nfds, int timeout_ms);
int	__wrap_poll(struct pollfd *fds, nfds_t nfds, int timeout_ms);
int	__wrap_pthread_cond_timedwait(pthread_cond_t *cond,
	    pthread_mutex_t *mutex, const struct timespec *until);
int64_t	__wrap_monotonic_ms(void);
void	__wrap_syslog(int priority, const char *format, ...);

struct step {
	unsigned int	 what, number;
	const uint8_t	*text;
	size_t		 len;
};

static struct {
	const uint8_t	*data;
	size_t		 len;
	int64_t		 now_ms;
	int		 peers[MAX_FDS];	/* of the front's; -1: none */
	unsigned int	 nsockets, nlost;
	size_t		 nblocks;		/* of the call */
	unsigned int	 nanswers;		/* to the call */
} world;

void
__wrap_syslog(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

int64_t
__wrap_monotonic_ms(void)
{
	return world.now_ms;
}

/* Nobody else returns a socket. */
int
__wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
    const struct timespec *until)
{
	(void)cond;
	(void)mutex;
	world.now_ms = (int64_t)until->tv_sec * 1000 +
	    until->tv_nsec / 1000000;
	return ETIMEDOUT;
}

static bool
next_step(struct step *step)
{
	if (world.len < 3)
		return false;
	step->what = world.data[0];
	step->number = world.data[1];
	step->text = world.data + 3;
	step->len = world.data[2] < world.len - 3 ? world.data[2] :
	    world.len - 3;
	world.data += 3 + step->len;
	world.len -= 3 + step->len;
	return true;
}

/* -- The signers ---------------------------------------------------------- */

/* Read all that the front has sent; its type, and its id. */
static uint8_t
read_request(int fd, uint32_t *id)
{
	static uint8_t packet[IPC_MAX_PACKET];
	uint8_t type = 0;

	while (recv(fd, packet, sizeof(packet), MSG_DONTWAIT) >=
	    IPC_HEADER_SIZE) {
		type = packet[1];
		*id = (uint32_t)packet[4] << 24 | (uint32_t)packet[5] << 16 |
		    (uint32_t)packet[6] << 8 | packet[7];
	}
	return type;
}

static void
put_keys(struct wire_writer *answer, const struct step *step)
{
	const uint8_t status = (uint8_t)(step->number % 6);
	const uint32_t n = status != IPC_OK ? 0 : 1 + step->number / 6 % 5;
	uint32_t i;

	wire_put_u8(answer, status);
	wire_put_u8(answer, step->len > 0 ? step->text[0] : 0);
	wire_put_u32(answer, n);
	for (i = 0; i < n; i++) {
		wire_put_string(answer, step->text + (step->len > i ? i : 0),
		    step->len > i ? step->len - i : 0);
		wire_put_u8(answer, (uint8_t)(step->number / 32 +
		    (unsigned int)DKIMSIG_RSA_SHA256));
		wire_put_u8(answer, (uint8_t)(i % 2));
	}
}

static void
put_signatures(struct wire_writer *answer, const struct step *step)
{
	uint8_t status;
	size_t i;

	wire_put_u8(answer, IPC_OK);
	wire_put_u32(answer, (uint32_t)world.nblocks);
	for (i = 0; i < world.nblocks; i++) {
		status = i < step->len ? step->text[i] % 6 : IPC_OK;
		wire_put_u8(answer, status);
		wire_put_string(answer, step->text, status != IPC_OK ? 0 :
		    step->number < step->len ? step->number : step->len);
	}
}

static void
put_answer(struct wire_writer *answer, uint8_t type, const struct step *step)
{
	if (type == IPC_KEYS_REQ)
		put_keys(answer, step);
	else if (type == IPC_SIGN_REQ)
		put_signatures(answer, step);
	else {
		wire_put_u8(answer, (uint8_t)(step->number % 6));
		wire_put_u8(answer, (uint8_t)(step->number / 6 % 3));
	}
}

static void
send_answer(int fd, uint8_t type, uint32_t id, const struct step *step)
{
	struct ipc_channel channel;
	struct wire_writer answer;
	const bool is_free = step->what % 8 == 2;

	ipc_channel_init(&channel, fd, false);
	wire_writer_init(&answer, IPC_MAX_MESSAGE);
	if (!is_free)
		put_answer(&answer, type, step);
	if (answer.failed)
		abort();
	(void)ipc_send(&channel, (enum ipc_type)(type + 1), id,
	    is_free ? step->text : answer.data, is_free ? step->len :
	    answer.len, step->what % 8 == 3 ? STDERR_FILENO : -1, IPC_NOWAIT);
	wire_writer_finish(&answer);
}

/* Do what the signer does next; false: nothing any more. */
static bool
act(int fd, uint8_t type, uint32_t id)
{
	struct step step;

	if (!next_step(&step))
		return false;
	switch (step.what % 8) {
	case 4:
		if (step.len > 0)
			(void)send(world.peers[fd], step.text, step.len,
			    MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case 5:
		send_answer(world.peers[fd], type, id - step.number, &step);
		break;
	case 6:
		(void)shutdown(world.peers[fd], SHUT_RDWR);
		break;
	case 7:
		return false;
	default:
		send_answer(world.peers[fd], type, id, &step);
	}
	world.nanswers++;
	return true;
}

int
__wrap_poll(struct pollfd *fds, nfds_t nfds, int timeout_ms)
{
	uint32_t id = 0;
	uint8_t type;
	int n;

	if (nfds != 1 || fds->fd < 0 || fds->fd >= MAX_FDS)
		abort();
	if ((n = __real_poll(fds, nfds, 0)) != 0 || timeout_ms == 0)
		return n;
	if (timeout_ms < 0)
		abort();
	type = read_request(world.peers[fds->fd], &id);
	while (n == 0 && fds->events == POLLIN && act(fds->fd, type, id))
		n = __real_poll(fds, nfds, 0);
	if (n == 0)
		world.now_ms += timeout_ms;
	return n;
}

/* -- The front ------------------------------------------------------------ */

static void
lose(void *arg, unsigned int signer)
{
	(void)arg;
	(void)signer;
	if (++world.nlost > world.nsockets)
		abort();
}

static void
add_socket(struct signpool *pool, unsigned int signer)
{
	int fds[2];

	if (world.nsockets == MAX_SOCKETS)
		return;
	if (ipc_pair(fds) == -1 || fds[1] >= MAX_FDS)
		abort();
	if (world.peers[fds[1]] != -1)
		(void)close(world.peers[fds[1]]);
	world.peers[fds[1]] = fds[0];
	world.nsockets++;
	if (signpool_add(pool, signer, fds[1]) != 0)
		abort();
}

static void
check_error(int error)
{
	if (error > SIGN_OK || error < SIGN_E_LIMITED || error == SIGN_E_NOMEM)
		abort();
}

static void
list(const struct sign_service *service, const struct step *step)
{
	const bool refresh = step->number % 2 != 0;
	struct sign_key keys[SIGN_MAX_KEYS];
	size_t i, n;
	int r;

	r = service->list_keys(service->arg, step->number % 3 == 0 ?
	    "example.org" : DOMAIN, "", refresh, TIMEOUT_MS, keys, &n);
	check_error(r);
	if (r != SIGN_OK)
		return;
	if (n == 0 || n > SIGN_MAX_KEYS || (refresh && world.nanswers == 0))
		abort();
	for (i = 0; i < n; i++)
		if (keys[i].selector[0] == '\0' || strnlen(keys[i].selector,
		    SIGN_SELECTOR_SIZE) == SIGN_SELECTOR_SIZE ||
		    (keys[i].algorithm != DKIMSIG_RSA_SHA256 &&
		    keys[i].algorithm != DKIMSIG_ED25519_SHA256))
			abort();
}

static void
sign(const struct sign_service *service, const struct step *step)
{
	static struct sign_block blocks[4];
	static const struct sign_key key = {
		"s1", DKIMSIG_ED25519_SHA256, false
	};
	size_t i;

	world.nblocks = 1 + step->number % 4;
	memset(blocks, 0xff, sizeof(blocks));
	for (i = 0; i < world.nblocks; i++) {
		blocks[i].domain = DOMAIN;
		blocks[i].stream = "";
		blocks[i].key = &key;
		blocks[i].tbs = step->text;
		blocks[i].tbslen = step->len;
	}
	service->sign(service->arg, blocks, world.nblocks, TIMEOUT_MS);
	for (i = 0; i < world.nblocks; i++) {
		check_error(blocks[i].error);
		if (blocks[i].siglen > DKIMSIG_MAX_SIGVALUE ||
		    (blocks[i].error == SIGN_OK) != (blocks[i].siglen > 0) ||
		    (blocks[i].error == SIGN_OK && world.nanswers == 0))
			abort();
	}
}

static void
own(const struct sign_service *service)
{
	const unsigned char digest[DKIMSIG_HASH_SIZE] = { 0 };
	bool is_own;
	int r;

	r = service->check_own(service->arg, DOMAIN, "s1", digest, TIMEOUT_MS,
	    &is_own);
	check_error(r);
	if ((r != SIGN_OK && is_own) || (r == SIGN_OK && world.nanswers == 0))
		abort();
}

static void
run(struct signpool *pool, const struct step *step)
{
	const struct sign_service *service = signpool_service(pool);
	const int64_t before_ms = world.now_ms;

	world.nanswers = 0;
	switch (step->what % 8) {
	case 0:
	case 1:
		list(service, step);
		break;
	case 2:
	case 3:
		sign(service, step);
		break;
	case 4:
		own(service);
		break;
	case 5:
		add_socket(pool, step->number % (IPC_MAX_SIGNERS + 1));
		break;
	case 6:
		signpool_forget(pool);
		break;
	default:
		world.now_ms += step->number * 100;
		return;
	}
	if (world.now_ms - before_ms > 2 * MAX_TRIES * TIMEOUT_MS)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static bool has_log;
	struct signpool *pool;
	struct step step;
	int before, fd;

	if (len > MAX_LENGTH)
		return 0;
	if (!has_log)
		log_init("fuzz_signers", false);
	has_log = true;
	memset(&world, 0, sizeof(world));
	world.data = data;
	world.len = len;
	world.now_ms = 1000;
	for (fd = 0; fd < MAX_FDS; fd++)
		world.peers[fd] = -1;
	before = lowest_free();
	if ((pool = signpool_new(lose, NULL)) == NULL)
		abort();
	add_socket(pool, 0);
	while (next_step(&step))
		run(pool, &step);
	signpool_free(pool);
	for (fd = 0; fd < MAX_FDS; fd++)
		if (world.peers[fd] != -1)
			(void)close(world.peers[fd]);
	if (lowest_free() != before)
		abort();
	return 0;
}
