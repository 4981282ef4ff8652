/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a master and several fronts, and the signer that serves them.
 *
 * The input is a row of steps, made whenever the signer waits: an octet that
 * says what, and whether the next step comes at once, one for a number (mostly
 * a socket), one for the length of a text, and the text.  A front sends a
 * packet as it is, with the version or without, or a request to sign whose
 * block is right but for what the text changes in it.  The master can give the
 * table of signatures, once, with a number for each hour.
 *
 * What is signed is a block that the rules allow, by the key that it names, and
 * by one that may sign at that time, and not more than the number; nothing
 * comes back over a socket whose front has ended; and the signer goes on until
 * it is told to stop, or is given a table that is none.
 */

#include <sys/socket.h>

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hourly.h"
#include "base/ipc.h"
#include "base/log.h"
#include "base/wire.h"
#include "keydir.h"
#include "signer/request.h"
#include "signer/signer.h"

#define NOW		1790000000
#define HOUR		INT64_C(3600)
#define FRONTS		8	/* sockets at a time */
#define MAX_LENGTH	8192	/* octets of input */
#define BLOCK_SIZE	2048

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	__real_poll(struct pollfd *fds, nfds_t nfds, int timeout);
int	__wrap_poll(struct pollfd *fds, nfds_t nfds, int timeout);
void	__wrap_setproctitle(const char *format, ...);
void	__wrap_syslog(int priority, const char *format, ...);

/* Our end of a socket to the signer, and the last packet sent there. */
struct front {
	struct ipc_channel channel;
	unsigned char	 sent[BLOCK_SIZE * 2];
	size_t		 sentlen;
	size_t		 nwaiting;	/* requests, perhaps, not answered */
	bool		 is_over;	/* its front has ended */
};

static struct keydir keydir;
static EVP_PKEY *keys[2];
static const char *const selectors[] = { "r", "e", "late", "old" };

static struct {
	struct ipc_channel control;
	struct front	 fronts[FRONTS];
	const uint8_t	*data;
	size_t		 len;
	struct moment	 now;
	struct hourly	*hourly;	/* NULL: any number of signatures */
	int64_t		 hourly_since;	/* monotonic */
	uint32_t	 nsigned;	/* since then */
	bool		 may_fail;	/* the master has told nonsense */
} world;

