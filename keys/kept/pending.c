/* SPDX-License-Identifier: ISC */

/*
 * Keys that must not sign here, as a list and as a file: see pending.h, and
 * pending_state.c for what becomes of a state.
 *
 * Fails only for want of memory, or with KS_E_DAMAGED, naming the line.
 */

#include "kept/pending.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memstream.h"

#define FILE_NAME	"pending"
#define FIRST_LINE	"countersign-fleet-pending 1"

void
fleet_pending_finish(struct fleet_pending *pending)
{
	while (pending->n > 0)
		free(pending->list[--pending->n].domain);
	free(pending->list);
	memset(pending, 0, sizeof(*pending));
}

/* -- The list ------------------------------------------------------------- */

bool
fleet_pending_find(const struct fleet_pending *pending, const char *domain,
    const char *selector, size_t *i)
{
	size_t low = 0, high = pending->n, middle;
	int r;

	while (low < high) {
		middle = low + (high - low) / 2;
		r = strcmp(pending->list[middle].domain, domain);
		if (r == 0)
			r = strcmp(pending->list[middle].selector, selector);
		if (r == 0) {
			*i = middle;
			return true;
		}
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*i = low;
	return false;
}

static int
make_room(struct fleet_pending *pending)
{
	const size_t size = pending->size == 0 ? 16 : pending->size * 2;
	struct fleet_pending_key *list;

	if (pending->n < pending->size)
		return 0;
	list = reallocarray(pending->list, size, sizeof(*list));
	if (list == NULL)
		return KS_E_NOMEM;
	pending->list = list;
	pending->size = size;
	return 0;
}

/* Octets of a line at most, with the longest time. */
static size_t
line_len(const char *domain, const char *selector)
{
	return strlen(domain) + strlen(selector) + sizeof("mark   ") + 20;
}

/* Count a key and its lines, or no longer. */
static void
count(struct fleet_pending *pending, const struct fleet_pending_key *key,
    bool is_there)
{
	const size_t len = line_len(key->domain, key->selector);

	if (key->is_here)
		pending->len += is_there ? len : -len;
	if (!key->is_mark)
		return;
	pending->nmarks += is_there ? 1 : (size_t)-1;
	pending->markslen += is_there ? len : -len;
	pending->len += is_there ? len : -len;
}

static int
put(struct fleet_pending *pending, size_t i, const char *domain,
    const char *selector, int64_t at, bool is_mark)
{
	struct fleet_pending_key *key;
	int r;

	if ((r = make_room(pending)) != 0)
		return r;
	key = &pending->list[i];
	memmove(key + 1, key, (pending->n - i) * sizeof(*key));
	memset(key, 0, sizeof(*key));
	if ((key->domain = strdup(domain)) == NULL) {
		memmove(key, key + 1, (pending->n - i) * sizeof(*key));
		return KS_E_NOMEM;
	}
	(void)strlcpy(key->selector, selector, sizeof(key->selector));
	key->at = at;
	key->is_mark = is_mark;
	key->is_here = !is_mark;
	pending->n++;
	count(pending, key, true);
	return 0;
}

/* Add a key, or a line to it, without a limit.  Returns 0 or KS_E_NOMEM. */
static int
enter(struct fleet_pending *pending, const char *domain,
    const char *selector, int64_t at, bool is_mark)
{
	struct fleet_pending_key *key;
	size_t i;

	if (!fleet_pending_find(pending, domain, selector, &i))
		return put(pending, i, domain, selector, at, is_mark);
	key = &pending->list[i];
	count(pending, key, false);
	key->is_mark |= is_mark;
	key->is_here |= !is_mark;
	if (at < key->at)
		key->at = at;
	count(pending, key, true);
	return 0;
}

/* Whether another one of that kind may come. */
static bool
has_room(const struct fleet_pending *pending, size_t len, bool is_mark)
{
	const size_t n = is_mark ? pending->nmarks :
	    pending->n - pending->nmarks;
	const size_t used = is_mark ? pending->markslen :
	    pending->len - pending->markslen;

	/* 1.0.0 may have written more of one kind. */
	return n < FLEET_MAX_PENDING &&
	    used + len <= FLEET_MAX_PENDING_TEXT &&
	    pending->len + len <= 2 * FLEET_MAX_PENDING_TEXT;
}

int
fleet_pending_add(struct fleet_pending *pending, const char *domain,
    const char *selector, int64_t at, bool is_mark, struct ks_error *error)
{
	size_t i;

	if ((!fleet_pending_find(pending, domain, selector, &i) ||
	    !(is_mark ? pending->list[i].is_mark :
	    pending->list[i].is_here)) && !has_room(pending,
	    line_len(domain, selector), is_mark)) {
		(void)snprintf(error->text, sizeof(error->text), "%s/%s is "
		    "full: it already has %zu %s", KS_FLEET_FOLDER, FILE_NAME,
		    is_mark ? pending->nmarks : pending->n - pending->nmarks,
		    is_mark ? "marks of compromised keys" :
		    "keys that DNS shows as revoked");
		return KS_E_ARG;
	}
	return enter(pending, domain, selector, at, is_mark) == 0 ? 0 :
	    fleet_fail(error, KS_E_NOMEM, "out of memory");
}

int
fleet_pending_copy(struct fleet_pending *pending,
    const struct fleet_pending_key *key, struct ks_error *error)
{
	int r = 0;

	if (key->is_mark)
		r = fleet_pending_add(pending, key->domain, key->selector,
		    key->at, true, error);
	if (r == 0 && key->is_here)
		r = fleet_pending_add(pending, key->domain, key->selector,
		    key->at, false, error);
	return r;
}

bool
fleet_pending_show(struct fleet_pending *pending, const char *domain,
    const char *selector)
{
	struct fleet_pending_key *key;
	size_t i;

	if (!fleet_pending_find(pending, domain, selector, &i) ||
	    !pending->list[i].is_here)
		return false;
	key = &pending->list[i];
	if (!key->is_mark) {
		fleet_pending_remove(pending, i);
		return true;
	}
	count(pending, key, false);
	key->is_here = false;
	count(pending, key, true);
	return true;
}

void
fleet_pending_remove(struct fleet_pending *pending, size_t i)
{
	count(pending, &pending->list[i], false);
	free(pending->list[i].domain);
	pending->n--;
	memmove(&pending->list[i], &pending->list[i + 1],
	    (pending->n - i) * sizeof(*pending->list));
}

bool
fleet_pending_has_marks(const struct fleet_pending *pending)
{
	return pending->nmarks > 0;
}

/* -- The file ------------------------------------------------------------- */

/* DOMAIN SELECTOR AT */
static bool
take_line(struct fleet_pending *pending, const char *value, size_t len,
    bool is_mark, int *r)
{
	char text[DKIMSIG_DOMAIN_SIZE + KS_SELECTOR_SIZE + 32], *rest = text;
	char domain[DKIMSIG_DOMAIN_SIZE], *name, *selector;
	int64_t at;

	if (len >= sizeof(text))
		return false;
	memcpy(text, value, len);
	text[len] = '\0';
	name = strsep(&rest, " ");
	selector = rest == NULL ? NULL : strsep(&rest, " ");
	if (selector == NULL || rest == NULL ||
	    dkimsig_domain_normalize(name, strlen(name), domain,
	    sizeof(domain)) != 0 || strcmp(domain, name) != 0 ||
	    !ks_selector_is_normal(selector) ||
	    !fleet_number_parse(rest, strlen(rest), 0, &at))
		return false;
	*r = enter(pending, domain, selector, at, is_mark);
	return true;
}

static int
read_keys(struct fleet_lines *lines, struct fleet_pending *pending)
{
	const char *value;
	bool is_mark;
	size_t len;
	int r = 0;

	for (;;) {
		is_mark = fleet_lines_is_next(lines, "mark");
		if (!is_mark && !fleet_lines_is_next(lines, "here"))
			return 0;
		fleet_lines_value(lines, is_mark ? "mark" : "here", &value,
		    &len);
		if (!take_line(pending, value, len, is_mark, &r)) {
			fleet_lines_fail(lines, "is not the line of a key");
			return 0;
		}
		if (r != 0)
			return r;
	}
}

int
fleet_pending_read(struct keystore *ks, struct fleet_pending *pending,
    struct ks_error *error)
{
	struct fleet_lines lines;
	struct ks_error why;
	size_t len;
	char *text;
	int r;

	memset(pending, 0, sizeof(*pending));
	if ((r = ks_fleet_read(ks, FILE_NAME, &text, &len, error)) != 0)
		return r == KS_E_NOKEY ? 0 : r;
	fleet_lines_init(&lines, text, len);
	fleet_lines_expect(&lines, FIRST_LINE);
	if ((r = read_keys(&lines, pending)) != 0)
		r = fleet_fail(error, r, "out of memory");
	else if (!fleet_lines_end(&lines, &why)) {
		(void)snprintf(error->text, sizeof(error->text), "%s/%s: "
		    "%.500s: it has marks of compromised keys that the "
		    "database may not have: repair it, or move it away, and "
		    "then run '%s compromise' again for each key in it that "
		    "is marked", KS_FLEET_FOLDER, FILE_NAME, why.text,
		    ks_command(ks));
		r = KS_E_DAMAGED;
	}
	ks_fleet_free(text, len);
	if (r != 0)
		fleet_pending_finish(pending);
	return r;
}

void
fleet_pending_close(struct fleet_pending_file *file)
{
	fleet_pending_finish(&file->pending);
	if (file->was_read && file->fd != -1)
		(void)close(file->fd);
	file->was_read = false;
}

int
fleet_pending_renew(struct keystore *ks, struct fleet_pending_file *file,
    struct ks_error *error)
{
	int r;

	if (file->was_read && ks_fleet_is_held(ks, FILE_NAME, file->fd))
		return 0;
	fleet_pending_close(file);
	/* If it is replaced before it is read, it is read once more. */
	r = ks_fleet_hold(ks, FILE_NAME, &file->fd, error);
	if (r != 0 && r != KS_E_NOKEY)
		return r;
	file->was_read = true;
	if ((r = fleet_pending_read(ks, &file->pending, error)) != 0)
		fleet_pending_close(file);
	return r;
}

/* The lines of a key. */
static bool
print_key(FILE *fp, const struct fleet_pending_key *key)
{
	static const char line[] = "%s %s %s %lld\n";

	return (!key->is_mark || fprintf(fp, line, "mark", key->domain,
	    key->selector, (long long)key->at) > 0) &&
	    (!key->is_here || fprintf(fp, line, "here", key->domain,
	    key->selector, (long long)key->at) > 0);
}

int
fleet_pending_write(struct keystore *ks, const struct fleet_pending *pending,
    struct ks_error *error)
{
	char *text = NULL;
	size_t i, len = 0;
	bool is_good;
	FILE *fp;
	int r;

	if ((fp = memstream_open(&text, &len)) == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	is_good = fputs(FIRST_LINE "\n", fp) != EOF;
	for (i = 0; i < pending->n && is_good; i++)
		is_good = print_key(fp, &pending->list[i]);
	if (!memstream_close(fp, &text) || !is_good)
		r = fleet_fail(error, KS_E_NOMEM, "out of memory");
	else
		r = ks_fleet_write(ks, FILE_NAME, false, text, len, error);
	free(text);
	return r;
}
