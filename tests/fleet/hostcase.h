/* SPDX-License-Identifier: ISC */

/*
 * What the files of hostcase share.  Functions end the program on failure.
 */

#ifndef HOSTCASE_H
#define HOSTCASE_H

#include "mirror/mirror.h"

extern struct fleet_mirror mirror;
extern struct fleet_members members;
extern struct fleet_hostkeys keys;
extern struct ks_error error;

void	want(int r);
void	sign(const char *octets, size_t len,
	    unsigned char signature[FLEET_SIGNATURE]);

/* Run a statement; the number in the first column of the first row, or 0. */
int64_t	run(const char *statement, const struct fleet_value *values, size_t n,
	    struct fleet_rows **rows);
int64_t	next_number(void);

/* Poll and confirm; false, and the error is set, if that failed. */
bool	poll_once(void);

/* The line of the only key of a state; the caller frees it. */
char	*print_line(const struct ks_key *key, size_t *len);

/* Write a row under the lease, and print its number. */
void	write_row(const struct fleet_row *row, const char *blob,
	    size_t bloblen);

/* Commands. */
void	cmd_begin(char *words[]);
void	cmd_join(char *words[]);
void	cmd_register(char *words[]);
void	cmd_admit(char *words[]);
void	cmd_expel(char *words[]);
void	cmd_expel_list(char *words[]);
void	cmd_removed(char *words[]);
void	cmd_rows(char *words[]);

#endif /* HOSTCASE_H */
