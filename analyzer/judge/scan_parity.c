/*
 * scan_parity.c - ports that a linear hash of the flow (CRC, XOR) sends to a dead path.
 *
 * Such ports are those with given parities of some masked bits: a coset of GF(2)^16.  One
 * Walsh-Hadamard transform of "dead" over all port numbers gives, for each mask, how far dead
 * ports favour one parity.  All masks that a coset's own masks make by XOR stand out together,
 * so sets of the outstanding masks are scored by the sum over all of these, which is the
 * number of dead ports in the coset beyond chance.  Whole numbers throughout: the same masks
 * on every machine.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"
#include "judge/scan.h"

#define PORTS 65536
#define DEAD_PORTS_MIN 4
#define DEAD_PORTS_MIN_ANY 8
#define DEAD_SHARE_MIN 0.02
#define DEAD_SHARE_MAX 0.85
/* Masks of the low bits, of the port or of its octets XORed, are likelier beforehand: they are
 * looked at by themselves, and where others cannot be found, at a fraction of the cost. */
#define LOW_PORTS 16
#define BOTH_OCTETS 0x0101
/* The table is worked on in chunks of so many masks. */
#define CHUNK 16
/* A bit for each number below that has an odd number of bits. */
#define ODD 0x6996u

/* A find that is no better than this comes to nothing. */
#define LN_SCORE_MAX (-3.0)
/* Masks that stand out most. */
#define OUTSTANDING 40
/*
 * A coset has so many ports, and all of them are dead: one may be alive, or this part.  Two or
 * three ranges can look like a coset from afar, but answer in some of its ports.  Outside, at
 * most half of that part is dead.
 */
#define COSET_PORTS_MIN 4
#define COSET_ALIVE_PART 0.05
#define OUTSIDE_PART_MAX 0.5

/* A hash mixes low bits in.  Without these, the coset is a few wide blocks of ports: ranges. */
#define MIXED_BITS 0x1ff

/*
 * A quarter of the weight is that of remainders: the lowest bits of the port, or of its octets
 * XORed, choose one of 2, 4, 8 or 16 paths.  Of the rest, half of a mask's weight is shared by
 * those that are likely: 1 to 15, the same in both octets, single bits and whole octets; half
 * by all.  Each has two values.
 */
#define REMAINDER_SHARE .25
#define LIKELY_MASKS 45
#define LIKELY_WEIGHT (.5 / (2 * LIKELY_MASKS))
#define ANY_WEIGHT (.5 / (2 * (PORTS - 1)))

/* Ports that are dead, or have no dead case at all. */
struct sample {
	uint16_t *port;
	bool *is_dead;
	uint32_t count;
	uint32_t dead;
};

#define SPAN_MAX (1u << DG_VERDICT_MASKS_MAX)

/* Masks of a coset, and how its ports answer them. */
struct coset {
	uint16_t masks[DG_VERDICT_MASKS_MAX];
	bool parities[DG_VERDICT_MASKS_MAX];
	unsigned count;
	int64_t excess;
	uint16_t span[SPAN_MAX]; /* all that they make by XOR, 0 first */
	int8_t signs[SPAN_MAX];  /* -1: odd parity in the coset */
};

struct search {
	int32_t *table; /* by mask, transformed */
	uint32_t size;
	uint16_t top[OUTSTANDING];
	unsigned top_count;
	struct coset best[DG_VERDICT_MASKS_MAX]; /* by number of masks - 1 */
};

/* Four rows of a chunk, which lie `part` apart. */
static void
transform_chunk(
    int32_t *restrict p, int32_t *restrict q, int32_t *restrict r, int32_t *restrict t)
{
	for (unsigned i = 0; i < CHUNK; i++) {
		int32_t a = p[i] + q[i], b = p[i] - q[i];
		int32_t c = r[i] + t[i], d = r[i] - t[i];

		p[i] = a + c;
		q[i] = b + d;
		r[i] = a - c;
		t[i] = b - d;
	}
}

