/* SPDX-License-Identifier: ISC */

/*
 * Commands that change the settings of Postfix.
 *
 * postconf(1) writes main.cf and master.cf; each command sets a whole value, so
 * it may be repeated.  "postconf -P" takes no value with blanks: in a list of
 * milters, commas do the same.
 */

#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain/postfix_area.h"
#include "text/text.h"

#define DIVIDERS	", \t"
#define LIST_SIZE	2048

/* "postconf OPTION WORD" and, if Postfix runs, "postfix reload". */
static const char *
postconf(const struct pf *pf, const char *option, const char *word, char *fix,
    size_t size)
{
	char quoted[CHAIN_FIX_SIZE];
	int n;

	if (!text_shell_word(word, quoted, sizeof(quoted)))
		return NULL;
	n = snprintf(fix, size, "postconf%s %s %s", pf->option, option,
	    quoted);
	if (n > 0 && (size_t)n < size && pf->is_running)
		n += snprintf(fix + n, size - (size_t)n, "\npostfix%s reload",
		    pf->option);
	return n < 0 || (size_t)n >= size ? NULL : fix;
}

const char *
pf_fix_set(const struct pf *pf, const char *name, const char *value, char *fix,
    size_t size)
{
	char word[LIST_SIZE];
	int n;

	n = snprintf(word, sizeof(word), "%s =%s%s", name, value[0] != '\0' ?
	    " " : "", value);
	return n < 0 || (size_t)n >= sizeof(word) ? NULL :
	    postconf(pf, "-e", word, fix, size);
}

const char *
pf_fix_override(const struct pf *pf, const char *service, const char *name,
    const char *value, char *fix, size_t size)
{
	char word[LIST_SIZE];
	int n;

	if (strpbrk(value, " \t") != NULL)
		return NULL;
	n = snprintf(word, sizeof(word), "%s/%s=%s", service, name, value);
	return n < 0 || (size_t)n >= sizeof(word) ? NULL :
	    postconf(pf, "-P", word, fix, size);
}

const char *
pf_fix_parameter(const struct pf *pf, const struct pf_service *service,
    const char *name, const char *value, char *fix, size_t size)
{
	return postfix_override(service->service, name) != NULL ?
	    pf_fix_override(pf, service->name, name, value, fix, size) :
	    pf_fix_set(pf, name, value, fix, size);
}

const char *
pf_fix_chroot(const struct pf *pf, const char *service, char *fix, size_t size)
{
	char word[256];

	(void)snprintf(word, sizeof(word), "%s/chroot=n", service);
	return postconf(pf, "-F", word, fix, size);
}

void
pf_our_address(const struct pf *pf, char *address, size_t size)
{
	const char *ours = pf->chain->config->socket;
	const char *queue = postfix_queue_directory(pf->postfix);
	const size_t len = strlen(queue);
	struct milter_socket s;
	char why[128];
	bool has_colon;

	if (!milter_socket_read(ours, &s, why, sizeof(why)))
		(void)strlcpy(address, ours, size);
	else if (!s.is_unix) {
		has_colon = strchr(s.host, ':') != NULL;
		(void)snprintf(address, size, "inet:%s%s%s:%s",
		    has_colon ? "[" : "", s.host, has_colon ? "]" : "",
		    s.port);
	} else if (strncmp(s.path, queue, len) == 0 && s.path[len] == '/')
		(void)snprintf(address, size, "unix:%s", s.path + len + 1);
	else
		(void)snprintf(address, size, "unix:%s", s.path);
}

/* Add a word, cut anywhere if it does not fit: the caller checks that. */
static void
add_word(char *list, size_t size, const char *divider, const char *word)
{
	if (list[0] != '\0')
		(void)strlcat(list, divider, size);
	(void)strlcat(list, word, size);
}

/*
 * Our item: the settings that it has, but for the default action, are kept.
 * Only Postfix 3.0 and later has settings of a milter.
 */
static void
our_item(const struct pf *pf, const struct postfix_milter *old, char *item,
    size_t size)
{
	char address[1200], settings[LIST_SIZE] = "", *copy, *rest, *word;

	pf_our_address(pf, address, sizeof(address));
	if (!postfix_is_at_least(pf->postfix, 3, 0)) {
		(void)strlcpy(item, address, size);
		return;
	}
	rest = copy = old != NULL ? strdup(old->text) : NULL;
	while (rest != NULL && (word = strsep(&rest, DIVIDERS "{}")) != NULL)
		if (strchr(word, '=') != NULL &&
		    strncmp(word, "default_action=", 15) != 0)
			add_word(settings, sizeof(settings), ", ", word);
	free(copy);
	(void)snprintf(item, size, "{ %s%s%s, default_action=tempfail }",
	    address, settings[0] != '\0' ? ", " : "", settings);
}

