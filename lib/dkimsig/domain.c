/* SPDX-License-Identifier: ISC */

/*
 * Domain names: RFC 5321 section 2.3.5, RFC 5890 to 5893, RFC 8616.
 *
 * A name is processed label by label, split at ASCII dots only: the other dots
 * of Unicode (U+3002 and the like) are not allowed in a label and are refused.
 * A label in ASCII is checked and converted to lower case here.  A label in
 * UTF-8, or one that begins with "xn--", is checked by the registration rules
 * of libidn2, which are the strict ones of IDNA2008: nothing is mapped, and an
 * A-label must result from its own U-label.  So two names that look up the same
 * key have the same form, and a name without such a form is not a domain name.
 *
 * ASCII letters in a U-label may be capitals, as in any domain name; no other
 * letters are converted to lower case.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <idn2.h>

#include "dkimsig/dkimsig.h"
#include "dkimsig/domain.h"
#include "dkimsig/internal.h"
#include "dkimsig/utf8.h"

#define LABEL_MAX	63	/* octets, RFC 1034 section 3.1 */

/* An A-label has at least one octet for each character of its U-label. */
#define ULABEL_MAX	(LABEL_MAX * 4)

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_let_dig(char c)
{
	return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

static bool
is_ascii(struct view v)
{
	size_t i;

	for (i = 0; i < v.len; i++)
		if ((unsigned char)v.ptr[i] > 0x7f)
			return false;
	return true;
}

static bool
is_utf8(struct view v)
{
	size_t n;

	while (v.len > 0) {
		if ((n = utf8_length(v.ptr, v.len)) == 0)
			return false;
		v.ptr += n;
		v.len -= n;
	}
	return true;
}

/*
 * sub-domain of RFC 5321: letters, digits and hyphens, with no hyphen first or
 * last.  "--" in third and fourth place is allowed, because names like
 * r3---sn-abc.example are in use; only "xn--" has a special meaning.
 */
static bool
is_ldh_label(struct view label, unsigned int flags)
{
	size_t i;

	if (label.len == 0 || label.len > LABEL_MAX)
		return false;
	for (i = 0; i < label.len; i++) {
		if (is_let_dig(label.ptr[i]))
			continue;
		if (label.ptr[i] == '_' && (flags & DOMAIN_UNDERSCORE) != 0)
			continue;
		if (label.ptr[i] != '-' || i == 0 || i == label.len - 1)
			return false;
	}
	return true;
}

static bool
claims_alabel(struct view label)
{
	return label.len >= 4 && view_equal_nocase(view_of(label.ptr, 4),
	    view_str("xn--"));
}

/* Create or check the A-label of a label in lower case, by libidn2. */
static int
register_label(const char *label, bool is_alabel, char *out, size_t outsize)
{
	const uint8_t *in = (const uint8_t *)label;
	uint8_t *alabel = NULL;
	int error, r = 0;

	error = idn2_register_u8(is_alabel ? NULL : in, is_alabel ? in : NULL,
	    &alabel, 0);
	if (error != IDN2_OK)
		return error == IDN2_MALLOC ? DKIMSIG_E_NOMEM :
		    DKIMSIG_E_DOMAIN;

	/* If characters were dropped, two names would become one. */
	if (is_alabel && strcmp((const char *)alabel, label) != 0)
		r = DKIMSIG_E_DOMAIN;
	else if (strlcpy(out, (const char *)alabel, outsize) >= outsize)
		r = DKIMSIG_E_DOMAIN;
	idn2_free(alabel);
	return r;
}

/* Convert one label to an A-label or an LDH label in lower case. */
static int
normalize_label(struct view label, unsigned int flags,
    char out[LABEL_MAX + 1])
{
	char folded[ULABEL_MAX + 1];
	bool ascii = is_ascii(label);
	size_t i;
	int r;

	if (label.len > ULABEL_MAX || !is_utf8(label))
		return DKIMSIG_E_DOMAIN;
	if (ascii && !is_ldh_label(label, flags))
		return DKIMSIG_E_DOMAIN;

	for (i = 0; i < label.len; i++)
		folded[i] = lower(label.ptr[i]);
	folded[i] = '\0';

	if (ascii && !claims_alabel(label)) {
		memcpy(out, folded, label.len + 1);
		return 0;
	}
	/* NUL is valid UTF-8, but ends the text for libidn2. */
	if (memchr(folded, '\0', label.len) != NULL)
		return DKIMSIG_E_DOMAIN;
	if ((r = register_label(folded, ascii, out, LABEL_MAX + 1)) != 0)
		return r;
	return is_ldh_label(view_str(out), 0) ? 0 : DKIMSIG_E_DOMAIN;
}

/* Take the first label and the dot after it off a name. */
static struct view
next_label(struct view *name, bool *more)
{
	const char *dot = memchr(name->ptr, '.', name->len);
	struct view label = *name;

	*more = dot != NULL;
	if (dot != NULL) {
		label.len = (size_t)(dot - name->ptr);
		name->ptr = dot + 1;
		name->len -= label.len + 1;
	}
	return label;
}

static bool
is_all_digits(const char *label)
{
	while (is_digit(*label))
		label++;
	return *label == '\0';
}

int
domain_normalize(const char *domain, size_t domainlen, unsigned int flags,
    char *buf, size_t bufsize)
{
	struct view rest = view_of(domain, domainlen), view;
	char name[DKIMSIG_DOMAIN_SIZE], label[LABEL_MAX + 1];
	size_t len = 0, nlabels = 0, labellen;
	bool more = true;
	int r;

	if (bufsize > 0)
		buf[0] = '\0';
	/* Remove the final dot. */
	if (rest.len > 1 && rest.ptr[rest.len - 1] == '.')
		rest.len--;
	if (rest.len == 0)
		return DKIMSIG_E_DOMAIN;

	while (more) {
		view = next_label(&rest, &more);
		if ((r = normalize_label(view, flags, label)) != 0)
			return r;
		labellen = strlen(label);
		if (labellen + 1 > sizeof(name) - len - (more ? 1 : 0))
			return DKIMSIG_E_DOMAIN;
		memcpy(name + len, label, labellen);
		len += labellen;
		if (more)
			name[len++] = '.';
		nlabels++;
	}
	name[len] = '\0';

	if (nlabels < 2 && (flags & DOMAIN_ONE_LABEL) == 0)
		return DKIMSIG_E_DOMAIN;
	/*
	 * A top-level domain is alphabetic (RFC 1123 section 2.1); 192.0.2.1
	 * is an address.
	 */
	if (is_all_digits(label) && (flags & DOMAIN_ONE_LABEL) == 0)
		return DKIMSIG_E_DOMAIN;
	if (len >= bufsize)
		return DKIMSIG_E_NOSPACE;
	memcpy(buf, name, len + 1);
	return 0;
}

int
domain_key_name(const char *selector, const char *sdid, char *buf,
    size_t bufsize)
{
	int len;

	len = snprintf(buf, bufsize, "%s._domainkey.%s", selector, sdid);
	if (len < 0 || len > DKIMSIG_MAX_DOMAIN)
		return DKIMSIG_E_DOMAIN;
	return (size_t)len < bufsize ? 0 : DKIMSIG_E_NOSPACE;
}

DKIMSIG_API int
dkimsig_domain_normalize(const char *domain, size_t domainlen, char *buf,
    size_t bufsize)
{
	return domain_normalize(domain, domainlen, 0, buf, bufsize);
}

DKIMSIG_API bool
dkimsig_domain_equal(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

DKIMSIG_API bool
dkimsig_domain_is_below(const char *domain, const char *parent)
{
	size_t len = strlen(domain), parentlen = strlen(parent);

	/* Longer by at least a label of one octet and a dot. */
	return parentlen > 0 && len > parentlen + 1 &&
	    domain[len - parentlen - 1] == '.' &&
	    strcmp(domain + len - parentlen, parent) == 0;
}

DKIMSIG_API bool
dkimsig_selector_is_valid(const char *selector)
{
	struct view rest = view_str(selector);
	bool more = true;

	if (rest.len > LABEL_MAX)
		return false;
	while (more)
		if (!is_ldh_label(next_label(&rest, &more), 0))
			return false;
	return true;
}
