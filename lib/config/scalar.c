/* SPDX-License-Identifier: ISC */

/*
 * Options with one value: a boolean, an action, a number, a duration, a path.
 *
 * Each function stores the value and returns true, or reports a fault that
 * names the option, its value and what it must be.  After a fault the caller
 * keeps its default.
 */

#include "config/private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"

/* 1 or 0; -1 if the text is neither. */
static int
truth(const char *text)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {
		{ "true", true }, { "yes", true }, { "on", true },
		{ "false", false }, { "no", false }, { "off", false },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i].text) == 0)
			return words[i].value;
	return -1;
}

bool
config_is_true(const struct config_setting *setting)
{
	return truth(config_text(setting)) == 1;
}

bool
config_parse_bool(struct config_builder *builder,
    const struct config_setting *setting, bool *value)
{
	int r = truth(config_text(setting));

	if (r != -1) {
		*value = r == 1;
		return true;
	}
	FAULT(builder, setting, "\"%s\" is \"%s\"; it must be true or false",
	    setting->option->name, config_text(setting));
	return false;
}

bool
config_parse_action(struct config_builder *builder,
    const struct config_setting *setting, unsigned int allowed,
    enum action *action)
{
	const char *text = config_text(setting);
	enum action i;

	if (allowed == CONFIG_FRAGILE_ACTIONS)
		text = strcmp(text, "warn") == 0 ? "pass" :
		    strcmp(text, "pass") == 0 ? "" : text;
	for (i = ACTION_PASS; i <= ACTION_REJECT; i++)
		if ((allowed & 1u << i) != 0 &&
		    strcmp(text, action_name(i)) == 0) {
			*action = i;
			return true;
		}
	FAULT(builder, setting, "\"%s\" is \"%s\"; it must be %s",
	    setting->option->name, config_text(setting),
	    allowed == CONFIG_FRAGILE_ACTIONS ? "warn, tempfail or reject" :
	    "reject, quarantine, tempfail or pass");
	return false;
}

bool
config_parse_number(struct config_builder *builder,
    const struct config_setting *setting, long long min, long long max,
    long long *number)
{
	const char *error;

	*number = strtonum(config_text(setting), min, max, &error);
	if (error == NULL && isdigit((unsigned char)config_text(setting)[0]))
		return true;
	FAULT(builder, setting, "\"%s\" is \"%s\"; it must be a number from "
	    "%lld to %lld", setting->option->name, config_text(setting), min,
	    max);
	return false;
}

bool
config_parse_duration(struct config_builder *builder,
    const struct config_setting *setting, long long min, long long max,
    const char *range, long long *seconds)
{
	if (duration_parse(config_text(setting), max, seconds) &&
	    *seconds >= min)
		return true;
	FAULT(builder, setting, "\"%s\" is \"%s\"; it must be a number "
	    "followed by s, m, h, d or w, %s", setting->option->name,
	    config_text(setting), range);
	return false;
}

bool
config_parse_path(struct config_builder *builder,
    const struct config_setting *setting, const char *path)
{
	if (path[0] == '/')
		return true;
	FAULT(builder, setting, "the path \"%s\" of \"%s\" is relative; write "
	    "the full path, beginning with /", path, setting->option->name);
	return false;
}

void
config_parse_mode(struct config_builder *builder,
    const struct config_setting *setting, bool *observe)
{
	if (strcmp(config_text(setting), "observe") == 0)
		*observe = true;
	else if (strcmp(config_text(setting), "sign") == 0)
		*observe = false;
	else
		FAULT(builder, setting, "\"mode\" is \"%s\"; it must be sign "
		    "or observe", config_text(setting));
}
