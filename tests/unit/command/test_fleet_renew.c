/* SPDX-License-Identifier: ISC */

/*
 * What "fleet renew" counts, with keys that countersign-fleet is said to have
 * named.
 */

#include <sys/mman.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/fleet_renew.h"
#include "command/lease.h"
#include "keydir.h"
#include "talk/client.h"

#define NOW	1000

static const struct {
	const char	*domain, *selector;
} named[] = {
	{ "a.example", "retired" }, { "a.example", "signing" },
	{ "b.example", "s1" }, { "c.example", "s1" },
};

bool	__wrap_lease_attach(struct tool *tool);
void	__wrap_lease_detach(struct tool *tool);
int	__wrap_talk_open(struct talk **talk, const char *keydir, int limit_s,
	    struct talk_message *ready, struct ks_error *error);
int	__wrap_talk_ask(struct talk *talk, const struct talk_message *request,
	    void (*each)(void *, const struct talk_message *), void *context,
	    struct ks_error *error);
void	__wrap_talk_close(struct talk *talk);

bool
__wrap_lease_attach(struct tool *tool)
{
	(void)tool;
	return true;
}

void
__wrap_lease_detach(struct tool *tool)
{
	(void)tool;
}

int
__wrap_talk_open(struct talk **talk, const char *keydir, int limit_s,
    struct talk_message *ready, struct ks_error *error)
{
	(void)keydir;
	(void)limit_s;
	(void)ready;
	(void)error;
	*talk = NULL;
	return 0;
}

int
__wrap_talk_ask(struct talk *talk, const struct talk_message *request,
    void (*each)(void *, const struct talk_message *), void *context,
    struct ks_error *error)
{
	struct talk_message answer = { .kind = TALK_EXPOSED };
	size_t i;

	(void)talk;
	(void)error;
	assert_int_equal(request->kind, TALK_EXPOSURE);
	for (i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		(void)strlcpy(answer.domain, named[i].domain,
		    sizeof(answer.domain));
		(void)strlcpy(answer.selector, named[i].selector,
		    sizeof(answer.selector));
		each(context, &answer);
	}
	return 0;
}

void
__wrap_talk_close(struct talk *talk)
{
	(void)talk;
}

static int64_t
now(void)
{
	return NOW;
}

/* The command, and what it prints. */
static int
renew(struct tool *tool, char *out, size_t size)
{
	int fd, saved, status;
	ssize_t n;

	(void)fflush(stdout);
	assert_int_not_equal(fd = memfd_create("out", 0), -1);
	assert_int_not_equal(saved = dup(STDOUT_FILENO), -1);
	assert_int_not_equal(dup2(fd, STDOUT_FILENO), -1);
	status = fleet_renew(tool);
	(void)fflush(stdout);
	assert_int_not_equal(dup2(saved, STDOUT_FILENO), -1);
	(void)close(saved);
	assert_true((n = pread(fd, out, size - 1, 0)) >= 0);
	out[n] = '\0';
	(void)close(fd);
	return status;
}

/* Domains whose states cannot be read add nothing. */
static void
test_unreadable(void **state)
{
	struct keydir store;
	struct tool tool = { .clock = now, .now = NOW };
	char path[128], out[1024];
	size_t i;
	FILE *fp;

	(void)state;
	keydir_make(&store);
	tool.ks = store.ks;
	tool.keydir = store.path;
	(void)keydir_add(&store, "a.example", "retired",
	    DKIMSIG_ED25519_SHA256, 100, 200);
	(void)keydir_add(&store, "a.example", "signing",
	    DKIMSIG_ED25519_SHA256, 200, KS_NEVER);
	for (i = 2; i < sizeof(named) / sizeof(named[0]); i++) {
		(void)keydir_add(&store, named[i].domain, named[i].selector,
		    DKIMSIG_ED25519_SHA256, 100, KS_NEVER);
		(void)snprintf(path, sizeof(path), "%s/%s/state", store.path,
		    named[i].domain);
		assert_non_null(fp = fopen(path, "w"));
		assert_true(fputs("broken\n", fp) >= 0);
		assert_int_equal(fclose(fp), 0);
	}
	assert_int_equal(renew(&tool, out, sizeof(out)), TOOL_FAILED);
	assert_int_equal(strncmp(out, "1 key of an earlier epoch ", 26), 0);
	assert_non_null(strstr(out, "; 1 retired, "));
	keydir_remove(&store);
	keydir_free_keys();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