/* Commas instead of blanks, and none beside a brace. */
static void
without_blanks(char *text)
{
	char *to = text, *from = text;

	while (*from != '\0') {
		if (strchr(DIVIDERS, *from) == NULL) {
			*to++ = *from++;
			continue;
		}
		from += strspn(from, DIVIDERS);
		if (to > text && to[-1] != '{' && *from != '}' &&
		    *from != '\0')
			*to++ = ',';
	}
	*to = '\0';
}

/* All milters but ours, which is found by its index, and then ours. */
static void
make_list(const struct pf *pf, const struct postfix_milters *milters,
    size_t ours, char *list, size_t size)
{
	char item[LIST_SIZE];
	size_t i;

	list[0] = '\0';
	for (i = 0; i < milters->n; i++)
		if (i != ours)
			add_word(list, size, ", ", milters->list[i].text);
	our_item(pf, ours < milters->n ? &milters->list[ours] : NULL, item,
	    sizeof(item));
	add_word(list, size, ", ", item);
}

/*
 * What main.cf has now, with its $names, unless our milter comes out of one of
 * these.
 */
static const char *
current(const struct pf *pf, const char *name)
{
	const char *as_set = postfix_as_set(pf->postfix, name);
	const char *value = postfix_parameter(pf->postfix, name);
	struct postfix_milters set, all;
	const char *ours = pf->chain->config->socket;
	bool is_hidden = false;

	if (as_set == NULL)
		return value;
	if (postfix_milters_read(as_set, &set) == 0 &&
	    postfix_milters_read(value, &all) == 0)
		is_hidden = (postfix_milters_find(pf->postfix, false, &all,
		    ours) < all.n || postfix_milters_find(pf->postfix, true,
		    &all, ours) < all.n) &&
		    postfix_milters_find(pf->postfix, false, &set, ours) ==
		    set.n && postfix_milters_find(pf->postfix, true, &set,
		    ours) == set.n;
	else
		memset(&all, 0, sizeof(all));
	postfix_milters_finish(&set);
	postfix_milters_finish(&all);
	return is_hidden ? value : as_set;
}

const char *
pf_fix_milters(const struct pf *pf, const struct pf_service *service,
    const char *name, char *fix, size_t size)
{
	const char *ours = pf->chain->config->socket;
	const bool is_override = service != NULL &&
	    postfix_override(service->service, name) != NULL;
	const char *value = is_override ? service->value : current(pf, name);
	struct postfix_milters milters;
	char list[LIST_SIZE];
	size_t i;

	if (postfix_milters_read(value, &milters) == -1)
		return NULL;
	if ((i = postfix_milters_find(pf->postfix, false, &milters, ours)) ==
	    milters.n)
		i = postfix_milters_find(pf->postfix, true, &milters, ours);
	make_list(pf, &milters, i, list, sizeof(list));
	postfix_milters_finish(&milters);
	if (strlen(list) + 1 >= sizeof(list))
		return NULL;
	if (!is_override)
		return pf_fix_set(pf, name, list, fix, size);
	without_blanks(list);
	return pf_fix_override(pf, service->name, name, list, fix, size);
}

bool
pf_list_has(const char *list, const char *word)
{
	const size_t wordlen = strlen(word);
	size_t len;

	for (;; list += len) {
		list += strspn(list, DIVIDERS);
		if ((len = strcspn(list, DIVIDERS)) == 0)
			return false;
		if (len == wordlen && strncasecmp(list, word, len) == 0)
			return true;
	}
}

void
pf_list_without(const char *list, const char *word, char *rest, size_t size)
{
	const size_t wordlen = strlen(word);
	char item[256];
	size_t len;

	rest[0] = '\0';
	for (;; list += len) {
		list += strspn(list, DIVIDERS);
		if ((len = strcspn(list, DIVIDERS)) == 0)
			return;
		if (len == wordlen && strncasecmp(list, word, len) == 0)
			continue;
		(void)snprintf(item, sizeof(item), "%.*s", (int)len, list);
		add_word(rest, size, ",", item);
	}
}

bool
pf_signs(const struct pf_service *service)
{
	return service->ours < service->milters.n;
}

bool
pf_any_signs(const struct pf *pf)
{
	size_t i;

	for (i = 0; i < pf->nservices; i++)
		if (pf_signs(&pf->services[i]))
			return true;
	return false;
}
