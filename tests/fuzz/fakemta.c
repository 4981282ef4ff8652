/* SPDX-License-Identifier: ISC */

/*
 * An MTA, its log and its DNS: see fakemta.h.
 *
 * libmilter's functions and those of resolver.c are defined here, so that the
 * linker takes neither; some others are wrapped: see meson.build.  What the
 * callbacks may not say is checked at once.
 */

#include "fakemta.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "ceilings/counts.h"
#include "front/callbacks.h"
#include "front/counting.h"
#include "message/replay.h"
#include "message/spf_cache.h"
#include "resolver/resolver.h"

/* The key of RFC 8463, appendix A. */
#define RECORD "v=DKIM1; k=ed25519; " \
	"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
/* When the message there was signed, in 2018, and a little later. */
#define NOW	1528637950

struct replay	*__real_replay_new(void);
struct replay	*__wrap_replay_new(void);
struct spf_cache *__real_spf_cache_new(void);
struct spf_cache *__wrap_spf_cache_new(void);
time_t	 __wrap_time(time_t *t);
void	 __wrap_syslog(int priority, const char *format, ...);
void	 __wrap_log_record(enum message_id id, const char *queue_id,
	    const char *source, const char *record);

struct fakemta fakemta;

static struct replay *replay;
static struct spf_cache *spf_cache;

struct replay *
__wrap_replay_new(void)
{
	return replay = __real_replay_new();
}

struct spf_cache *
__wrap_spf_cache_new(void)
{
	return spf_cache = __real_spf_cache_new();
}

time_t
__wrap_time(time_t *t)
{
	if (t != NULL)
		*t = NOW;
	return NOW;
}

void
__wrap_syslog(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

/* One line, whatever the mail says. */
void
__wrap_log_record(enum message_id id, const char *queue_id,
    const char *source, const char *record)
{
	(void)id;
	(void)queue_id;
	(void)source;
	if (strlen(record) == 0)
		abort();
	for (; *record != '\0'; record++)
		if (*record < ' ' || *record > '~')
			abort();
	fakemta.nlogged++;
}

bool
fakemta_begin(const struct sign_service *signers)
{
	static struct smfiDesc milter;
	static bool has_log;

	if (!has_log)
		log_init("fuzz_milter", false);
	has_log = true;
	memset(&fakemta, 0, sizeof(fakemta));
	if (replay == NULL && callbacks_register(signers) != 0)
		return false;
	if (fakemta.milter.xxfi_eom != NULL)
		milter = fakemta.milter;
	fakemta.milter = milter;
	return counting_init() == 0;
}

void
fakemta_end(void)
{
	while (fakemta.nmacros > 0) {
		free(fakemta.macros[--fakemta.nmacros].name);
		free(fakemta.macros[fakemta.nmacros].value);
	}
	while (fakemta.nanswers > 0)
		free(fakemta.answers[--fakemta.nanswers]);
	counts_free(counting_counts());
	/* They are big, and remember only what was looked up in DNS. */
	if (fakemta.nquestions == 0)
		return;
	replay_free(replay);
	spf_cache_free(spf_cache);
	replay = NULL;
	spf_cache = NULL;
}

static char *
copy(const char *text)
{
	char *p = strdup(text);

	if (p == NULL)
		abort();
	return p;
}

void
fakemta_set_macro(const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < fakemta.nmacros; i++)
		if (strcmp(fakemta.macros[i].name, name) == 0)
			break;
	if (i == FAKEMTA_MACROS)
		return;
	if (i == fakemta.nmacros) {
		fakemta.macros[i].name = copy(name);
		fakemta.nmacros++;
	} else
		free(fakemta.macros[i].value);
	fakemta.macros[i].value = copy(value);
}

const char *
fakemta_macro(const char *name)
{
	size_t i;

	for (i = 0; i < fakemta.nmacros; i++)
		if (strcmp(fakemta.macros[i].name, name) == 0)
			return fakemta.macros[i].value;
	return NULL;
}

void
fakemta_add_answer(const char *text)
{
	if (fakemta.nanswers < FAKEMTA_ANSWERS)
		fakemta.answers[fakemta.nanswers++] = copy(text);
}

/* libmilter. */