void
__wrap_syslog(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

void
__wrap_setproctitle(const char *format, ...)
{
	(void)format;
}

static void
remove_all(void)
{
	keydir_remove(&keydir);
	keydir_free_keys();
}

static void
make_all(void)
{
	log_init("fuzz_serving", false);
	keydir_make(&keydir);
	keys[0] = keydir_add(&keydir, "example.com", "r", DKIMSIG_RSA_SHA256,
	    1, KS_NEVER);
	keys[1] = keydir_add(&keydir, "example.com", "e",
	    DKIMSIG_ED25519_SHA256, 1, KS_NEVER);
	(void)keydir_add(&keydir, "example.com", "late",
	    DKIMSIG_ED25519_SHA256, NOW + 2 * HOUR, KS_NEVER);
	(void)keydir_add(&keydir, "example.com", "old",
	    DKIMSIG_ED25519_SHA256, 1, NOW - 24 * HOUR);
	(void)atexit(remove_all);
}

/* One more signature: each hour that has begun allows the number. */
static void
count_signature(void)
{
	int64_t hours;

	if (world.hourly == NULL)
		return;
	hours = (world.now.monotonic - world.hourly_since) / HOUR + 2;
	if (++world.nsigned > hours * hourly_limit(world.hourly))
		abort();
}

static void
check_block(struct wire_reader *asked, struct wire_reader *answer)
{
	char domain[DKIMSIG_DOMAIN_SIZE], stream[64], selector[64];
	const unsigned char *block, *sig;
	enum dkimsig_algorithm algorithm;
	struct dkimsig_tbs tbs;
	size_t blocklen, siglen;
	uint8_t status;

	wire_get_text(asked, domain, sizeof(domain));
	wire_get_text(asked, stream, sizeof(stream));
	wire_get_text(asked, selector, sizeof(selector));
	algorithm = (enum dkimsig_algorithm)wire_get_u8(asked);
	wire_get_string(asked, &block, &blocklen);
	status = wire_get_u8(answer);
	wire_get_string(answer, &sig, &siglen);
	if (asked->failed || answer->failed || (status == IPC_OK) !=
	    (siglen > 0))
		abort();
	if (status == IPC_LIMITED && world.hourly == NULL)
		abort();
	if (status != IPC_OK)
		return;
	count_signature();
	if (dkimsig_tbs_parse(block, blocklen, &tbs) != 0 ||
	    strcmp(domain, "example.com") != 0 || stream[0] != '\0' ||
	    strcmp(tbs.sdid, domain) != 0 ||
	    strcmp(tbs.selector, selector) != 0 ||
	    tbs.algorithm != algorithm || !tbs.oversigns_from ||
	    tbs.has_length || tbs.timestamp < world.now.wall - HOUR ||
	    tbs.expires < 0 || tbs.expires > tbs.timestamp + HOUR ||
	    strcmp(selector, "old") == 0 || (strcmp(selector, "late") == 0 &&
	    world.now.wall < NOW + 2 * HOUR) ||
	    !keydir_verify(keys[algorithm], algorithm, block, blocklen, sig,
	    siglen))
		abort();
}

/* The answer to the last packet, which was one whole request. */
static void
check_answer(const struct front *front, const struct ipc_message *message)
{
	struct wire_reader asked, answer;
	uint32_t n;

	if (message->type != front->sent[1] + 1)
		abort();
	wire_reader_init(&answer, message->payload, message->len);
	if (message->type != IPC_SIGN_REP)
		return;
	wire_reader_init(&asked, front->sent + IPC_HEADER_SIZE,
	    front->sentlen - IPC_HEADER_SIZE);
	n = wire_get_u32(&asked);
	if (wire_get_u8(&answer) != IPC_OK || wire_get_u32(&answer) != n ||
	    n > IPC_MAX_BLOCKS)
		abort();
	for (; n > 0; n--)
		check_block(&asked, &answer);
	if (!wire_reader_is_complete(&answer))
		abort();
}

static void
read_answers(struct front *front)
{
	struct ipc_message message;
	int r = 0;

	while (front->channel.fd != -1 && (r == 0 || r == IPC_AGAIN)) {
		r = ipc_receive_packet(&front->channel, &message);
		if (r == IPC_AGAIN && !front->channel.is_partial)
			return;
		if (r != 0)
			continue;
		if (front->is_over || front->nwaiting == 0)
			abort();
		if (front->nwaiting == 1 && front->sent[2] == 0)
			check_answer(front, &message);
		front->nwaiting--;
	}
	if (r != 0)
		ipc_channel_finish(&front->channel);
}

/* The master introduces the front with this number. */
static void
introduce(struct front *front)
{
	const unsigned char number[4] = { 0 };
	int fds[2];

	ipc_channel_finish(&front->channel);
	memset(front, 0, sizeof(*front));
	if (ipc_pair(fds) == -1)
		abort();
	ipc_channel_init(&front->channel, fds[0], false);
	(void)ipc_send(&world.control, IPC_CTL_PEER, 0, number,
	    sizeof(number), fds[1], IPC_NOWAIT);
	(void)close(fds[1]);
}

static void
send_packet(struct front *front, const uint8_t *packet, size_t len)
{
	if (front->channel.fd == -1 || len > sizeof(front->sent))
		return;
	memcpy(front->sent, packet, len);
	front->sentlen = len;
	if (len > 0 && send(front->channel.fd, packet, len, MSG_NOSIGNAL |
	    MSG_DONTWAIT) != -1)
		front->nwaiting++;
}

/* A block, with the octets of a text put in at the place that its first two
 * octets say; the number says which key. */
static size_t
make_block(unsigned int number, const uint8_t *text, size_t len, char *buf)
{
	struct keydir_block block;
	size_t n, at;

	keydir_block_init(&block, world.now.wall);
	block.selector = selectors[number % 4];
	block.algorithm = number % 4 == 0 ? "rsa-sha256" : "ed25519-sha256";
	block.expires = world.now.wall + HOUR / 2;
	n = keydir_block_write(&block, buf, BLOCK_SIZE - 256);
	if (len > 2) {
		at = ((size_t)text[0] << 8 | text[1]) % (n + 1);
		/* One that is odd takes the place of what was there. */
		if ((text[1] & 1) != 0 && at + len - 2 <= n)
			memcpy(buf + at, text + 2, len - 2);
		else {
			memmove(buf + at + len - 2, buf + at, n - at);
			memcpy(buf + at, text + 2, len - 2);
			n += len - 2;
		}
	}
	return n;
}

static void
request(struct front *front, unsigned int number, const uint8_t *text,
    size_t len)
{
	unsigned char header[IPC_HEADER_SIZE] = { IPC_VERSION, IPC_SIGN_REQ };
	unsigned char packet[BLOCK_SIZE * 2];
	struct wire_writer writer;
	char block[BLOCK_SIZE];
	size_t blocklen = make_block(number, text, len, block);
	const char *selector = selectors[number % 4];

	wire_writer_init(&writer, sizeof(packet) - sizeof(header));
	wire_put_u32(&writer, 1);
	wire_put_string(&writer, "example.com", 11);
	wire_put_string(&writer, "desk", (number & 16) != 0 ? 4 : 0);
	wire_put_string(&writer, selector, strlen(selector));
	wire_put_u8(&writer, number % 4 == 0 ? DKIMSIG_RSA_SHA256 :
	    DKIMSIG_ED25519_SHA256);
	wire_put_string(&writer, block, blocklen);
	if (!writer.failed) {
		memcpy(packet, header, sizeof(header));
		memcpy(packet + sizeof(header), writer.data, writer.len);
		send_packet(front, packet, sizeof(header) + writer.len);
	}
	wire_writer_finish(&writer);
}

/* The front has ended: what it was not answered, it never is. */
static void
end_fronts(void)
{
	size_t i;

	for (i = 0; i < FRONTS; i++) {
		read_answers(&world.fronts[i]);
		world.fronts[i].is_over = true;
	}
	(void)ipc_send(&world.control, IPC_CTL_EPOCH, 0, NULL, 0, -1,
	    IPC_NOWAIT);
}

/* The master gives the table, as a real one does at the start. */
static void
give_table(uint32_t limit)
{
	int fd;

	if (world.hourly != NULL ||
	    (world.hourly = hourly_make(&fd)) == NULL)
		return;
	hourly_set_limit(world.hourly, limit + 1);
	world.hourly_since = world.now.monotonic;
	(void)ipc_send(&world.control, IPC_CTL_HOURLY, 0, NULL, 0, fd,
	    IPC_NOWAIT);
	(void)close(fd);
}

static void
tell(const uint8_t *text, size_t len)
{
	if (len > 1 && text[1] == IPC_CTL_HOURLY)
		world.may_fail = true;
	(void)send(world.control.fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
send_ours(struct front *front, const uint8_t *text, size_t len)
{
	uint8_t packet[1 + UINT8_MAX] = { IPC_VERSION };

	memcpy(packet + 1, text, len);
	send_packet(front, packet, 1 + len);
}

static void
step(unsigned int what, unsigned int number, const uint8_t *text, size_t len)
{
	struct front *front = &world.fronts[number % FRONTS];

	switch (what % 8) {
	case 0:
		introduce(front);
		break;
	case 1:
	case 2:
		request(front, number / FRONTS, text, len);
		break;
	case 3:
		send_packet(front, text, len);
		break;
	case 4:
		send_ours(front, text, len);
		break;
	case 5:
		ipc_channel_finish(&front->channel);
		break;
	case 6:
		if (number % 2 != 0)
			tell(text, len);
		else if (number % 4 == 2)
			give_table(number / 4);
		else
			end_fronts();
		break;
	default:
		world.now.wall += number * 60;
		world.now.monotonic += number * 60;
	}
}

/* One step, and those that are to be found together with it. */
static void
take_steps(void)
{
	bool has_more = true;
	unsigned int what;
	size_t n;

	while (has_more && world.len >= 3) {
		what = world.data[0];
		n = world.data[2] < world.len - 3 ? world.data[2] :
		    world.len - 3;
		step(what, world.data[1], world.data + 3, n);
		world.data += 3 + n;
		world.len -= 3 + n;
		has_more = (what & 8) != 0;
	}
}

/* When nothing is left to do for the signer, something happens. */
int
__wrap_poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
	struct ipc_message message;
	size_t i;
	int n;

	while ((n = __real_poll(fds, nfds, 0)) == 0 && timeout != 0) {
		for (i = 0; i < FRONTS; i++)
			read_answers(&world.fronts[i]);
		while (ipc_receive_packet(&world.control, &message) == 0)
			continue;
		if (world.len >= 3)
			take_steps();
		else
			(void)ipc_send(&world.control, IPC_CTL_STOP, 0, NULL,
			    0, -1, IPC_NOWAIT);
	}
	return n;
}

static void
read_clock(struct moment *now)
{
	*now = world.now;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct signer_opts opts = { .ceiling = HOUR, .now = read_clock };
	size_t i;
	int fds[2];

	if (len > MAX_LENGTH)
		return 0;
	if (keydir.ks == NULL)
		make_all();
	memset(&world, 0, sizeof(world));
	world.data = data;
	world.len = len;
	world.now.wall = NOW;
	world.now.monotonic = 1000;
	for (i = 0; i < FRONTS; i++)
		world.fronts[i].channel.fd = -1;
	if (ipc_pair(fds) == -1)
		return 0;
	ipc_channel_init(&world.control, fds[0], false);
	opts.ks = keydir.ks;
	opts.control = fds[1];
	if (signer_serve(&opts) != 0 && !world.may_fail)
		abort();
	for (i = 0; i < FRONTS; i++)
		ipc_channel_finish(&world.fronts[i].channel);
	ipc_channel_finish(&world.control);
	hourly_free(world.hourly);
	return 0;
}
