/* SPDX-License-Identifier: ISC */

/*
 * The lines of the protocol: see protocol.h.
 *
 * A table has the fields of each kind of line, and reading and writing both go
 * by it.  Each field has one form, so a line that can be read is written again
 * as it was.  Pure functions.
 */

#include "talk/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "store/rotator.h"

#define MAX_NUMBER	(INT64_C(1) << 62)
#define MAX_FIELDS	6
#define UNKNOWN_TIME	"?"
#define N(array)	(sizeof(array) / sizeof((array)[0]))

enum field {
	FIELD_NONE, FIELD_PROTOCOL, FIELD_NAME, FIELD_FLEET, FIELD_DIGEST,
	FIELD_VERSION, FIELD_EPOCH, FIELD_CHANGE, FIELD_CURSOR, FIELD_MEMBER,
	FIELD_REACHED, FIELD_DOMAIN, FIELD_SELECTOR, FIELD_TAKEN, FIELD_LAST,
	FIELD_RECORD, FIELD_ID, FIELD_MS, FIELD_OUTCOME, FIELD_TEXT
};

static const char *const field_names[] = {
	[FIELD_PROTOCOL] = "version of the protocol",
	[FIELD_NAME]	= "name of a host",
	[FIELD_FLEET]	= "fleet",
	[FIELD_DIGEST]	= "digest",
	[FIELD_VERSION]	= "version of the member list",
	[FIELD_EPOCH]	= "epoch",
	[FIELD_CHANGE]	= "change number",
	[FIELD_CURSOR]	= "cursor",
	[FIELD_MEMBER]	= "state of a host",
	[FIELD_REACHED]	= "state of the database",
	[FIELD_DOMAIN]	= "domain",
	[FIELD_SELECTOR] = "selector",
	[FIELD_TAKEN]	= "yes or no",
	[FIELD_LAST]	= "time",
	[FIELD_RECORD]	= "name of a record",
	[FIELD_ID]	= "number of an intent",
	[FIELD_MS]	= "number of milliseconds",
	[FIELD_OUTCOME]	= "word for what became of it",
	[FIELD_TEXT]	= "text"
};

