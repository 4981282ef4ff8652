/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: the ledger of setup.  The input is the text of its file; after a
 * NUL, what later runs note there: four octets each, which say what is noted,
 * of which change, what was there before, and what comes after.
 *
 * What was read is written, and read again to the same; what was noted last is
 * what setup says that it has put there.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "setup/file.h"
#include "setup/ledger.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	__wrap_file_read(const char *path, char **text,
	    struct change_access *access, char *why, size_t size);
int	__wrap_file_write(const char *path, const char *text,
	    const struct change_access *access, char *why, size_t size);

static char folder[] = "/tmp/countersign-fuzz.XXXXXX";
static char path[sizeof(folder) + sizeof("/setup.json.lock")];
static char why[SETUP_WHY_SIZE];
static char *file;		/* its text; NULL: there is none */

int
__wrap_file_read(const char *name, char **text, struct change_access *access,
    char *reason, size_t size)
{
	(void)name;
	(void)access;
	(void)reason;
	(void)size;
	*text = NULL;
	if (file != NULL && (*text = strdup(file)) == NULL)
		abort();
	return 0;
}

int
__wrap_file_write(const char *name, const char *text,
    const struct change_access *access, char *reason, size_t size)
{
	(void)name;
	(void)reason;
	(void)size;
	if (access->mode != 0600)
		abort();
	free(file);
	if ((file = strdup(text)) == NULL)
		abort();
	return 0;
}

static void
remove_all(void)
{
	(void)strlcat(path, ".lock", sizeof(path));
	(void)unlink(path);
	(void)rmdir(folder);
}

static bool
is_same(const struct change *a, const struct change *b)
{
	return a->kind == b->kind && plan_is_same(a->place, b->place) &&
	    plan_is_same(a->name, b->name) &&
	    plan_is_same(a->before, b->before) &&
	    plan_is_same(a->previous, b->previous) &&
	    plan_is_same(a->after, b->after);
}

/* A later run reads the same. */
static void
check_written(struct ledger *ledger)
{
	const struct change *a, *b;
	struct ledger again;

	/* This run has the lock. */
	if (ledger_open(&again, path, why, sizeof(why)) != -1)
		abort();
	ledger_close(&again);
	(void)close(ledger->lock);
	if (ledger_open(&again, path, why, sizeof(why)) == -1 ||
	    again.due != ledger->due)
		abort();
	b = TAILQ_FIRST(&again.changes);
	TAILQ_FOREACH(a, &ledger->changes, entry) {
		if (b == NULL || !is_same(a, b))
			abort();
		b = TAILQ_NEXT(b, entry);
	}
	if (b != NULL)
		abort();
	ledger->lock = again.lock;
	again.lock = -1;
	ledger_close(&again);
}

static void
record(struct ledger *ledger, struct change *change)
{
	const struct change *found;

	if (ledger_record(ledger, change, why, sizeof(why)) == -1)
		abort();
	found = ledger_find(ledger, change->kind, change->place, change->name);
	if (found == NULL || !plan_is_same(found->after, change->after) ||
	    !ledger_is_ours(found, change->after))
		abort();
}

static void
note(struct ledger *ledger, const uint8_t *data)
{
	static const char *const texts[] = {
		NULL, "", "a", "b\n", "disabled", "enabled", "\n", "\xc3\xbc"
	};
	struct change *change;

	change = change_new((enum change_kind)(data[1] % 5),
	    (data[1] & 64) != 0 ? "/etc/f" : "postfix.service",
	    (data[1] & 128) != 0 ? "smtpd_milters" : NULL,
	    texts[data[2] % 8], texts[data[3] % 8]);
	if (change == NULL)
		abort();
	if (data[0] % 4 == 0) {
		if (ledger_set_due(ledger, data[1], why, sizeof(why)) == -1 ||
		    ledger->due != data[1])
			abort();
	} else if (data[0] % 4 == 1) {
		if (ledger_forget(ledger, change, why, sizeof(why)) == -1)
			abort();
	} else
		record(ledger, change);
	change_free(change);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *nul = memchr(data, '\0', len == 0 ? 0 : len);
	size_t textlen = nul == NULL ? len : (size_t)(nul - data);
	struct ledger ledger;

	if (path[0] == '\0') {
		if (mkdtemp(folder) == NULL)
			abort();
		(void)snprintf(path, sizeof(path), "%s/setup.json", folder);
		(void)atexit(remove_all);
	}
	if (textlen > 0 && (file = strndup((const char *)data, textlen)) ==
	    NULL)
		abort();
	why[0] = '\0';
	if (ledger_open(&ledger, path, why, sizeof(why)) == -1) {
		if (why[0] == '\0')
			abort();
	} else if (ledger_set_due(&ledger, ledger.due ^ DUE_RELOAD, why,
	    sizeof(why)) == -1)
		abort();
	else {
		check_written(&ledger);
		for (; nul != NULL && data + len - nul > 4; nul += 4)
			note(&ledger, nul + 1);
		check_written(&ledger);
	}
	ledger_close(&ledger);
	free(file);
	file = NULL;
	return 0;
}
