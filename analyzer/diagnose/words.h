#ifndef DG_DIAGNOSE_WORDS_H
#define DG_DIAGNOSE_WORDS_H

#include "base/strbuf.h"
#include "diagnose/finding.h"

/*
 * words.h - what the files that make a finding's words share; nobody else includes it.
 */

#define DG_SHARE_TEXT_MAX 16
#define DG_NUMBER_WORDS_MAX 32

/* words_subject.c: who and what a finding is about. */

/* "198.51.100.53", "3 servers in 198.51.100.0/24"; nothing when it is about all of them. */
void dg_say_servers(
    struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f);
void dg_say_clients(
    struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f);
bool dg_has_servers(const struct dg_finding *f);
bool dg_has_clients(const struct dg_finding *f);
/* Whether a verb after the servers, or the clients, stands in the plural. */
bool dg_is_plural(uint64_t all, unsigned listed);
void dg_say_server(struct dg_strbuf *b, const struct dg_summary *s, uint32_t server);

/* "source ports 1-1023 except 53". */
void dg_say_ports(struct dg_strbuf *b, const struct dg_finding *f);
/* " over TCP", when it is about TCP alone. */
void dg_say_transport(struct dg_strbuf *b, const struct dg_finding *f);

bool dg_is_tcp_only(const struct dg_finding *f);

/* "34 %", and 0 or 100 only for none and all. */
const char *dg_share(uint64_t part, uint64_t whole, char text[DG_SHARE_TEXT_MAX]);
/* "1,234". */
const char *dg_number(uint64_t n, char text[DG_NUMBER_WORDS_MAX]);
/* "11.2 s", "27 minutes". */
void dg_say_span(struct dg_strbuf *b, int64_t first_ns, int64_t last_ns);

/* words_summary.c, words_evidence.c, words_commands.c: 0 or DNSGAP_ENOMEM. */
int dg_make_summary(const struct dg_summary *s, struct dg_finding *f);
int dg_make_evidence(const struct dg_summary *s, struct dg_finding *f);
int dg_make_commands(const struct dg_summary *s, struct dg_finding *f);

/* Adds a text and frees it; NULL: memory ran out.  0 or DNSGAP_ENOMEM. */
int dg_words_take(struct dg_words *w, char *text);

#endif