static const struct {
	const char	*word;
	enum field	 fields[MAX_FIELDS + 1];	/* FIELD_NONE ends */
} kinds[] = {
	[TALK_HELLO]	= { "hello", { FIELD_PROTOCOL } },
	[TALK_INIT]	= { "init", { FIELD_DIGEST, FIELD_CHANGE } },
	[TALK_ADMIT]	= { "admit", { FIELD_NAME, FIELD_TEXT } },
	[TALK_EXPEL]	= { "expel", { FIELD_NAME } },
	[TALK_EXPOSURE]	= { "exposure", { FIELD_NONE } },
	[TALK_MARK]	= { "mark", { FIELD_DOMAIN, FIELD_SELECTOR } },
	[TALK_REVOKED]	= { "revoked", { FIELD_DOMAIN, FIELD_SELECTOR } },
	[TALK_SHOWN]	= { "shown", { FIELD_DOMAIN, FIELD_SELECTOR } },
	[TALK_RESTORE]	= { "restore", { FIELD_NONE } },
	[TALK_STATUS]	= { "status", { FIELD_NONE } },
	[TALK_KEYS]	= { "keys", { FIELD_DOMAIN } },
	[TALK_LEASE]	= { "lease", { FIELD_NONE } },
	[TALK_SETTLED]	= { "settled", { FIELD_ID } },
	[TALK_WAS]	= { "was", { FIELD_TEXT } },
	[TALK_WANTED]	= { "wanted", { FIELD_TEXT } },
	[TALK_BEGIN]	= { "begin", { FIELD_DOMAIN, FIELD_SELECTOR,
			    FIELD_RECORD, FIELD_MS } },
	[TALK_END]	= { "end", { FIELD_ID, FIELD_OUTCOME } },
	[TALK_LINE]	= { "line", { FIELD_TEXT } },
	[TALK_STATE]	= { "state", { FIELD_DOMAIN } },
	[TALK_DESTROY]	= { "destroy", { FIELD_DOMAIN, FIELD_SELECTOR } },
	[TALK_GONE]	= { "gone", { FIELD_DOMAIN } },
	[TALK_IMPORT]	= { "import", { FIELD_DOMAIN } },
	[TALK_LIST]	= { "list", { FIELD_DIGEST } },
	[TALK_WRAPS]	= { "wraps", { FIELD_NONE } },
	[TALK_IMPORTED]	= { "imported", { FIELD_NONE } },
	[TALK_RELEASE]	= { "release", { FIELD_NONE } },
	[TALK_READY]	= { "ready", { FIELD_NAME, FIELD_FLEET } },
	[TALK_FLEET]	= { "fleet", { FIELD_FLEET, FIELD_DIGEST,
			    FIELD_VERSION, FIELD_EPOCH, FIELD_CHANGE,
			    FIELD_CURSOR } },
	[TALK_DATABASE]	= { "database", { FIELD_REACHED, FIELD_TEXT } },
	[TALK_LATE]	= { "late", { FIELD_MS } },
	[TALK_HOST]	= { "host", { FIELD_NAME, FIELD_MEMBER,
			    FIELD_CHANGE, FIELD_TEXT } },
	[TALK_KEY]	= { "key", { FIELD_SELECTOR, FIELD_NAME, FIELD_TAKEN,
			    FIELD_LAST, FIELD_TEXT } },
	[TALK_EXPOSED]	= { "exposed", { FIELD_DOMAIN, FIELD_SELECTOR } },
	[TALK_RESIGNED]	= { "resigned", { FIELD_CHANGE } },
	[TALK_RESTORED]	= { "restored", { FIELD_CHANGE, FIELD_VERSION } },
	[TALK_MARKED]	= { "marked", { FIELD_TAKEN, FIELD_TEXT } },
	[TALK_ALARM]	= { "alarm", { FIELD_TEXT } },
	[TALK_LEASED]	= { "leased", { FIELD_MS } },
	[TALK_WAITS]	= { "waits", { FIELD_MS, FIELD_TEXT } },
	[TALK_HELD]	= { "held", { FIELD_NAME, FIELD_MS } },
	[TALK_INTENT]	= { "intent", { FIELD_ID, FIELD_DOMAIN,
			    FIELD_SELECTOR } },
	[TALK_BEGUN]	= { "begun", { FIELD_ID, FIELD_MS } },
	[TALK_TAKEN]	= { "taken", { FIELD_CHANGE } },
	[TALK_REFUSED]	= { "refused", { FIELD_TEXT } },
	[TALK_DONE]	= { "done", { FIELD_NONE } }
};

static const char *const members[] = { "admitted", "expelled", "waiting" };
static const char *const taken[] = { "yes", "no" };
static const char *const reached[] = { "used", "away", "refused" };
static const char *const outcomes[] = { "done", "unchanged", "later",
    "conflict", "failed" };

/* -- Reading -------------------------------------------------------------- */

/* Decimal without leading zeros. */
static bool
read_number(const char *text, int64_t *number)
{
	const char *reason;

	if (strspn(text, "0123456789") != strlen(text) ||
	    (text[0] == '0' && text[1] != '\0'))
		return false;
	*number = strtonum(text, 0, MAX_NUMBER - 1, &reason);
	return reason == NULL;
}

static bool
read_digest(const char *text, char digest[TALK_DIGEST_SIZE])
{
	const size_t len = strlen(text);

	if (strcmp(text, "-") != 0 && !hex_is(text, (TALK_DIGEST_SIZE - 1) / 2))
		return false;
	memcpy(digest, text, len + 1);
	return true;
}

static bool
read_word(const char *text, const char *const words[], size_t nwords,
    const char **word)
{
	size_t i;

	for (i = 0; i < nwords; i++)
		if (strcmp(text, words[i]) == 0) {
			*word = words[i];
			return true;
		}
	return false;
}

