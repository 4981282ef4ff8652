/* SPDX-License-Identifier: ISC */

/*
 * Room lib/config: the configuration, countersign.conf(5), read and checked as
 * a whole.
 *
 * A loaded configuration is never changed.  Threads share it by reference
 * counting; a message holds a reference from its beginning to its end.
 */

#ifndef CONFIG_H
#define CONFIG_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/action.h"
#include "config/ceiling.h"
#include "dkimsig/dkimsig.h"

#define CONFIG_DEFAULT_FILE	"/etc/countersign/countersign.conf"
#define CONFIG_DEFAULT_KEYDIR	"/var/lib/countersign/keys"
#define CONFIG_DEFAULT_COUNTS	"/var/lib/countersign/counts"

#define CONFIG_MAX_FILES	1024	/* all, with those that are included */
#define CONFIG_MAX_OCTETS	16777216	/* of all of them */
#define CONFIG_MAX_FOLDERS	64	/* of included files, remembered */
#define CONFIG_MAX_SOCKET_PATH	103	/* octets: 107 less ".new" */

/* Limits of one source. */
#define CONFIG_MAX_HEADER_RULES	32
#define CONFIG_MAX_SECRET_RULES	4
#define CONFIG_MAX_DKIM_RULES	4
#define CONFIG_MAX_SPF		8	/* domains */
/* ... and of all sources together. */
#define CONFIG_MAX_SPF_DOMAINS	32
#define CONFIG_MAX_REPLY_CONTACT	100	/* octets */
#define CONFIG_MAX_SECRETS	2	/* values of a secret header */
#define CONFIG_STREAM_SIZE	17	/* octets of a name, NUL included */
#define CONFIG_MAX_STREAMS	16	/* of a domain, besides its default */
#define CONFIG_MAX_ALL_STREAMS	256	/* different names */
/* ... and of rotation. */
#define CONFIG_MAX_SERVERS	16	/* authoritative ones of a domain */
#define CONFIG_MAX_PARALLEL	64
#define CONFIG_METRICS_SOURCES	100	/* the default of metrics_sources */
#define CONFIG_MAX_SYNC_HOSTS	16
#define CONFIG_MAX_SYNC_WORDS	32	/* of sync_command */
#define CONFIG_MAX_HOST_NAME	255	/* octets */
#define CONFIG_MAX_FLEET_HOST	64	/* octets */
#define CONFIG_MAX_CONTACT	254	/* octets, RFC 5321 section 4.5.3.1.3 */
#define CONFIG_MAX_RESOLVERS	8	/* that check a record from outside */

/* An address block; IPv4 is never written as ::ffff:0:0/96. */
struct network {
	int		 family;	/* AF_INET or AF_INET6 */
	unsigned char	 address[16];	/* host bits zero */
	unsigned int	 prefix_length;	/* bits */
	bool		 excluded;	/* "!192.0.2.0/24" */
};

/* A list of strings; NULL and 0 if the option is not set. */
struct text_list {
	const char *const *texts;
	size_t		 n;
};

/* Whether a text is in a list, octet for octet. */
bool	text_list_has(const struct text_list *list, const char *text);

/* How the value of a header field is compared. */
enum header_compare {
	HEADER_EXACT,		/* octet for octet */
	HEADER_NOCASE,		/* ASCII case ignored */
	HEADER_SALESFORCE_ID,	/* 15 or 18 characters, compared as 15 */
	HEADER_ABSENT		/* the field must not be present */
};

/* One rule about a header field; all rules of a source must hold. */
struct header_rule {
	const char	*name;		/* compared without case */
	enum header_compare	compare;
	struct text_list values;	/* one of them must match */
	bool		 optional;	/* holds if the field is absent */
	bool		 proves_tenant;	/* a tenant factor by itself */
};

/*
 * A field that carries a secret: it must appear exactly once, with one of the
 * values.  The field is removed from every message, whatever is decided.
 */
struct secret_rule {
	const char	*name;
	struct text_list values;	/* one, or two while it is changed */
};

/* A valid DKIM signature that the message must arrive with. */
struct dkim_rule {
	struct text_list sdids;		/* patterns, pattern_domain_matches() */
	struct text_list selectors;	/* the same; none: any selector */
	struct text_list fields;	/* that h= must name, besides From */
	/* Fields that need not be covered, in lower case: those that the
	 * platform leaves out, and those that the source accepts unsigned. */
	struct text_list leaves_out;
	struct text_list uncovered;
	/* The fields that the source signs, without those two lists. */
	struct text_list must_cover;
	int64_t		 max_age;	/* seconds since its t= */
	unsigned int	 max_uses;	/* of one signature within max_age */
	unsigned int	 line;		/* if there are no selectors; else 0 */
};

