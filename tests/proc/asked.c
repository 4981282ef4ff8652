/* SPDX-License-Identifier: ISC */

/*
 * A DNS server in Python that a test starts: see asked.h.
 */

#include "asked.h"

#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static FILE *to_server, *from_server;
static pid_t server_pid;

bool
asked_start(const char *program, char *line, size_t linesize)
{
	int in[2], out[2];

	if (program == NULL || pipe(in) == -1 || pipe(out) == -1)
		return false;
	if ((server_pid = fork()) == 0) {
		(void)dup2(in[0], STDIN_FILENO);
		(void)dup2(out[1], STDOUT_FILENO);
		(void)close(in[1]);
		(void)close(out[0]);
		(void)execl(program, program, (char *)NULL);
		_exit(127);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	to_server = fdopen(in[1], "w");
	from_server = fdopen(out[0], "r");
	return fgets(line, (int)linesize, from_server) != NULL;
}

bool
asked_stop(void)
{
	int status;

	(void)fclose(to_server);
	(void)fclose(from_server);
	return waitpid(server_pid, &status, 0) == server_pid && status == 0;
}

unsigned int
asked_count(const char *query)
{
	unsigned int n;

	(void)fprintf(to_server, "%s\n", query);
	(void)fflush(to_server);
	assert_int_equal(fscanf(from_server, "%u", &n), 1);
	return n;
}
