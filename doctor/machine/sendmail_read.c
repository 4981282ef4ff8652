/* SPDX-License-Identifier: ISC */

/*
 * The lines of sendmail.cf: see sendmail.h.
 *
 * Each line begins with a letter that says what it is: X a milter, O an option,
 * D a macro, K a table, M a mailer, C a class, F a class from a file; a line
 * that begins with a blank continues the one before.  Lines of no interest are
 * skipped, and so is what cannot be read, because Sendmail itself says so when
 * it starts.
 */

#include "machine/sendmail.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS	" \t"

/* A copy without blanks at its ends; NULL if out of memory. */
static char *
copy(const char *text, size_t len)
{
	while (len > 0 && strchr(BLANKS, text[0]) != NULL) {
		text++;
		len--;
	}
	while (len > 0 && strchr(BLANKS, text[len - 1]) != NULL)
		len--;
	return strndup(text, len);
}

/* "NAME, S=SOCKET, F=FLAG, T=TIMES" */
static int
read_milter(struct sendmail *s, const char *text)
{
	struct sendmail_milter *m;
	size_t len = strcspn(text, ",");

	if (s->nmilters == SENDMAIL_MAX_MILTERS)
		return 0;
	m = &s->milters[s->nmilters++];
	if ((m->name = copy(text, len)) == NULL)
		return -1;
	while (text[len] == ',') {
		text += len + 1;
		text += strspn(text, BLANKS);
		len = strcspn(text, ",");
		if (strncmp(text, "F=", 2) == 0 && len > 2)
			m->flag = text[2];
		else if (strncmp(text, "S=", 2) == 0 && m->socket == NULL &&
		    (m->socket = copy(text + 2, len - 2)) == NULL)
			return -1;
		else if (strncmp(text, "T=", 2) == 0 && m->times == NULL &&
		    (m->times = copy(text + 2, len - 2)) == NULL)
			return -1;
	}
	if (m->socket == NULL)
		m->socket = strdup("");
	return m->socket != NULL ? 0 : -1;
}

/* The value of an option, "O NAME=VALUE"; NULL if it is another one. */
static const char *
option(const char *line, const char *name)
{
	const size_t len = strlen(name);

	line += 1 + strspn(line + 1, BLANKS);
	if (strncasecmp(line, name, len) != 0)
		return NULL;
	line += len + strspn(line + len, BLANKS);
	return *line == '=' ? line + 1 + strspn(line + 1, BLANKS) : NULL;
}

static int
set(char **member, const char *value, size_t len)
{
	free(*member);
	return (*member = copy(value, len)) != NULL ? 0 : -1;
}

/*
 * A part "KEY=VALUE" of a list, as a copy; NULL if the list has none.  A key is
 * known by its first letter, as Sendmail does it.
 */
static char *
part(const char *list, char key)
{
	size_t len, keylen;

	for (;; list += len + 1) {
		list += strspn(list, BLANKS);
		len = strcspn(list, ",");
		keylen = strcspn(list, "=");
		if (keylen < len && (list[0] == key || list[0] ==
		    key + ('a' - 'A')))
			return copy(list + keylen + 1, len - keylen - 1);
		if (list[len] == '\0')
			return NULL;
	}
}

/* "Name=MTA, Port=smtp, M=Ea, InputMailFilters=a;b" */
static int
read_daemon(struct sendmail *s, const char *value)
{
	struct sendmail_daemon *d;

	if (s->ndaemons == SENDMAIL_MAX_DAEMONS)
		return 0;
	d = &s->daemons[s->ndaemons++];
	if ((d->name = part(value, 'N')) == NULL &&
	    (d->name = part(value, 'P')) == NULL)
		d->name = strdup("MTA");
	if ((d->modifiers = part(value, 'M')) == NULL)
		d->modifiers = strdup("");
	d->filters = part(value, 'I');
	return d->name != NULL && d->modifiers != NULL ? 0 : -1;
}

/* "Mesmtp,  P=[IPC], F=mDFMuXa, L=990,", or a line that continues it. */
static int
read_mailer(struct sendmail *s, const char *text, bool is_new)
{
	struct sendmail_mailer *m;
	char *limit;

	if (is_new && s->nmailers == SENDMAIL_MAX_MAILERS)
		return 0;
	m = &s->mailers[is_new ? s->nmailers++ : s->nmailers - 1];
	if (is_new && (m->name = copy(text, strcspn(text, ","))) == NULL)
		return -1;
	if (m->program == NULL)
		m->program = part(text, 'P');
	if (m->flags == NULL)
		m->flags = part(text, 'F');
	if ((limit = part(text, 'L')) != NULL)
		m->line_limit = (unsigned int)strtonum(limit, 0, 1000000,
		    NULL);
	free(limit);
	return 0;
}

