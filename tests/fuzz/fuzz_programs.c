/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what programs print that doctor runs to examine the chain.  The
 * first octet says which one: countersign-key for the keys or their records in
 * DNS, or systemctl; the second how it ends; the rest is its output.  Nothing
 * is really run.
 *
 * Whatever they print, doctor prints readable text and valid JSON, and commands
 * in which no word of theirs means anything to a shell.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "chain/chain.h"
#include "config/private.h"
#include "machine/run.h"

#define MAX_LENGTH	16384	/* octets of input */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	__wrap_machine_run(const char *user, const char *const argv[],
	    unsigned int limit_ms, struct machine_output *out);

static const char settings[] =
    "source \"login\" {\n"
    "	login = \"crm\"\n"
    "	domains = { \"example.com\", \"mail.example.org\" }\n"
    "}\n";

static struct {
	unsigned int	 how;
	const uint8_t	*output;
	size_t		 len;
} program;

int
__wrap_machine_run(const char *user, const char *const argv[],
    unsigned int limit_ms, struct machine_output *out)
{
	(void)user;
	if (argv[0] == NULL || limit_ms == 0)
		abort();
	memset(out, 0, sizeof(*out));
	out->end = (enum program_end)(program.how % 4);
	out->code = out->end == PROGRAM_EXITED ? (int)program.how / 4 % 4 : 9;
	out->len = program.len;
	if ((out->text = calloc(1, program.len + 1)) == NULL)
		abort();
	memcpy(out->text, program.output, program.len);
	return out->end == PROGRAM_EXITED && out->code == 0 ? 0 : -1;
}

static void
check_text(const struct findings *findings)
{
	const struct chain_style style = { .colours = false };
	char *text = NULL;
	size_t i, len;
	FILE *out;

	if ((out = open_memstream(&text, &len)) == NULL)
		abort();
	chain_print_text(out, findings, &style);
	(void)fclose(out);
	for (i = 0; i < len; i++)
		if ((text[i] < ' ' && text[i] != '\n') || text[i] > '~')
			abort();
	free(text);
}

static void
check_json(const struct findings *findings)
{
	const struct chain_style style = { .colours = false };
	json_t *json;
	char *text = NULL;
	size_t len;
	FILE *out;

	if ((out = open_memstream(&text, &len)) == NULL)
		abort();
	chain_print_json(out, findings, &style);
	(void)fclose(out);
	if ((json = json_loadb(text, len, 0, NULL)) == NULL)
		abort();
	json_decref(json);
	free(text);
}

/* Commands and plain words; anything else is in quotes, which are closed. */
static void
check_fix(const char *fix)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_ ;\n";
	static const char *const programs[] = {
		"chmod ", "chown ", "countersign-key ", "install -d ",
		"systemctl ", "useradd -",
	};
	bool is_quoted = false;
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (strncmp(fix, programs[i], strlen(programs[i])) == 0)
			break;
	if (i == sizeof(programs) / sizeof(programs[0]))
		abort();
	for (; *fix != '\0'; fix++)
		if (*fix == '\'')
			is_quoted = !is_quoted;
		else if (!is_quoted && *fix == '\\' && fix[1] == '\'')
			fix++;
		else if (!is_quoted && strchr(plain, *fix) == NULL)
			abort();
	if (is_quoted)
		abort();
}

static void
examine(void (*area)(struct chain *, struct findings *),
    struct config *config)
{
	struct chain chain = { .config_file = "/etc/a b/countersign.conf",
	    .programs = "/usr/sbin", .config = config, .has_keys = true,
	    .now = 1790000000 };
	struct findings findings = { .n = 0 };
	size_t i;

	area(&chain, &findings);
	for (i = 0; i < findings.n; i++)
		if (findings.list[i].fix != NULL)
			check_fix(findings.list[i].fix);
	check_text(&findings);
	check_json(&findings);
	findings_finish(&findings);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const areas[])(struct chain *, struct findings *) = {
		chain_keys, chain_dns, chain_services
	};
	static struct config *config;
	size_t nfaults;

	if (len < 2 || len > MAX_LENGTH)
		return 0;
	if (config == NULL && (config = config_load_text("f", settings,
	    strlen(settings), stderr, &nfaults)) == NULL)
		abort();
	program.how = data[1];
	program.output = data + 2;
	program.len = len - 2;
	examine(areas[data[0] % 3], config);
	return 0;
}
