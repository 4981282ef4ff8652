/* SPDX-License-Identifier: ISC */

/*
 * What is done with the messages of a source: the actions, the fields that are
 * removed, and the fields that are signed and how often h= lists them (RFC 6376
 * sections 5.4 and 8.15).
 *
 * The lists of fields are the library's defaults with the changes of the
 * source.  Values that would break delivery or leave From unprotected are
 * refused: removing a field that delivery needs, or not signing From.
 */

#include "config/private.h"

#include <string.h>
#include <strings.h>

#include "config/pattern.h"
#include "text/text.h"

/* Characters before the "*" in a pattern of field names. */
#define MIN_LITERAL	3	/* octets */

/*
 * Whether a pattern matches a field that delivery or signing needs, or
 * signatures, for which there is remove_signatures.
 */
static bool
is_needed(const char *pattern)
{
	static const char *const needed[] = {
		"bcc", "cc", "content-description", "content-disposition",
		"content-id", "content-transfer-encoding", "content-type",
		"date", "dkim-signature", "from", "in-reply-to", "message-id",
		"mime-version", "received", "references", "reply-to",
		"resent-date", "resent-from", "resent-to", "return-path",
		"sender", "subject", "to",
	};
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (pattern_text_matches(pattern, needed[i],
		    strlen(needed[i])))
			return true;
	return false;
}

static char *
parse_removed(struct config_builder *builder, const struct config_value *value,
    const char *what)
{
	const char *text = value->text;

	if (strcspn(text, "*") < MIN_LITERAL) {
		config_fault(&builder->faults, value->line, "the %s \"%s\" "
		    "would remove too much; write at least %d characters "
		    "before the *", what, text, MIN_LITERAL);
		return NULL;
	}
	if (strchr(text, ':') != NULL || is_needed(text)) {
		config_fault(&builder->faults, value->line, "field \"%s\" "
		    "cannot be removed; name fields that the platform adds, "
		    "without a colon", text);
		return NULL;
	}
	return config_value_word(builder, value, what);
}

/* The name of a field to sign, perhaps with "+" or "-" before it. */
static char *
parse_signed(struct config_builder *builder, const struct config_value *value,
    const char *what)
{
	const char *name = value->text + strspn(value->text, "+-");

	if (strpbrk(name, ":;") != NULL || name[0] == '\0' ||
	    name > value->text + 1) {
		config_fault(&builder->faults, value->line, "the %s \"%s\" is "
		    "not a field name, optionally with + or - before it",
		    what, value->text);
		return NULL;
	}
	if (strcasecmp(name, "dkim-signature") == 0 ||
	    strcasecmp(name, "received") == 0 ||
	    strcasecmp(name, "return-path") == 0) {
		config_fault(&builder->faults, value->line, "\"%s\" changes in "
		    "transit and is not signed; remove it", name);
		return NULL;
	}
	if (strcasecmp(value->text, "-from") == 0) {
		config_fault(&builder->faults, value->line, "From is always "
		    "signed; remove -from");
		return NULL;
	}
	return config_value_word(builder, value, what);
}

/* Whether a list of changes has "-name". */
static bool
drops(const struct text_list *changes, const char *name)
{
	size_t i;

	for (i = 0; i < changes->n; i++)
		if (changes->texts[i][0] == '-' &&
		    strcasecmp(changes->texts[i] + 1, name) == 0)
			return true;
	return false;
}

static bool
replaces(const struct text_list *changes)
{
	return changes->n > 0 && strchr("+-", changes->texts[0][0]) == NULL;
}

/* Whether a list leaves out a name of the default list. */
static bool
leaves_out(const struct text_list *changes, const char *name)
{
	if (replaces(changes))
		return strcasecmp(name, "from") != 0 &&
		    !text_is_listed(changes->texts, changes->n, name);
	return drops(changes, name);
}

/*
 * Apply changes to a default list; without + and - they replace it.  Names that
 * the other list leaves out are left out of this one too.
 */
static void
change_list(struct config_builder *builder, const char *const *standard,
    size_t nstandard, const struct text_list *changes,
    const struct text_list *other, struct text_list *list)
{
	const char **names, *text;
	size_t n = 0, i;

	/* One more for the name in an empty list, see below. */
	names = config_alloc(builder, nstandard + changes->n + 1,
	    sizeof(*names));
	if (names == NULL)
		return;
	for (i = 0; !replaces(changes) && i < nstandard; i++)
		if (!drops(changes, standard[i]) &&
		    !leaves_out(other, standard[i]))
			names[n++] = standard[i];
	for (i = 0; i < changes->n; i++) {
		text = changes->texts[i];
		if (text[0] == '-')
			continue;
		text += text[0] == '+';
		if (!text_is_listed(names, n, text) && !drops(other, text))
			names[n++] = text;
	}
	/* To the library, an empty list means its default. */
	if (n == 0)
		names[n++] = "from";
	list->texts = names;
	list->n = n;
}