/* What the envelope sender must be if it is a Salesforce bounce address. */
enum bounce_rule {
	BOUNCE_UNASKED,
	BOUNCE_OPTIONAL,	/* other envelope senders hold too */
	BOUNCE_REQUIRED
};

/* TLS versions in their order. */
enum tls_version {
	TLS_NONE,
	TLS_1_0,		/* or older */
	TLS_1_1,
	TLS_1_2,
	TLS_1_3
};

/*
 * Who may have mail signed for which domains.  A factor that is not used has
 * an empty list, or the first value of its type.
 */
struct source {
	const char	*name;
	unsigned int	 line;		/* of the file, where it begins */
	const char	*preset;	/* NULL: none */
	bool		 observe;	/* decide and log, but do nothing */

	/* Hop factors. */
	const struct network *networks;
	size_t		 nnetworks;
	bool		 trust_network;
	struct text_list spf;		/* domains; one must pass */
	struct text_list ptr;		/* patterns of the client name */
	struct text_list helo;		/* patterns */
	enum tls_version tls;		/* at least */
	struct text_list cert_cn;	/* patterns, of a trusted certificate */
	struct text_list cert_issuer;	/* CN of the issuer */

	/* Tenant factors. */
	struct text_list login;
	bool		 any_login;	/* any that no source names */
	struct text_list platform_logins;	/* with any_login: all that
					 * sources name, see login.h */
	struct text_list daemon;	/* {daemon_name}, or a port number */
	struct text_list envelope;	/* patterns; proves no tenant */
	struct text_list authors;	/* address_pattern.h; the same */
	enum bounce_rule bounce;
	struct text_list bounce_ids;	/* Salesforce ids of 15 */
	const struct header_rule *headers;
	size_t		 nheaders;
	const struct secret_rule *secrets;
	size_t		 nsecrets;
	const struct dkim_rule *dkims;
	size_t		 ndkims;

	/* Normalized; "*.example.com" allows every subdomain. */
	struct text_list domains;
	/* The organizational domain of each: see organization.h. */
	struct text_list organizations;

	enum action	 on_mismatch;
	enum action	 on_unclear_author;	/* of mail by its route */
	enum action	 on_no_key;
	enum action	 on_fragile;	/* ACTION_PASS: signed, and logged */
	enum action	 on_fault;	/* proven, but not safe to sign */
	struct ceilings	 ceilings;

	/* What is removed from the message before it is signed. */
	struct text_list remove;	/* patterns of field names */
	struct text_list remove_signatures;	/* patterns of d= */

	/*
	 * The fields of the signature, as in dkimsig_sigspec, with the "+" and
	 * "-" of the options applied; empty for the default.  A field that
	 * sign_headers drops is not in the other lists.  A field that oversign
	 * drops is guarded only if the source says so.  From is always
	 * oversigned; if the option oversign is false, it is the only field.
	 */
	struct text_list sign_headers;
	struct text_list oversign;
	struct text_list guard;
	struct text_list also_sign;	/* SDIDs of further signatures */
	/* Which keys of its domains sign; NULL: those of no stream.  Further
	 * signatures are always made with those. */
	const char	*stream;
	int64_t		 expire;	/* seconds; 0: none */
};

/* A stream that a source names for the domains of a pattern. */
struct config_stream {
	const char	*pattern;	/* as in domains of the source */
	const char	*name;
	unsigned int	 line;		/* of a source with both */
};

/* How names are looked up; see resolver/resolver.h. */
struct config_dns {
	struct text_list servers;	/* none: those of the host */
	const char	*trust_anchor;	/* NULL: DNSSEC is not validated */
	unsigned int	 timeout_ms;	/* for one lookup */
};

/* How key records are published in DNS. */
enum rotation_publish {
	ROTATION_MANUAL,	/* by a person */
	ROTATION_UPDATE,	/* RFC 2136, signed with a TSIG key */
	ROTATION_HOOK		/* by a program */
};

#define ROTATION_AUTO	((int64_t)-1)	/* instead of a time */
#define ROTATION_NEVER	((int64_t)-1)

/* How the keys of a domain are rotated; all times in seconds. */
/*
 * Domains whose keys began together do not change them together, which would
 * be a burst at the DNS server: each key signs for less than "every", by up to
 * so many seconds, and no more than that part of "every".  How much follows
 * from the name of the domain, so it is always the same.
 */
#define ROTATION_SPREAD		86400
#define ROTATION_SPREAD_PART	16

