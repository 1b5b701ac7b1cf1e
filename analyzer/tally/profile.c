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

/*
 * Defaults that leave ports out.  They fit when the range does, nothing was used of what is
 * left out, and chance would have used some of it in all but 0.7 % of clients.
 */
static const struct holed_look {
	const char *name;
	uint16_t first;
	uint16_t last;
	unsigned hole_count;
	struct {
		uint16_t first;
		uint16_t last;
	} holes[2];
} holed_looks[] = {
    /* It leaves out every port that IANA assigned, too. */
    {"1024-65535 less 49152-49407 (Unbound)", 1024, 65535, 1, {{49152, 49407}}},
    {"1024-65535 less 4791 and 11211 (PowerDNS Recursor)", 1024, 65535, 2,
	{{4791, 4791}, {11211, 11211}}},
};

/* Below 1024, Linux' NAT maps into these: nothing between them. */
#define NAT_LAST 511
#define NAT_NEXT 600
#define LOW_LAST 1023

/* Windows DNS draws from so many sockets that it opened when it started. */
#define POOL_PORTS 2500
#define POOL_FIRST 49152
/* A pool shows when each port was used several times. */
#define POOL_USES 4
/* Fewer ports were another program's. */
#define POOL_LEAST 1500

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

static bool
fits_holes(
    const struct holed_look *look, const struct dg_client_row *row, const struct dg_profile *p)
{
	const struct look whole = {look->name, look->first, look->last};
	double width = (double)look->last - look->first + 1;
	double share = (double)p->distinct / width, left_out = 0;

	if (!fits(&whole, p))
		return false;
	for (unsigned i = 0; i < look->hole_count; i++) {
		if (dg_portset_count(&row->ports, look->holes[i].first, look->holes[i].last) >
		    0)
			return false;
		left_out += (double)look->holes[i].last - look->holes[i].first + 1;
	}
	/* ln of the chance that none of them was drawn. */
	return share >= 1 || left_out * log1p(-share) <= -END_GAPS;
}

static bool
is_linux_nat(const struct dg_client_row *row)
{
	double below = dg_portset_count(&row->ports, 1, NAT_LAST);
	double above = dg_portset_count(&row->ports, NAT_NEXT, LOW_LAST);
	double between = NAT_NEXT - NAT_LAST - 1;

	return below > 0 && above > 0 &&
	    dg_portset_count(&row->ports, NAT_LAST + 1, NAT_NEXT - 1) == 0 &&
	    (below + above) * between / (LOW_LAST - between) >= END_GAPS;
}

static bool
is_windows_pool(const struct dg_profile *p)
{
	return p->lowest >= POOL_FIRST && p->distinct >= POOL_LEAST &&
	    p->distinct <= POOL_PORTS && p->transactions >= POOL_USES * (uint64_t)p->distinct;
}

static void
compare_special_looks(const struct dg_client_row *row, struct dg_profile *p)
{
	for (size_t i = 0; i < sizeof holed_looks / sizeof *holed_looks; i++) {
		if (fits_holes(&holed_looks[i], row, p))
			p->looks_like[p->looks_count++] = holed_looks[i].name;
	}
	if (is_windows_pool(p))
		p->looks_like[p->looks_count++] = "a pool of 2500 in 49152-65535 (Windows DNS)";
	if (is_linux_nat(row))
		p->looks_like[p->looks_count++] =
		    "1-511 and 600-1023 of the low ports (NAT by Linux)";
}

static void
compare_looks(const struct dg_client_row *row, struct dg_profile *p)
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
	compare_special_looks(row, p);
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
	compare_looks(row, &p);
	return p;
}
