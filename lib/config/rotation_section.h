/* SPDX-License-Identifier: ISC */

/*
 * The options of one section about rotation: the section "rotation" itself, or
 * a section "domain" in it.
 */

#ifndef ROTATION_SECTION_H
#define ROTATION_SECTION_H

#include "config/private.h"

/* Put the options of a section into a rotation; the others stay as they are. */
void	rotation_section_apply(struct config_builder *builder,
	    const struct config_node *node, struct rotation *rotation);

/*
 * Check that the options of a section fit together.
 *
 * Called when: after rotation_section_apply() for all sections, if no option
 * had a fault.
 */
void	rotation_section_check(struct config_builder *builder,
	    const struct config_node *node, struct rotation *rotation);

/* Forget what a rotation copied for another way of publication. */
void	rotation_section_drop_unused(struct rotation *rotation);

#endif /* ROTATION_SECTION_H */
