/*
 * filter.c - a filter on frames of files: one expression, a program for each link type.
 *
 * A file may hold several link types, so programs are made when the first frame of each comes.
 */
#include "source/filter.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "source/linktype.h"

#define PROBLEM "does not go with the filter: "

struct program {
	uint32_t linktype;
	bool is_good;
	struct bpf_program code;
	char problem[PCAP_ERRBUF_SIZE + 32];
};

struct dg_filter {
	char *expression;
	struct program programs[DG_FILTER_LINKTYPES_MAX];
	size_t count;
};

static void
compile(const struct dg_filter *f, struct program *p)
{
	pcap_t *dead = pcap_open_dead(dg_linktype_dlt(p->linktype), (int)DG_FRAME_BYTES_MAX);

	if (dead == NULL) {
		snprintf(p->problem, sizeof p->problem, PROBLEM "out of memory");
		return;
	}
	p->is_good = pcap_compile(dead, &p->code, f->expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (!p->is_good)
		snprintf(p->problem, sizeof p->problem, PROBLEM "%s", pcap_geterr(dead));
	pcap_close(dead);
}

/* The program for a link type, made when there is none; the last one's place is used again when
 * there are too many. */
static struct program *
find_program(struct dg_filter *f, uint32_t linktype)
{
	struct program *p;

	for (size_t i = 0; i < f->count; i++) {
		if (f->programs[i].linktype == linktype)
			return &f->programs[i];
	}
	if (f->count == DG_FILTER_LINKTYPES_MAX) {
		p = &f->programs[f->count - 1];
		if (p->is_good)
			pcap_freecode(&p->code);
	} else {
		p = &f->programs[f->count++];
	}
	memset(p, 0, sizeof *p);
	p->linktype = linktype;
	compile(f, p);
	return p;
}

/* An expression that no link type knows is wrong; the text is what Ethernet says to it. */
static int
try_linktypes(struct dg_filter *f, struct dg_fail *fail)
{
	static const uint32_t tried[] = {1, 101, 113, 276, 105, 127, 0, 9, 117, 140};
	int error = DNSGAP_EINVAL;

	for (size_t i = 0; error != 0 && i < sizeof tried / sizeof *tried; i++) {
		struct program *p = find_program(f, tried[i]);

		if (p->is_good)
			error = 0;
		else if (i == 0)
			dg_fail_set(fail, DNSGAP_EINVAL,
			    "the filter is not understood: %s; `man pcap-filter` tells the "
			    "language",
			    p->problem + strlen(PROBLEM));
	}
	while (f->count > 0) {
		if (f->programs[--f->count].is_good)
			pcap_freecode(&f->programs[f->count].code);
	}
	return error;
}

int
dg_filter_new(
    const char *expression, bool may_resolve, struct dg_filter **out, struct dg_fail *fail)
{
	struct dg_filter *f;
	int error = dg_filter_check(expression, may_resolve, fail);

	if (error != 0)
		return error;
	f = calloc(1, sizeof *f);
	if (f == NULL || (f->expression = strdup(expression)) == NULL) {
		free(f);
		return dg_fail_memory(fail);
	}
	error = try_linktypes(f, fail);
	if (error != 0) {
		dg_filter_free(f);
		return error;
	}
	*out = f;
	return 0;
}

void
dg_filter_free(struct dg_filter *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->count; i++) {
		if (f->programs[i].is_good)
			pcap_freecode(&f->programs[i].code);
	}
	free(f->expression);
	free(f);
}

const char *
dg_filter_text(const struct dg_filter *f)
{
	return f->expression;
}

bool
dg_filter_passes(struct dg_filter *f, const struct dg_frame *frame)
{
	const struct program *p = find_program(f, frame->linktype);
	struct pcap_pkthdr header = {.caplen = frame->captured, .len = frame->on_wire};

	return p->is_good && pcap_offline_filter(&p->code, &header, frame->data) != 0;
}

const char *
dg_filter_problem(const struct dg_filter *f, uint32_t linktype)
{
	for (size_t i = 0; i < f->count; i++) {
		if (f->programs[i].linktype == linktype && !f->programs[i].is_good)
			return f->programs[i].problem;
	}
	return NULL;
}