/* Two levels at a time, from that of chunks on: `size` is a chunk times a power of 4. */
static void
transform(int32_t *table, uint32_t size)
{
	for (uint32_t part = CHUNK; part < size; part *= 4) {
		for (uint32_t at = 0; at < size; at += 4 * part) {
			for (uint32_t i = at; i < at + part; i += CHUNK)
				transform_chunk(table + i, table + i + part,
				    table + i + 2 * part, table + i + 3 * part);
		}
	}
}

/* Adds a port to its chunk, as the levels below that of chunks would. */
static void
add_port(int32_t *chunk, uint32_t port, int32_t value)
{
	for (uint32_t mask = 0; mask < CHUNK; mask++)
		chunk[mask] += ODD >> (mask & port) & 1 ? -value : value;
}

/*
 * Dead ports count + (count - dead), others - dead: their sum is 0.  Halved while both are
 * even, so that a sum over all 65,536 ports stays below 2^31.
 */
static void
fill(const struct sample *s, int32_t *table, uint32_t size, uint16_t factor)
{
	int32_t all = (int32_t)s->count, dead = (int32_t)s->dead;

	while (all % 2 == 0 && dead % 2 == 0) {
		all /= 2;
		dead /= 2;
	}
	memset(table, 0, size * sizeof *table);
	for (uint32_t i = 0; i < s->count; i++) {
		uint32_t port = s->port[i];

		if (factor == BOTH_OCTETS)
			port ^= port >> 8;
		port &= size - 1;
		add_port(table + port / CHUNK * CHUNK, port % CHUNK,
		    s->is_dead[i] ? all - dead : -dead);
	}
}

static int64_t
magnitude(const struct search *s, uint32_t mask)
{
	int64_t value = s->table[mask];

	return value < 0 ? -value : value;
}

static void
keep_outstanding(struct search *s, uint32_t mask)
{
	int64_t value = magnitude(s, mask);
	unsigned at = s->top_count;

	if (at == OUTSTANDING && value <= magnitude(s, s->top[at - 1]))
		return;
	at -= at == OUTSTANDING;
	for (; at > 0 && value > magnitude(s, s->top[at - 1]); at--)
		s->top[at] = s->top[at - 1];
	s->top[at] = (uint16_t)mask;
	s->top_count += s->top_count < OUTSTANDING;
}

static bool
has_more(const int32_t *chunk, int32_t most)
{
	unsigned more = 0;

	for (unsigned i = 0; i < CHUNK; i++)
		more |= chunk[i] > most || chunk[i] < -most;
	return more != 0;
}

/* The masks that stand out most, of equal ones the least first. */
static void
find_outstanding(struct search *s)
{
	for (uint32_t at = 0; at < s->size; at += CHUNK) {
		bool is_full = s->top_count == OUTSTANDING;

		if (is_full &&
		    !has_more(s->table + at, (int32_t)magnitude(s, s->top[OUTSTANDING - 1])))
			continue;
		for (uint32_t mask = at; mask < at + CHUNK; mask++)
			if (mask > 0)
				keep_outstanding(s, mask);
	}
}

/* A coset's excess with one more mask: 0 when it follows from the others.  Its parity is the
 * one of which more ports are dead. */
static int64_t
extended_excess(const struct search *s, const struct coset *c, uint16_t mask)
{
	int64_t sign = s->table[mask] < 0 ? -1 : 1, excess = c->excess;

	for (uint32_t element = 0; element < 1u << c->count; element++) {
		uint16_t sum = mask ^ c->span[element];

		if (sum == 0)
			return 0;
		excess += sign * c->signs[element] * s->table[sum];
	}
	return excess;
}

static struct coset
extend(const struct search *s, const struct coset *c, uint16_t mask)
{
	struct coset out = *c;
	uint32_t elements = 1u << c->count;

	out.excess = extended_excess(s, c, mask);
	out.masks[c->count] = mask;
	out.parities[c->count] = s->table[mask] < 0;
	out.count++;
	for (uint32_t i = 0; i < elements; i++) {
		out.span[elements + i] = mask ^ c->span[i];
		out.signs[elements + i] = s->table[mask] < 0 ? -c->signs[i] : c->signs[i];
	}
	return out;
}

