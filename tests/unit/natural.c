/*
 * natural.c - the weights of ranges are those of docs/diagnosis.md, computed anew here; ends
 * and names of ranges.
 */
#include "judge/natural.h"

#include <math.h>

#include "rows.h"

#define LEN(table) (sizeof(table) / sizeof *(table))

#define LOW 0.30
#define ALIGNED 0.15
#define CUT 0.15

static const uint16_t cuts[] = {1024, 2048, 4096, 5000, 8192, 10000, 16384, 20000, 30000, 32768,
    40000, 49152, 50000, 60000, 61000};

static const uint16_t others[][2] = {{1024, 4999}, {1024, 5000}, {1024, 49151}, {1024, 65535},
    {32768, 60999}, {32768, 61000}, {32768, 49151}, {49152, 65534}, {10000, 65535},
    {1024, 32767}, {1025, 65535}, {49152, 60999}};

/* The weight of a range, from the families that it is in. */
static double
weigh(uint16_t first, uint16_t last)
{
	double each = CUT / (2 * LEN(cuts) + LEN(others)), weight = 0;
	unsigned ports = last - first + 1u;

	if (first == 0)
		weight += last == 1023 ? LOW * .9 : last == 1024 ? LOW * .05 : 0;
	if ((first == 0 && last == 511) || (first == 512 && last == 1023))
		weight += LOW * .025;
	if (ports >= 512 && ports <= 32768 && (ports & (ports - 1)) == 0 && first % ports == 0)
		weight += ALIGNED / 7 * ports / 65536;
	for (size_t i = 0; i < LEN(cuts); i++)
		weight +=
		    (first == 0 && last == cuts[i] - 1) || (first == cuts[i] && last == 65535)
		    ? each
		    : 0;
	for (size_t i = 0; i < LEN(others); i++)
		weight += first == others[i][0] && last == others[i][1] ? each : 0;
	return weight;
}

static void
test_weights(void **state)
{
	size_t count;
	const struct dg_natural *n = dg_naturals(&count);
	double sum = 0;

	(void)state;
	assert_int_equal(count, 286);
	for (size_t i = 0; i < count; i++) {
		double weight = weigh(n[i].first, n[i].last);

		if (!(fabs(exp(n[i].ln_weight) - weight) < 1e-12))
			fail_msg("%u-%u weighs %g, not %g", n[i].first, n[i].last,
			    exp(n[i].ln_weight), weight);
		assert_true(n[i].first <= n[i].last);
		if (i > 0)
			assert_true(n[i].first > n[i - 1].first ||
			    (n[i].first == n[i - 1].first && n[i].last > n[i - 1].last));
		sum += weight;
	}
	/* the families share .60; the rest is for ranges that are not natural */
	assert_true(fabs(sum - .60) < 1e-9);
}

static void
test_edges(void **state)
{
	double sum = 0, wide;

	(void)state;
	for (int32_t at = 0; at <= 65536; at++)
		sum += exp(dg_ln_edge_prior(at - 1, at));
	assert_true(fabs(sum - 1) < 1e-9);
	assert_true(fabs(exp(dg_ln_edge_prior(-1, 65536)) - 1) < 1e-9);
	wide = exp(dg_ln_edge_prior(1000, 1023)) + exp(dg_ln_edge_prior(1023, 1030));
	assert_true(fabs(exp(dg_ln_edge_prior(1000, 1030)) - wide) < 1e-12);
	assert_true(dg_ln_edge_prior(1023, 1024) > dg_ln_edge_prior(1024, 1500));
	assert_true(dg_ln_edge_prior(700, 700) <= log(1e-12));
}

static void
test_lists(void **state)
{
	size_t count, found = 0;
	const uint16_t *amplifiers = dg_amplifiers(&count);
	unsigned kept_open = 0;

	(void)state;
	assert_int_equal(count, 31);
	for (uint32_t port = 0; port < 65536; port++) {
		kept_open += dg_is_kept_open((uint16_t)port);
		found += dg_is_amplifier((uint16_t)port);
	}
	for (size_t i = 0; i < count; i++)
		assert_true(dg_is_amplifier(amplifiers[i]));
	assert_int_equal(found, count);
	assert_int_equal(kept_open, DG_KEPT_OPEN_COUNT);
	assert_true(dg_is_kept_open(53) && dg_is_kept_open(853) && !dg_is_kept_open(1024));
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "286 ranges, each weighs what its families give", test_weights, NULL);
	rows_add(&r, "the ends of ranges share one", test_edges, NULL);
	rows_add(&r, "lists of ports hold what they list", test_lists, NULL);
	return rows_run(&r, "natural");
}
