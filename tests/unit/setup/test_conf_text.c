/* SPDX-License-Identifier: ISC */

/*
 * Texts of configuration files: what is written can be read, and says what was
 * asked for; and the line that ends observing is found.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"
#include "setup/conf_text.h"

static struct preset_list *presets;

/* The configuration that a text is, with the presets of the source tree. */
static struct config *
load(const char *text)
{
	const char *main = "/nowhere/countersign.conf";
	struct config_draft draft = { main, NULL };
	struct config *config;
	size_t nfaults;
	char *all;

	assert_int_not_equal(asprintf(&all, "preset_dir = \"%s\"\n%s",
	    TEST_PRESETS, text), -1);
	draft.text = all;
	config = config_load_drafts(main, &draft, 1, stderr, &nfaults);
	free(all);
	return config;
}

static void
sources_can_be_read(void **state)
{
	struct setup_request request = { .secret_header = NULL };
	const struct preset_summary *preset;
	const struct source *source;
	struct config *config;
	char *text;

	(void)state;
	preset = preset_list_find(presets, "salesforce-auth");
	request.tenants = (struct setup_words){ { "00D1U0000013lbu" }, 1 };
	request.logins = (struct setup_words){ { "a", "b c" }, 2 };
	request.domains = (struct setup_words){ { "example.com",
	    "*.example.com" }, 2 };
	text = conf_text_source(&request, preset, "my-name", NULL, true);
	config = load(text);
	assert_non_null(config);
	source = &config->sources[0];
	assert_string_equal(source->name, "my-name");
	assert_string_equal(source->preset, "salesforce-auth");
	assert_true(source->observe);
	assert_int_equal(source->login.n, 2);
	assert_string_equal(source->login.texts[1], "b c");
	assert_int_equal(source->domains.n, 2);
	config_unref(config);
	free(text);

	/* Without observing, only these two lines are missing. */
	text = conf_text_source(&request, preset, "my-name", NULL, false);
	assert_null(strstr(text, "observe"));
	config = load(text);
	assert_non_null(config);
	assert_false(config->sources[0].observe);
	config_unref(config);
	free(text);
}

static void
needs_can_be_read(void **state)
{
	struct setup_request request = {
		.secret_header = "X-Our-Secret",
		.tenants = { { "contoso.onmicrosoft.com" }, 1 },
		.selectors = { { "selector1", "selector2" }, 2 },
		.domains = { { "example.com" }, 1 },
	};
	struct config *config;
	char *text;

	(void)state;
	text = conf_text_source(&request, preset_list_find(presets,
	    "m365-dkim"), "m365", NULL, true);
	config = load(text);
	assert_non_null(config);
	assert_int_equal(config->sources[0].dkims[0].selectors.n, 2);
	config_unref(config);
	free(text);
	request.tenants.n = request.selectors.n = 0;
	text = conf_text_source(&request, preset_list_find(presets,
	    "m365-secret"), "m365", "0123456789abcdef", true);
	assert_non_null(strstr(text, "secret_header \"X-Our-Secret\""));
	free(text);
}

static const struct {
	const char	*publish, *tsig, *resolvers;
	enum rotation_publish kind;
} means[] = {
	{ "manual",		NULL,	"none",	ROTATION_MANUAL },
	{ "update",		"/t",	"192.0.2.1", ROTATION_UPDATE },
	{ "update:192.0.2.9@5353", "/t", NULL,	ROTATION_UPDATE },
	{ "hook:/usr/bin/true",	NULL,	NULL,	ROTATION_HOOK },
};

static void
rotation_can_be_read(void **state)
{
	struct setup_request request = { .publish = NULL };
	const struct rotation *rotation;
	struct config *config;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(means) / sizeof(means[0]); i++) {
		request.publish = means[i].publish;
		request.check_resolvers = (struct setup_words){
		    { means[i].resolvers }, means[i].resolvers != NULL };
		text = conf_text_rotation(&request, means[i].tsig);
		config = load(text);
		assert_non_null(config);
		rotation = &config->rotations[0];
		assert_int_equal(rotation->publish, means[i].kind);
		if (strchr(means[i].publish, '@') != NULL)
			assert_string_equal(rotation->update_server,
			    "192.0.2.9@5353");
		config_unref(config);
		free(text);
	}
}

static void
socket_and_main_can_be_read(void **state)
{
	struct config *config;
	char *text, *main;

	(void)state;
	text = conf_text_socket("unix:/a/b", "mail");
	config = load(text);
	assert_non_null(config);
	assert_string_equal(config->socket, "unix:/a/b");
	assert_string_equal(config->socket_group, "mail");
	config_unref(config);
	main = conf_text_main(text, "/nowhere/conf.d/*.conf");
	assert_true(strncmp(main, text, strlen(text)) == 0);
	config = load(main);
	assert_non_null(config);
	config_unref(config);
	free(main);
	free(text);
	main = conf_text_main(NULL, "/nowhere/conf.d/*.conf");
	config = load(main);
	assert_non_null(config);
	config_unref(config);
	free(main);
}

static const struct {
	const char	*text;
	unsigned int	 line;
	const char	*want;		/* NULL: not found */
} enforced[] = {
	{ "source a {\n    mode = observe\n    x\n}\n", 1,
	    "source a {\n    x\n}\n" },
	{ "source a {\n    # Only log what would be done; and so on\n"
	    "    mode    = observe   # yes\n}\n", 1, "source a {\n}\n" },
	{ "source a {\n    # mine\n    mode=observe\n}\n", 1,
	    "source a {\n    # mine\n}\n" },
	{ "source a {\n    mode = sign\n}\n", 1, NULL },
	{ "source a {\n    # mode = observe\n}\n", 1, NULL },
	{ "source a {\n    mode = observers\n}\n", 1, NULL },
	/* That of another source stays. */
	{ "source a {\n}\nsource b {\n    mode = observe\n}\n", 1, NULL },
	{ "source a {\n    mode = observe\n}\nsource b {\n"
	    "    mode = observe\n}\n", 4,
	    "source a {\n    mode = observe\n}\nsource b {\n}\n" },
};

static void
observing_ends(void **state)
{
	bool no_memory;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(enforced) / sizeof(enforced[0]); i++) {
		text = conf_text_enforced(enforced[i].text, enforced[i].line,
		    &no_memory);
		assert_false(no_memory);
		if ((text == NULL) != (enforced[i].want == NULL) ||
		    (text != NULL && strcmp(text, enforced[i].want) != 0))
			fail_msg("%s: %s", enforced[i].text, text != NULL ?
			    text : "NULL");
		free(text);
	}
}

static void
nothing_escapes_from_quotes(void **state)
{
	static const char *const bad[] = {
		"", "a\"b", "a\\", "a\nb", "a\tb", "${HOME}", "a\177",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(conf_text_is_quotable(bad[i]));
	assert_true(conf_text_is_quotable("*.b\303\274cher.example"));
	assert_true(conf_text_is_quotable("it's } = { #"));
}

static int
set_up(void **state)
{
	(void)state;
	presets = preset_list_read(TEST_PRESETS, stderr);
	return presets == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	preset_list_free(presets);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_can_be_read),
		cmocka_unit_test(needs_can_be_read),
		cmocka_unit_test(rotation_can_be_read),
		cmocka_unit_test(socket_and_main_can_be_read),
		cmocka_unit_test(observing_ends),
		cmocka_unit_test(nothing_escapes_from_quotes),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
