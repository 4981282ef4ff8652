/* SPDX-License-Identifier: ISC */

/*
 * The filter of system calls, made by libseccomp.
 *
 * It is a binary tree, so that a call takes some seven comparisons, and none
 * once the kernel knows that it is allowed whatever its arguments are.
 *
 * A name that libseccomp does not know is skipped: it is older than the call.
 * A wrong name would be skipped, too; a test looks for those.
 *
 * Calls of another architecture (i386, x32) kill the process.
 */

#include <sys/syscall.h>

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cell/private.h"

#define BINARY_TREE	2

static struct scmp_arg_cmp
comparison(const struct cell_test *test)
{
	struct scmp_arg_cmp cmp = {
		.arg = test->argument, .op = SCMP_CMP_MASKED_EQ,
		.datum_a = test->mask, .datum_b = test->value,
	};

	/* The upper half of a register with an int means nothing. */
	if (test->compare == CELL_SELF) {
		cmp.datum_a = UINT32_MAX;
		cmp.datum_b = (scmp_datum_t)getpid();
	}
	return cmp;
}

static int
add_call(scmp_filter_ctx ctx, uint32_t action, const struct cell_call *call)
{
	struct scmp_arg_cmp cmps[CELL_MAX_TESTS];
	unsigned int n;
	int nr;

	if ((nr = seccomp_syscall_resolve_name(call->name)) ==
	    __NR_SCMP_ERROR)
		return 0;
	for (n = 0; n < CELL_MAX_TESTS &&
	    call->tests[n].compare != CELL_ANY; n++)
		cmps[n] = comparison(&call->tests[n]);
	if (call->error != 0)
		action = SCMP_ACT_ERRNO((uint32_t)call->error & 0xffff);
	return seccomp_rule_add_array(ctx, action, nr, n, cmps);
}

static int
add(scmp_filter_ctx ctx, uint32_t action, const struct cell_call *calls)
{
	int r;

	for (r = 0; calls != NULL && calls->name != NULL && r == 0; calls++)
		r = add_call(ctx, action, calls);
	return r;
}

/* All calls of an open cell but those of the tables. */
static int
refuse(scmp_filter_ctx ctx, const struct cell *cell)
{
	int r;

	if ((r = add(ctx, SCMP_ACT_ERRNO(ENOSYS), cell_open_refused)) != 0)
		return r;
	return add(ctx, SCMP_ACT_ERRNO(ENOSYS), cell->calls);
}

/* No call but those of the tables. */
static int
allow(scmp_filter_ctx ctx, const struct cell *cell)
{
	int r;

	if ((r = add(ctx, SCMP_ACT_ALLOW, cell_base_calls)) != 0 ||
	    (cell->has_threads &&
	    (r = add(ctx, SCMP_ACT_ALLOW, cell_thread_calls)) != 0) ||
	    (r = add(ctx, SCMP_ACT_ALLOW, cell->calls)) != 0)
		return r;
	return add(ctx, SCMP_ACT_ALLOW, cell_extra_calls);
}

static bool
is_spared(const struct cell *cell, const char *name)
{
	const struct cell_call *extra;
	const char *const *spared;

	for (extra = cell_extra_calls; extra->name != NULL; extra++)
		if (strcmp(extra->name, name) == 0)
			return true;
	for (spared = cell->spared; spared != NULL && *spared != NULL;
	    spared++)
		if (strcmp(*spared, name) == 0)
			return true;
	return false;
}

static int
forbid(scmp_filter_ctx ctx, const struct cell *cell)
{
	const char *const *name;
	int nr, r;

	for (name = cell_fatal_calls, r = 0; *name != NULL && r == 0; name++) {
		nr = seccomp_syscall_resolve_name(*name);
		if (nr != __NR_SCMP_ERROR && !is_spared(cell, *name))
			r = seccomp_rule_add_array(ctx, SCMP_ACT_KILL_PROCESS,
			    nr, 0, NULL);
	}
	return r;
}

static int
fill(scmp_filter_ctx ctx, const struct cell *cell)
{
	int r;

	if ((r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS)) != 0 ||
	    (r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE,
	    BINARY_TREE)) != 0 ||
	    (r = seccomp_attr_set(ctx, SCMP_FLTATR_API_SYSRAWRC, 1)) != 0 ||
	    (cell->logs_refusals &&
	    (r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1)) != 0) ||
	    (r = cell->is_open ? refuse(ctx, cell) : allow(ctx, cell)) != 0)
		return r;
	return forbid(ctx, cell);
}

/* Without seccomp, libseccomp would only say that an action is invalid. */
static bool
kernel_filters(void)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int
filter_enter(const struct cell *cell, char lack[CELL_LACK_SIZE])
{
	scmp_filter_ctx ctx;
	int r;

	lack[0] = '\0';
	if (seccomp_arch_native() != SCMP_ARCH_X86_64) {
		(void)strlcpy(lack, "system calls are filtered on amd64 only",
		    CELL_LACK_SIZE);
		return 0;
	}
	if (!kernel_filters()) {
		(void)snprintf(lack, CELL_LACK_SIZE, "seccomp: %s",
		    strerror(errno));
		return 0;
	}
	ctx = seccomp_init(cell->is_open ? SCMP_ACT_ALLOW :
	    SCMP_ACT_ERRNO(ENOSYS));
	if (ctx == NULL) {
		log_warnx(M_LOCKDOWN_FAILED, "cannot make a filter of system "
		    "calls");
		return -1;
	}
	if ((r = fill(ctx, cell)) != 0) {
		errno = -r;
		log_warn(M_LOCKDOWN_FAILED, "cannot make a filter of system "
		    "calls");
	} else if ((r = seccomp_load(ctx)) == -ENOSYS || r == -EINVAL ||
	    r == -EPERM) {
		/* Not compiled in, or not allowed in this container. */
		(void)snprintf(lack, CELL_LACK_SIZE, "seccomp: %s",
		    strerror(-r));
		r = 0;
	} else if (r != 0) {
		errno = -r;
		log_warn(M_LOCKDOWN_FAILED, "cannot filter system calls");
	}
	seccomp_release(ctx);
	return r == 0 ? 0 : -1;
}