struct rotation {
	const char	*domain;	/* or "*.parent"; NULL: for all */
	unsigned int	 line;		/* in the file; 0: not there */
	int64_t		 every;		/* how long a key signs */
	unsigned int	 rsa_bits;	/* 2048, 3072 or 4096 */
	bool		 wants_ed25519;	/* besides RSA */
	bool		 automatic;	/* "rotate" changes its keys */
	enum rotation_publish publish;
	int64_t		 publish_lead;	/* or ROTATION_AUTO */
	int64_t		 retain;	/* at least, from retired to revoked */
	int64_t		 revoke_for;
	const char	*disclose;	/* directory; NULL: none */
	int64_t		 queue_lifetime; /* or ROTATION_AUTO */
	/* How long verifiers may need the record; or ROTATION_AUTO. */
	int64_t		 signature_lifetime;
	int64_t		 ttl;		/* of a record, up to a day */
	/* How long a silent server is waited for, or ROTATION_NEVER. */
	int64_t		 unreachable_after;
	/* For ROTATION_UPDATE, else NULL. */
	const char	*update_server;	/* ADDRESS[@PORT]; NULL: MNAME */
	const char	*tsig_key;	/* file */
	/* For ROTATION_HOOK, else NULL. */
	const char	*hook;		/* program */
	unsigned int	 means_line;	/* of tsig_key or hook */
	const char	*cname_zone;	/* target of CNAMEs; NULL: none */
	const char	*contact;	/* whom to tell; NULL: nobody named */
	struct text_list servers;	/* ADDRESS[@PORT]; none: as in NS */
	/* ADDRESS[@PORT], or ADDRESS@PORT#NAME for DNS over TLS. */
	struct text_list check_resolvers;
	bool		 is_closed;	/* nobody outside looks records up */
};

/*
 * The files of a configuration.  Lines are counted through all of them, so that
 * one number says where something is; config_place() tells file and line.
 */
struct config_file {
	const char	*path;
	unsigned int	 before;	/* lines; stands for the whole file */
};

struct config_files {
	const struct config_file *list;	/* the first: the main file */
	size_t		 n;
};

struct config_place {
	const char	*file;
	unsigned int	 line;		/* 0: the file as a whole */
};

#define CONFIG_MAX_WARNINGS	100	/* kept; the rest is only counted */

/* Something that is allowed, but probably a mistake. */
struct config_warning {
	unsigned int	 line;
	const char	*text;
	bool		 is_risk;	/* mail of strangers is signed */
};

struct source_index;

struct config {
	const char	*file;		/* the main one */
	struct config_files files;
	/* The directories that are searched for files to include. */
	struct text_list folders;
	const char	*socket;	/* unix:PATH or inet:PORT@ADDRESS */
	unsigned int	 socket_mode;	/* of a unix socket, default 0660 */
	const char	*socket_group;	/* NULL: unchanged */
	const char	*keydir;
	const char	*kek_file;	/* of a sealed store; NULL: none */
	bool		 keydir_mounted;	/* not changed by this host */
	const char	*state_dir;	/* of last uses then; else NULL */
	const char	*host;		/* this one; NULL: its machine ID */
	bool		 follower;	/* another host rotates the keys */
	/* A connection string of libpq, and this host's name in the fleet;
	 * NULL: it is in none. */
	const char	*fleet_database;
	const char	*fleet_host;
	const char	*user;		/* of the front; "countersign" */
	const char	*keys_user;	/* of the signers; "countersign-keys" */
	unsigned int	 signers;	/* processes; default: one per core */
	unsigned int	 signatures_per_hour;	/* of a domain; 0: any number */
	unsigned int	 sign_timeout_ms;
	const char	*preset_dir;	/* searched first; NULL: none */
	struct config_dns dns;

	bool		 observe;	/* only log, change no message */
	const char	*reply_contact;	/* added to replies; NULL: nothing */
	bool		 log_json;	/* lines about messages; else logfmt */
	const char	*audit_file;	/* NULL: none */
	const char	*counts_dir;	/* of the front: see ceiling.h */
	const char	*metrics_listen;	/* as in loopback.h; or NULL */
	const char	*metrics_textfile;	/* NULL: none */
	const char	*metrics_user;	/* NULL: that of the front */
	unsigned int	 metrics_sources;	/* with a number each */

	int64_t		 expire;	/* seconds; 0: none; default 7 days;
					 * of sources that set no other */
	int64_t		 longest_expire;	/* of any source; 0: none */
	/* How long a signature of any source may still be verified. */
	int64_t		 signature_lifetime;
	bool		 oversign;
	enum dkimsig_canon	header_canon, body_canon;

	/* The next hops keep 8-bit bodies: these are not fragile. */
	bool		 eight_bit_safe;

	unsigned int	 max_connections;	/* of the MTA */
	size_t		 max_header;	/* octets */
	size_t		 max_fields;

	const struct source *sources;
	size_t		 nsources;
	const struct source_index *index;	/* see source_index.h */
	/* What the sources' "remove" lists, without duplicates; and whether
	 * one of them has remove_signatures. */
	struct text_list remove;
	bool		 removes_signatures;

