/* SPDX-License-Identifier: ISC */

/*
 * The top of the picture: whether mail is being signed, and what is wrong, with
 * the commands that fix it.
 *
 * Texts of findings may quote files and programs, so they are printed as
 * print_safe() does.  A command that is wider than the screen is not cut,
 * because somebody would copy it: another one shows it.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config/action.h"
#include "status/picture.h"

#define MIN_EVERY	56	/* columns */
#define ALL_PROBLEMS	"countersign-doctor --problems"

const char *
picture_number(uint64_t n, char text[32])
{
	char digits[24];
	size_t len, i, to = 0;

	(void)snprintf(digits, sizeof(digits), "%" PRIu64, n);
	len = strlen(digits);
	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			text[to++] = ',';
		text[to++] = digits[i];
	}
	text[to] = '\0';
	return text;
}

const char *
picture_minute(int64_t time, char text[RFC3339_SIZE])
{
	if (!rfc3339_print(time, text))
		return "?";
	text[10] = ' ';
	text[16] = 'Z';
	text[17] = '\0';
	return text;
}

/* -- Head ---------------------------------------------------------------- */

/* What it answers, and the colour of that. */
static enum print_colour
make_verdict(const struct status *status, char *text, size_t size)
{
	const struct numbers *total = status->total, *recent = status->recent;
	char n[32], since[RFC3339_SIZE];

	if (total == NULL) {
		(void)strlcpy(text, status->why, size);
		return PRINT_BAD;
	}
	(void)picture_minute(total->made, since);
	if (recent == NULL && total->done[ACTION_SIGN] == 0)
		(void)snprintf(text, size, "No message was signed since %s.",
		    since);
	else if (recent == NULL)
		(void)snprintf(text, size, "%s message%s signed since %s.",
		    picture_number(total->done[ACTION_SIGN], n),
		    total->done[ACTION_SIGN] == 1 ? " was" : "s were", since);
	else if (recent->done[ACTION_SIGN] > 0) {
		(void)snprintf(text, size, "Mail is being signed: %.1f a "
		    "second, %.1f %% of all.",
		    (double)recent->done[ACTION_SIGN] / status->seconds,
		    100.0 * (double)recent->done[ACTION_SIGN] /
		    (double)recent->nall);
		return PRINT_GOOD;
	} else if (recent->nall > 0) {
		(void)snprintf(text, size, "Mail comes, but none of it was "
		    "signed in the last %u s.", status->seconds);
		return PRINT_DOUBT;
	} else
		(void)snprintf(text, size, "No mail came in the last %u s.",
		    status->seconds);
	return PRINT_PLAIN;
}

static void
put_curve(struct block *block, const struct status *status)
{
	double most = 0;
	size_t i;

	for (i = 0; i < status->ncurve; i++)
		if (status->curve[i] > most)
			most = status->curve[i];
	if (most <= 0 || !block_line(block))
		return;
	block_put(block, "signed a second ");
	for (i = 0; i < status->ncurve; i++)
		block_column(block, status->curve[i] / most);
	block_put(block, " up to %.1f", most);
}

void
picture_head(struct block *block, const struct status *status)
{
	const unsigned int columns = block->style->columns;
	char when[RFC3339_SIZE], every[32] = "", verdict[STATUS_WHY_SIZE];
	enum print_colour colour;
	unsigned int width;

	if (!rfc3339_print(status->now, when))
		(void)strlcpy(when, "?", sizeof(when));
	if (block->style->every > 0 && columns >= MIN_EVERY)
		(void)snprintf(every, sizeof(every), ", every %u s; q ends",
		    block->style->every);
	width = (unsigned int)(strlen(when) + strlen(every));
	(void)block_line(block);
	block_colour(block, PRINT_BOLD);
	block_put_safe(block, status->host, columns > width + 2 ?
	    columns - width - 2 : columns);
	block_colour(block, PRINT_PLAIN);
	block_put(block, "  ");
	block_fill(block, columns > width ? columns - width : 0);
	block_put(block, "%s%s", when, every);
	colour = make_verdict(status, verdict, sizeof(verdict));
	block_wrap(block, verdict, false, colour);
	put_curve(block, status);
}

