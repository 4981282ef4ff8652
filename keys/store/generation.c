/* SPDX-License-Identifier: ISC */

/*
 * The numbers of the last push: see generation.h.
 *
 * The file is replaced as a whole, under the lock of the key directory, whose
 * temporary name it uses.
 */

#include "store/generation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rfc3339.h"
#include "store/private.h"

#define FILE_NAME	"generation"
#define TEXT_SIZE	64

static struct place
generation_place(struct keystore *ks)
{
	struct place place = { .ks = ks, .name = FILE_NAME, .dirfd = ks->fd };

	return place;
}

static bool
parse(char *text, size_t len, struct ks_generation *generation)
{
	const char *reason;
	char *blank;

	if (len == 0 || strlen(text) != len || text[len - 1] != '\n' ||
	    (blank = strchr(text, ' ')) == NULL)
		return false;
	text[len - 1] = *blank = '\0';
	generation->term = strtonum(text, 0, RFC3339_MAX, &reason);
	if (reason != NULL)
		return false;
	generation->push = strtonum(blank + 1, 0, KS_MAX_PUSHES, &reason);
	return reason == NULL;
}

int
ks_generation_read(struct keystore *ks, struct ks_generation *generation,
    struct ks_error *error)
{
	struct place place = generation_place(ks);
	size_t len;
	char *text;
	bool is_good;
	int r;

	memset(generation, 0, sizeof(*generation));
	r = place_read(&place, KS_LOOSE_FILE, TEXT_SIZE, &text, &len, error);
	if (r != 0)
		return r == KS_E_NOKEY ? 0 : r;
	is_good = parse(text, len, generation);
	place_free_text(text, len);
	if (is_good)
		return 0;
	memset(generation, 0, sizeof(*generation));
	return place_fail(&place, error, KS_E_DAMAGED, "not as countersign-key "
	    "writes it: remove the file; the next push writes it again");
}

static int
write_numbers(struct keystore *ks,
    const struct ks_generation *generation, struct ks_error *error)
{
	struct place place = generation_place(ks);
	char text[TEXT_SIZE];
	int n;

	n = snprintf(text, sizeof(text), "%lld %lld\n",
	    (long long)generation->term, (long long)generation->push);
	return place_replace(&place, KS_MODE_FILE, text, (size_t)n, error);
}

int
ks_generation_next(struct keystore *ks, int64_t now, unsigned int wait_s,
    struct ks_generation *generation, struct ks_error *error)
{
	int fd, r;

	if ((r = store_wait_keydir(ks, wait_s, &fd, error)) != 0)
		return r;
	r = ks_generation_read(ks, generation, error);
	if (r == 0) {
		if (generation->push == KS_MAX_PUSHES) {
			generation->term++;
			generation->push = 0;
		}
		if (generation->term == 0)
			generation->term = now > 0 ? now : 1;
		generation->push++;
		r = write_numbers(ks, generation, error);
	}
	(void)close(fd);
	return r;
}

int
store_generation_take_over(struct keystore *ks, int64_t now,
    struct ks_error *error)
{
	struct ks_generation generation;
	int r;

	r = ks_generation_read(ks, &generation, error);
	if (r != 0 && r != KS_E_DAMAGED)
		return r;
	generation.term = now > generation.term ? now : generation.term + 1;
	generation.push = 0;
	return write_numbers(ks, &generation, error);
}

int
ks_generation_accept(struct keystore *ks,
    const struct ks_generation *generation, unsigned int wait_s,
    struct ks_error *error)
{
	struct place place = generation_place(ks);
	struct ks_generation last;
	int fd, r;

	if ((r = store_wait_keydir(ks, wait_s, &fd, error)) != 0)
		return r;
	r = ks_generation_read(ks, &last, error);
	if (r == 0 && (generation->term < last.term ||
	    (generation->term == last.term && generation->push <= last.push)))
		r = place_fail(&place, error, KS_E_EXISTS, "push %lld of term "
		    "%lld is not later than push %lld of term %lld, which was "
		    "taken here before: another host took over, or the store "
		    "that pushes was restored from a backup; the keys of the "
		    "later push are here", (long long)generation->push,
		    (long long)generation->term, (long long)last.push,
		    (long long)last.term);
	if (r == 0)
		r = write_numbers(ks, generation, error);
	(void)close(fd);
	return r;
}