/* Either all values must be changes, or none. */
static void
check_changes(struct config_builder *builder,
    const struct config_setting *setting)
{
	bool is_change = strchr("+-", setting->values[0].text[0]) != NULL;
	size_t i;

	for (i = 1; i < setting->nvalues; i++)
		if (is_change != (strchr("+-",
		    setting->values[i].text[0]) != NULL)) {
			config_fault(&builder->faults,
			    setting->values[i].line, "\"%s\" mixes names with "
			    "+ or -, which change the default, and names "
			    "without, which replace it; use one kind",
			    setting->option->name);
			return;
		}
}

/* Parse an option that changes a default list; no changes without it. */
static void
parse_changes(struct config_builder *builder, const struct config_node *node,
    const char *option, struct text_list *changes)
{
	const struct config_setting *setting;

	changes->n = 0;
	if ((setting = config_setting(node, option)) == NULL)
		return;
	check_changes(builder, setting);
	config_parse_list(builder, setting, "field name", parse_signed,
	    changes);
}

/*
 * The default guarded fields that are still oversigned, with the changes of the
 * source: a name in its option guard need not be in oversign too.
 */
static void
set_guard(struct config_builder *builder, const struct text_list *changes,
    const struct text_list *sign, struct source *source)
{
	const char *const *standard;
	const char **names;
	size_t nstandard, n = 0, i;

	if (changes->n == 0 && source->oversign.n == 0)
		return;
	standard = dkimsig_default_guarded(&nstandard);
	if ((names = config_alloc(builder, nstandard, sizeof(*names))) == NULL)
		return;
	for (i = 0; i < nstandard; i++)
		if (source->oversign.n == 0 ||
		    text_is_listed(source->oversign.texts, source->oversign.n,
		    standard[i]))
			names[n++] = standard[i];
	change_list(builder, names, n, changes, sign, &source->guard);
}

/* These options have no effect without oversigning. */
static void
check_oversigning(struct config_builder *builder,
    const struct config_node *node)
{
	static const char *const options[] = { "oversign", "guard" };
	const struct config_setting *setting;
	size_t i;

	for (i = 0; i < 2 && !builder->config->oversign; i++)
		if ((setting = config_setting(node, options[i])) != NULL)
			config_fault(&builder->faults,
			    setting->values[0].line, "\"%s\" has no effect "
			    "with oversign = false in section \"signature\"; "
			    "remove one of the two", options[i]);
}

/* The signers require that no second From can be added. */
static void
oversign_from(struct config_builder *builder, struct text_list *oversign)
{
	const char **names;

	if (text_is_listed(oversign->texts, oversign->n, "from"))
		return;
	names = config_alloc(builder, oversign->n + 1, sizeof(*names));
	if (names == NULL)
		return;
	names[0] = "from";
	if (oversign->n > 0)
		memcpy(names + 1, oversign->texts,
		    oversign->n * sizeof(*names));
	oversign->texts = names;
	oversign->n++;
}

static void
apply_fields(struct config_builder *builder, const struct config_node *node,
    struct source *source)
{
	struct text_list sign, oversign, guard;
	const struct text_list none = { NULL, 0 };
	const char *const *standard;
	size_t n;

	check_oversigning(builder, node);
	parse_changes(builder, node, "sign_headers", &sign);
	parse_changes(builder, node, "oversign", &oversign);
	parse_changes(builder, node, "guard", &guard);
	standard = dkimsig_default_signed(&n);
	if (sign.n > 0)
		change_list(builder, standard, n, &sign, &none,
		    &source->sign_headers);
	/* A field that is not signed is not oversigned either. */
	standard = dkimsig_default_oversigned(&n);
	if (builder->config->oversign && (oversign.n > 0 || sign.n > 0))
		change_list(builder, standard, n, &oversign, &sign,
		    &source->oversign);
	if (!builder->config->oversign || source->oversign.n > 0)
		oversign_from(builder, &source->oversign);
	set_guard(builder, &guard, &sign, source);
}

void
config_apply_signing(struct config_builder *builder,
    const struct config_node *node, struct source *source)
{
	const struct config_setting *setting;

	source->expire = builder->config->expire;
	if ((setting = config_setting(node, "expire")) != NULL)
		config_parse_expire(builder, setting, &source->expire);
	if ((setting = config_setting(node, "mode")) != NULL)
		config_parse_mode(builder, setting, &source->observe);
	if ((setting = config_setting(node, "on_mismatch")) != NULL)
		config_parse_action(builder, setting, CONFIG_MISMATCH_ACTIONS,
		    &source->on_mismatch);
	if ((setting = config_setting(node, "on_no_key")) != NULL)
		config_parse_action(builder, setting, CONFIG_MISMATCH_ACTIONS,
		    &source->on_no_key);
	if ((setting = config_setting(node, "on_fragile")) != NULL)
		config_parse_action(builder, setting, CONFIG_FRAGILE_ACTIONS,
		    &source->on_fragile);
	if ((setting = config_setting(node, "on_fault")) != NULL)
		config_parse_action(builder, setting, CONFIG_MISMATCH_ACTIONS,
		    &source->on_fault);
	config_parse_list_of(builder, node, "remove", "field name",
	    parse_removed, &source->remove);
	config_parse_list_of(builder, node, "remove_signatures",
	    "signing domain", config_value_pattern,
	    &source->remove_signatures);
	config_parse_list_of(builder, node, "also_sign", "domain",
	    config_value_domain, &source->also_sign);
	apply_fields(builder, node, source);
}
