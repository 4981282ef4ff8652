/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: the children of a master, and who is at the other end of its
 * sockets.
 *
 * The first octet says which part of the service the master runs.  A row of
 * steps follows, made whenever the master waits: an octet that says what, and
 * whether the next step comes at once, one for a number (mostly a child), one
 * for the length of a text, and the text.  Children send anything, exit, hang,
 * close their sockets and read nothing; others connect; signals arrive; time
 * passes; starts fail.  Then the master is told to stop.
 *
 * The master signals only children that it has not reaped.  A signer gets the
 * table of signatures first, and a front that of numbers; after the end of a
 * front, a signer gets no socket to the next before it was told of that end.
 * No child outlives the master, which does not wait for what never comes, and
 * closes what it opened.
 */

#include "fakemaster.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/wire.h"
#include "config/private.h"
#include "master/master.h"

#define MAX_LENGTH	4096	/* octets of input */
#define MAX_PACKET	(IPC_HEADER_SIZE + UINT8_MAX)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The rest of the input. */
static const uint8_t *input;
static size_t inputlen;

static void
send_raw(struct ipc_channel *channel, const uint8_t *packet, size_t len)
{
	if (channel->fd != -1 && len > 0)
		(void)send(channel->fd, packet, len, MSG_NOSIGNAL |
		    MSG_DONTWAIT);
}

/* A message of ours, whose first octet is its type. */
static void
send_ours(struct ipc_channel *channel, const uint8_t *text, size_t len)
{
	uint8_t packet[1 + UINT8_MAX] = { IPC_VERSION };

	memcpy(packet + 1, text, len);
	send_raw(channel, packet, 1 + len);
}

static void
send_type(struct ipc_channel *channel, enum ipc_type type)
{
	if (channel->fd != -1)
		(void)ipc_send(channel, type, 0, NULL, 0, -1, IPC_NOWAIT);
}

static void
end_child(struct kid *kid, unsigned int how)
{
	static const int statuses[] = {
		0, EX_CONFIG << 8, EX_OSERR << 8, SIGSEGV, SIGSYS, 1 << 8
	};

	fakemaster_exit(kid, statuses[how % (sizeof(statuses) /
	    sizeof(statuses[0]))]);
}

/* The other service: the signers' master, or a front that connects. */
static void
outside(unsigned int number, const uint8_t *text, size_t len)
{
	struct ipc_channel *channel = &fakemaster.outside;

	switch (number % 5) {
	case 0:
		fakemaster.nknocks++;
		break;
	case 1:
		ipc_channel_finish(channel);
		break;
	case 2:
		if (channel->fd != -1)
			(void)ipc_send(channel, IPC_CTL_PEER, 0, text, len,
			    STDERR_FILENO, IPC_NOWAIT);
		break;
	case 3:
		send_ours(channel, text, len);
		break;
	default:
		send_raw(channel, text, len);
	}
}

static void
toggle(struct kid *kid, unsigned int number)
{
	switch (number % 4) {
	case 0:
		fakemaster.forks_fail = !fakemaster.forks_fail;
		break;
	case 1:
		fakemaster.connects_fail = !fakemaster.connects_fail;
		break;
	case 2:
		kid->is_deaf = !kid->is_deaf;
		break;
	default:
		kid->is_stubborn = !kid->is_stubborn;
	}
}

static void
step(unsigned int what, unsigned int number, const uint8_t *text, size_t len)
{
	struct kid *kid = &fakemaster.kids[number % NKIDS];

	switch (what % 12) {
	case 0:
	case 1:
		send_type(&kid->control, IPC_CTL_READY);
		break;
	case 2:
		send_type(&kid->control, IPC_CTL_PONG);
		break;
	case 3:
		send_ours(&kid->control, text, len);
		break;
	case 4:
		send_raw(&kid->control, text, len);
		break;
	case 5:
		end_child(kid, number / NKIDS);
		break;
	case 6:
		ipc_channel_finish(&kid->control);
		break;
	case 7:
		fakemaster_reload(number % 4, (number & 4) != 0);
		break;
	case 8:
		fakemaster.now_ms += (int64_t)number * number * 4;
		break;
	case 9:
		outside(number, text, len);
		break;
	case 10:
		toggle(kid, number / NKIDS);
		break;
	default:
		fakemaster_signal(number % 2 == 0 ? SIGTERM : SIGINT);
	}
}

/* One step, and those that are to be found together with it. */
static bool
take_steps(void)
{
	bool has_more = true;
	unsigned int what;
	size_t n;

	if (inputlen < 3)
		return false;
	while (has_more && inputlen >= 3) {
		what = input[0];
		n = input[2] < inputlen - 3 ? input[2] : inputlen - 3;
		step(what, input[1], input + 3, n);
		input += 3 + n;
		inputlen -= 3 + n;
		has_more = (what & 0x80) != 0;
	}
	return true;
}

/* Several configurations: with more signers, another key directory, longer
 * signatures; the last does not load. */
static void
make_configs(void)
{
	static const char *const texts[] = {
		"signers = 2\n",
		"signers = 2\nkeydir = \"/usr/share\"\n",
		"signers = 1\nsignature { expire = 10d }\n",
	};
	size_t i, nfaults;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if ((fakemaster.configs[i] = config_load_text("f", texts[i],
		    strlen(texts[i]), stderr, &nfaults)) == NULL)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const enum master_part parts[] = {
		MASTER_ALL, MASTER_FRONT, MASTER_SIGNERS, MASTER_ALL
	};
	struct master_opts opts = { .kept = -1, .signers_socket = "/signers",
	    .front = FAKEMASTER_FRONT, .signer = "/signer", .file = "f",
	    .start_limit_ms = MASTER_START_LIMIT_MS, .listener = -1 };
	int status;

	if (len == 0 || len > MAX_LENGTH)
		return 0;
	if (fakemaster.configs[0] == NULL) {
		log_init("fuzz_master", false);
		make_configs();
	}
	opts.part = parts[data[0] % 4];
	opts.config = fakemaster.configs[data[0] / 4 % 2];
	opts.front_uid = geteuid() + ((data[0] & 16) != 0);
	input = data + 1;
	inputlen = len - 1;
	fakemaster_begin(take_steps, opts.part == MASTER_SIGNERS ?
	    &opts.listener : NULL);
	status = master_run(&opts);
	if (status != 0 && status != EX_SOFTWARE && status != EX_OSERR &&
	    status != EX_CONFIG)
		abort();
	fakemaster_end();
	return 0;
}