static bool
read_domain(const char *text, char domain[DKIMSIG_DOMAIN_SIZE])
{
	return dkimsig_domain_normalize(text, strlen(text), domain,
	    DKIMSIG_DOMAIN_SIZE) == 0 && strcmp(text, domain) == 0;
}

static bool
read_last(const char *text, int64_t *last)
{
	if (strcmp(text, "-") == 0)
		*last = KS_NEVER;
	else if (strcmp(text, UNKNOWN_TIME) == 0)
		*last = TALK_UNKNOWN;
	else
		return read_number(text, last);
	return true;
}

static bool
read_taken(const char *text, bool *is_taken)
{
	const char *word;

	if (!read_word(text, taken, N(taken), &word))
		return false;
	*is_taken = word == taken[0];
	return true;
}

/* A name in DNS, as in the database: any word that is not too long. */
static bool
read_record(const char *text, char record[DKIMSIG_DOMAIN_SIZE])
{
	return *text != '\0' &&
	    strlcpy(record, text, DKIMSIG_DOMAIN_SIZE) < DKIMSIG_DOMAIN_SIZE;
}

static bool
read_field(enum field field, char *text, struct talk_message *message)
{
	switch (field) {
	case FIELD_PROTOCOL:
	case FIELD_VERSION:
		return read_number(text, &message->version);
	case FIELD_NAME:
		return ks_host_name_is_valid(text) && strlcpy(message->name,
		    text, sizeof(message->name)) < sizeof(message->name);
	case FIELD_FLEET:
		return read_digest(text, message->fleet);
	case FIELD_DIGEST:
		return read_digest(text, message->digest);
	case FIELD_EPOCH:
		return read_number(text, &message->epoch);
	case FIELD_CHANGE:
		return read_number(text, &message->change);
	case FIELD_CURSOR:
		return read_number(text, &message->cursor);
	case FIELD_MEMBER:
		return read_word(text, members, N(members), &message->state);
	case FIELD_REACHED:
		return read_word(text, reached, N(reached), &message->state);
	case FIELD_DOMAIN:
		return read_domain(text, message->domain);
	case FIELD_SELECTOR:
		return ks_selector_is_normal(text) &&
		    strlcpy(message->selector, text,
		    sizeof(message->selector)) < sizeof(message->selector);
	case FIELD_TAKEN:
		return read_taken(text, &message->is_taken);
	case FIELD_LAST:
		return read_last(text, &message->last);
	case FIELD_RECORD:
		return read_record(text, message->record);
	case FIELD_ID:
		return read_number(text, &message->id);
	case FIELD_MS:
		return read_number(text, &message->ms);
	case FIELD_OUTCOME:
		return read_word(text, outcomes, N(outcomes),
		    &message->state);
	case FIELD_TEXT:
		message->text = text;
		return *text != '\0';
	case FIELD_NONE:
		break;
	}
	return false;
}

static int
refuse(struct ks_error *error, const char *word, const char *what)
{
	(void)snprintf(error->text, sizeof(error->text), "line \"%.16s\": %s",
	    word, what);
	return KS_E_ARG;
}

int
talk_parse(char *line, struct talk_message *message, struct ks_error *error)
{
	const enum field *field;
	char *rest = line, *word;
	char what[64];
	size_t kind;

	memset(message, 0, sizeof(*message));
	word = strsep(&rest, " ");
	for (kind = 0; kind < N(kinds); kind++)
		if (strcmp(word, kinds[kind].word) == 0)
			break;
	if (kind == N(kinds))
		return refuse(error, word, "unknown");
	message->kind = (enum talk_kind)kind;
	for (field = kinds[kind].fields; *field != FIELD_NONE; field++) {
		line = *field == FIELD_TEXT ? rest : strsep(&rest, " ");
		if (*field == FIELD_TEXT)
			rest = NULL;
		if (line != NULL && read_field(*field, line, message))
			continue;
		(void)snprintf(what, sizeof(what), "not a %s",
		    field_names[*field]);
		return refuse(error, word, what);
	}
	if (rest != NULL)
		return refuse(error, word, "too many fields");
	if (message->kind == TALK_HELLO && message->version != TALK_VERSION) {
		(void)refuse(error, word, "another version of the protocol");
		return KS_E_FORMAT;
	}
	return 0;
}

