/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: the counts that are read at a start, from a file with slots and
 * as a state by themselves.  What is accepted can be counted with, and can be
 * written and read again.
 */

#include <sys/mman.h>

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "ceilings/counts.h"
#include "ceilings/slots.h"

#define NOW	INT64_C(1796000000)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
try_state(const unsigned char *state, size_t len)
{
	struct source source = { .name = "desk" };
	const struct config config = { .sources = &source, .nsources = 1 };
	struct counts_message message = { .source = "desk" };
	struct tally_result result;
	struct counts *counts;
	unsigned char *again;
	uint64_t changed, hash;
	unsigned int i;

	for (i = 0; i < CEILING_ROOM; i++)
		source.ceilings.max[i] = 5;
	source.ceilings.defers = 1u << CEILING_MESSAGES;
	if ((counts = counts_new()) == NULL ||
	    counts_configure(counts, &config) != 0)
		abort();
	if (counts_read(counts, state, len) == 0) {
		hash = counts_recipient(counts, "a@example.com", NOW);
		message.recipients = &hash;
		message.nrecipients = 1;
		counts_take(counts, &message, NOW, &result);
		if (!result.is_refused)
			counts_return(counts, &message);
		if ((again = counts_write(counts, &len, &changed)) == NULL ||
		    counts_read(counts, again, len) != 0)
			abort();
		free(again);
	}
	counts_free(counts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	unsigned char *state;
	struct slots slots;
	size_t statelen;
	int fd;

	try_state(data, len);
	if ((fd = memfd_create("slots", 0)) == -1)
		return 0;
	if (write(fd, data, len) == (ssize_t)len &&
	    slots_open(&slots, fd, &state, &statelen) == SLOTS_OK) {
		try_state(state, statelen);
		if (slots_write(&slots, state, statelen) != 0)
			abort();
		free(state);
	}
	(void)close(fd);
	return 0;
}
