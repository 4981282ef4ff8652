/* SPDX-License-Identifier: ISC */

/*
 * The limit on open file descriptors (RLIMIT_NOFILE), and what is logged when
 * there are no more.
 */

#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

/*
 * Raise the limit of this process to what it needs, if it is lower; beyond the
 * hard limit only as root.  Returns the limit that holds now, which may be more
 * or less.
 */
unsigned long	descriptors_raise(unsigned long needed);

/*
 * The same, for a process that cannot do with less: if the limit stays lower,
 * say so, before something fails for that.
 */
void	descriptors_want(unsigned long needed);

/*
 * Something failed with that errno: if the cause is that there is no descriptor
 * left, say so, with the limit and what to do; at most once a minute.
 */
void	descriptors_note(int error);

/* The same, if what failed does not say why: ask for a descriptor. */
void	descriptors_check(void);

/* Open descriptors 0 to 2 if they are closed: no socket may become stderr. */
void	descriptors_open_stdio(void);

#endif /* DESCRIPTORS_H */
