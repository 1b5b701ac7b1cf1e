/*
 * families_hash.c - captures in which one of several equal paths is dead, so that a hash of
 * addresses and ports decides what goes unanswered.
 */
#include "sim.h"

/* Parities that a CRC's low bits have, and those of bytes or words that are XORed. */
static void
ecmp(struct sim_world *w, unsigned bits, bool is_crc, bool is_linear)
{
	struct sim_fault *f;
	const unsigned unit = sim_chance(&w->rng, .5) ? 0x0101 : 0x0001;

	sim_add_clients(w, 2, SIM_USER);
	if (!is_linear)
		w->clients[0].chooser = sim_chooser_range(32768, 34767);
	sim_add_servers(w, 2, 1, 0);
	f = sim_add_fault(w);
	f->set = is_linear ? SIM_SET_PARITY : SIM_SET_HASH;
	f->bucket_count = 1u << bits;
	f->mask_count = is_linear ? bits : 0;
	for (unsigned i = 0; i < f->mask_count; i++)
		f->masks[i] =
		    (uint16_t)(is_crc ? sim_between(&w->rng, 1, 65535) : (uint32_t)unit << i);
	sim_at_clients(w, f, 0, 1);
	sim_at_servers(w, f, 0, 1);
}

static void
ecmp4_crc(struct sim_world *w)
{
	ecmp(w, 2, true, true);
}

static void
ecmp8_crc(struct sim_world *w)
{
	ecmp(w, 3, true, true);
}

static void
ecmp4_xor(struct sim_world *w)
{
	ecmp(w, 2, false, true);
}

static void
ecmp8_xor(struct sim_world *w)
{
	ecmp(w, 3, false, true);
}

static void
ecmp4_other(struct sim_world *w)
{
	ecmp(w, 2, false, false);
}

static void
ecmp8_other(struct sim_world *w)
{
	ecmp(w, 3, false, false);
}

static void
odd_ports(struct sim_world *w)
{
	ecmp(w, 1, false, true);
	w->faults[0].masks[0] = 1;
}

static const struct sim_family families[] = {
    {"ecmp4-crc", "one path of 4, linear hash (CRC)", ecmp4_crc},
    {"ecmp8-crc", "one path of 8, linear hash (CRC)", ecmp8_crc},
    {"ecmp4-xor", "one path of 4, linear hash (XOR)", ecmp4_xor},
    {"ecmp8-xor", "one path of 8, linear hash (XOR)", ecmp8_xor},
    {"ecmp4-other", "one path of 4, another hash, 2,000 ports", ecmp4_other},
    {"ecmp8-other", "one path of 8, another hash, 2,000 ports", ecmp8_other},
    {"odd-ports", "odd or even ports", odd_ports},
};

const struct sim_family *
sim_families_hash(size_t *count)
{
	*count = sizeof families / sizeof families[0];
	return families;
}
