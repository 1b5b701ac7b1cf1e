/*
 * profile.c - what a client's source ports look like.
 *
 * The rating is that of the DNS community's port test (porttest.dns-oarc.net): by
 * the standard deviation of the ports.
 */
#include "tally/profile.h"

#include <math.h>

#define GREAT_STDDEV 3980.0
/* A default fits when the unused ends are at most this many mean gaps wide: by chance they
 * are wider in e^-5 = 0.7 % of clients. */
#define END_GAPS 5.0

static const struct look {
	const char *name;
	uint16_t first;
	uint16_t last;
} looks[] = {
    {"full range", 1, 65535},
    {"1024-65535 (RFC 6056; BIND, Unbound, PowerDNS, NAT)", 1024, 65535},
    {"10000-65535 (FreeBSD)", 10000, 65535},
    {"32768-60999 (Linux)", 32768, 60999},
    {"49152-65535 (IANA; Windows, macOS)", 49152, 65535},
    {"1025-5000 (Windows until 2003)", 1025, 5000},
    {"below 1024", 1, 1023},
};

static double
stddev_of(const struct dg_client_row *row, uint64_t transactions)
{
	double n = (double)transactions;
	double mean = (double)row->port_sum / n;
	double squares =
	    (double)row->square_carry * 18446744073709551616.0 + (double)row->square_sum;
	double variance = squares / n - mean * mean;

	return variance > 0 ? sqrt(variance) : 0;
}

static bool
fits(const struct look *look, const struct dg_profile *p)
{
	double width = (double)look->last - look->first + 1;
	double slack = END_GAPS * width / ((double)p->distinct + 1);

	return p->lowest >= look->first && p->highest <= look->last &&
	    p->lowest - look->first <= slack && look->last - p->highest <= slack;
}

static void
compare_looks(struct dg_profile *p)
{
	if (p->is_fixed) {
		p->looks_like[p->looks_count++] =
		    p->lowest == 53 ? "fixed port 53 (query-source port 53)" : "fixed port";
		return;
	}
	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
		if (fits(&looks[i], p))
			p->looks_like[p->looks_count++] = looks[i].name;
	}
}

struct dg_profile
dg_profile_make(const struct dg_client_row *row)
{
	struct dg_profile p = {
	    .lowest = row->lowest,
	    .highest = row->highest,
	    .distinct = dg_portset_size(&row->ports),
	};

	for (int o = 0; o < DG_OUTCOME_COUNT; o++)
		p.transactions += row->outcomes[o];
	p.is_fixed = p.distinct == 1 && p.transactions > 1;
	p.stddev = stddev_of(row, p.transactions);
	if (p.transactions < DG_PROFILE_MIN)
		return p;
	p.rating = p.stddev >= GREAT_STDDEV      ? "great"
	    : p.stddev >= DG_PROFILE_GOOD_STDDEV ? "good"
						 : "poor";
	compare_looks(&p);
	return p;
}
