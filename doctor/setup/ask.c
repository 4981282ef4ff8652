/* SPDX-License-Identifier: ISC */

/*
 * Questions on a terminal, about what no option gave.
 *
 * An answer that cannot be used is asked for again; whether values are valid,
 * the parser judges later, with the whole configuration.  End of input means
 * that the person does not want to go on.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "setup/conf_text.h"
#include "setup/private.h"
#include "text/text.h"

#define SEPARATORS	" \t,"

bool
ask_is_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* An answer without blanks around it, kept until the end; NULL: no more. */
static const char *
ask(struct setup *setup, const char *question)
{
	const char *answer;
	char *line = NULL;
	size_t size = 0, len;

	if (setup->nanswers == SETUP_MAX_ANSWERS) {
		(void)setup_fail("too many answers");
		return NULL;
	}
	(void)printf("%s: ", question);
	(void)fflush(stdout);
	if (getline(&line, &size, stdin) == -1) {
		free(line);
		(void)printf("\n");
		(void)setup_fail("no answer; nothing was changed");
		return NULL;
	}
	len = strlen(line);
	answer = text_trim(line, &len);
	line[(size_t)(answer - line) + len] = '\0';
	setup->answers[setup->nanswers++] = line;
	return answer;
}

/* The same until the answer is not empty, and can be written to a file. */
static const char *
ask_until(struct setup *setup, const char *question)
{
	const char *answer;

	while ((answer = ask(setup, question)) != NULL) {
		if (conf_text_is_quotable(answer))
			break;
		(void)printf("%s\n", answer[0] == '\0' ? "An answer is needed "
		    "here; Ctrl-D ends." : "It cannot have a quote, a "
		    "backslash, \"${\" or a control character.");
	}
	return answer;
}

/* The same until it is the whole path of a file. */
static const char *
ask_file(struct setup *setup, const char *question)
{
	const char *answer;

	while ((answer = ask_until(setup, question)) != NULL) {
		if (answer[0] != '/')
			(void)printf("Give the whole path, beginning with "
			    "\"/\".\n");
		else if (access(answer, F_OK) == -1)
			(void)printf("There is no file %s.\n", answer);
		else
			break;
	}
	return answer;
}

/* Several words, unless an option gave some. */
static int
ask_words(struct setup *setup, const char *question, struct setup_words *words)
{
	const char *answer;
	char *copy, *word;

	if (words->n > 0)
		return 0;
	while (words->n == 0) {
		if ((answer = ask_until(setup, question)) == NULL)
			return -1;
		if ((copy = strdup(answer)) == NULL ||
		    setup->nanswers == SETUP_MAX_ANSWERS) {
			free(copy);
			return setup_fail("out of memory");
		}
		setup->answers[setup->nanswers++] = copy;
		while ((word = strsep(&copy, SEPARATORS)) != NULL) {
			if (word[0] == '\0')
				continue;
			if (words->n == SETUP_MAX_WORDS)
				return setup_fail("more than %d values",
				    SETUP_MAX_WORDS);
			words->list[words->n++] = word;
		}
	}
	return 0;
}

/* The number of a preset, or its name. */
static int
ask_platform(struct setup *setup)
{
	size_t n = preset_list_count(setup->presets), i;
	const char *answer, *error;

	if (setup->request->platform != NULL)
		return 0;
	(void)printf("Which platform sends mail through this host?\n");
	for (i = 0; i < n; i++)
		(void)printf("  %2zu  %-18s %s\n", i + 1,
		    preset_list_at(setup->presets, i)->name,
		    preset_list_at(setup->presets, i)->title);
	while ((answer = ask_until(setup, "Number or name")) != NULL) {
		i = (size_t)strtonum(answer, 1, (long long)n, &error);
		if (error == NULL)
			answer = preset_list_at(setup->presets, i - 1)->name;
		if (preset_list_find(setup->presets, answer) != NULL)
			break;
		(void)printf("There is no such platform.\n");
	}
	setup->request->platform = answer;
	return answer != NULL ? 0 : -1;
}