int
smfi_register(struct smfiDesc milter)
{
	fakemta.milter = milter;
	return MI_SUCCESS;
}

int
smfi_setpriv(SMFICTX *ctx, void *session)
{
	(void)ctx;
	fakemta.session = session;
	return MI_SUCCESS;
}

void *
smfi_getpriv(SMFICTX *ctx)
{
	(void)ctx;
	return fakemta.session;
}

char *
smfi_getsymval(SMFICTX *ctx, char *name)
{
	(void)ctx;
	return (char *)(uintptr_t)fakemta_macro(name);
}

int
smfi_setsymlist(SMFICTX *ctx, int stage, char *list)
{
	(void)ctx;
	(void)stage;
	return strlen(list) > 0 ? MI_SUCCESS : MI_FAILURE;
}

/* libmilter refuses line ends, and uses the text as a format. */
int
smfi_setreply(SMFICTX *ctx, char *code, char *enhanced, char *text)
{
	(void)ctx;
	if ((code[0] != '4' && code[0] != '5') || strlen(code) != 3 ||
	    enhanced[0] != code[0])
		abort();
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~' ||
		    (*text == '%' && *++text != '%'))
			abort();
	fakemta.nreplies++;
	return MI_SUCCESS;
}

static int
change(void)
{
	if (!fakemta.is_ending)
		abort();
	return fakemta.refuses ? MI_FAILURE : MI_SUCCESS;
}

int
smfi_insheader(SMFICTX *ctx, int at, char *name, char *value)
{
	(void)ctx;
	if (at != 0 || strcmp(name, "DKIM-Signature") != 0)
		abort();
	if (change() != MI_SUCCESS)
		return MI_FAILURE;
	fakemta.ninserted++;
	fakemta.on_insert(value);
	return MI_SUCCESS;
}

/* Fields are only removed. */
int
smfi_chgheader(SMFICTX *ctx, char *name, int instance, char *value)
{
	(void)ctx;
	if (name[0] == '\0' || instance < 1 || value != NULL)
		abort();
	fakemta.nchanged++;
	return change();
}

int
smfi_quarantine(SMFICTX *ctx, char *reason)
{
	(void)ctx;
	if (reason[0] == '\0')
		abort();
	fakemta.is_quarantined = true;
	return change();
}

/* DNS. */

struct dns_resolver *
dns_resolver_new(const struct dns_options *options, char *error,
    size_t errorsize)
{
	(void)options;
	if (errorsize > 0)
		error[0] = '\0';
	return (struct dns_resolver *)&fakemta;
}

void
dns_resolver_free(struct dns_resolver *resolver)
{
	(void)resolver;
}

/* The name is one; the answer is that of its turn. */
enum dns_status
dns_lookup(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	const char *text = "!";
	struct dns_record *record;

	(void)arg;
	memset(answer, 0, sizeof(*answer));
	if (name[0] == '\0' || strlen(name) > 254)
		abort();
	if (fakemta.nanswers > 0)
		text = fakemta.answers[fakemta.nquestions % fakemta.nanswers];
	fakemta.nquestions++;
	if (strcmp(text, "!") == 0)
		return answer->status = DNS_NXDOMAIN;
	if (strcmp(text, "-") == 0)
		return answer->status = DNS_NODATA;
	if (strcmp(text, "?") == 0) {
		answer->servfail = true;
		return answer->status = DNS_TEMPFAIL;
	}
	if (strcmp(text, "k") == 0)
		text = RECORD;
	if ((record = calloc(1, sizeof(*record))) == NULL)
		abort();
	answer->records = record;
	answer->n = 1;
	record->len = type == DNS_A ? 4 : type == DNS_AAAA ? 16 : strlen(text);
	if ((record->data = calloc(1, record->len + 1)) == NULL)
		abort();
	memcpy(record->data, text, strlen(text) < record->len ?
	    strlen(text) : record->len);
	return answer->status = DNS_OK;
}

void
dns_lookup_all(void *arg, const struct dns_question *questions, size_t n,
    enum dns_type type, struct dns_answer *answers)
{
	size_t i;

	for (i = 0; i < n; i++)
		(void)dns_lookup(arg, questions[i].name, type, &answers[i]);
}
