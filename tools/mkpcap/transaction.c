/*
 * transaction.c - what is in flight, and how a transaction is made up.
 *
 * Invariant: no client uses an ID with the same name twice within 2^24 of its
 * transactions.  The ID is a permutation of the low 16 bits of the client's
 * count, and the first label begins with the next 8 bits.  options.c refuses
 * rates that would come round within 40 s.
 */

#include "transaction.h"

#include <stdlib.h>

uint32_t
mk_pool_add(struct mk_pool *p)
{
	uint32_t place;

	if (p->free_count == 0 && p->count == p->room) {
		uint32_t room = p->room != 0 ? 2 * p->room : 4096;
		struct mk_transaction *places = realloc(p->places, room * sizeof(*places));
		uint32_t *free_places;

		if (places == NULL)
			return UINT32_MAX;
		p->places = places;
		free_places = realloc(p->free_places, room * sizeof(*free_places));
		if (free_places == NULL)
			return UINT32_MAX;
		p->free_places = free_places;
		p->room = room;
	}
	place = p->free_count != 0 ? p->free_places[--p->free_count] : p->count++;
	p->places[place] = (struct mk_transaction){.is_open = true};
	return place;
}

void
mk_pool_free(struct mk_pool *p, uint32_t place)
{
	p->places[place].is_open = false;
	p->free_places[p->free_count++] = place;
}

void
mk_pool_fini(struct mk_pool *p)
{
	free(p->places);
	free(p->free_places);
	*p = (struct mk_pool){0};
}

/* One to one on 16 bits: odd factors and shifted xors can be undone. */
static uint16_t
permute(uint32_t v, uint32_t key)
{
	v = (v ^ key) & 0xffff;
	v = v * 0x9e3b & 0xffff;
	v ^= v >> 7;
	v = (v + (key >> 16)) * 0x6a4d & 0xffff;
	v ^= v >> 9;
	return (uint16_t)v;
}

/* "h", two digits of the client's count, four of chance: h01a3f9. */
static void
draw_label(uint8_t *label, struct mk_random *random, uint32_t asked)
{
	uint32_t digits = (asked >> 16 & 0xff) << 16 | mk_random_below(random, 5000);

	label[0] = 'h';
	for (int i = 6; i > 0; i--) {
		label[i] = (uint8_t) "0123456789abcdef"[digits & 15];
		digits >>= 4;
	}
}

static uint16_t
draw_qtype(struct mk_random *random)
{
	static const uint8_t types[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 28, 28, 28, 28, 15, 16};

	return types[mk_random_next(random) >> 60];
}

static enum mk_kind
draw_reply(struct mk_world *w, uint16_t qtype)
{
	static const uint8_t kinds[4] = {MK_ANSWER_1, MK_ANSWER_2, MK_ANSWER_4, MK_ANSWER_8};

	if (mk_random_chance(&w->random, w->options->truncated_share))
		return MK_TRUNCATED;
	if (mk_random_chance(&w->random, w->options->nxdomain_share))
		return MK_NXDOMAIN;
	/* The templates' answers are all A records. */
	if (qtype != 1)
		return MK_NODATA;
	return kinds[mk_random_next(&w->random) >> 62];
}

static enum mk_edns
draw_edns(struct mk_world *w)
{
	double v = mk_random_unit(&w->random);

	if (v >= w->options->edns_share)
		return MK_EDNS_NONE;
	return v < w->options->edns_share / 2 ? MK_EDNS_COOKIE : MK_EDNS_PLAIN;
}

void
mk_transaction_draw(struct mk_transaction *t, struct mk_world *w, int64_t now_ns)
{
	const struct mk_options *o = w->options;
	struct mk_client *c;

	t->t0_ns = now_ns;
	t->client = mk_random_below(&w->random, o->client_count);
	t->server = mk_zipf_next(&w->popularity, &w->random);
	t->zone = mk_random_below(&w->random, o->zone_count);
	c = &w->clients[t->client];
	t->sport = mk_world_port(w, c);
	t->dns_id = permute(c->asked, c->key);
	draw_label(t->label, &w->random, c->asked);
	c->asked++;
	t->qtype = draw_qtype(&w->random);
	t->edns = (uint8_t)draw_edns(w);
	t->reply_kind = (uint8_t)draw_reply(w, t->qtype);
	t->is_v6 = mk_random_chance(&w->random, o->v6_share);
	t->is_late = mk_random_chance(&w->random, o->late_share);
	t->is_patient = !mk_random_chance(&w->random, o->resend_share);
	t->is_silent = mk_world_is_dropped(&w->servers[t->server], t->sport);
}
