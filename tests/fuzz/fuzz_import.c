/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: the files of other signers.  The first octet says of which
 * kind the rest is; in two tables, or a configuration and its map, a "%%"
 * alone on a line is between both.
 */

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "import/opendkim.h"
#include "import/pem.h"
#include "import/rspamd.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct half {
	const char	*text;
	size_t		 len;
};

/* A map that is the second half, and key files of two odd names. */
static bool
read_map(void *arg, const char *path, struct import_file *file, char *buf,
    size_t bufsize)
{
	const struct half *map = arg;

	memset(file, 0, sizeof(*file));
	if (map->text == NULL || strcmp(path, "/none") == 0) {
		(void)snprintf(buf, bufsize, "%s: none", path);
		return false;
	}
	if ((file->text = calloc(1, map->len + 1)) == NULL)
		abort();
	memcpy(file->text, map->text, map->len);
	file->len = map->len;
	return true;
}

static bool
search_files(void *arg, struct import_search *search)
{
	char path[16384];

	(void)arg;
	search->each(search->arg, "");
	(void)snprintf(path, sizeof(path), "%sx.example%s", search->before,
	    search->after);
	search->each(search->arg, path);
	return true;
}

/* What is true of each plan. */
static void
check_plan(const struct import_plan *plan)
{
	const char *p;
	size_t i;

	for (i = 0; i < plan->nkeys; i++)
		if ((plan->keys[i].path == NULL) ==
		    (plan->keys[i].secret == NULL))
			abort();
	for (i = 0; i < plan->nnotes; i++)
		for (p = plan->notes[i].text; *p != '\0'; p++)
			if (iscntrl((unsigned char)*p))
				abort();
	for (i = 0; i < plan->nsenders; i++)
		if (strpbrk(plan->senders[i].pattern, "\"\\\n{}") != NULL ||
		    plan->senders[i].key >= plan->nkeys ||
		    (plan->senders[i].local != NULL &&
		    (plan->senders[i].local[0] == '\0' || strpbrk(
		    plan->senders[i].local, "\"\\\n{}@ ") != NULL)))
			abort();
}

static void
run_tables(const struct half *first, const struct half *second)
{
	const struct import_opendkim given = {
		.keytable = { "dir/K", 0, first->text, first->len },
		.signingtable = { "dir/S", 0, second->text, second->len }
	};
	struct import_plan plan;

	(void)import_opendkim_kind(first->text, first->len);
	import_plan_init(&plan);
	import_opendkim(&plan, &given);
	check_plan(&plan);
	import_plan_finish(&plan);
}

static void
run_conf(const struct half *first, struct half *second)
{
	const struct import_files files = { read_map, search_files, second };
	struct import_plan plan;

	import_plan_init(&plan);
	import_opendkim_conf(&plan, "dir/C", first->text, first->len,
	    &files);
	check_plan(&plan);
	import_plan_finish(&plan);
}

static void
run_rspamd(const struct half *first, struct half *second)
{
	const struct import_files files = { read_map, search_files, second };
	struct import_plan plan;

	import_plan_init(&plan);
	import_rspamd(&plan, "R", first->text, first->len, &files);
	check_plan(&plan);
	import_plan_finish(&plan);
}

static void
run_key(const struct half *text, bool is_line)
{
	EVP_PKEY *pkey;
	const char *why;
	char *line;

	if ((line = calloc(1, text->len + 1)) == NULL)
		abort();
	memcpy(line, text->text, text->len);
	pkey = is_line ? import_pem_line(line, &why) :
	    import_pem(text->text, text->len, &why);
	if (pkey == NULL && why == NULL)
		abort();
	EVP_PKEY_free(pkey);
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char between[] = "\n%%\n";
	struct half first, second = { NULL, 0 };
	const char *cut;

	if (len == 0)
		return 0;
	first.text = (const char *)data + 1;
	first.len = len - 1;
	cut = memmem(first.text, first.len, between, sizeof(between) - 1);
	if (cut != NULL) {
		second.text = cut + sizeof(between) - 1;
		second.len = first.len - (size_t)(second.text - first.text);
		first.len = (size_t)(cut - first.text);
	}
	if (data[0] == 'o')
		run_tables(&first, &second);
	else if (data[0] == 'c')
		run_conf(&first, &second);
	else if (data[0] == 'r')
		run_rspamd(&first, &second);
	else
		run_key(&first, data[0] == 'l');
	return 0;
}
