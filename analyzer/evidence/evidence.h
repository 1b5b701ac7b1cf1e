#ifndef DG_EVIDENCE_EVIDENCE_H
#define DG_EVIDENCE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "anonymise/anonymise.h"
#include "base/fail.h"
#include "base/hash.h"
#include "decode/ports.h"
#include "evidence/ngwrite.h"
#include "source/filelist.h"

/*
 * evidence.h - the frames behind findings, taken out of the files by reading them again.
 *
 * Whoever knows the findings says which transactions they are about (claims, by the frame of
 * the query) and which are to be found in the frames themselves (patterns).  The files are
 * then read three times: what is at those places (look), which frames belong to it (count),
 * and, once it is chosen what fits, the writing (write).  docs/decisions/0019-evidence.md
 * says why.
 */

/* What a transaction is to a finding. */
enum dg_evidence_role {
	DG_EVIDENCE_SILENT,      /* not answered, and what it is about */
	DG_EVIDENCE_ANSWERED,    /* answered, and part of what it is about */
	DG_EVIDENCE_HABIT,       /* shows what a client does; as a pattern: its queries */
	DG_EVIDENCE_ASKED_AGAIN, /* as CONTROL, but if there is a resend after its reply */
	DG_EVIDENCE_CONTROL,     /* answered, to compare with */
	/* For patterns: */
	DG_EVIDENCE_FRAGMENTS, /* fragments that the address sent */
	DG_EVIDENCE_REFUSED,   /* replies that the address refused by an ICMP error */
	DG_EVIDENCE_SERVFAIL,  /* replies of the address that say SERVFAIL */
	DG_EVIDENCE_ONE_WAY,   /* messages of the address, or all */
};

struct dg_evidence_claim {
	int64_t time_ns; /* of the frame; DG_TIME_NONE: not known */
	struct dg_place place;
	uint16_t finding; /* from 0 */
	uint16_t port;    /* of the client; when the time is known */
	uint16_t role;    /* enum dg_evidence_role */
	uint16_t others;  /* transactions like it of which this one alone is known */
};

struct dg_evidence_pattern {
	enum dg_evidence_role role;
	uint16_t finding;
	bool has_address;
	uint8_t family;
	uint32_t max;           /* of transactions that are kept, evenly over time */
	struct dg_addr address; /* as reports have it: a pseudonym where they have those */
};

struct dg_evidence_config {
	const struct dg_filelist *files; /* that were read */
	struct dg_server_ports server_ports;
	struct dg_hash_key secret;
	const struct dg_anonymiser *anonymiser; /* or NULL */
	int64_t hold_ns;
	int64_t skew_ns;
	uint64_t read_frames; /* how many of the files' frames were looked at */
	bool is_cut_short;    /* and then reading stopped, maybe before the end */
	uint64_t max_frames;  /* to be written */
};

struct dg_evidence;

/* The configuration is copied, what it points to is borrowed.  0 or DNSGAP_ENOMEM. */
int dg_evidence_new(const struct dg_evidence_config *config, struct dg_evidence **out);
void dg_evidence_free(struct dg_evidence *e);

/* A finding, the next one; `code` is static.  False past DG_EVIDENCE_FINDINGS_MAX. */
bool dg_evidence_add_finding(struct dg_evidence *e, const char *code);

/* Claims past DG_EVIDENCE_CLAIMS_MAX are counted as left out.  0 or DNSGAP_ENOMEM. */
int dg_evidence_add_claim(struct dg_evidence *e, const struct dg_evidence_claim *claim);
int dg_evidence_add_pattern(struct dg_evidence *e, const struct dg_evidence_pattern *pattern);

/*
 * Reads the files twice, and chooses; afterwards the two numbers are known.  0, DNSGAP_EOPEN
 * when a frame is not what it was, or another error, with a text.
 */
int dg_evidence_gather(struct dg_evidence *e, struct dg_fail *fail);

/* Frames that will be written, and those that belong to findings and will not be: at least so
 * many, for of what was not followed a transaction counts as one. */
uint64_t dg_evidence_frames(const struct dg_evidence *e);
uint64_t dg_evidence_left_out(const struct dg_evidence *e);

/* Reads the files once more and writes; the section was begun already.  Errors as above. */
int dg_evidence_write(struct dg_evidence *e, struct dg_ng_writer *w, struct dg_fail *fail);

#endif