static const char *
tenant_question(const struct preset_summary *preset)
{
	if (text_list_has(&preset->tenants, "salesforce-id"))
		return "Your organization id (Setup > Company Information; 15 "
		    "or 18 characters, several with blanks between)";
	if (text_list_has(&preset->tenants, "guid"))
		return "Your domain there, and the tenant id (a GUID) if you "
		    "know it";
	if (text_list_has(&preset->tenants, "domain"))
		return "Your domain there, for which it signs";
	return "Your account id there";
}

static int
ask_needs(struct setup *setup, const struct preset_summary *preset)
{
	struct setup_request *request = setup->request;

	if (preset->tenants.n > 0 && ask_words(setup, tenant_question(preset),
	    &request->tenants) == -1)
		return -1;
	if (text_list_has(&preset->needs, "login") && ask_words(setup,
	    "The user that it logs in as at this host, as the MTA logs it "
	    "(often with a realm, such as relay@mail.example.com)",
	    &request->logins) == -1)
		return -1;
	if (text_list_has(&preset->needs, "daemon") && ask_words(setup,
	    "milter_macro_daemon_name of its own smtpd service",
	    &request->daemons) == -1)
		return -1;
	if (text_list_has(&preset->needs, "secret_header") &&
	    request->secret_header == NULL && (request->secret_header =
	    ask_until(setup, "The name of the header field with the "
	    "secret")) == NULL)
		return -1;
	return ask_words(setup, "Your domains, for which mail is signed "
	    "(\"*.example.com\" for all subdomains)", &request->domains);
}

/* "update:SERVER" or "hook:FILE" from its two parts. */
static int
join(struct setup *setup, const char *kind, const char *rest)
{
	char *text;

	if (setup->nanswers == SETUP_MAX_ANSWERS || asprintf(&text, "%s%s%s",
	    kind, rest[0] != '\0' ? ":" : "", rest) == -1)
		return setup_fail("out of memory");
	setup->answers[setup->nanswers++] = text;
	setup->request->publish = text;
	return 0;
}

static int
ask_update(struct setup *setup)
{
	struct setup_request *request = setup->request;
	const char *answer;

	do
		answer = ask(setup, "The address of the name server that takes "
		    "updates [the one in the zone's SOA record]");
	while (answer != NULL && answer[0] != '\0' &&
	    !conf_text_is_quotable(answer));
	if (answer == NULL || (request->tsig_key == NULL &&
	    (request->tsig_key = ask_file(setup, "The file with the TSIG "
	    "key")) == NULL))
		return -1;
	return join(setup, "update", answer);
}

static int
ask_publish(struct setup *setup)
{
	struct setup_request *request = setup->request;
	const char *answer;

	if (request->publish != NULL || (setup->config != NULL &&
	    setup->config->rotations[0].line != 0))
		return 0;
	for (;;) {
		answer = ask(setup, "How do key records get into DNS: manual "
		    "(by you), update (RFC 2136), or hook (a program)? "
		    "[manual]");
		if (answer == NULL)
			return -1;
		if (answer[0] == '\0' || strcmp(answer, "manual") == 0) {
			request->publish = "manual";
			return 0;
		}
		if (strcmp(answer, "update") == 0)
			return ask_update(setup);
		if (strcmp(answer, "hook") == 0) {
			answer = ask_file(setup, "The program");
			return answer != NULL ? join(setup, "hook", answer) :
			    -1;
		}
		(void)printf("Answer manual, update or hook.\n");
	}
}

int
ask_source(struct setup *setup)
{
	const struct preset_summary *preset;

	if (ask_platform(setup) == -1)
		return -1;
	preset = preset_list_find(setup->presets, setup->request->platform);
	if (preset == NULL)
		return 0;
	return ask_needs(setup, preset) == -1 || ask_publish(setup) == -1 ?
	    -1 : 0;
}

bool
ask_yes(const char *question)
{
	char *line = NULL;
	size_t size = 0;
	bool yes;

	(void)printf("%s [y/N] ", question);
	(void)fflush(stdout);
	yes = getline(&line, &size, stdin) != -1;
	if (yes) {
		line[strcspn(line, " \t\r\n")] = '\0';
		yes = strcasecmp(line, "y") == 0 ||
		    strcasecmp(line, "yes") == 0;
	} else
		(void)printf("\n");
	free(line);
	return yes;
}
