#ifndef DG_DIAGNOSE_FINDING_H
#define DG_DIAGNOSE_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "tally/summary.h"

/*
 * finding.h - one statement about the traffic, with its numbers, its controls, its rivals and
 * what to do next.  docs/findings.md says what each code means.
 */

enum dg_code {
	DG_PORTS_SILENT,
	DG_PORTS_REFUSED,
	DG_PORTS_HASH,
	DG_SERVER_SILENT,
	DG_SERVER_PORT_CLOSED,
	DG_SERVER_UNREACHABLE,
	DG_CLIENT_REFUSES_REPLIES,
	DG_LOSS_RANDOM,
	DG_OUTAGE,
	DG_RATE_LIMITED,
	DG_REPLIES_LOST_BEYOND,
	DG_FRAGMENTS_LOST,
	DG_TCP_BLOCKED,
	DG_SERVFAIL_EXPLAINED,
	DG_SOURCE_PORTS_PREDICTABLE,
	DG_LOW_PORTS_IN_USE,
	DG_CAPTURE_ONE_WAY,
	DG_CAPTURE_INCOMPLETE,
	DG_CODE_COUNT
};

/* "ports-silent"; static. */
const char *dg_code_name(enum dg_code code);
/* DG_CODE_COUNT when there is none of that name. */
enum dg_code dg_code_of(const char *name);

enum dg_severity {
	DG_FAULT,
	DG_WARNING,
	DG_NOTE,
	DG_SEVERITY_COUNT
};

const char *dg_severity_name(enum dg_severity severity);

enum dg_where {
	DG_WHERE_NONE, /* the code has no place: null in the report */
	DG_WHERE_NEAR_SERVER,
	DG_WHERE_NEAR_OBSERVER,
	DG_WHERE_ONE_CLIENT,
	DG_WHERE_UNKNOWN,
	DG_WHERE_COUNT
};

/* "near-server"; NULL for none; static. */
const char *dg_where_name(enum dg_where where);

/* Lists of a finding hold at most so many; what is left out is counted where it says so. */
#define DG_FINDING_SUBJECTS_MAX 16
#define DG_FINDING_BOUNDS_MAX 32
#define DG_FINDING_CONTROLS_MAX 16
#define DG_FINDING_FRAMES_MAX 8
#define DG_FINDING_WORDS_MAX 12

/* Ports by the ends of one range, as far as they were seen; -1: nothing seen. */
struct dg_bound {
	int32_t first_silent;
	int32_t last_silent;
	int32_t nearest_answered_below;
	int32_t nearest_answered_above;
	double first_probability; /* that the range begins behind nearest_answered_below and not
				     past first_silent; 0: not estimated */
	double last_probability;
};

struct dg_reach {
	uint64_t transactions; /* decided ones */
	uint64_t reached;
};

/* The same ports at another server, from the same clients. */
struct dg_control {
	uint32_t server; /* index into the summary's servers */
	struct dg_reach reach;
};

struct dg_frame_name {
	uint32_t frame;
	uint16_t file;
};

/* Texts that a finding owns. */
struct dg_words {
	char *texts[DG_FINDING_WORDS_MAX];
	unsigned count;
};

struct dg_finding {
	enum dg_code code;
	enum dg_severity severity;
	enum dg_where where;

	/* What it is about.  Empty lists: all.  Indexes into the summary's lists. */
	uint32_t servers[DG_FINDING_SUBJECTS_MAX];
	unsigned server_count; /* that are listed */
	uint64_t servers_all;  /* that it is about; 0: all of the capture */
	uint32_t clients[DG_FINDING_SUBJECTS_MAX];
	unsigned client_count;
	uint64_t clients_all;
	bool has_prefix; /* a prefix names them better */
	struct dg_addr prefix;
	uint8_t prefix_bits; /* of 32 or 128 */
	bool is_client_prefix;
	bool has_sender; /* of ICMP errors, of fragments, of replies that nobody asked for */
	struct dg_addr sender;
	uint8_t sender_family;
	bool has_icmp; /* the kind of error; dg_icmp_name has its name */
	uint8_t icmp_type;
	uint8_t icmp_code;
	bool transports[DG_SIDE_COUNT]; /* UDP, TCP; none: it is not about transports */

	/* By ports. */
	char *ports;  /* "1-52,54-1023": what a person would name, less `except`; NULL */
	char *except; /* "53"; NULL */
	struct dg_bound bounds[DG_FINDING_BOUNDS_MAX];
	unsigned bound_count;
	uint32_t ports_seen;   /* different ports in the set that were tried */
	uint32_t ports_unseen; /* ports in the set that were never tried */
	/* Raised, not total, loss: the range it was seen in ("32768-60999"); `ports` then holds
	 * those of it that were never answered, or is NULL.  Else NULL. */
	char *within;

	/* How much, and how sure. */
	struct dg_reach inside;
	struct dg_reach outside;
	bool has_outside;
	uint64_t refused;       /* among inside, those an ICMP error or a RST answered */
	uint64_t matched_pairs; /* among inside, dead ones whose question the same server
				   answered the same client within 10 s at a port outside */
	/* servfail-explained: SERVFAILs that clients got and that were judged, and those among
	 * them behind which lie the queries in vain that `inside` counts. */
	uint64_t servfails;
	uint64_t servfails_explained;
	bool has_p;
	double ln_p; /* of chance giving this, after correction for all that was looked at */
	bool is_suspected; /* less sure than a blame: severity note at most */
	struct dg_control controls[DG_FINDING_CONTROLS_MAX];
	unsigned control_count;
	uint64_t controls_all;

	int64_t first_ns; /* of what it is about; DG_TIME_NONE when not known */
	int64_t last_ns;
	bool has_window;  /* it began or ended: only what lies between was looked at */
	int64_t after_ns; /* both excluded; INT64_MIN and INT64_MAX: open */
	int64_t before_ns;
	struct dg_frame_name silent[DG_FINDING_FRAMES_MAX];
	unsigned silent_count;
	struct dg_frame_name answered[DG_FINDING_FRAMES_MAX];
	unsigned answered_count;

	/* Words; plain text, nothing escaped. */
	char *summary;
	char *untested;           /* or NULL */
	struct dg_words evidence; /* what was seen besides, that speaks for it */
	struct dg_words rivals;
	struct dg_words next;
	struct dg_words avoid;
	struct dg_words reproduce;
};

/* Empty but for its code; subjects and words are added.  NULL when memory ran out. */
struct dg_finding *dg_finding_new(enum dg_code code, enum dg_severity severity);
void dg_finding_free(struct dg_finding *f);

/* The family of its prefix: that of its servers, else of its clients; an address alone does
 * not tell. */
enum dg_family dg_finding_family(const struct dg_summary *s, const struct dg_finding *f);

/* exp(ln_p), 1e-300 at least and 1 at most. */
double dg_finding_p(const struct dg_finding *f);

/* Adds a text, formatted; 0 or DNSGAP_ENOMEM.  Past the bound it is left out. */
int dg_words_add(struct dg_words *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The findings of a summary, the worst first. */
struct dg_findings {
	struct dg_finding **list;
	size_t count;
	size_t room;
};

/* Takes `f` (NULL: memory ran out; it is freed when it finds no room).  0 or DNSGAP_ENOMEM. */
int dg_findings_add(struct dg_findings *all, struct dg_finding *f);
void dg_findings_fini(struct dg_findings *all);

#endif
