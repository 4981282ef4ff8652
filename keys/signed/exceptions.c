/* SPDX-License-Identifier: ISC */

/*
 * Exceptions: see exceptions.h.
 *
 * There are few, or, if the disk is full or the key of an epoch is missing, as
 * many as keys; and whoever writes into the database decides how many.  So each
 * is found, added and removed in a tree.  A text of another host is read as
 * strictly as all that a host signs: it has only the form in which it is
 * printed.
 */

#include "signed/exceptions.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memstream.h"
#include "signed/sign.h"
#include "store/fleet_file.h"

#define FILE_NAME	"exceptions"
#define FIRST_LINE	"countersign-fleet-exceptions 1\n"
#define ALL		"-"	/* in place of a selector */

static int
compare(const struct fleet_exception *a, const struct fleet_exception *b)
{
	const int order = strcmp(a->domain, b->domain);

	return order != 0 ? order : strcmp(a->selector, b->selector);
}

RB_PROTOTYPE(fleet_exception_tree, fleet_exception, by_key, compare)
RB_GENERATE(fleet_exception_tree, fleet_exception, by_key, compare)

static void
drop(struct fleet_exceptions *exceptions, struct fleet_exception *one)
{
	RB_REMOVE(fleet_exception_tree, &exceptions->tree, one);
	exceptions->n--;
	free(one->domain);
	free(one);
}

void
fleet_exceptions_finish(struct fleet_exceptions *exceptions)
{
	struct fleet_exception *one;

	while ((one = RB_ROOT(&exceptions->tree)) != NULL)
		drop(exceptions, one);
	memset(exceptions, 0, sizeof(*exceptions));
}

/* The first one that is not before these; or NULL. */
static struct fleet_exception *
find_from(const struct fleet_exceptions *exceptions, const char *domain,
    const char *selector)
{
	struct fleet_exception_tree tree = exceptions->tree;
	struct fleet_exception key;

	key.domain = (char *)(uintptr_t)domain;
	(void)strlcpy(key.selector, selector, sizeof(key.selector));
	return RB_NFIND(fleet_exception_tree, &tree, &key);
}

static bool
is_of(const struct fleet_exception *one, const char *domain,
    const char *selector)
{
	return one != NULL && strcmp(one->domain, domain) == 0 &&
	    (selector == NULL || strcmp(one->selector, selector) == 0);
}

/* Copy a reason, as a line can have it. */
static void
copy_why(char why[FLEET_WHY_SIZE], const char *text)
{
	size_t i;

	for (i = 0; i < FLEET_WHY_SIZE - 1 && text[i] != '\0'; i++)
		why[i] = text[i] < ' ' || text[i] > '~' ? '?' : text[i];
	why[i] = '\0';
	if (i == 0)
		(void)strlcpy(why, "?", FLEET_WHY_SIZE);
}

static bool
is_domain(const char *domain)
{
	char normal[DKIMSIG_DOMAIN_SIZE];

	return dkimsig_domain_normalize(domain, strlen(domain), normal,
	    sizeof(normal)) == 0 && strcmp(domain, normal) == 0;
}

static bool
is_selector(const char *selector)
{
	return strcmp(selector, ALL) == 0 || ks_selector_is_normal(selector);
}

/* A new one, with neither number nor reason; or NULL. */
static struct fleet_exception *
insert(struct fleet_exceptions *exceptions, const char *domain,
    const char *selector)
{
	struct fleet_exception *one;

	if ((one = calloc(1, sizeof(*one))) == NULL)
		return NULL;
	if ((one->domain = strdup(domain)) == NULL) {
		free(one);
		return NULL;
	}
	(void)strlcpy(one->selector, selector, sizeof(one->selector));
	(void)RB_INSERT(fleet_exception_tree, &exceptions->tree, one);
	exceptions->n++;
	return one;
}

