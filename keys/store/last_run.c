/* SPDX-License-Identifier: ISC */

/*
 * The time of the last run over all domains: see last_run.h.
 *
 * The file is replaced as a whole, under the lock of the key directory, whose
 * temporary name it uses.
 */

#include "store/last_run.h"

#include <string.h>
#include <unistd.h>

#include "base/rfc3339.h"
#include "store/private.h"

#define FILE_NAME	"last-run"

static struct place
run_place(struct keystore *ks)
{
	struct place place = { .ks = ks, .name = FILE_NAME, .dirfd = ks->fd };

	return place;
}

int
ks_last_run_write(struct keystore *ks, int64_t now, struct ks_error *error)
{
	struct place place = run_place(ks);
	char text[RFC3339_SIZE];
	int fd, r;

	if (!rfc3339_print(now, text))
		return place_fail(&place, error, KS_E_ARG,
		    "the clock of this host is out of range");
	text[RFC3339_LEN] = '\n';
	if ((r = store_wait_keydir(ks, STORE_BRIEFLY_S, &fd, error)) != 0)
		return r;
	r = place_replace(&place, KS_MODE_FILE, text, sizeof(text), error);
	(void)close(fd);
	return r;
}

int
ks_last_run_read(struct keystore *ks, int64_t *when, struct ks_error *error)
{
	struct place place = run_place(ks);
	size_t len;
	char *text;
	bool is_time;
	int r;

	*when = KS_NEVER;
	r = place_read(&place, KS_LOOSE_FILE, RFC3339_SIZE, &text, &len,
	    error);
	if (r != 0)
		return r == KS_E_NOKEY ? 0 : r;
	is_time = len == RFC3339_SIZE && text[RFC3339_LEN] == '\n' &&
	    rfc3339_parse(text, RFC3339_LEN, when);
	place_free_text(text, len);
	if (is_time)
		return 0;
	*when = KS_NEVER;
	return place_fail(&place, error, KS_E_DAMAGED, "not a time: remove "
	    "the file, the next run of '%s rotate' writes it again",
	    ks_command(ks));
}
