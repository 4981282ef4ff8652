/* SPDX-License-Identifier: ISC */

/*
 * What the modules about Postfix share.
 */

#ifndef POSTFIX_PRIVATE_H
#define POSTFIX_PRIVATE_H

#include "machine/postfix.h"

struct postfix_parameters {
	struct postfix_parameter *list;
	size_t	 n;
};

struct postfix {
	struct postfix_parameters all, set;
	struct postfix_service *services;
	size_t	 nservices;
	char	*config_dir;	/* that was asked for, or NULL */
};

#endif /* POSTFIX_PRIVATE_H */
