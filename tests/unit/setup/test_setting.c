/* SPDX-License-Identifier: ISC */

/*
 * The value of smtpd_milters with our item, and without it again.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "setup/setting.h"

#define OURS	"{ unix:countersign/milter.sock, default_action=tempfail }"

static const struct {
	const char	*value, *with;
} additions[] = {
	{ NULL,			OURS },
	{ "",			OURS },
	{ "  ",			OURS },
	{ "inet:127.0.0.1:1",	"inet:127.0.0.1:1, " OURS },
	{ "$other_milters",	"$other_milters, " OURS },
	{ "{ unix:a, connect_timeout=3s } unix:b",
	    "{ unix:a, connect_timeout=3s } unix:b, " OURS },
};

static const struct {
	const char	*value;
	bool		 has;
	const char	*without, *last;	/* NULL: cannot be read */
} items[] = {
	{ OURS,				true,	"",	OURS },
	{ "unix:a, " OURS,		true,	"unix:a", OURS },
	{ OURS ", unix:b",		true,	"unix:b", "unix:b" },
	{ "unix:a " OURS " unix:b",	true,	"unix:a, unix:b", "unix:b" },
	{ "{unix:countersign/milter.sock default_action=tempfail}", true, "",
	    "{unix:countersign/milter.sock default_action=tempfail}" },
	{ "{ unix:countersign/milter.sock, default_action=accept }", false,
	    "{ unix:countersign/milter.sock, default_action=accept }",
	    "{ unix:countersign/milter.sock, default_action=accept }" },
	{ "unix:countersign/milter.sock", false,
	    "unix:countersign/milter.sock", "unix:countersign/milter.sock" },
	{ "",				false,	"",	NULL },
	{ "{ unix:a",			false,	NULL,	NULL },
};

static const struct {
	const char	*value, *packed;
} packings[] = {
	{ "",				"" },
	{ " , ",			"" },
	{ "unix:a",			"unix:a" },
	{ "unix:a unix:b,\tunix:c",	"unix:a,unix:b,unix:c" },
	{ OURS, "{unix:countersign/milter.sock,default_action=tempfail}" },
	{ "$other, {  unix:a ,b=c  }\n {unix:d}, ",
	    "$other,{unix:a,b=c},{unix:d}" },
	{ "{unix:a}{unix:b}",		"{unix:a}{unix:b}" },
	{ "{ {unix:a} }",		"{{unix:a}}" },
	{ "{",				"{" },
};

/* The same items, and the same again when packed twice. */
static void
test_packed(void **state)
{
	char *once, *twice;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
		once = setting_packed(packings[i].value);
		assert_string_equal(once, packings[i].packed);
		twice = setting_packed(once);
		assert_string_equal(twice, once);
		free(twice);
		free(once);
	}
	once = setting_packed("unix:a, " OURS);
	assert_true(setting_has(once, OURS));
	free(once);
}

static void
test_with(void **state)
{
	size_t i;
	char *text;

	(void)state;
	for (i = 0; i < sizeof(additions) / sizeof(additions[0]); i++) {
		text = setting_with(additions[i].value, OURS);
		assert_string_equal(text, additions[i].with);
		assert_true(setting_has(text, OURS));
		free(text);
	}
	assert_false(setting_has(NULL, OURS));
}

static void
check_text(const char *value, char *text, const char *want)
{
	if ((text == NULL) != (want == NULL) ||
	    (text != NULL && strcmp(text, want) != 0))
		fail_msg("%s: %s", value, text != NULL ? text : "NULL");
	free(text);
}

static void
test_items(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (setting_has(items[i].value, OURS) != items[i].has)
			fail_msg("%s", items[i].value);
		check_text(items[i].value, setting_without(items[i].value,
		    OURS), items[i].without);
		check_text(items[i].value, setting_last(items[i].value),
		    items[i].last);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_with),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
