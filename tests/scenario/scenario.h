/*
 * scenario.h - a scenario: frames in, expectations out, read from a text that
 * a person can check against docs/matching.md.  tests/scenario/README.md
 * describes the text.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "correlate/key.h"
#include "correlate/transaction.h"
#include "pkt.h"
#include "tally/tally.h"

#define SCN_WORDS_MAX 32
#define SCN_FRAMES_MAX 2048
#define SCN_LINES_MAX 128
#define SCN_NAME_MAX 512
#define SCN_FINDINGS_BYTES 65536
/* Packet times start here, so that nothing rests on a time near 0. */
#define SCN_EPOCH_NS INT64_C(1700000000000000000)

/* One line, split at its blanks. */
struct scn_words {
	int line;
	int count;
	char *at[SCN_WORDS_MAX];
};

struct scn_frame {
	int64_t time_ns;
	struct pkt_buf bytes; /* as it was on the wire */
	size_t captured;      /* of them */
	size_t link_bytes;    /* what lies before the IP header */
	uint32_t linktype;
	size_t number;  /* in the order of the text */
	bool is_unseen; /* can be quoted, but the capture does not hold it */
};

/* What an "expect" or "event" line asks for, as words. */
struct scn_expect {
	struct scn_words words;
	unsigned count; /* of transactions in a row */
};

/* A number that a line like "ledger orphan_replies=1" names. */
struct scn_number {
	int line;
	const char *group;
	const char *name;
	uint64_t value;
};

/* One end of a TCP connection. */
struct scn_end {
	const char *from; /* addresses, as scn_host has them */
	const char *to;
	unsigned port;
	unsigned to_port;
	uint32_t next; /* sequence number */
};

#define SCN_ENDS_MAX 64

/* A "lost" line: frames of this time are missing, before the frame of this index. */
struct scn_loss {
	int64_t from_ns;
	int64_t until_ns;
	size_t before;
};

#define SCN_LOSSES_MAX 256

struct scenario {
	const char *file;
	int line;
	char name[SCN_NAME_MAX];
	char error[SCN_NAME_MAX]; /* why it cannot be run; empty when it can */

	int64_t timeout_ns;
	int64_t hold_ns; /* 0: six timeouts */
	int64_t skew_ns;
	uint32_t max_transactions;
	struct dg_server_ports ports;
	uint64_t dropped; /* by the capture's own counter */

	size_t end_count;
	struct scn_end ends[SCN_ENDS_MAX];

	size_t loss_count;
	struct scn_loss losses[SCN_LOSSES_MAX];

	size_t frame_count;
	size_t expect_count;
	size_t event_count;
	size_t number_count;
	size_t finding_count;
	bool is_sorted;  /* "ask" lines overlap: frames go by time */
	unsigned asked;  /* queries of "ask" lines so far */
	bool has_events; /* "event" lines are complete, "event none" among them */
	struct scn_frame frames[SCN_FRAMES_MAX];
	struct scn_expect expects[SCN_LINES_MAX];
	struct scn_expect events[SCN_LINES_MAX];
	struct scn_words findings[SCN_LINES_MAX]; /* "finding" and "no" lines */
	struct scn_number numbers[SCN_LINES_MAX];
};

/* A transaction as the sink saw it, with its name copied. */
struct scn_transaction {
	struct dg_transaction t;
	uint8_t qname[256];
};

/* Everything that a run told. */
struct scn_result {
	int error;
	size_t transaction_count;
	size_t event_count;
	struct scn_transaction transactions[SCN_FRAMES_MAX];
	struct dg_icmp_event events[SCN_FRAMES_MAX];
	struct dg_quality quality;
	char findings[SCN_FINDINGS_BYTES]; /* a line for each, of words */
};

/* How a run hands the frames over: sizes of the batches in turn, 0 ends the list. */
struct scn_way {
	const char *name;
	struct dg_hash_key secret;
	unsigned batches[8];
};

/* ---- words.c: the small words of a line ---- */

bool scn_time(const char *text, int64_t *ns);
bool scn_unsigned(const char *text, unsigned long max, unsigned long *value);
/* "c" -> "10.0.0.1"; NULL for a host that the scenarios do not have. */
const char *scn_host(const char *word);
/* "c:4001" in place; false when it is none. */
bool scn_endpoint(char *word, const char **address, uint16_t *port);
bool scn_rcode(const char *word, uint16_t *rcode);
bool scn_qtype(const char *word, uint16_t *qtype);
/* "port-unreachable" or "3/3". */
bool scn_icmp_kind(const char *word, bool is_v6, uint8_t *type, uint8_t *code);
/* The value of a word "name=value"; NULL when it is another word. */
char *scn_value(char *word, const char *name);

/* ---- build.c: a line becomes a frame ---- */

/* False, and s->error, when the line is none. */
bool scn_build(struct scenario *s, const struct scn_words *words);
/* A whole conversation (ask.c). */
bool scn_build_ask(struct scenario *s, const struct scn_words *words);
/* A later frame that has nothing to do with DNS. */
bool scn_build_end(struct scenario *s, const struct scn_words *words);

/* ---- parse.c ---- */

/**
 * Reads the next scenario.  `text` and `line` move on; the text is taken apart
 * and must outlive the scenario.  False when there is none.  A scenario that
 * cannot be understood has its `error` set.
 */
bool scn_next(struct scenario *s, const char *file, char **text, int *line);
void scn_fini(struct scenario *s);
/* Sets s->error, once; returns false. */
bool scn_fail(struct scenario *s, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- run.c ---- */

void scn_run(const struct scenario *s, const struct scn_way *way, struct scn_result *result);

/* ---- check.c ---- */

/* Says what is wrong on stdout, as TAP comments.  True when nothing is. */
bool scn_check(const struct scenario *s, const struct scn_result *result);
bool scn_check_same(const struct scenario *s, const char *way, const struct scn_result *first,
    const struct scn_result *other);

/* ---- findings.c: what the diagnosis says of a run, and what it is to say ---- */

/* Diagnoses the tally and writes each finding down as a line of words.  0 or an error. */
int scn_findings_make(
    const struct scenario *s, const struct dg_tally *tally, struct scn_result *result);
bool scn_check_findings(const struct scenario *s, const struct scn_result *result);

/* ---- numbers.c: the counters, and the laws that bind them ---- */

/* Whether there is a number of this group and name. */
bool scn_number_exists(const char *group, const char *name);
bool scn_check_numbers(const struct scenario *s, const struct scn_result *result);
bool scn_check_laws(const struct scenario *s, const struct scn_result *result);

#endif