/* Tries the outstanding masks from number `from` on as one more of a coset. */
static void
try_masks(struct search *s, const struct coset *c, unsigned from)
{
	struct coset *best = &s->best[c->count];

	for (unsigned i = from; i < s->top_count; i++) {
		if (extended_excess(s, c, s->top[i]) > best->excess)
			*best = extend(s, c, s->top[i]);
	}
}

/* All sets of up to three outstanding masks, and what a fourth makes of the best. */
static void
find_cosets(struct search *s)
{
	const struct coset none = {.signs = {1}};

	try_masks(s, &none, 0);
	for (unsigned i = 0; i < s->top_count; i++) {
		struct coset one = extend(s, &none, s->top[i]);

		try_masks(s, &one, i + 1);
		for (unsigned j = i + 1; j < s->top_count; j++) {
			struct coset two = extend(s, &one, s->top[j]);

			if (two.excess > 0)
				try_masks(s, &two, j + 1);
		}
	}
	if (s->best[2].excess > 0)
		try_masks(s, &s->best[2], 0);
}

bool
dg_is_likely_mask(uint16_t mask)
{
	return mask < 16 || (mask < 0x1000 && mask >> 8 == (mask & 0xff)) ||
	    (mask & (mask - 1)) == 0 || mask == 0xff || mask == 0xff00 || mask == 0xffff;
}

/* Sums by what is reached already: GF(2)^4 has 67 parts that are closed under XOR. */
#define WAYS 128

struct ways {
	const struct coset *coset;
	uint32_t reached[WAYS]; /* 0: empty */
	double sums[WAYS];
};

/* Where the sum for `reached` stands, or belongs. */
static unsigned
place_of(const struct ways *w, uint32_t reached)
{
	unsigned at = reached * UINT32_C(0x9e3779b9) >> 25;

	while (w->reached[at] != 0 && w->reached[at] != reached)
		at = (at + 1) % WAYS;
	return at;
}

/*
 * Sums the weights of all ways to choose, one after the other, masks that make the same coset.
 * `reached`: a bit for each element of the span that those chosen already make.
 */
static double
sum_of_ways(struct ways *w, unsigned chosen, uint32_t reached)
{
	const struct coset *c = w->coset;
	unsigned at = place_of(w, reached);
	double sum = 0;

	if (chosen == c->count)
		return 1;
	if (w->reached[at] != 0)
		return w->sums[at];
	for (uint32_t element = 1; element < 1u << c->count; element++) {
		uint32_t next = reached;

		if (reached >> element & 1)
			continue;
		for (uint32_t old = 0; old < 1u << c->count; old++)
			next |= (reached >> old & 1) << (old ^ element);
		sum +=
		    (ANY_WEIGHT + (dg_is_likely_mask(c->span[element]) ? LIKELY_WEIGHT : 0)) *
		    sum_of_ways(w, chosen + 1, next);
	}
	at = place_of(w, reached);
	w->reached[at] = reached;
	w->sums[at] = sum;
	return sum;
}

/* The weight of one of `count` masks none of whose sums is likely. */
static double
weight_of_any(unsigned count)
{
	double sum = (1 - REMAINDER_SHARE) / DG_VERDICT_MASKS_MAX;

	for (unsigned i = 0; i < count; i++)
		sum *= ((1u << count) - (1u << i)) * ANY_WEIGHT;
	return sum;
}

/* Whether it is the ports that leave one remainder: its masks are bit 0 and those next to it.
 */
static bool
is_remainder(const struct coset *c, uint16_t factor)
{
	unsigned bits = 0;

	for (uint32_t element = 1; element < 1u << c->count; element++)
		bits += c->span[element] == (c->span[element] & (LOW_PORTS - 1)) * factor &&
		    (c->span[element] & (LOW_PORTS - 1)) < 1u << c->count;
	return bits == (1u << c->count) - 1;
}

