/* SPDX-License-Identifier: ISC */

/*
 * Exceptions: see exceptions.h.
 *
 * A sorted list; there are few, or, if the disk is full or the key of an epoch
 * is missing, as many as keys.  A text of another host is read as strictly as
 * all that a host signs: it has only the form in which it is printed.
 */

#include "signed/exceptions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memstream.h"
#include "signed/sign.h"
#include "store/fleet_file.h"

#define FILE_NAME	"exceptions"
#define FIRST_LINE	"countersign-fleet-exceptions 1\n"
#define MIN_SIZE	16
#define ALL		"-"	/* in place of a selector */

void
fleet_exceptions_finish(struct fleet_exceptions *exceptions)
{
	size_t i;

	for (i = 0; i < exceptions->n; i++)
		free(exceptions->list[i].domain);
	free(exceptions->list);
	memset(exceptions, 0, sizeof(*exceptions));
}

/* The place of the first one that is not before these. */
static size_t
find_place(const struct fleet_exceptions *exceptions, const char *domain,
    const char *selector)
{
	size_t low = 0, high = exceptions->n, middle;
	const struct fleet_exception *one;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		one = &exceptions->list[middle];
		if ((order = strcmp(one->domain, domain)) == 0)
			order = strcmp(one->selector, selector);
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_at(const struct fleet_exceptions *exceptions, size_t i, const char *domain,
    const char *selector)
{
	return i < exceptions->n &&
	    strcmp(exceptions->list[i].domain, domain) == 0 &&
	    (selector == NULL ||
	    strcmp(exceptions->list[i].selector, selector) == 0);
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

static int
grow(struct fleet_exceptions *exceptions)
{
	const size_t size = exceptions->size == 0 ? MIN_SIZE :
	    exceptions->size * 2;
	struct fleet_exception *list;

	if (exceptions->n < exceptions->size)
		return 0;
	list = reallocarray(exceptions->list, size, sizeof(*list));
	if (list == NULL)
		return KS_E_NOMEM;
	exceptions->list = list;
	exceptions->size = size;
	return 0;
}

int
fleet_exceptions_add(struct fleet_exceptions *exceptions, const char *domain,
    const char *selector, int64_t change, const char *why)
{
	const size_t i = find_place(exceptions, domain, selector);
	struct fleet_exception *one;
	char *copy;

	if (!is_domain(domain) || !is_selector(selector))
		return 0;
	if (!is_at(exceptions, i, domain, selector)) {
		if (exceptions->n == FLEET_MAX_EXCEPTIONS) {
			exceptions->is_full = true;
			return 0;
		}
		if (grow(exceptions) != 0 || (copy = strdup(domain)) == NULL)
			return KS_E_NOMEM;
		one = &exceptions->list[i];
		memmove(one + 1, one, (exceptions->n - i) * sizeof(*one));
		memset(one, 0, sizeof(*one));
		one->domain = copy;
		(void)strlcpy(one->selector, selector, sizeof(one->selector));
		exceptions->n++;
	}
	exceptions->list[i].change = change < 0 ||
	    change >= FLEET_MAX_NUMBER ? 0 : change;
	exceptions->list[i].round = exceptions->round;
	copy_why(exceptions->list[i].why, why);
	return 0;
}

bool
fleet_exceptions_forget(struct fleet_exceptions *exceptions,
    const char *domain)
{
	const size_t i = find_place(exceptions, domain, "");
	struct fleet_exception *first;
	size_t n = 0;

	for (; is_at(exceptions, i + n, domain, NULL); n++)
		free(exceptions->list[i + n].domain);
	if (n == 0)
		return false;
	first = &exceptions->list[i];
	memmove(first, first + n, (exceptions->n - i - n) * sizeof(*first));
	exceptions->n -= n;
	return true;
}

bool
fleet_exceptions_have(const struct fleet_exceptions *exceptions,
    const char *domain, const char *selector)
{
	return is_at(exceptions, find_place(exceptions, domain, ALL), domain,
	    ALL) || is_at(exceptions, find_place(exceptions, domain,
	    selector), domain, selector);
}

const struct fleet_exception *
fleet_exceptions_after(const struct fleet_exceptions *exceptions,
    const char *domain)
{
	/* No selector has such an octet. */
	const size_t i = find_place(exceptions, domain, "\x7f");

	return i < exceptions->n ? &exceptions->list[i] : NULL;
}

int
fleet_exceptions_print(const struct fleet_exceptions *exceptions, char **text,
    size_t *len, struct ks_error *error)
{
	const struct fleet_exception *one;
	bool is_good = true;
	size_t i;
	FILE *fp;

	*text = NULL;
	*len = 0;
	if ((fp = open_memstream(text, len)) == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	for (i = 0; i < exceptions->n && is_good; i++) {
		one = &exceptions->list[i];
		is_good = fprintf(fp, "%s %s %lld %s\n", one->domain,
		    one->selector, (long long)one->change, one->why) > 0;
	}
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
	    find_place(exceptions, domain, selector) != exceptions->n)
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
