#ifndef DG_REPORT_PICTURE_H
#define DG_REPORT_PICTURE_H

#include <stdint.h>

#include "report/report.h"
#include "report/svg.h"

/*
 * picture.h - the pictures of the HTML report: ports, servers by range, time, latency.
 *
 * Each is a section of the page with a row for each server: words and numbers, and beside
 * them the picture, which repeats them.  However large the capture, a picture has a bounded
 * number of rows, and as many marks in a row as a screen can show.
 */

struct dg_picture {
	const struct dg_report *report;
	struct dg_svg svg;
	/* The summary's servers: those of findings first, then the worst; among the first
	 * DG_PICTURE_SERVERS one that answers, to compare with, where there is any. */
	const uint32_t *servers;
	size_t server_count;
	unsigned zooms; /* strips of a part of the ports that were drawn */
};

/* Servers in a picture that has a strip for each. */
#define DG_PICTURE_SERVERS 6
/* Instead of a server's index: the sum over all. */
#define DG_PICTURE_ALL UINT32_MAX

/* Appends all pictures; what there are no numbers for is left out.  False when memory ran
 * out. */
bool dg_pictures(struct dg_strbuf *out, const struct dg_report *r);

/* Each picture, in a file of its own; false when memory ran out. */
bool dg_picture_ports(struct dg_picture *p);
bool dg_picture_matrix(struct dg_picture *p);
bool dg_picture_time(struct dg_picture *p);
bool dg_picture_latency(struct dg_picture *p);

/* What pictures share: "198.51.100.53", "2001:db8::53#5353", "all servers". */
#define DG_PICTURE_WHO_MAX (DG_ADDR_TEXT_MAX + 8)
const char *dg_picture_who(
    const struct dg_picture *p, uint32_t server, char text[DG_PICTURE_WHO_MAX]);

/* Opens a section with its heading and what the picture shows; the text may hold references
 * and elements of our own, nothing from outside. */
void dg_picture_begin(struct dg_picture *p, const char *title, const char *html);
void dg_picture_end(struct dg_picture *p);

/* A row: who and in words what; then the caller draws. */
void dg_picture_row(struct dg_picture *p, const char *who, const char *words);
void dg_picture_row_end(struct dg_picture *p);

/* Says that the numbers are of a sample, if they are. */
void dg_picture_sampled(struct dg_picture *p);

/* Whether a finding is about a server of the summary, by name or by prefix. */
bool dg_picture_concerns(
    const struct dg_picture *p, const struct dg_finding *f, uint32_t server);

/* picture_strip.c: which ports of a server were answered, in strips. */
struct dg_port_counts {
	uint32_t reached[65536]; /* transactions */
	uint32_t dead[65536];
	uint32_t refused[65536]; /* among dead */
};

struct dg_strip {
	const char *title;
	const char *text;
	uint32_t first; /* port */
	uint32_t last;
	const struct dg_finding *const *findings; /* whose bounds are marked */
	size_t finding_count;
};

void dg_picture_strip(
    struct dg_picture *p, const struct dg_port_counts *c, const struct dg_strip *strip);

#endif