/* -- Writing -------------------------------------------------------------- */

static void
print_last(FILE *fp, int64_t last)
{
	if (last == KS_NEVER || last == TALK_UNKNOWN)
		(void)fputs(last == KS_NEVER ? " -" : " " UNKNOWN_TIME, fp);
	else
		(void)fprintf(fp, " %lld", (long long)last);
}

static void
print_field(FILE *fp, enum field field, const struct talk_message *message)
{
	const char *p;

	switch (field) {
	case FIELD_PROTOCOL:
	case FIELD_VERSION:
		(void)fprintf(fp, " %lld", (long long)message->version);
		break;
	case FIELD_NAME:
		(void)fprintf(fp, " %s", message->name);
		break;
	case FIELD_FLEET:
		(void)fprintf(fp, " %s", message->fleet);
		break;
	case FIELD_DIGEST:
		(void)fprintf(fp, " %s", message->digest);
		break;
	case FIELD_EPOCH:
		(void)fprintf(fp, " %lld", (long long)message->epoch);
		break;
	case FIELD_CHANGE:
		(void)fprintf(fp, " %lld", (long long)message->change);
		break;
	case FIELD_CURSOR:
		(void)fprintf(fp, " %lld", (long long)message->cursor);
		break;
	case FIELD_MEMBER:
	case FIELD_REACHED:
	case FIELD_OUTCOME:
		(void)fprintf(fp, " %s", message->state);
		break;
	case FIELD_DOMAIN:
		(void)fprintf(fp, " %s", message->domain);
		break;
	case FIELD_SELECTOR:
		(void)fprintf(fp, " %s", message->selector);
		break;
	case FIELD_TAKEN:
		(void)fprintf(fp, " %s", taken[message->is_taken ? 0 : 1]);
		break;
	case FIELD_LAST:
		print_last(fp, message->last);
		break;
	case FIELD_RECORD:
		(void)fprintf(fp, " %s", message->record);
		break;
	case FIELD_ID:
		(void)fprintf(fp, " %lld", (long long)message->id);
		break;
	case FIELD_MS:
		(void)fprintf(fp, " %lld", (long long)message->ms);
		break;
	case FIELD_TEXT:
		(void)fputs(*message->text == '\0' ? " -" : " ", fp);
		for (p = message->text; *p != '\0'; p++)
			(void)fputc(*p < ' ' || *p > '~' ? '?' : *p, fp);
		break;
	case FIELD_NONE:
		break;
	}
}

size_t
talk_print(const struct talk_message *message, char line[TALK_MAX_LINE])
{
	const enum field *field;
	size_t len;
	FILE *fp;

	/* A stream of a buffer writes what has room. */
	memset(line, 0, TALK_MAX_LINE);
	if ((fp = fmemopen(line, TALK_MAX_LINE - 1, "w")) != NULL) {
		(void)fputs(kinds[message->kind].word, fp);
		for (field = kinds[message->kind].fields;
		    *field != FIELD_NONE; field++)
			print_field(fp, *field, message);
		(void)fclose(fp);
	}
	len = strnlen(line, TALK_MAX_LINE - 2);
	line[len] = '\n';
	return len + 1;
}

/* -- Pieces --------------------------------------------------------------- */

int
talk_lines_add(struct talk_lines *lines, const char *chunk, size_t len,
    int (*take)(void *, char *), void *context, struct ks_error *error)
{
	size_t i;
	int r;

	for (i = 0; i < len; i++) {
		if (chunk[i] == '\n') {
			lines->text[lines->len] = '\0';
			lines->len = 0;
			if ((r = take(context, lines->text)) != 0)
				return r;
			continue;
		}
		if (lines->len + 1 >= sizeof(lines->text))
			return refuse(error, "", "too long");
		if (chunk[i] < ' ' || chunk[i] > '~')
			return refuse(error, "", "contains a character that "
			    "no line can contain");
		lines->text[lines->len++] = chunk[i];
	}
	return 0;
}
