/* SPDX-License-Identifier: ISC */

/*
 * Which format a client gets for its field Accept.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "metrics/accept.h"

#define OM	"application/openmetrics-text"

static const struct {
	const char	*accept;
	bool		 wants;
} cases[] = {
	{ NULL, false },
	{ "", false },
	{ "*/*", false },
	{ "text/plain", false },
	{ "text/html,*/*;q=0.8", false },
	{ OM, true },
	{ "Application/OpenMetrics-Text", true },
	{ OM "; version=1.0.0; charset=utf-8", true },
	{ OM ";version=\"1.0.0\"", true },
	{ OM ";version=0.0.1", false },
	{ OM ";version=2.0.0", false },
	{ OM ";version=0.0.1," OM ";version=1.0.0;q=0.5", true },
	/* Prometheus 2 and 3. */
	{ OM ";version=1.0.0;q=0.5," OM ";version=0.0.1;q=0.4,"
	    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2", true },
	{ OM ";version=1.0.0;escaping=allow-utf-8;q=0.6," OM
	    ";version=0.0.1;q=0.5,text/plain;version=1.0.0;"
	    "escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,"
	    "*/*;q=0.2", true },
	{ "text/plain," OM, true },
	{ "text/plain," OM ";q=0.9", false },
	{ "text/plain;q=0.9," OM, true },
	{ "text/plain;q=0.123, " OM "\t;\tq=0.124", true },
	{ OM ";q=0", false },
	{ OM ";q=0.000", false },
	{ OM ";q=1.001", false },
	{ OM ";q=2", false },
	{ OM ";q=x", false },
	{ OM ";q=", false },
	{ OM ";q", true },
	{ OM "x", false },
	{ ",,;;=,q=1,;q=1;" OM, false },
	{ "application/openmetrics-tex", false },
};

static void
chooses(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (accept_wants_openmetrics(cases[i].accept) !=
		    cases[i].wants)
			fail_msg("%s", cases[i].accept);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
