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

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/chain.h"
#include "config/private.h"
#include "findingchecks.h"
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

static const char *const programs[] = {
	"chmod ", "chown ", "countersign-key ", "install -d ", "systemctl ",
	"useradd -", NULL
};

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
examine(void (*area)(struct chain *, struct findings *),
    struct config *config)
{
	struct chain chain = { .config_file = "/etc/a b/countersign.conf",
	    .programs = "/usr/sbin", .config = config, .has_keys = true,
	    .now = 1790000000 };
	struct findings findings = { .n = 0 };

	area(&chain, &findings);
	check_findings(&findings, programs, "");
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