int
fleet_exceptions_add(struct fleet_exceptions *exceptions, const char *domain,
    const char *selector, int64_t change, const char *why)
{
	struct fleet_exception *one;

	if (!is_domain(domain) || !is_selector(selector))
		return 0;
	one = find_from(exceptions, domain, selector);
	if (!is_of(one, domain, selector)) {
		if (exceptions->n == FLEET_MAX_EXCEPTIONS) {
			exceptions->is_full = true;
			return 0;
		}
		if ((one = insert(exceptions, domain, selector)) == NULL)
			return KS_E_NOMEM;
	}
	one->change = change < 0 || change >= FLEET_MAX_NUMBER ? 0 : change;
	one->round = exceptions->round;
	copy_why(one->why, why);
	return 0;
}

bool
fleet_exceptions_forget(struct fleet_exceptions *exceptions,
    const char *domain)
{
	struct fleet_exception *one, *next;

	one = find_from(exceptions, domain, "");
	if (!is_of(one, domain, NULL))
		return false;
	for (; is_of(one, domain, NULL); one = next) {
		next = RB_NEXT(fleet_exception_tree, &exceptions->tree, one);
		drop(exceptions, one);
	}
	return true;
}

const struct fleet_exception *
fleet_exceptions_find(const struct fleet_exceptions *exceptions,
    const char *domain, const char *selector)
{
	const struct fleet_exception *one;

	one = find_from(exceptions, domain, ALL);
	if (is_of(one, domain, ALL))
		return one;
	one = find_from(exceptions, domain, selector);
	return is_of(one, domain, selector) ? one : NULL;
}

const struct fleet_exception *
fleet_exceptions_after(const struct fleet_exceptions *exceptions,
    const char *domain)
{
	/* No selector has such an octet. */
	return find_from(exceptions, domain, "\x7f");
}