	/* The first is for all; see config_rotation(). */
	const struct rotation *rotations;
	size_t		 nrotations;
	unsigned int	 rotation_parallel;	/* queries at a time */
	const char	*metrics_file;	/* of rotation; NULL: none */
	struct text_list sync_hosts;	/* to which keys are pushed */
	struct text_list sync_command;	/* the word HOST is the host */
	const char	*notify_hook;	/* program that tells; NULL: none */
	unsigned int	 notify_line;	/* of notify_hook */

	/* Names of all fields that a rule asks for, lower case, sorted. */
	struct text_list header_names;
	/* Names of all fields that carry secrets, lower case, sorted. */
	struct text_list secret_names;
	/* Names of all fields that sources with a dkim factor sign, sorted
	 * without regard to case. */
	struct text_list covered_names;
	/* Pairs of all sources, sorted by pattern, then by name. */
	const struct config_stream *streams;
	size_t		 nstreams;
	bool		 asks_spf;	/* a source has this factor */
	bool		 asks_dkim;
	bool		 asks_authors;	/* ... or patterns of authors */
	bool		 has_ceilings;	/* ... has a section ceilings */
	bool		 wants_recipients;	/* ... one counts them */

	const struct config_warning *warnings;
	size_t		 nwarnings;
	size_t		 nmore_warnings;	/* only counted */
};

/*
 * Read and check a configuration file and those that it includes.  All faults
 * are written to faults, one line each: "FILE:LINE: text".  Returns the
 * configuration with one reference, or NULL if there was a fault; *nfaults is
 * their number.
 */
struct config *config_load(const char *file, FILE *faults, size_t *nfaults);

/*
 * For "PROGRAM%s%s ..." in a message: " -c " and the file, or "" and "" if it
 * is the one that programs read without the option.
 */
const char *config_option(const char *file);
const char *config_option_file(const char *file);

/* What a process that runs by the configuration does with a value. */
enum config_use {
	CONFIG_READS = 1,	/* a file */
	CONFIG_SEARCHES,	/* a directory, for files to read */
	CONFIG_APPENDS,		/* a file, which it creates if need be */
	CONFIG_KEEPS,		/* a directory, for files of its own */
	CONFIG_ASKS		/* a DNS server: ADDRESS or ADDRESS@PORT */
};

/*
 * What a process can use.  allow() is called for each value before anything is
 * opened; false makes it a fault of that line, which says that it needs a
 * restart.
 */
struct config_bounds {
	bool	(*allow)(void *arg, enum config_use use, const char *value,
		    unsigned int line);
	void	*arg;
};

/* config_load() in a process that has such bounds. */
struct config *config_load_within(const char *file,
	    const struct config_bounds *bounds, FILE *faults,
	    size_t *nfaults);

/* A file as it would be: its text instead of what is on disk. */
struct config_draft {
	const char	*path;
	const char	*text;
};

/*
 * The same, with drafts in the place of the files of these paths, so that a
 * change can be checked before it is made.  A draft of a file that does not
 * exist is read as if it did; owners and modes of drafts are not checked.
 */
struct config *config_load_drafts(const char *file,
	    const struct config_draft *drafts, size_t ndrafts, FILE *faults,
	    size_t *nfaults);

/* Where a line of the configuration is, as in struct source. */
struct config_place config_place(const struct config *config,
	    unsigned int line);

/*
 * Write the warnings as "FILE:LINE: warning: text": all of them, those of
 * risks, or the others.
 */
void	config_print_warnings(const struct config *config, FILE *out);
void	config_print_risks(const struct config *config, FILE *out);
void	config_print_oddities(const struct config *config, FILE *out);

/* Take and release a reference; both are thread-safe.  config_unref() accepts
 * NULL. */
struct config *config_ref(struct config *config);
void	config_unref(struct config *config);

/*
 * How the keys of a domain, in normalized form, are rotated: by its own
 * section, else that of the nearest "*.parent", else the general one.
 */
const struct rotation *config_rotation(const struct config *config,
	    const char *domain);

/* The first source that names the domain, or NULL. */
const struct source *config_naming_source(const struct config *config,
	    const char *domain);

/* Whether a source names the domain, so that its keys sign mail. */
bool	config_names(const struct config *config, const char *domain);

/*
 * Streams are keys of a domain that only the sources sign with that name them.
 * A name has letters a to z and digits, begins with a letter, and is not
 * "default".
 */
bool	config_is_stream(const char *text);

/*
 * The names of the streams that sources name for a domain in normalized form,
 * sorted: at most size of them into names; there are never more than
 * CONFIG_MAX_STREAMS.  They last as long as the configuration.
 */
size_t	config_streams(const struct config *config, const char *domain,
	    const char **names, size_t size);

/* Whether a source names that stream for the domain. */
bool	config_names_stream(const struct config *config, const char *domain,
	    const char *stream);

#endif /* CONFIG_H */
