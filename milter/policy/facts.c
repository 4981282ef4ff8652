/* SPDX-License-Identifier: ISC */

/*
 * The facts of a message.
 *
 * Fields are kept in message order, including every further one of the same
 * name, because it matters as much as the first.  Beyond FACTS_MAX_HEADERS
 * only headers_overflow is set, and no header rule holds.
 *
 * Values are unfolded as in RFC 5322 section 2.2.3 (line ends are removed,
 * blanks are kept) and stripped of blanks at both ends.  Comments are not
 * recognized, because such fields are unstructured.  A value with a NUL ends
 * there, and is not clean.
 */

#include "policy/facts.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "config/names.h"
#include "text/text.h"

static void
clear_headers(struct facts *facts)
{
	size_t i;

	for (i = 0; i < facts->nheaders; i++) {
		free(facts->headers[i].name);
		free(facts->headers[i].value);
	}
	free(facts->headers);
}

static void
clear_authors(struct facts *facts)
{
	while (facts->nmentions > 0)
		free(facts->mentions[--facts->nmentions]);
	free(facts->mentions);
	while (facts->naddresses > 0)
		free(facts->addresses[--facts->naddresses].local);
	free(facts->addresses);
	free(facts->authors);
}

/*
 * Login and TLS usually belong to the connection, but the MTA sends them with
 * each message, and a client may log in between two messages: they are reset
 * too.
 *
 * All members from helo on are zeroed, so that a member added there does not
 * outlive its message; a string must also be freed here.
 */
void
facts_reset_message(struct facts *facts)
{
	const size_t begin = offsetof(struct facts, helo);

	clear_headers(facts);
	clear_authors(facts);
	free(facts->helo);
	free(facts->cert_cn);
	free(facts->cert_issuer);
	free(facts->login);
	free(facts->envelope);
	free(facts->signatures);
	memset((char *)facts + begin, 0, sizeof(*facts) - begin);
}

void
facts_finish(struct facts *facts)
{
	facts_reset_message(facts);
	(void)facts_set(&facts->client_name, NULL);
	(void)facts_set(&facts->daemon_name, NULL);
	(void)facts_set(&facts->daemon_port, NULL);
	facts->client_family = 0;
	memset(facts->client_address, 0, sizeof(facts->client_address));
}

int
facts_set(char **fact, const char *text)
{
	free(*fact);
	*fact = NULL;
	return text == NULL || (*fact = strdup(text)) != NULL ? 0 : -1;
}

void
facts_set_client(struct facts *facts, const struct sockaddr *client)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	facts->client_family = 0;
	memset(facts->client_address, 0, sizeof(facts->client_address));
	if (client == NULL)
		return;
	/* Copied: the caller's pointer may not be aligned for the family. */
	if (client->sa_family == AF_INET) {
		memcpy(&sin, client, sizeof(sin));
		facts->client_family = AF_INET;
		memcpy(facts->client_address, &sin.sin_addr, 4);
	} else if (client->sa_family == AF_INET6) {
		memcpy(&sin6, client, sizeof(sin6));
		facts->client_family = AF_INET6;
		memcpy(facts->client_address, &sin6.sin6_addr, 16);
	}
}

/* Unfold and strip a value; NULL when out of memory. */
static char *
copy_value(const char *value, size_t valuelen, bool *is_clean)
{
	size_t len = 0, i;
	char *copy;

	if ((copy = malloc(valuelen + 1)) == NULL)
		return NULL;
	*is_clean = true;
	for (i = 0; i < valuelen; i++) {
		unsigned char c = (unsigned char)value[i];

		/* A line end before a blank is a fold. */
		if (c == '\r' && i + 2 < valuelen && value[i + 1] == '\n' &&
		    text_is_wsp(value[i + 2])) {
			i++;
			continue;
		}
		if (c == '\n' && i + 1 < valuelen && text_is_wsp(value[i + 1]))
			continue;
		if ((c < ' ' && c != '\t') || c >= 0x7f)
			*is_clean = false;
		if (len > 0 || !text_is_wsp((char)c))
			copy[len++] = (char)c;
	}
	while (len > 0 && text_is_wsp(copy[len - 1]))
		len--;
	copy[len] = '\0';
	return copy;
}

int
facts_add_header(struct facts *facts, const struct config *config,
    const char *name, size_t namelen, const char *value, size_t valuelen)
{
	struct fact_header *headers, header;

	if (names_find(&config->header_names, name, namelen) ==
	    config->header_names.n)
		return 0;
	if (facts->nheaders == FACTS_MAX_HEADERS) {
		facts->headers_overflow = true;
		return 0;
	}
	headers = recallocarray(facts->headers, facts->nheaders,
	    facts->nheaders + 1, sizeof(*headers));
	if (headers == NULL)
		return -1;
	facts->headers = headers;
	header.name = strndup(name, names_length(name, namelen));
	header.value = copy_value(value, valuelen, &header.is_clean);
	if (header.name == NULL || header.value == NULL) {
		free(header.name);
		free(header.value);
		return -1;
	}
	facts->headers[facts->nheaders++] = header;
	return 0;
}

int
facts_add_author(struct facts *facts, const char *domain,
    const char *organization)
{
	struct fact_domain *authors, *author;

	authors = recallocarray(facts->authors, facts->nauthors,
	    facts->nauthors + 1, sizeof(*authors));
	if (authors == NULL)
		return -1;
	facts->authors = authors;
	author = &authors[facts->nauthors++];
	strlcpy(author->name, domain, sizeof(author->name));
	strlcpy(author->organization, organization,
	    sizeof(author->organization));
	return 0;
}

int
facts_add_mention(struct facts *facts, const char *address)
{
	char **mentions, *copy;

	mentions = recallocarray(facts->mentions, facts->nmentions,
	    facts->nmentions + 1, sizeof(*mentions));
	if (mentions == NULL)
		return -1;
	facts->mentions = mentions;
	if ((copy = strdup(address)) == NULL)
		return -1;
	mentions[facts->nmentions++] = copy;
	return 0;
}

int
facts_add_address(struct facts *facts, const char *local, const char *domain)
{
	struct fact_address *addresses, *address;

	addresses = recallocarray(facts->addresses, facts->naddresses,
	    facts->naddresses + 1, sizeof(*addresses));
	if (addresses == NULL)
		return -1;
	facts->addresses = addresses;
	address = &addresses[facts->naddresses];
	if (facts_set(&address->local, local) != 0)
		return -1;
	address->domain = domain;
	facts->naddresses++;
	return 0;
}

const char *
facts_author(const struct facts *facts)
{
	return facts->nauthors == 1 && !facts->unreadable &&
	    !facts->overflow ? facts->authors[0].name : NULL;
}

bool
facts_set_spf(struct facts *facts, const char *domain,
    enum fact_answer covers, const char *text)
{
	struct fact_spf *fact;

	if (facts->nspf == FACTS_MAX_SPF)
		return false;
	fact = &facts->spf[facts->nspf++];
	fact->domain = domain;
	fact->covers = covers;
	strlcpy(fact->text, text, sizeof(fact->text));
	return true;
}

const struct fact_spf *
facts_spf(const struct facts *facts, const char *domain)
{
	size_t i;

	for (i = 0; i < facts->nspf; i++)
		if (strcmp(facts->spf[i].domain, domain) == 0)
			return &facts->spf[i];
	return NULL;
}