/* Each number of masks has the same share. */
static double
ln_weight(const struct coset *c)
{
	struct ways ways = {.coset = c};
	bool has_likely = false;
	double weight;

	for (uint32_t element = 1; element < 1u << c->count; element++)
		has_likely |= dg_is_likely_mask(c->span[element]);
	if (!has_likely)
		return log(weight_of_any(c->count));
	weight = (1 - REMAINDER_SHARE) * sum_of_ways(&ways, 0, 1);
	if (is_remainder(c, 1) || is_remainder(c, BOTH_OCTETS))
		weight += REMAINDER_SHARE / (2u << c->count);
	return log(weight / DG_VERDICT_MASKS_MAX);
}

/* Whether a coset of any masks could be found that has half of the ports it should have, all of
 * them dead. */
static bool
may_find_any(const struct sample *s)
{
	for (unsigned count = 1; count <= DG_VERDICT_MASKS_MAX; count++) {
		uint32_t inside = s->count >> (count + 1);
		double ln_p;

		if (inside < s->dead)
			inside = s->dead;
		ln_p = dg_ln_hypergeometric_tail(s->dead, s->count, s->dead, inside);
		if (ln_p - log(weight_of_any(count)) < LN_SCORE_MAX)
			return true;
	}
	return false;
}

/* The one basis of its span in which every mask's highest bit is in no other. */
static void
reduce(struct coset *c)
{
	unsigned done = 0;

	for (int bit = 15; bit >= 0; bit--) {
		unsigned with = done;

		while (with < c->count && (c->masks[with] >> bit & 1) == 0)
			with++;
		if (with == c->count)
			continue;
		uint16_t mask = c->masks[with];
		bool parity = c->parities[with];
		c->masks[with] = c->masks[done];
		c->parities[with] = c->parities[done];
		c->masks[done] = mask;
		c->parities[done] = parity;
		for (unsigned i = 0; i < c->count; i++) {
			if (i == done || (c->masks[i] >> bit & 1) == 0)
				continue;
			c->masks[i] ^= mask;
			c->parities[i] ^= parity;
		}
		done++;
	}
}

static bool
has_port(const struct coset *c, uint16_t port)
{
	for (unsigned i = 0; i < c->count; i++) {
		if ((__builtin_popcount(port & c->masks[i]) & 1) != c->parities[i])
			return false;
	}
	return true;
}

static bool
is_mixed(const struct coset *c)
{
	uint16_t bits = 0;

	for (unsigned i = 0; i < c->count; i++)
		bits |= c->masks[i];
	return (bits & MIXED_BITS) != 0;
}

static void
judge(const struct sample *s, const struct coset *c, struct dg_candidate *out)
{
	uint32_t inside = 0, dead = 0;
	double share, outside_share = 0, ln_p, ln_score;

	for (uint32_t i = 0; i < s->count; i++) {
		bool is_in = has_port(c, s->port[i]);

		inside += is_in;
		dead += is_in && s->is_dead[i];
	}
	if (!is_mixed(c) || inside < COSET_PORTS_MIN ||
	    inside - dead > fmax(1, COSET_ALIVE_PART * inside))
		return;
	share = (double)dead / inside;
	if (inside < s->count)
		outside_share = (double)(s->dead - dead) / (s->count - inside);
	if (outside_share >= OUTSIDE_PART_MAX * share)
		return;
	ln_p = dg_ln_hypergeometric_tail(dead, s->count, s->dead, inside);
	ln_score = ln_p - ln_weight(c);
	if (out->is_found && ln_score >= out->ln_score)
		return;
	out->is_found = true;
	out->shape = DG_SHAPE_PARITY;
	out->ln_tail = ln_p;
	out->ln_score = ln_score;
	memcpy(out->masks, c->masks, sizeof out->masks);
	memcpy(out->parities, c->parities, sizeof out->parities);
	out->mask_count = c->count;
	out->share = (double)dead / s->count;
	out->cases = inside;
	out->dead = dead;
}

