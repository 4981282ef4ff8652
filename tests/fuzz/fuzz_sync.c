/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what another host pushes, as the host that receives reads it,
 * into a store that is made for each input.  The first octet says in which
 * pieces it arrives.
 *
 * What is answered are lines that the other side reads; and nothing but the
 * store's own files is left there.
 */

#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/receive.h"

#define NOW	INT64_C(1790000000)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int64_t
read_clock(void)
{
	return NOW;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
check_answer(void *context, char *line)
{
	struct sync_message message;
	struct ks_error error;

	(void)context;
	if (sync_message_parse(line, &message, &error) != 0 ||
	    message.kind < SYNC_READY)
		abort();
	return 0;
}

static void
feed(struct sync_receiver *receiver, const uint8_t *data, size_t len)
{
	struct ks_error error;
	size_t piece = 1 + (size_t)data[0], n;
	int r = 0;

	data++;
	for (len--; r == 0 && len > 0; len -= n) {
		n = len < piece ? len : piece;
		r = sync_receiver_take(receiver, (const char *)data, n,
		    &error);
		data += n;
	}
	if (r == 0 && sync_receiver_has_ended(receiver) &&
	    sync_receiver_peer(receiver)[0] == '\0')
		abort();
}

static void
receive(struct keystore *ks, const uint8_t *data, size_t len)
{
	struct ks_host host = { .name = "b.example", .secret = "b" };
	struct sync_receiver_means means = { .ks = ks, .host = &host,
	    .clock = read_clock };
	struct sync_receiver *receiver;
	static struct sync_lines lines;
	struct ks_error error;
	char *answers = NULL;
	size_t n;

	if ((means.out = open_memstream(&answers, &n)) == NULL)
		abort();
	if ((receiver = sync_receiver_new(&means)) == NULL)
		abort();
	feed(receiver, data, len);
	sync_receiver_free(receiver);
	(void)fclose(means.out);
	memset(&lines, 0, sizeof(lines));
	if (sync_lines_add(&lines, answers, n, check_answer, NULL, &error) !=
	    0)
		abort();
	free(answers);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char path[] = "/tmp/countersign-fuzz.XXXXXX";
	struct keystore *ks;
	struct ks_error error;

	if (len == 0)
		return 0;
	if (mkdtemp(path) == NULL ||
	    ks_open(&ks, path, NULL, &error) != 0)
		abort();
	receive(ks, data, len);
	ks_close(ks);
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
