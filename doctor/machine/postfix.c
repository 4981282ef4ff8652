/* SPDX-License-Identifier: ISC */

/*
 * One instance of Postfix: see postfix.h.
 *
 * postconf(1) knows defaults, continuation lines and $names, so main.cf and
 * master.cf are never parsed here: only its output, a line for a parameter or a
 * service.  It is run four times.
 */

#include "machine/postfix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "machine/postfix_private.h"
#include "machine/run.h"

#define POSTCONF_MS	30000

enum { PARAMETERS, SET, SERVICES, OVERRIDES, NRUNS };

static int
run_postconf(const char *config_dir, const char *const options[],
    struct machine_output *out, char *error, size_t size)
{
	const char *argv[6] = { "postconf" };
	size_t n = 1, i;

	if (config_dir != NULL) {
		argv[n++] = "-c";
		argv[n++] = config_dir;
	}
	for (i = 0; i < 2 && options[i] != NULL; i++)
		argv[n++] = options[i];
	if (machine_run(NULL, argv, POSTCONF_MS, out) == 0 && !out->cut)
		return 0;
	if (out->cut)
		(void)snprintf(error, size, "postconf: its output is longer "
		    "than %d octets", MACHINE_MAX_OUTPUT);
	else
		(void)machine_why("postconf", out, error, size);
	return -1;
}

int
postfix_open(const char *config_dir, struct postfix **postfix, char *error,
    size_t size)
{
	static const char *const options[NRUNS][2] = {
		[PARAMETERS] = { "-x" },
		[SET] = { "-n" },
		[SERVICES] = { "-M" },
		[OVERRIDES] = { "-Px" },
	};
	struct machine_output out[NRUNS] = { { .text = NULL } };
	char path[4096];
	size_t i;

	*postfix = NULL;
	if (!machine_find("postconf", path, sizeof(path)))
		return 0;
	for (i = 0; i < NRUNS; i++)
		if (run_postconf(config_dir, options[i], &out[i], error,
		    size) == -1)
			break;
	if (i == NRUNS)
		*postfix = postfix_read(out[PARAMETERS].text, out[SET].text,
		    out[SERVICES].text, out[OVERRIDES].text, error, size);
	if (*postfix != NULL && config_dir != NULL &&
	    ((*postfix)->config_dir = strdup(config_dir)) == NULL) {
		(void)strlcpy(error, "out of memory", size);
		postfix_free(*postfix);
		*postfix = NULL;
	}
	for (i = 0; i < NRUNS; i++)
		machine_output_finish(&out[i]);
	return *postfix != NULL ? 0 : -1;
}

static const struct postfix_parameter *
find(const struct postfix_parameters *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->list[i].name, name) == 0)
			return &list->list[i];
	return NULL;
}

const char *
postfix_parameter(const struct postfix *postfix, const char *name)
{
	const struct postfix_parameter *p = find(&postfix->all, name);

	return p != NULL ? p->value : "";
}

bool
postfix_is_set(const struct postfix *postfix, const char *name)
{
	return find(&postfix->set, name) != NULL;
}

const char *
postfix_as_set(const struct postfix *postfix, const char *name)
{
	const struct postfix_parameter *p = find(&postfix->set, name);

	return p != NULL ? p->value : NULL;
}

size_t
postfix_nset(const struct postfix *postfix)
{
	return postfix->set.n;
}

const struct postfix_parameter *
postfix_set(const struct postfix *postfix, size_t i)
{
	return &postfix->set.list[i];
}

bool
postfix_is_yes(const char *value)
{
	return strcasecmp(value, "yes") == 0;
}

size_t
postfix_nservices(const struct postfix *postfix)
{
	return postfix->nservices;
}

const struct postfix_service *
postfix_service(const struct postfix *postfix, size_t i)
{
	return &postfix->services[i];
}

const struct postfix_service *
postfix_find_service(const struct postfix *postfix, const char *name,
    const char *type)
{
	size_t i;

	for (i = 0; i < postfix->nservices; i++)
		if (strcmp(postfix->services[i].name, name) == 0 &&
		    strcmp(postfix->services[i].type, type) == 0)
			return &postfix->services[i];
	return NULL;
}

const char *
postfix_override(const struct postfix_service *service, const char *name)
{
	size_t i;

	for (i = 0; i < service->noverrides; i++)
		if (strcmp(service->overrides[i].name, name) == 0)
			return service->overrides[i].value;
	return NULL;
}

const char *
postfix_service_parameter(const struct postfix *postfix,
    const struct postfix_service *service, const char *name)
{
	const char *value = postfix_override(service, name);

	return value != NULL ? value : postfix_parameter(postfix, name);
}

const char *
postfix_queue_directory(const struct postfix *postfix)
{
	return postfix_parameter(postfix, "queue_directory");
}

const char *
postfix_config_directory(const struct postfix *postfix)
{
	/*
	 * In the second after a change of main.cf, postconf of Postfix 3.10
	 * reads it twice, and then prints the default instead of its -c.
	 */
	return postfix->config_dir != NULL ? postfix->config_dir :
	    postfix_parameter(postfix, "config_directory");
}

const char *
postfix_mail_owner(const struct postfix *postfix)
{
	return postfix_parameter(postfix, "mail_owner");
}

bool
postfix_is_at_least(const struct postfix *postfix, unsigned int major,
    unsigned int minor)
{
	const char *version = postfix_parameter(postfix, "mail_version");
	char *end;
	unsigned long first, second;

	first = strtoul(version, &end, 10);
	second = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
	return first > major || (first == major && second >= minor);
}
