/* SPDX-License-Identifier: ISC */

/*
 * What the keys of a domain wait for and what is wrong with them, as people
 * read it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lifecyclecase.h"
#include "rotate/outlook.h"
#include "rotate/report.h"
#include "rotate/view.h"

#define NOW	LIFECYCLECASE_NOW	/* 2027-01-15T08:00:00Z */
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define SIGNS	"rsa g-9d p-9d s-9d v-8d a-5d right"
#define SPARE	"rsa g-4d p-4d s-4d v-3d right"

/*
 * Notes about a key: ! cannot be used, ? its step failed, * a server shows its
 * record.  ~ is a dry run.
 */
static const struct {
	const char	*name, *policy;
	const char	*keys[LIFECYCLECASE_KEYS];
	const char	*notes;
	const char	*want;
} cases[] = {
	{ "nothing to say", "", { SIGNS, SPARE }, NULL,
	    "next: +7344000s\n" },
	{ "no key", "", { NULL }, NULL,
	    "example.com  -  FAILED: no rsa-sha256 key signs, so mail of "
	    "example.com is not signed [not-signed]\n" },
	{ "nothing in reserve", "", { SIGNS }, NULL,
	    "example.com  -  FAILED: no verified rsa-sha256 key is in "
	    "reserve [no-reserve]\n"
	    "next: +7344000s\n" },
	{ "none signs", "", { SPARE }, NULL,
	    "example.com  -  FAILED: no rsa-sha256 key signs, so mail of "
	    "example.com is not signed [not-signed]\n"
	    "example.com  -  waiting until 2027-01-15T08:00:00Z: mail of "
	    "example.com will be signed from about 08:00 UTC on if every "
	    "name server still shows the record and 'countersign-key rotate "
	    "example.com' runs then: run it, or wait for the timer, which "
	    "runs it within the hour\n" },
	{ "by hand, nothing in reserve", "hand", { SIGNS }, NULL,
	    "example.com  -  waiting for you: no verified rsa-sha256 key is "
	    "in reserve [no-reserve]\n"
	    "next: +7344000s\n" },
	{ "Ed25519, too", "ed", { SIGNS, SPARE }, NULL,
	    "example.com  -  FAILED: no verified ed25519-sha256 key signs "
	    "[no-reserve]\n"
	    "next: +7344000s\n" },
	{ "signs, and its record is gone", "",
	    { "rsa g-9d p-9d s-9d v-8d a-5d absent", SPARE }, NULL,
	    "example.com  s0  FAILED: signs, but not every server has its "
	    "correct record: ... [record]\n"
	    "next: +7344000s\n" },
	{ "is due to sign, and its record is gone", "", { SIGNS,
	    "rsa g-9d p-9d s-9d v-8d a+1d absent" }, NULL,
	    "example.com  s1  FAILED: is due to sign, but not every server "
	    "has its correct record: ... [record]\n"
	    "next: +86400s\n" },
	{ "signs, and resolvers outside do not see it", "outside",
	    { "rsa g-9d p-9d s-9d v-8d a-5d right out-other", SPARE }, NULL,
	    "example.com  s0  FAILED: signs, and every name server has its "
	    "record, but a resolver of check_resolvers does not see it, so "
	    "receivers may not either: ... [not-seen-outside]\n"
	    "next: +7344000s\n" },
	{ "is due to sign, and is not seen outside", "outside", { SIGNS,
	    "rsa g-9d p-9d s-9d v-8d a+1d right out-other" }, NULL,
	    "example.com  s1  FAILED: is due to sign, and every name server "
	    "has its record, but a resolver of check_resolvers does not see "
	    "it: ... [not-seen-outside]\n"
	    "next: +86400s\n" },
	{ "signs for too long", "",
	    { "rsa g-900d p-900d s-900d v-900d a-800d right", SPARE }, NULL,
	    "example.com  s0  FAILED: has signed for far too long: no "
	    "successor can take over [overdue]\n" },
	{ "a time that is to come", "", { SIGNS,
	    "rsa g-20d p-20d s-20d v-19d a-18d t+9d k+1d right", SPARE }, NULL,
	    "example.com  s1  FAILED: a recorded time lies in the future: "
	    "check the clock of this host; the key is not revoked or removed "
	    "until then [clock]\n"
	    "next: +2678400s\n" },
	{ "compromised, and signs", "",
	    { "rsa g-9d p-9d s-9d v-8d a-5d right bad", SPARE }, NULL,
	    "example.com  s0  FAILED: is compromised and not revoked yet: "
	    "... [exposed]\n"
	    "next: +7344000s\n" },
	{ "compromised, and not revoked", "", { SIGNS, SPARE,
	    "rsa g-9d p-9d s-9d v-8d a-5d t-1h right bad" }, NULL,
	    "example.com  s2  FAILED: is compromised and not revoked yet: "
	    "... [exposed]\n"
	    "next: +7344000s\n" },
	{ "compromised, revoked, and still shown", "", { SIGNS, SPARE,
	    "rsa g-9d p-9d s-9d v-8d a-5d t-9d k-2d wrong bad" }, NULL,
	    "example.com  s2  FAILED: is compromised, and DNS does not show "
	    "it as revoked: ... [exposed]\n"
	    "next: +2419200s\n" },
	{ "compromised, by hand", "hand", { SIGNS, SPARE,
	    "rsa g-9d p-9d s-9d v-8d a-5d t-1h right bad" }, NULL,
	    "example.com  s2  FAILED: is compromised and not revoked: "
	    "publish its record with an empty p= now: ... [exposed]\n"
	    "next: +7344000s\n" },
	{ "compromised, nobody asked", "", { SIGNS, SPARE,
	    "rsa g-9d p-9d s-9d v-8d a-5d t-1h bad" }, NULL,
	    "example.com  s2  FAILED: is compromised and not revoked yet "
	    "[exposed]\n"
	    "next: +7344000s\n" },
	{ "compromised, and another one could take over", "",
	    { "rsa g-9d p-9d s-9d v-8d a-5d right bad",
	    "rsa g-4d p-4d s-4d unknown shown silent-2h" }, NULL,
	    "example.com  s0  FAILED: is compromised and still signs: key s1 "
	    "could take over, but not every server answers: ...: if those "
	    "that do not answer are out of service, force the change with "
	    "'countersign-key activate example.com s1 --force' [exposed]\n"
	    "example.com  s1  waiting until 2027-01-16T06:00:00Z: not every "
	    "server shows its record: ...\n"
	    "example.com  -  FAILED: no verified rsa-sha256 key is in "
	    "reserve [no-reserve]\n"
	    "next: +7344000s\n" },
	{ "a file that cannot be used: signs", "", { SIGNS, SPARE }, "!",
	    "example.com  s0  FAILED: should sign but cannot: its file is "
	    "damaged [key-file]\n"
	    "next: +7344000s\n" },
	{ "in reserve", "", { SIGNS, SPARE }, "-!",
	    "example.com  s1  FAILED: will not be able to sign: its file is "
	    "damaged; or withdraw it with 'countersign-key remove "
	    "example.com s1' [spare-key-file]\n"
	    "next: +7344000s\n" },
	{ "is due to sign", "", { SIGNS,
	    "rsa g-9d p-9d s-9d v-8d a+1d right" }, "-!",
	    "example.com  s1  FAILED: will not be able to sign: its file is "
	    "damaged [spare-key-file]\n"
	    "next: +86400s\n" },
	{ "is retired", "", { SIGNS, SPARE,
	    "rsa g-99d p-99d s-99d v-98d a-95d t-1d right" }, "--!",
	    "next: +950700s\n" },
	{ "the store has a fault", "broken", { SIGNS, SPARE }, NULL,
	    "example.com  -  FAILED: the files of several keys cannot be "
	    "used, all in this domain: something is wrong with the key "
	    "store, for example the owner after a restore, so only "
	    "compromised keys are changed [key-store]\n"
	    "next: +7344000s\n" },
	{ "caches may be without it", "", { SIGNS,
	    "rsa g-1h p-1h s-60s right" }, NULL,
	    "example.com  s1  waiting until 2027-01-15T08:59:02Z: some "
	    "caches may not have its record yet\n"
	    "next: +3542s\n" },
	{ "was published just now", "", { SIGNS, "rsa g-1h p-60s absent" },
	    NULL,
	    "example.com  s1  waiting until 2027-01-15T08:59:00Z: not every "
	    "server shows its record: ...\n"
	    "next: +7344000s\n" },
	{ "was published long ago, and is gone", "", { SIGNS,
	    "rsa g-9d p-9d absent" }, NULL,
	    "example.com  s1  FAILED: its record is gone or was never "
	    "published in DNS: ... [new-record]\n"
	    "example.com  -  FAILED: no verified rsa-sha256 key is in "
	    "reserve [no-reserve]\n"
	    "next: +7344000s\n" },
	{ "its step failed", "", { SIGNS, "rsa g-9d p-9d absent" }, "-?",
	    "example.com  -  FAILED: no verified rsa-sha256 key is in "
	    "reserve [no-reserve]\n"
	    "next: +7344000s\n" },
	{ "a silent server", "", { SIGNS,
	    "rsa g-9d p-9d unknown shown silent-2h" }, NULL,
	    "example.com  s1  waiting until 2027-01-16T06:00:00Z: not every "
	    "server shows its record: ...\n"
	    "example.com  -  FAILED: no verified rsa-sha256 key is in "
	    "reserve [no-reserve]\n"
	    "next: +7344000s\n" },
	{ "silent for a day", "", { SIGNS,
	    "rsa g-9d p-9d unknown shown silent-1d" }, NULL,
	    "example.com  s1  FAILED: not every server shows its record: ... "
	    "[new-record]\n"
	    "example.com  -  FAILED: no verified rsa-sha256 key is in "
	    "reserve [no-reserve]\n"
	    "next: +7344000s\n" },
	{ "is to be published by hand", "hand", { SIGNS, "rsa g-9d absent" },
	    NULL,
	    "example.com  s1  waiting for you: publish its record: see "
	    "'countersign-key show': ... [new-record]\n"
	    "example.com  -  waiting for you: no verified rsa-sha256 key is "
	    "in reserve [no-reserve]\n"
	    "next: +7344000s\n" },
	{ "another key is at its name", "hand", { SIGNS, "rsa g-9d foreign" },
	    NULL,
	    "example.com  s1  waiting for you: another key's record is at "
	    "its name: if it was not entered by mistake, another host or a "
	    "restored backup rotates these keys (see 'countersign-key "
	    "take-over'); replace it only if no host signs with that key: "
	    "... [new-record]\n"
	    "example.com  -  waiting for you: no verified rsa-sha256 key is "
	    "in reserve [no-reserve]\n"
	    "next: +7344000s\n" },
	{ "another key is at its name, not by hand", "", { SIGNS,
	    "rsa g-9d p-9d foreign" }, NULL,
	    "example.com  s1  FAILED: not every server shows its record: ... "
	    "[new-record]\n"
	    "example.com  -  FAILED: no verified rsa-sha256 key is in "
	    "reserve [no-reserve]\n"
	    "next: +7344000s\n" },
	{ "waits for resolvers that disagree", "outside", { SIGNS,
	    "rsa g-9d p-9d s-9d right out-other" }, NULL,
	    "example.com  s1  FAILED: every name server has its record, but "
	    "a resolver of check_resolvers does not see it, so it does not "
	    "sign: ... [outside]\n"
	    "example.com  -  FAILED: no verified rsa-sha256 key is in "
	    "reserve [no-reserve]\n"
	    "next: +7344000s\n" },
	{ "waits for resolvers that do not answer", "outside", { SIGNS,
	    "rsa g-9d p-9d s-9d right out-silent" }, NULL,
	    "example.com  s1  FAILED: every name server has its record, but "
	    "no resolver of check_resolvers answers, so it does not sign: "
	    "... [outside]\n"
	    "example.com  -  FAILED: no verified rsa-sha256 key is in "
	    "reserve [no-reserve]\n"
	    "next: +7344000s\n" },
	{ "private servers", "outside", { SIGNS,
	    "rsa g-9d p-9d s-9d right out-hidden" }, NULL,
	    "example.com  -  waiting for you: all name servers have private "
	    "addresses, so receivers may see other records, and no further "
	    "key is verified or starts to sign: in the section rotation, set "
	    "check_resolvers to resolvers outside, such as "
	    "\"9.9.9.9@853#dns.quad9.net\"; or, if no mail leaves this "
	    "network, set check_resolvers = none there [private-servers]\n"
	    "example.com  -  FAILED: no verified rsa-sha256 key is in "
	    "reserve [no-reserve]\n"
	    "next: +7344000s\n" },
	{ "to be revoked by hand", "hand", { SIGNS, SPARE,
	    "rsa g-99d p-99d s-99d v-98d a-95d t-60d u-60d right" }, "--*",
	    "example.com  s2  waiting for you: no mail signed with it is "
	    "still in transit: give its record an empty p=, or remove it: "
	    "... [old-record]\n"
	    "next: +7344000s\n" },
	{ "revoked by hand already", "hand", { SIGNS, SPARE,
	    "rsa g-99d p-99d s-99d v-98d a-95d t-60d u-60d different" }, NULL,
	    "next: +7344000s\n" },
	{ "another key's record is to be revoked", "hand", { SIGNS, SPARE,
	    "rsa g-99d p-99d s-99d v-98d a-95d t-60d u-60d foreign" }, NULL,
	    "example.com  s2  waiting for you: another key's record is at "
	    "its name: if no host signs with that key, give it an empty p=, "
	    "or remove it: ... [old-record]\n"
	    "next: +7344000s\n" },
	{ "mail may be in transit", "hand", { SIGNS, SPARE,
	    "rsa g-99d p-99d s-99d v-98d a-95d t-1d u-1d right" }, NULL,
	    "next: +950460s\n" },
	{ "to be removed by hand", "hand", { SIGNS, SPARE,
	    "rsa g-99d p-99d s-99d v-98d a-95d t-60d u-60d k-40d revoked" },
	    NULL,
	    "example.com  s2  waiting for you: has been revoked for long "
	    "enough: remove its record: ... [old-record]\n"
	    "next: +7344000s\n" },
	{ "another key's is to be removed", "hand", { SIGNS, SPARE,
	    "rsa g-99d p-99d s-99d v-98d a-95d t-60d u-60d k-40d foreign" },
	    NULL,
	    "example.com  s2  waiting for you: has been revoked for long "
	    "enough, and another key's record is at its name: if no host "
	    "signs with that key, remove its record: ... [old-record]\n"
	    "next: +7344000s\n" },
	{ "leaving, and one never signed", "hand leaving",
	    { "rsa g-9d p-9d s-9d v-8d a-5d t-1d right",
	    "rsa g-9d p-9d s-9d v-8d t-1d right" }, NULL,
	    "example.com  s1  waiting for you: its domain is leaving, and it "
	    "never signed: remove its record: ... [old-record]\n"
	    "example.com  -  waiting until 2027-02-25T09:05:00Z: the domain "
	    "is to be removed: 'countersign-key rotate' revokes and removes "
	    "its records, and archives it when the last is gone, provided "
	    "that you change the records when it says so\n"
	    "next: +950700s\n" },
	{ "leaving", "leaving", { SIGNS }, NULL,
	    "example.com  -  waiting until 2027-01-15T08:00:00Z: the domain "
	    "is to be removed: 'countersign-key rotate' revokes and removes "
	    "its records, and archives it when the last is gone\n"
	    "next: +7344000s\n" },
	{ "leaving, and its key is revoked", "leaving",
	    { "rsa g-99d p-99d s-99d v-98d a-95d t-60d u-60d k-10d revoked" },
	    NULL,
	    "example.com  -  waiting until 2027-02-04T09:00:00Z: the domain "
	    "is to be removed: 'countersign-key rotate' revokes and removes "
	    "its records, and archives it when the last is gone\n"
	    "next: +1728000s\n" },
	{ "leaving, its key was revoked for long enough", "leaving",
	    { "rsa g-99d p-99d s-99d v-98d a-95d t-60d u-60d k-40d revoked" },
	    NULL,
	    "example.com  -  waiting until 2027-01-15T09:00:00Z: the domain "
	    "is to be removed: 'countersign-key rotate' revokes and removes "
	    "its records, and archives it when the last is gone\n" },
	{ "leaving, its key was removed just now", "leaving",
	    { "rsa g-99d p-99d s-99d v-98d a-95d t-60d u-60d k-40d x-10s "
	    "absent" }, NULL,
	    "example.com  -  waiting until 2027-01-15T08:59:50Z: the domain "
	    "is to be removed: 'countersign-key rotate' revokes and removes "
	    "its records, and archives it when the last is gone\n"
	    "next: +3590s\n" },
	{ "leaving, and its servers were silent", "leaving",
	    { "rsa g-99d p-99d s-99d v-98d a-95d t-60d u-60d k-40d x-10s "
	    "absent silent-5s expire9d" }, NULL,
	    "example.com  -  waiting until 2027-01-24T08:59:55Z: the domain "
	    "is to be removed: 'countersign-key rotate' revokes and removes "
	    "its records, and archives it when the last is gone\n"
	    "next: +781195s\n" },
	{ "leaving, its key was removed, and destroyed", "leaving",
	    { "rsa g-99d p-99d s-99d v-98d a-95d t-60d u-60d k-40d x-10s "
	    "absent lost" }, NULL,
	    "example.com  -  waiting until 2027-01-15T08:00:00Z: the domain "
	    "is to be removed: 'countersign-key rotate' revokes and removes "
	    "its records, and archives it when the last is gone\n" },
	{ "leaving, and one signed that was never published", "leaving",
	    { "rsa g-9d a-5d t-1d absent" }, NULL,
	    "example.com  -  waiting until 2027-02-25T09:05:00Z: the domain "
	    "is to be removed: 'countersign-key rotate' revokes and removes "
	    "its records, and archives it when the last is gone\n"
	    "next: +950700s\n" },
	{ "a name that was taken", "", { SIGNS, SPARE,
	    "rsa g-2h x-1h fresh contested lost" }, NULL,
	    "example.com  s2  waiting for you: another host or a restored "
	    "backup rotates these keys: s2._domainkey.example.com had a "
	    "record that this host did not make, so another key was "
	    "generated: find the host and stop its rotation (see "
	    "'countersign-key take-over'); keep the record, because mail may "
	    "be signed with its key [other-host]\n"
	    "next: +7344000s\n" },
	{ "a stream that no source names", "", { SIGNS, SPARE,
	    "rsa g-9d p-9d s-9d v-8d a-5d right @desk",
	    "rsa g-4d p-4d s-4d v-3d right @desk" }, NULL,
	    "example.com  -  waiting for you: no source of example.com signs "
	    "with stream desk any more, and its keys are still kept: if it "
	    "is not needed, remove it with 'countersign-key domain remove "
	    "example.com --stream desk' [stream]\n"
	    "next: +7344000s\n" },
	{ "a stream without keys", "@desk", { SIGNS, SPARE }, NULL,
	    "example.com  -  FAILED: no rsa-sha256 key of stream desk signs, "
	    "so mail of example.com from the sources that name it is not "
	    "signed [not-signed]\n"
	    "next: +7344000s\n" },
	{ "a stream that is to be removed", "", { SIGNS, SPARE,
	    "rsa g-9d p-9d s-9d v-8d a-5d right @desk ending" }, NULL,
	    "example.com  -  waiting until 2027-01-15T08:00:00Z: stream desk "
	    "is to be removed: 'countersign-key rotate' revokes and removes "
	    "its records\n"
	    "next: +7344000s\n" },
	{ "a source signs with a stream that is to be removed", "@desk",
	    { SIGNS, SPARE, "rsa g-9d p-9d s-9d v-8d right @desk ending" },
	    NULL,
	    "example.com  -  waiting for you: a source signs with stream "
	    "desk, which is to be removed: keep it with 'countersign-key "
	    "domain keep example.com --stream desk', or remove it from the "
	    "sources [not-signed]\n"
	    "example.com  -  waiting until 2027-01-15T08:00:00Z: stream desk "
	    "is to be removed: 'countersign-key rotate' revokes and removes "
	    "its records\n"
	    "next: +7344000s\n" },
	{ "by hand, a stream that is to be removed", "hand", { SIGNS, SPARE,
	    "rsa g-9d p-9d s-9d v-8d a-5d t-1d right @desk ending" }, NULL,
	    "example.com  -  waiting until 2027-02-25T09:05:00Z: stream desk "
	    "is to be removed: 'countersign-key rotate' revokes and removes "
	    "its records, provided that you change the records when it says "
	    "so\n"
	    "next: +950700s\n" },
	{ "a dry run has announced a new line", "norsa", { NULL }, "~",
	    "" },
	{ "a dry run has announced what signed before", "norsa",
	    { "rsa g-9d p-9d s-9d v-8d a-5d t-1d right" }, "~",
	    "example.com  -  FAILED: no rsa-sha256 key signs, so mail of "
	    "example.com is not signed [not-signed]\n"
	    "next: +950700s\n" },
	{ "a dry run has announced it, another line signed", "norsa",
	    { "ed g-9d p-9d s-9d v-8d a-5d t-1d right" }, "~",
	    "next: +950700s\n" },
	{ "a dry run has announced a reserve", "norsa", { SIGNS }, "~",
	    "next: +7344000s\n" },
	{ "no dry run, and none can be made", "norsa", { NULL }, NULL,
	    "example.com  -  FAILED: no rsa-sha256 key signs, so mail of "
	    "example.com is not signed [not-signed]\n" },
	{ "the first key", "", { "rsa g-1h p-1h s-30s right" }, NULL,
	    "example.com  s0  waiting until 2027-01-15T08:59:32Z: some "
	    "caches may not have its record yet\n"
	    "example.com  -  waiting until 2027-01-15T08:59:32Z: mail of "
	    "example.com will be signed from about 09:00 UTC on if every "
	    "name server still shows the record and 'countersign-key rotate "
	    "example.com' runs then: run it, or wait for the timer, which "
	    "runs it within the hour\n"
	    "next: +3572s\n" },
	{ "missing CNAME", "",
	    { "rsa g-9d p-9d s-9d slot right cname-absent own-right" }, NULL,
	    "example.com  -  waiting for you: no rsa-sha256 key signs, so "
	    "mail of example.com is not signed [not-signed]\n"
	    "example.com  -  waiting until 2027-01-15T08:00:00Z: mail of "
	    "example.com will be signed from about 08:00 UTC on if every "
	    "name server still shows the record and 'countersign-key rotate "
	    "example.com' runs then: run it, or wait for the timer, which "
	    "runs it within the hour\n" },
};

