/* SPDX-License-Identifier: ISC */

/*
 * Read DMARC policy records, RFC 7489 section 6.3, with the tags that RFC 9989
 * added (psd=, t=): a tag-list like that of DKIM, which must begin with
 * "v=DMARC1" in capitals.  Also finds the names of the tree walk.
 *
 * Text that is not a DMARC record is refused.  Tags that receivers ignore are
 * ignored.  Nothing is allocated.
 */

#include "advice/dmarc_record.h"

#include <string.h>
#include <strings.h>

#include "text/text.h"

#define WALK_LABELS	7	/* of parents of a long name */

struct span {
	const char	*ptr;
	size_t		 len;
};

static struct span
trim(struct span span)
{
	span.ptr = text_trim(span.ptr, &span.len);
	return span;
}

static bool
is_word(struct span span, const char *word)
{
	return span.len == strlen(word) &&
	    strncasecmp(span.ptr, word, span.len) == 0;
}

/*
 * Take the next tag from text; false at the end.  Without "=", name and value
 * are empty.
 */
static bool
next_tag(const char **text, struct span *name, struct span *value)
{
	const char *equals;
	struct span tag;

	if (**text == '\0')
		return false;
	tag.ptr = *text;
	tag.len = strcspn(tag.ptr, ";");
	*text += tag.len + (tag.ptr[tag.len] == ';');
	if ((equals = memchr(tag.ptr, '=', tag.len)) == NULL) {
		*name = *value = (struct span){ "", 0 };
		return true;
	}
	*name = trim((struct span){ tag.ptr, (size_t)(equals - tag.ptr) });
	*value = trim((struct span){ equals + 1,
	    tag.len - (size_t)(equals + 1 - tag.ptr) });
	return true;
}

static enum dmarc_policy
read_policy(struct span value)
{
	if (is_word(value, "none"))
		return DMARC_NONE;
	if (is_word(value, "quarantine"))
		return DMARC_QUARANTINE;
	return is_word(value, "reject") ? DMARC_REJECT : DMARC_NO_POLICY;
}

static unsigned int
read_percent(struct span value)
{
	unsigned int percent = 0;
	size_t i;

	if (value.len == 0 || value.len > 3)
		return 100;
	for (i = 0; i < value.len; i++) {
		if (value.ptr[i] < '0' || value.ptr[i] > '9')
			return 100;
		percent = percent * 10 + (unsigned int)(value.ptr[i] - '0');
	}
	return percent > 100 ? 100 : percent;
}

static void
read_tag(struct dmarc_record *record, struct span name, struct span value)
{
	if (is_word(name, "p"))
		record->policy = read_policy(value);
	else if (is_word(name, "sp"))
		record->subdomains = read_policy(value);
	else if (is_word(name, "psd"))
		record->psd = is_word(value, "y") ? DMARC_PSD_YES :
		    is_word(value, "n") ? DMARC_PSD_NO : DMARC_PSD_UNKNOWN;
	else if (is_word(name, "pct"))
		record->percent = read_percent(value);
	else if (is_word(name, "adkim"))
		record->strict_dkim = is_word(value, "s");
	else if (is_word(name, "t"))
		record->testing = is_word(value, "y");
	else if (is_word(name, "rua"))
		record->has_reports = value.len > 0;
}

bool
dmarc_parse(const char *txt, struct dmarc_record *record)
{
	struct span name, value;

	memset(record, 0, sizeof(*record));
	record->percent = 100;
	if (!next_tag(&txt, &name, &value) || !is_word(name, "v") ||
	    value.len != strlen("DMARC1") ||
	    memcmp(value.ptr, "DMARC1", value.len) != 0)
		return false;
	while (next_tag(&txt, &name, &value))
		read_tag(record, name, value);
	return true;
}

const char *
dmarc_policy_name(enum dmarc_policy policy)
{
	switch (policy) {
	case DMARC_NONE:
		return "none";
	case DMARC_QUARANTINE:
		return "quarantine";
	case DMARC_REJECT:
		return "reject";
	case DMARC_NO_POLICY:
	default:
		return "(no policy)";
	}
}

static size_t
count_labels(const char *domain)
{
	size_t n = 1;

	for (; *domain != '\0'; domain++)
		n += *domain == '.';
	return n;
}

const char *
dmarc_walk_next(const char *domain, bool is_first)
{
	size_t nlabels = count_labels(domain);
	const char *dot;

	do {
		if ((dot = strchr(domain, '.')) == NULL)
			return NULL;
		domain = dot + 1;
		nlabels--;
	} while (is_first && nlabels > WALK_LABELS);
	return domain;
}
