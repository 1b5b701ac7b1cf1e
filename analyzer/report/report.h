#ifndef DG_REPORT_REPORT_H
#define DG_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "diagnose/diagnose.h"
#include "diagnose/servfail.h"
#include "tally/summary.h"

/*
 * report.h - all that a report is made of.  Everything is borrowed.
 */

struct dg_report_interface {
	char linktype[32]; /* its name */
	uint32_t linktype_number;
	uint32_t snap_bytes;
	uint64_t frames;
	uint64_t dropped;
	bool has_dropped;
	const char *why_not; /* its frames were not looked into; NULL: they were */
};

struct dg_report_input {
	const char *file;
	const char *sha256; /* NULL when the file was not read to its end */
	const char *format; /* NULL when it could not be opened */
	const char *compression;
	const struct dg_report_interface *interfaces;
	size_t interface_count;
	bool has_interfaces; /* the format describes them: a list in the report */
	bool is_live;        /* it is an interface, and has a filter and a counter of drops */
	const char *filter;  /* NULL: not to be shown */
	uint64_t dropped;
	uint64_t frames;
	int64_t first_ns; /* DG_TIME_NONE without frames */
	int64_t last_ns;
	const char *problem; /* NULL */
};

struct dg_report_library {
	const char *name;
	const char *version;
};

/* A capture of the frames behind the findings, made beside the report. */
struct dg_report_evidence {
	const char *file;
	const char *sha256;
	uint64_t frames;
	uint64_t
	    left_out; /* frames that belong to findings and are not in it, for it was full */
};

struct dg_report {
	const struct dg_summary *summary;
	const struct dg_diagnosis *diagnosis; /* of it */
	const struct dg_servfail *servfail;   /* NULL without a resolver */
	const struct dg_report_input *inputs;
	size_t input_count;
	const struct dg_report_library *libraries;
	size_t library_count;
	const char *version;
	const char *server_ports;
	int64_t timeout_ns;
	int64_t hold_ns;
	int64_t skew_ns;
	uint32_t max_transactions;
	bool has_filter;    /* on frames of files */
	const char *filter; /* NULL: not to be shown */
	uint64_t filtered;  /* frames that it did not want */
	uint64_t bad_times;
	uint64_t inconsistent_lengths;
	uint64_t dropped; /* by the counters in the captures */
	bool has_dropped; /* any of them had such */
	bool is_complete;
	bool is_anonymised;
	const struct dg_report_evidence *evidence; /* NULL: none was made */
};

/* Least and greatest time of all inputs; false without a frame. */
bool dg_report_times(const struct dg_report *r, int64_t *first_ns, int64_t *last_ns);

/*
 * What weakens the result, in words: one warning each, to be freed by
 * dg_warnings_free.  NULL when memory ran out.
 */
struct dg_warnings {
	size_t count;
	char *texts[DG_WARNINGS_MAX];
};

struct dg_warnings *dg_warnings_make(const struct dg_report *r);
void dg_warnings_free(struct dg_warnings *w);

/* The report as JSON; the caller frees it.  NULL when memory ran out. */
char *dg_report_json(const struct dg_report *r);

/* A text from outside as a JSON string with its quotes, plain ASCII; the caller frees it.
 * NULL when memory ran out. */
char *dg_report_json_text(const char *text);

/* How text may look. */
struct dg_text_style {
	unsigned columns;
	bool has_colour;
	bool has_utf8;
};

/* The report as text, as Markdown, as HTML; the caller frees it.  NULL when memory ran out. */
char *dg_report_text(const struct dg_report *r, const struct dg_text_style *style);
char *dg_report_markdown(const struct dg_report *r);
char *dg_report_html(const struct dg_report *r);

/* The codes of findings with a line each, and what one of them means, as text; the caller
 * frees it.  NULL when memory ran out. */
char *dg_explain_codes(unsigned columns);
char *dg_explain_code(enum dg_code code, unsigned columns);

/* The JSON Schemas of the report and of a transaction's line; not NUL-terminated. */
extern const unsigned char dg_report_schema[];
extern const size_t dg_report_schema_size;
extern const unsigned char dg_line_schema[];
extern const size_t dg_line_schema_size;

/* jansson's version; static. */
const char *dg_report_library_version(void);

#endif