static void
open_view(struct domain_view *view, struct lifecyclecase *lifecase,
    struct view_note *notes, size_t i)
{
	static const struct rotation rotation = { .ttl = 3600 };
	static const struct config config;
	static struct rotation_run run = { .config = &config };
	size_t j;

	lifecyclecase_parse(lifecase, cases[i].policy, cases[i].keys);
	memset(view, 0, sizeof(*view));
	memset(notes, 0, LIFECYCLECASE_KEYS * sizeof(*notes));
	run.dry_run = cases[i].notes != NULL && cases[i].notes[0] == '~';
	view->run = &run;
	view->rotation = &rotation;
	view->policy = lifecase->policy;
	view->state = lifecase->state;
	(void)strlcpy(view->state.domain, "example.com",
	    sizeof(view->state.domain));
	view->facts = lifecase->facts;
	view->notes = notes;
	for (j = 0; cases[i].notes != NULL && cases[i].notes[j] != '\0'; j++) {
		if (cases[i].notes[j] == '!')
			notes[j].fault = strdup("its file is damaged");
		notes[j].was_told = cases[i].notes[j] == '?';
		if (cases[i].notes[j] == '*')
			notes[j].published = strdup("v=DKIM1");
	}
}

/* The report as text, with its next time; the caller frees it. */
static char *
print(const struct domain_view *view)
{
	struct domain_report report;
	char *text = NULL;
	size_t len = 0;
	FILE *fp;

	domain_report_init(&report, "example.com");
	domain_outlook(view, &report, NOW);
	assert_non_null(fp = open_memstream(&text, &len));
	domain_report_print(fp, &report);
	if (report.next != KS_NEVER)
		(void)fprintf(fp, "next: %+llds\n",
		    (long long)(report.next - NOW));
	assert_int_equal(fclose(fp), 0);
	domain_report_finish(&report);
	return text;
}

static void
test_cases(void **state)
{
	struct view_note notes[LIFECYCLECASE_KEYS];
	struct lifecyclecase lifecase;
	struct domain_view view;
	char *text;
	size_t i, j;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		open_view(&view, &lifecase, notes, i);
		text = print(&view);
		if (strcmp(text, cases[i].want) != 0)
			fail_msg("%s:\n%s", cases[i].name, text);
		free(text);
		for (j = 0; j < LIFECYCLECASE_KEYS; j++) {
			free(notes[j].fault);
			free(notes[j].published);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