int
fleet_exceptions_print(const struct fleet_exceptions *exceptions, char **text,
    size_t *len, struct ks_error *error)
{
	struct fleet_exception_tree tree = exceptions->tree;
	struct fleet_exception *one;
	bool is_good = true;
	FILE *fp;

	*text = NULL;
	*len = 0;
	if ((fp = memstream_open(text, len)) == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	RB_FOREACH(one, fleet_exception_tree, &tree)
		if (is_good)
			is_good = fprintf(fp, "%s %s %lld %s\n", one->domain,
			    one->selector, (long long)one->change,
			    one->why) > 0;
	if (!memstream_close(fp, text) || !is_good) {
		free(*text);
		*text = NULL;
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	}
	if (*len <= FLEET_MAX_EXCEPTIONS_TEXT && !exceptions->is_full)
		return 0;
	free(*text);
	*text = NULL;
	return fleet_fail(error, KS_E_ARG, "too many keys cannot be used "
	    "here");
}

/* -- Reading -------------------------------------------------------------- */

/* The next field of a line, which ends at a blank, or at the end. */
static size_t
field(const char **text, size_t *left, const char **value, bool is_last)
{
	const char *end = is_last ? NULL : memchr(*text, ' ', *left);
	const size_t len = end == NULL ? *left : (size_t)(end - *text);

	*value = *text;
	*text += end == NULL ? len : len + 1;
	*left -= end == NULL ? len : len + 1;
	return len;
}

static bool
take_text(const char *value, size_t len, char *copy, size_t size)
{
	size_t i;

	if (len == 0 || len >= size)
		return false;
	for (i = 0; i < len; i++)
		if (value[i] < ' ' || value[i] > '~')
			return false;
	memcpy(copy, value, len);
	copy[len] = '\0';
	return true;
}

static int
take_line(struct fleet_exceptions *exceptions, const char *line, size_t len)
{
	char domain[DKIMSIG_DOMAIN_SIZE], selector[KS_SELECTOR_SIZE];
	char why[FLEET_WHY_SIZE];
	const char *value;
	int64_t change;
	size_t n;

	n = field(&line, &len, &value, false);
	if (!take_text(value, n, domain, sizeof(domain)) ||
	    !is_domain(domain))
		return KS_E_DAMAGED;
	n = field(&line, &len, &value, false);
	if (!take_text(value, n, selector, sizeof(selector)) ||
	    !is_selector(selector))
		return KS_E_DAMAGED;
	n = field(&line, &len, &value, false);
	if (!fleet_number_parse(value, n, 0, &change))
		return KS_E_DAMAGED;
	n = field(&line, &len, &value, true);
	if (!take_text(value, n, why, sizeof(why)) ||
	    exceptions->n == FLEET_MAX_EXCEPTIONS ||
	    /* Sorted, and each once. */
	    find_from(exceptions, domain, selector) != NULL)
		return KS_E_DAMAGED;
	return fleet_exceptions_add(exceptions, domain, selector, change, why);
}

int
fleet_exceptions_parse(struct fleet_exceptions *exceptions, const void *text,
    size_t len, struct ks_error *error)
{
	const char *p = text, *end;
	size_t number = 0;
	int r = 0;

	memset(exceptions, 0, sizeof(*exceptions));
	if (len > FLEET_MAX_EXCEPTIONS_TEXT)
		return fleet_fail(error, KS_E_DAMAGED, "too many exceptions");
	while (len > 0 && r == 0) {
		number++;
		end = memchr(p, '\n', len);
		r = end == NULL ? KS_E_DAMAGED : take_line(exceptions, p,
		    (size_t)(end - p));
		if (r != 0)
			break;
		len -= (size_t)(end + 1 - p);
		p = end + 1;
	}
	if (r == 0)
		return 0;
	fleet_exceptions_finish(exceptions);
	if (r == KS_E_NOMEM)
		return fleet_fail(error, r, "out of memory");
	if (error != NULL)
		(void)snprintf(error->text, sizeof(error->text), "line %zu is "
		    "not an exception that follows the one before", number);
	return r;
}

/* -- The file ------------------------------------------------------------- */

int
fleet_exceptions_read(struct keystore *ks, struct fleet_exceptions *exceptions,
    struct ks_error *error)
{
	const size_t first = strlen(FIRST_LINE);
	struct ks_error why;
	size_t len;
	char *text;
	int r;

	memset(exceptions, 0, sizeof(*exceptions));
	if ((r = ks_fleet_read(ks, FILE_NAME, &text, &len, error)) != 0)
		return r == KS_E_NOKEY ? 0 : r;
	if (len < first || memcmp(text, FIRST_LINE, first) != 0)
		r = fleet_fail(&why, KS_E_DAMAGED, "not such a file");
	else
		r = fleet_exceptions_parse(exceptions, text + first,
		    len - first, &why);
	ks_fleet_free(text, len);
	if (r != 0 && error != NULL)
		(void)snprintf(error->text, sizeof(error->text), "%s/%s: "
		    "%.500s: remove this file and .fleet/marks, and enter the "
		    "fleet again as if the marks were lost: see fleet init in "
		    "countersign-key(8)", KS_FLEET_FOLDER, FILE_NAME,
		    why.text);
	return r;
}

int
fleet_exceptions_write(struct keystore *ks,
    struct fleet_exceptions *exceptions, struct ks_error *error)
{
	char digest[FLEET_HEX_SIZE], *lines, *text = NULL;
	size_t len;
	int n, r;

	if ((r = fleet_exceptions_print(exceptions, &lines, &len, error)) != 0)
		return r;
	n = asprintf(&text, FIRST_LINE "%s", lines);
	free(lines);
	if (n == -1)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	if (fleet_digest(text, (size_t)n, digest) != 0)
		r = fleet_fail(error, KS_E_CRYPTO, "SHA-256 is unavailable");
	else if (strcmp(digest, exceptions->written) != 0)
		r = ks_fleet_write(ks, FILE_NAME, false, text, (size_t)n,
		    error);
	free(text);
	if (r == 0)
		(void)strlcpy(exceptions->written, digest,
		    sizeof(exceptions->written));
	return r;
}
