#ifndef DG_DECODE_PORTS_H
#define DG_DECODE_PORTS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * ports.h - the ports that servers listen on, as a bitmap.
 */

struct dg_server_ports {
	uint64_t words[65536 / 64];
};

static inline void
dg_server_ports_add(struct dg_server_ports *s, uint16_t port)
{
	s->words[port / 64] |= UINT64_C(1) << (port % 64);
}

static inline bool
dg_server_ports_has(const struct dg_server_ports *s, uint16_t port)
{
	return s->words[port / 64] >> (port % 64) & 1;
}

#endif