/* Looks for cosets by the masks below `size`, each times `factor`. */
static int
search(const struct sample *s, uint32_t size, uint16_t factor, struct dg_candidate *out)
{
	struct search *f = calloc(1, sizeof *f);

	if (f == NULL)
		return DNSGAP_ENOMEM;
	f->size = size;
	f->table = malloc(size * sizeof *f->table);
	if (f->table == NULL) {
		free(f);
		return DNSGAP_ENOMEM;
	}
	fill(s, f->table, size, factor);
	transform(f->table, size);
	find_outstanding(f);
	find_cosets(f);
	for (unsigned i = 0; i < DG_VERDICT_MASKS_MAX; i++) {
		struct coset *c = &f->best[i];

		if (c->excess <= 0)
			continue;
		for (unsigned n = 0; n < SPAN_MAX; n++)
			c->span[n] = (uint16_t)(c->span[n] * factor);
		for (unsigned n = 0; n < c->count; n++)
			c->masks[n] = (uint16_t)(c->masks[n] * factor);
		reduce(c);
		judge(s, c, out);
	}
	free(f->table);
	free(f);
	return 0;
}

/* Judges of 2, 4, 8 and 16 paths the one that is dead the most, where the lowest bits choose.
 */
static void
find_remainders(const struct sample *s, uint16_t factor, struct dg_candidate *out)
{
	int64_t excess[LOW_PORTS] = {0};

	for (uint32_t i = 0; i < s->count; i++) {
		uint32_t port = s->port[i];

		if (factor == BOTH_OCTETS)
			port ^= port >> 8;
		excess[port % LOW_PORTS] +=
		    (s->is_dead[i] ? (int64_t)s->count : 0) - (int64_t)s->dead;
	}
	for (unsigned count = DG_VERDICT_MASKS_MAX; count > 0; count--) {
		uint32_t paths = 1u << count, most = 0;
		struct coset c = {.signs = {1}, .count = count};

		for (uint32_t path = 1; path < paths; path++)
			most = excess[path] > excess[most] ? path : most;
		for (unsigned i = 0; i < count; i++) {
			c.masks[i] = (uint16_t)(factor << (count - 1 - i));
			c.parities[i] = most >> (count - 1 - i) & 1;
		}
		for (uint32_t element = 0; element < paths; element++)
			c.span[element] = (uint16_t)(element * factor);
		judge(s, &c, out);
		for (uint32_t path = 0; path < paths / 2; path++)
			excess[path] += excess[path + paths / 2];
	}
}

static int
search_all(const struct sample *s, struct dg_candidate *out)
{
	int error;

	find_remainders(s, 1, out);
	find_remainders(s, BOTH_OCTETS, out);
	if (s->dead < DEAD_PORTS_MIN_ANY)
		return 0;
	error = search(s, LOW_PORTS, 1, out);
	if (error == 0)
		error = search(s, LOW_PORTS, BOTH_OCTETS, out);
	if (error == 0 && may_find_any(s))
		error = search(s, PORTS, 1, out);
	return error;
}

int
dg_scan_parity(struct dg_unit *u, struct dg_candidate *out)
{
	const struct dg_view *v = dg_unit_view(u, DG_VIEW_REPRESENTATIVES);
	struct sample s = {NULL, NULL, 0, 0};
	double share;
	int error = DNSGAP_ENOMEM;

	if (v == NULL)
		return DNSGAP_ENOMEM;
	share = v->port_count > 0 ? (double)v->dead_port_count / v->port_count : 0;
	if (v->dead_port_count < DEAD_PORTS_MIN || share <= DEAD_SHARE_MIN ||
	    share >= DEAD_SHARE_MAX)
		return 0;
	s.port = malloc(v->port_count * sizeof *s.port);
	s.is_dead = malloc(v->port_count * sizeof *s.is_dead);
	for (uint32_t i = 0; s.port != NULL && s.is_dead != NULL && i < v->port_count; i++) {
		if (!v->is_dead_port[i] && v->port_dead_cases[i] > 0)
			continue;
		s.port[s.count] = v->port[i];
		s.is_dead[s.count++] = v->is_dead_port[i];
		s.dead += v->is_dead_port[i];
	}
	if (s.port != NULL && s.is_dead != NULL)
		error = search_all(&s, out);
	free(s.port);
	free(s.is_dead);
	return error;
}
