/*
 * portlist.c - sets of ports as text.
 */
#include "diagnose/portlist.h"

#include <stdlib.h>

#include "base/strbuf.h"

static void
add_run(struct dg_strbuf *b, uint32_t first, uint32_t last)
{
	const char *comma = b->size > 0 ? "," : "";

	if (first == last)
		dg_strbuf_addf(b, "%s%u", comma, (unsigned)first);
	else
		dg_strbuf_addf(b, "%s%u-%u", comma, (unsigned)first, (unsigned)last);
}

char *
dg_ports_text(
    const uint8_t *flags, uint8_t want, uint8_t without, unsigned runs_max, unsigned *runs_left)
{
	struct dg_strbuf b = {0};
	unsigned runs = 0;

	dg_strbuf_add(&b, "");
	for (uint32_t port = 0; port < DG_PORTS_ALL; port++) {
		uint32_t first = port;

		while (port < DG_PORTS_ALL && (flags[port] & (want | without)) == want)
			port++;
		if (port > first && runs++ < runs_max)
			add_run(&b, first, port - 1);
	}
	if (runs_left != NULL)
		*runs_left = runs > runs_max ? runs - runs_max : 0;
	return dg_strbuf_take(&b);
}
