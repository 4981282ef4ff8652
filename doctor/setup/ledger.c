/* SPDX-License-Identifier: ISC */

/*
 * The ledger of setup: see ledger.h.
 *
 * A JSON file that only root can read, because a configuration may hold secrets
 * of header fields:
 *
 *	{ "version": 1, "due": 0, "changes": [ { "kind": "file",
 *	    "place": "/etc/...", "name": null, "before": null,
 *	    "previous": null, "after": "..." } ] }
 *
 * It is replaced as a whole with each change.  Fails if it cannot be read or
 * written, if it is of a later version, and if another run has it.
 */

#include "setup/ledger.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "setup/file.h"

#define VERSION		1

static const char *const kinds[] = {
	[CHANGE_DIRECTORY] = "directory",
	[CHANGE_FILE] = "file",
	[CHANGE_KEYS] = "keys",
	[CHANGE_UNIT] = "unit",
	[CHANGE_SETTING] = "setting",
};
#define NKINDS	(sizeof(kinds) / sizeof(kinds[0]))

static int
fail(char *why, size_t size, const char *path, const char *what)
{
	(void)snprintf(why, size, "%s: %s", path, what);
	return -1;
}

/* Take the lock, a file beside the ledger, so that one run works at a time. */
static int
lock(struct ledger *ledger, char *why, size_t size)
{
	char path[PATH_MAX];
	int n;

	n = snprintf(path, sizeof(path), "%s.lock", ledger->path);
	if (n < 0 || (size_t)n >= sizeof(path))
		return fail(why, size, ledger->path, "name too long");
	ledger->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (ledger->lock == -1) {
		(void)snprintf(why, size, "%s: cannot open: %s", path,
		    strerror(errno));
		return -1;
	}
	if (flock(ledger->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return fail(why, size, path, "another setup is running; wait "
		    "until it is done");
	(void)snprintf(why, size, "%s: cannot lock: %s", path,
	    strerror(errno));
	return -1;
}

/* The text of a member; NULL if it is null or missing. */
static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* False when out of memory. */
static bool
set_previous(struct change *change, const char *text)
{
	if (text != NULL)
		change->previous = strdup(text);
	return text == NULL || change->previous != NULL;
}

static struct change *
read_change(const json_t *object)
{
	const char *kind = text_of(object, "kind");
	const char *place = text_of(object, "place");
	struct change *change;
	size_t i;

	if (kind == NULL || place == NULL)
		return NULL;
	for (i = 0; i < NKINDS && strcmp(kinds[i], kind) != 0; i++)
		;
	if (i == NKINDS)
		return NULL;
	change = change_new((enum change_kind)i, place, text_of(object, "name"),
	    text_of(object, "before"), text_of(object, "after"));
	if (change != NULL && !set_previous(change, text_of(object,
	    "previous"))) {
		change_free(change);
		return NULL;
	}
	return change;
}

static int
read_object(struct ledger *ledger, const json_t *root, char *why,
    size_t size)
{
	const json_t *list = json_object_get(root, "changes");
	struct change *change;
	json_int_t version;
	size_t i;

	version = json_integer_value(json_object_get(root, "version"));
	if (version != VERSION)
		return fail(why, size, ledger->path, version > VERSION ?
		    "written by a later version of countersign, in a format "
		    "that this version does not know: install the later "
		    "version again" : "not a record of countersign-doctor: "
		    "restore the file, or remove it: then --undo knows of no "
		    "changes");
	ledger->due = (unsigned int)json_integer_value(json_object_get(root,
	    "due"));
	for (i = 0; i < json_array_size(list); i++) {
		change = read_change(json_array_get(list, i));
		if (change == NULL)
			return fail(why, size, ledger->path, "a change in it "
			    "cannot be read; restore the file, or remove it: "
			    "then --undo knows of no changes");
		TAILQ_INSERT_TAIL(&ledger->changes, change, entry);
	}
	return 0;
}

static int
load(struct ledger *ledger, char *why, size_t size)
{
	json_error_t error;
	json_t *root;
	char *text;
	int r;

	if (file_read(ledger->path, &text, NULL, why, size) == -1)
		return -1;
	if (text == NULL)
		return 0;
	root = json_loads(text, 0, &error);
	freezero(text, strlen(text));
	if (root == NULL) {
		(void)snprintf(why, size, "%s:%d: %s; restore the file, or "
		    "remove it: then --undo knows of no changes",
		    ledger->path, error.line, error.text);
		return -1;
	}
	r = read_object(ledger, root, why, size);
	json_decref(root);
	return r;
}

int
ledger_open(struct ledger *ledger, const char *path, char *why,
    size_t size)
{
	const struct change_access access = { 0, 0, 0755 };
	char copy[PATH_MAX];
	struct stat st;

	memset(ledger, 0, sizeof(*ledger));
	TAILQ_INIT(&ledger->changes);
	ledger->lock = -1;
	if ((ledger->path = strdup(path)) == NULL)
		return fail(why, size, path, "out of memory");
	if (strlcpy(copy, path, sizeof(copy)) >= sizeof(copy))
		return fail(why, size, path, "name too long");
	if (stat(dirname(copy), &st) == -1 && file_make_directory(copy,
	    &access, why, size) == -1)
		return -1;
	return lock(ledger, why, size) == -1 ? -1 : load(ledger, why, size);
}

void
ledger_close(struct ledger *ledger)
{
	struct change *change;

	while ((change = TAILQ_FIRST(&ledger->changes)) != NULL) {
		TAILQ_REMOVE(&ledger->changes, change, entry);
		change_free(change);
	}
	if (ledger->lock != -1)
		(void)close(ledger->lock);
	ledger->lock = -1;
	free(ledger->path);
	ledger->path = NULL;
}

static int
add_member(json_t *object, const char *name, const char *text)
{
	return json_object_set_new(object, name, text != NULL ?
	    json_string(text) : json_null());
}

static json_t *
print_change(const struct change *change)
{
	json_t *object = json_object();

	if (object == NULL)
		return NULL;
	if (add_member(object, "kind", kinds[change->kind]) == 0 &&
	    add_member(object, "place", change->place) == 0 &&
	    add_member(object, "name", change->name) == 0 &&
	    add_member(object, "before", change->before) == 0 &&
	    add_member(object, "previous", change->previous) == 0 &&
	    add_member(object, "after", change->after) == 0)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *
print_ledger(const struct ledger *ledger)
{
	const struct change *change;
	json_t *root, *list = json_array();
	int r = 0;

	TAILQ_FOREACH(change, &ledger->changes, entry)
		r |= json_array_append_new(list, print_change(change));
	root = json_pack("{s:i, s:i, s:o}", "version", VERSION, "due",
	    (int)ledger->due, "changes", list);
	if (r == 0)
		return root;
	json_decref(root);
	return NULL;
}

static int
save(const struct ledger *ledger, char *why, size_t size)
{
	const struct change_access access = { geteuid(), getegid(), 0600 };
	json_t *root = print_ledger(ledger);
	char *text = NULL;
	int r;

	if (root != NULL)
		text = json_dumps(root, JSON_INDENT(1));
	json_decref(root);
	/* The one other cause is that memory ran out. */
	if (text == NULL)
		return fail(why, size, ledger->path, "cannot be written: a "
		    "file to be changed is not UTF-8");
	r = file_write(ledger->path, text, &access, why, size);
	freezero(text, strlen(text));
	return r;
}

struct change *
ledger_find(const struct ledger *ledger, enum change_kind kind,
    const char *place, const char *name)
{
	struct change *change;

	TAILQ_FOREACH(change, &ledger->changes, entry)
		if (change->kind == kind && strcmp(change->place, place) == 0 &&
		    plan_is_same(change->name, name))
			return change;
	return NULL;
}

bool
ledger_is_ours(const struct change *old, const char *text)
{
	return plan_is_same(old->after, text) || (old->previous != NULL &&
	    plan_is_same(old->previous, text));
}

int
ledger_record(struct ledger *ledger, const struct change *change,
    char *why, size_t size)
{
	struct change *old, *new;
	bool goes_on;

	old = ledger_find(ledger, change->kind, change->place, change->name);
	/* A service that was stopped meanwhile is still enabled by setup. */
	goes_on = old != NULL && (change->kind == CHANGE_UNIT ||
	    ledger_is_ours(old, change->before));
	new = change_new(change->kind, change->place, change->name,
	    goes_on ? old->before : change->before, change->after);
	if (new == NULL || (goes_on && !set_previous(new, change->before))) {
		change_free(new);
		return fail(why, size, ledger->path, "out of memory");
	}
	if (old != NULL) {
		TAILQ_INSERT_BEFORE(old, new, entry);
		TAILQ_REMOVE(&ledger->changes, old, entry);
		change_free(old);
	} else
		TAILQ_INSERT_TAIL(&ledger->changes, new, entry);
	return save(ledger, why, size);
}

int
ledger_forget(struct ledger *ledger, const struct change *change,
    char *why, size_t size)
{
	struct change *old;

	old = ledger_find(ledger, change->kind, change->place, change->name);
	if (old == NULL)
		return 0;
	TAILQ_REMOVE(&ledger->changes, old, entry);
	change_free(old);
	return save(ledger, why, size);
}

int
ledger_set_due(struct ledger *ledger, unsigned int due, char *why,
    size_t size)
{
	if (ledger->due == due)
		return 0;
	ledger->due = due;
	return save(ledger, why, size);
}