/* -- What is wrong ------------------------------------------------------- */

static void
put_wrong(struct block *block, const char *subject, const char *text,
    const char *fix)
{
	char *line = NULL;
	size_t len;

	if (asprintf(&line, "%s%s%s", subject, *subject != '\0' ? ": " : "",
	    text) == -1)
		return;
	block_wrap(block, line, true, PRINT_PLAIN);
	free(line);
	for (; fix != NULL && *fix != '\0'; fix += len) {
		len = strcspn(fix, "\n");
		if (!block_command(block, fix, len)) {
			(void)block_command(block, ALL_PROBLEMS,
			    sizeof(ALL_PROBLEMS) - 1);
			return;
		}
		len += fix[len] == '\n';
	}
}

static void
put_choice(struct block *block, const struct choice *choice)
{
	char made[RFC3339_SIZE], text[256], command[128], others[64] = "";
	char *source = print_safe_copy(choice->source);
	char *unit = print_safe_copy(choice->unit);

	(void)picture_minute(choice->made, made);
	if (choice->nsources > 1)
		(void)snprintf(others, sizeof(others), " and %u more",
		    choice->nsources - 1);
	(void)snprintf(text, sizeof(text), "user %s%s%s%s%s%s%s",
	    choice->user, choice->made != 0 ? ", counts since " : "",
	    choice->made != 0 ? made : "", choice->nsources > 0 ?
	    choice->nsources > 1 ? ", sources " : ", source " : "",
	    source != NULL ? source : "", others,
	    choice->made == 0 ? ", of another version" : "");
	(void)snprintf(command, sizeof(command),
	    "countersign-doctor status --pid %ld", (long)choice->pid);
	put_wrong(block, unit != NULL ? unit : "", text, command);
	free(source);
	free(unit);
}

static void
put_choices(struct block *block, const struct choices *choices)
{
	size_t i;

	block_put(block, "MILTERS THAT RUN");
	block_colour(block, PRINT_PLAIN);
	for (i = 0; i < choices->n; i++)
		put_choice(block, &choices->list[i]);
	block->nleft_out += choices->nleft_out;
	block->more = "pgrep countersign-mil";
}

static void
put_finding(struct block *block, const struct finding *finding)
{
	char *subject = print_safe_copy(finding->subject);
	char *text = print_safe_copy(finding->text);

	put_wrong(block, subject != NULL ? subject : "",
	    text != NULL ? text : "out of memory", finding->fix);
	free(subject);
	free(text);
}

void
picture_wrong(struct block *block, const struct status *status)
{
	const struct troubles *troubles = status->troubles;
	const struct finding *finding;
	size_t i;

	if (!block_line(block) || !status_is_wrong(status)) {
		block_colour(block, PRINT_GOOD);
		block_put(block, "Nothing wrong is seen here.");
		block_colour(block, PRINT_PLAIN);
		block_put(block, "  'countersign-doctor' examines everything.");
		return;
	}
	block_colour(block, PRINT_BAD);
	if (status->total == NULL && status->choices.n > 0) {
		put_choices(block, &status->choices);
		return;
	}
	block_put(block, "WRONG NOW");
	block_colour(block, PRINT_PLAIN);
	block->more = ALL_PROBLEMS;
	if (status->total == NULL)
		put_wrong(block, "", "There are no numbers to show: the "
		    "milter does not run, or cannot be asked.", ALL_PROBLEMS);
	for (i = 0; i < troubles->n; i++)
		put_wrong(block, "", troubles->list[i].text,
		    troubles->list[i].command);
	for (i = 0; i < status->findings->n; i++) {
		finding = &status->findings->list[i];
		if (finding->state == FINDING_PROBLEM)
			put_finding(block, finding);
	}
}
