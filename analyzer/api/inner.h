#ifndef DG_API_INNER_H
#define DG_API_INNER_H

/*
 * inner.h - what the public types are made of.
 */

#include "anonymise/anonymise.h"
#include "anonymise/keep.h"
#include "base/strbuf.h"
#include "diagnose/diagnose.h"
#include "dnsgap/config.h"
#include "dnsgap/session.h"
#include "engine/engine.h"
#include "source/filelist.h"
#include "source/live.h"
#include "tally/rename.h"
#include "tally/summary.h"

#define DG_SERVER_PORTS_TEXT_MAX 1024
/* Of text for a terminal. */
#define DG_COLUMNS_MIN 40
#define DG_COLUMNS_MAX 200

/* Outside libraries that a report names. */
#define DG_LIBRARIES_MAX 8

struct dnsgap_config {
	int64_t timeout_ns;
	int64_t hold_ns; /* 0: 6 timeouts */
	int64_t skew_ns;
	uint32_t max_transactions;
	bool has_cuts;
	uint64_t digest_max; /* bytes of a file that gets a SHA-256 */
	struct dg_server_ports server_ports;
	char server_ports_text[DG_SERVER_PORTS_TEXT_MAX];
	bool has_anonymiser;
	uint8_t anonymiser_key[DG_ANONYMISER_KEY_BYTES];
	struct dg_keep keep; /* what stays, when it has one */
};

/* Where the lines of transactions go, and what is on its way there. */
struct dg_lines {
	dnsgap_write *write; /* NULL when nobody wants them, and after it failed */
	void *context;
	bool is_failed;
	struct dg_strbuf buffer;
	char **files; /* the captures' names as JSON, by number, once a line was made */
	size_t file_count;
};

/* The capture that was made beside the reports. */
struct dg_evidence_made {
	char *name; /* NULL: none was */
	char sha256[DG_DIGEST_TEXT_MAX];
	uint64_t frames;
	uint64_t left_out;
};

/* What is known of an interface beside its dg_input, since the last cut that took. */
struct dg_sniffed_state {
	char *filter;     /* at work; owned */
	const char *gone; /* why nothing comes any more, or NULL; static */
	uint64_t downs;   /* how often it went down */
	int64_t down_ns;  /* when it was first found down; DG_TIME_NONE: it was not */
	int64_t up_ns;    /* when it was last found up again; DG_TIME_NONE: it is down */
};

struct dnsgap_session {
	struct dnsgap_config config;
	struct dg_anonymiser *anonymiser; /* NULL: names and addresses are shown as they are */
	struct dg_filelist *files;
	struct dg_filter *filter; /* of frames of files; NULL: all */
	struct dg_input *sniffed; /* interfaces instead of files, once one was read; owned */
	struct dg_sniffed_state *sniffed_states; /* one for each; owned */
	size_t sniffed_count;
	const struct dnsgap_capture *capture; /* whom it reads; only to compare */
	struct dg_engine *engine;             /* NULL in a cut */
	struct dg_tally *tally;         /* of a cut, owned; else NULL: the engine has it */
	struct dg_summary *summary;     /* once finished */
	struct dg_diagnosis *diagnosis; /* likewise */
	struct dg_fail fail;
	uint64_t max_frames;
	int64_t quiet_ns;  /* sniffing: all that came before was handed over; else 0 */
	uint64_t waiting;  /* in a copy: transactions that had no end yet */
	bool was_stopped;  /* before the end, by the caller */
	bool was_fed;      /* by the caller, with frames of no file */
	bool is_finishing; /* nothing can be added, even if finishing fails */
	dnsgap_progress *progress;
	void *progress_context;
	struct dg_lines lines;
	struct dg_evidence_made evidence;
	/* Link types that cannot be taken apart, told of each file. */
	char **problems; /* one for each file, or NULL */
};

/* From the config; nothing when it asks for none.  0 or DNSGAP_ENOMEM. */
int dg_session_make_anonymiser(struct dnsgap_session *s);

/* 0, or DNSGAP_ESTATE with a text: it is finished, or a cut. */
int dg_session_expect_open(struct dnsgap_session *s);

/* What frames came from, in the order of reports: the files, or the interfaces. */
size_t dg_input_count(const struct dnsgap_session *s);
const struct dg_input *dg_input_at(const struct dnsgap_session *s, size_t n);

/* Gives `out`, a cut, the inputs with what they brought since the last cut that took; begins
 * anew unless is_copy.  0 or DNSGAP_ENOMEM, which changes nothing. */
int dg_sniffed_cut(struct dnsgap_session *s, struct dnsgap_session *out, bool is_copy);
void dg_sniffed_fini(struct dnsgap_session *s);

/* Makes the rows of a capture's interfaces, before the first frame.  0 or DNSGAP_ENOMEM. */
int dg_sniffed_begin(struct dnsgap_session *s, const struct dg_live *live);

/* Notes frames that are handed to the engine, and drops. */
void dg_sniffed_add(struct dnsgap_session *s, const struct dg_frame *frames, size_t count);
void dg_sniffed_drop(struct dnsgap_session *s, size_t n, uint64_t count);

/* Notes which interfaces are down or gone. */
void dg_sniffed_look(struct dnsgap_session *s, const struct dg_live *live);

/* Writes what was wrong with the interfaces into their rows, before a session is finished.  0
 * or DNSGAP_ENOMEM. */
int dg_sniffed_judge(struct dnsgap_session *s);

/* Who puts pseudonyms into a tally; only with an anonymiser. */
struct dg_renamer dg_pseudonyms(const struct dnsgap_session *s);

/* What outputs call a file, and what they say was wrong with it (NULL: nothing): as it is, or,
 * anonymised, in words of ours.  `text` is written to when that is needed. */
#define DG_INPUT_NAME_MAX 40
const char *dg_input_name(
    const struct dnsgap_session *s, size_t n, char text[DG_INPUT_NAME_MAX]);
const char *dg_input_problem(const struct dnsgap_session *s, size_t n);

/* Why frames of a link type are not looked into ("is not supported"); NULL: they are. */
const char *dg_why_not(const struct dnsgap_session *s, uint32_t linktype);

/* Hands on the lines that were made until now, if they were asked for. */
void dg_lines_flush(struct dg_lines *l);
void dg_lines_fini(struct dg_lines *l);

static inline int64_t
dg_config_hold(const struct dnsgap_config *c)
{
	return c->hold_ns != 0 ? c->hold_ns : 6 * c->timeout_ns;
}

#endif