/* Options whose value is kept as it is. */
static int
read_text_option(struct sendmail *s, const char *line, char **filters)
{
	const char *value;
	size_t len;

	if ((value = option(line, "InputMailFilters")) != NULL)
		return set(filters, value, strlen(value));
	if ((value = option(line, "PidFile")) != NULL)
		return set(&s->pid_file, value, strlen(value));
	if ((value = option(line, "RunAsUser")) != NULL) {
		len = strcspn(value, ":.");
		return set(&s->run_as, value, len) == -1 ||
		    (value[len] != '\0' && set(&s->run_as_group, value + len +
		    1, strlen(value + len + 1)) == -1) ? -1 : 0;
	}
	if ((value = option(line, "DaemonPortOptions")) != NULL)
		return read_daemon(s, value);
	return 0;
}

/* The names of filters are resolved in the end, when all are known. */
static int
read_option(struct sendmail *s, const char *line, char **filters)
{
	const char *value;

	if ((value = option(line, "DontBlameSendmail")) != NULL)
		s->trusts_writable = strcasestr(value,
		    "GroupWritableDirPathSafe") != NULL;
	else if ((value = option(line, "SevenBitInput")) != NULL)
		s->strips_eighth_bit = strchr("tTyY1", value[0]) != NULL &&
		    value[0] != '\0';
	else if ((value = option(line, "ServerCertFile")) != NULL)
		s->has_certificate = value[0] != '\0';
	else if ((value = option(line, "CACertFile")) != NULL ||
	    (value = option(line, "CACertPath")) != NULL)
		s->has_authorities |= value[0] != '\0';
	return read_text_option(s, line, filters);
}

/* The file from which makemap(8) makes a table: without its ending. */
static int
set_access(struct sendmail *s, const char *type, const char *file)
{
	static const char *const endings[] = { ".db", ".cdb" };
	size_t len = strlen(file), i;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (len > strlen(endings[i]) && strcmp(file + len -
		    strlen(endings[i]), endings[i]) == 0) {
			len -= strlen(endings[i]);
			break;
		}
	return set(&s->access_type, type, strcspn(type, BLANKS)) == -1 ? -1 :
	    set(&s->access, file, len);
}

/* "Kaccess hash -T<TMPF> /etc/mail/access": its type, and last its file. */
static int
read_table(struct sendmail *s, const char *text)
{
	const char *file = strrchr(text, ' ');

	if (strncmp(text, "generics", 8) == 0)
		s->has_generics = true;
	if (strncmp(text, "access ", 7) == 0 && file != NULL &&
	    file[1] == '/')
		return set_access(s, text + 7 + strspn(text + 7, BLANKS),
		    file + 1);
	return 0;
}

/* "FR-o /etc/mail/relay-domains %[^\#]": a file with members of a class. */
static int
read_class_file(struct sendmail *s, const char *text)
{
	const char *file = strchr(text, '/');

	return text[0] == 'R' && file != NULL ? set(&s->relay_domains, file,
	    strcspn(file, BLANKS)) : 0;
}

static int
read_line(struct sendmail *s, const char *line, char **filters, bool *in_mailer)
{
	if (line[0] == ' ' || line[0] == '\t')
		return *in_mailer ? read_mailer(s, line, false) : 0;
	*in_mailer = line[0] == 'M' && s->nmailers < SENDMAIL_MAX_MAILERS;
	switch (line[0]) {
	case 'X':
		return read_milter(s, line + 1);
	case 'O':
		return read_option(s, line, filters);
	case 'D':
		return line[1] == 'M' && line[2] != '\0' ?
		    set(&s->masquerade, line + 2, strlen(line + 2)) : 0;
	case 'K':
		return read_table(s, line + 1);
	case 'M':
		return read_mailer(s, line + 1, true);
	case 'C':
		s->trusts_logins |= strncmp(line + 1, "{TrustAuthMech}",
		    15) == 0;
		return 0;
	case 'F':
		return read_class_file(s, line + 1);
	default:
		return 0;
	}
}

static int
resolve(struct sendmail *s, char *filters)
{
	char *name;
	size_t i;

	while ((name = strsep(&filters, ", \t")) != NULL) {
		if (*name == '\0' || s->norder == SENDMAIL_MAX_MILTERS)
			continue;
		for (i = 0; i < s->nmilters; i++)
			if (strcmp(s->milters[i].name, name) == 0)
				break;
		if (i < s->nmilters)
			s->order[s->norder++] = i;
		else if (set(&s->missing, name, strlen(name)) == -1)
			return -1;
	}
	return 0;
}

struct sendmail *
sendmail_read(const char *text)
{
	struct sendmail *s = calloc(1, sizeof(*s));
	char *lines = strdup(text), *rest = lines, *line, *filters = NULL;
	bool in_mailer = false;
	int r = s != NULL && lines != NULL ? 0 : -1;

	while (r == 0 && (line = strsep(&rest, "\n")) != NULL)
		r = read_line(s, line, &filters, &in_mailer);
	if (r == 0)
		r = resolve(s, filters);
	free(filters);
	free(lines);
	if (r == 0)
		return s;
	sendmail_free(s);
	return NULL;
}
