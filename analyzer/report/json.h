#ifndef DG_REPORT_JSON_H
#define DG_REPORT_JSON_H

/*
 * json.h - what the files of the JSON report share; nobody else includes it.
 *
 * jansson's *_new functions take over what they are given, also when that is NULL for
 * want of memory; then they fail in turn, and the failure comes out at the end.
 * What these functions return is the caller's, or NULL when memory ran out.
 */

#include <jansson.h>

#include "report/report.h"

/* Remembers that something could not be set. */
struct dg_json {
	bool is_failed;
};

static inline void
dg_json_put(struct dg_json *o, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(object, key, value) != 0)
		o->is_failed = true;
}

static inline void
dg_json_put_number(struct dg_json *o, json_t *object, const char *key, uint64_t value)
{
	dg_json_put(
	    o, object, key, json_integer(value < INT64_MAX ? (json_int_t)value : INT64_MAX));
}

static inline void
dg_json_append(struct dg_json *o, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		o->is_failed = true;
}

/* A text of ours, or null. */
static inline json_t *
dg_json_text(const char *text)
{
	return text != NULL ? json_string(text) : json_null();
}

/* A text from outside, or null. */
json_t *dg_json_foreign(const char *text);
/* Null for DG_TIME_NONE. */
json_t *dg_json_time(int64_t time_ns);

/* json_findings.c: one finding. */
json_t *dg_json_finding(
    struct dg_json *o, const struct dg_report *r, const struct dg_finding *f);

/* json_rows.c: the counts of a set of transactions, and the rows of the long lists. */
json_t *dg_json_outcomes(struct dg_json *o, const struct dg_counts *c);
void dg_json_put_counts(struct dg_json *o, json_t *object, const struct dg_counts *c);
void dg_json_put_ratio(struct dg_json *o, json_t *object, const struct dg_counts *c);

/* RCODEs that were seen, in order of their numbers, from the first range to the last. */
json_t *dg_json_rcodes(
    struct dg_json *o, const struct dg_side *s, enum dg_range first, enum dg_range last);
uint64_t dg_side_nodata(const struct dg_side *s);
json_t *dg_json_latency(struct dg_json *o, const struct dg_hist *h);

/* The parts of the well-known range, which tell 53 from the rest, or of any range. */
json_t *dg_json_range(
    struct dg_json *o, const struct dg_side *s, enum dg_range r, bool has_all_parts);
json_t *dg_json_ranges(struct dg_json *o, const struct dg_side *s);
json_t *dg_json_server(struct dg_json *o, const struct dg_server_summary *s);
json_t *dg_json_client(struct dg_json *o, const struct dg_client_summary *c);
json_t *dg_json_icmp(struct dg_json *o, const struct dg_icmp_row *row);
json_t *dg_json_pieces(struct dg_json *o, const struct dg_pieces_row *row);

/* json_servfail.c: null without a resolver. */
json_t *dg_json_servfail(
    struct dg_json *o, const struct dg_summary *s, const struct dg_servfail *f);

/* json_wire.c: what carried the messages. */
void dg_json_put_wire(struct dg_json *o, json_t *capture, const struct dg_summary *s);

#endif
