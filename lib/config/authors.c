/* SPDX-License-Identifier: ISC */

/*
 * The option "authors" of a source: each value is a pattern of addresses, read
 * by address_pattern.c.
 *
 * A fault names the value and says how to write it.
 */

#include "config/address_pattern.h"
#include "config/private.h"

static const char *
fault_text(enum address_pattern_fault fault)
{
	switch (fault) {
	case ADDRESS_PATTERN_NO_AT:
		return "is not an address; write it like "
		    "support@example.com, or *@example.com for all addresses "
		    "of a domain";
	case ADDRESS_PATTERN_BAD_LOCAL:
		return "has a character before its last \"@\" that no address "
		    "has there; write spaces and special characters in "
		    "quotes, like '\"first last\"@example.com', and others "
		    "in UTF-8";
	case ADDRESS_PATTERN_LONG_LOCAL:
		return "is too long before its last \"@\"";
	case ADDRESS_PATTERN_EXCLAMATION:
		return "has a local part that begins with \"!\", which "
		    "excludes an address; write \"*\" for that character";
	case ADDRESS_PATTERN_BAD_DOMAIN:
		return "does not end in a domain; write it like "
		    "support@example.com, or *@*.example.com for all "
		    "subdomains";
	case ADDRESS_PATTERN_OK:
	case ADDRESS_PATTERN_NO_MEMORY:
		break;
	}
	return "cannot be read";
}

char *
config_value_author(struct config_builder *builder,
    const struct config_value *value, const char *what)
{
	char pattern[ADDRESS_PATTERN_SIZE];
	enum address_pattern_fault fault;

	fault = address_pattern_parse(value->text, pattern);
	if (fault == ADDRESS_PATTERN_OK)
		return config_strdup(builder, pattern);
	if (fault == ADDRESS_PATTERN_NO_MEMORY)
		builder->faults.no_memory = true;
	else
		config_fault(&builder->faults, value->line, "the %s \"%s\" %s",
		    what, value->text, fault_text(fault));
	return NULL;
}
