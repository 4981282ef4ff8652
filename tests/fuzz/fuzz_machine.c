/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what Postfix and Sendmail say about themselves.  The first octet
 * says what the rest is: sendmail.cf, or four outputs of postconf(1), separated
 * by lines "%%".  A list of milters that was read is written, and read again to
 * the same.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/postfix.h"
#include "machine/postfix_milters.h"
#include "machine/sendmail.h"

#define OURS	"unix:/run/countersign/milter.sock"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_milters(const struct postfix *postfix, const char *value)
{
	static struct postfix_milters milters, again;
	struct milter_socket socket;
	char *text;
	size_t i, found;

	if (postfix_milters_read(value, &milters) != 0)
		return;
	found = postfix_milters_find(postfix, false, &milters, OURS);
	if (found > milters.n)
		abort();
	for (i = 0; i < milters.n; i++)
		(void)postfix_milter_socket(postfix, true, &milters.list[i],
		    &socket);
	if ((text = postfix_milters_text(&milters)) == NULL ||
	    postfix_milters_read(text, &again) != 0 || again.n != milters.n)
		abort();
	for (i = 0; i < milters.n; i++)
		if (strcmp(again.list[i].address, milters.list[i].address) !=
		    0)
			abort();
	free(text);
	postfix_milters_finish(&again);
	postfix_milters_remove(&milters, found);
	postfix_milters_finish(&milters);
}

static void
check_postfix(const struct postfix *postfix)
{
	const struct postfix_service *service;
	size_t i;

	for (i = 0; i < postfix_nservices(postfix); i++) {
		service = postfix_service(postfix, i);
		if (service->name == NULL || service->type == NULL ||
		    postfix_find_service(postfix, service->name,
		    service->type) == NULL)
			abort();
		check_milters(postfix, postfix_service_parameter(postfix,
		    service, "smtpd_milters"));
	}
	for (i = 0; i < postfix_nset(postfix); i++)
		if (!postfix_is_set(postfix, postfix_set(postfix, i)->name))
			abort();
	check_milters(postfix, postfix_parameter(postfix, "smtpd_milters"));
	(void)postfix_queue_directory(postfix);
	(void)postfix_is_at_least(postfix, 3, 7);
}

static void
read_postfix(char *rest)
{
	const char *texts[4] = { "", "", "", "" };
	struct postfix *postfix;
	char error[256], *end;
	size_t i;

	for (i = 0; i < 4 && rest != NULL; i++) {
		texts[i] = rest;
		if ((end = strstr(rest, "\n%%\n")) == NULL)
			break;
		end[1] = '\0';
		rest = end + strlen("\n%%\n");
	}
	postfix = postfix_read(texts[0], texts[1], texts[2], texts[3], error,
	    sizeof(error));
	if (postfix != NULL)
		check_postfix(postfix);
	postfix_free(postfix);
}

static void
read_sendmail(const char *text)
{
	struct sendmail *sendmail = sendmail_read(text);
	size_t i;

	if (sendmail == NULL)
		abort();
	if (sendmail_find(sendmail, OURS) > sendmail->norder)
		abort();
	for (i = 0; i < sendmail->norder; i++)
		if (sendmail->order[i] >= sendmail->nmilters)
			abort();
	for (i = 0; i < sendmail->ndaemons; i++)
		if (sendmail->daemons[i].name == NULL)
			abort();
	(void)sendmail_milter_on(sendmail, OURS);
	sendmail_free(sendmail);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text;

	if (len == 0)
		return 0;
	if ((text = strndup((const char *)data + 1, len - 1)) == NULL)
		abort();
	if (data[0] == 's')
		read_sendmail(text);
	else
		read_postfix(text);
	free(text);
	return 0;
}
