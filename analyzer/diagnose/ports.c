/*
 * ports.c - the choice of the best explanation, round after round.
 */
#include "diagnose/ports.h"

#include <stdlib.h>

#include "dnsgap/error.h"

int
dg_ports_judge(const struct dg_port_input *input, struct dg_port_result **out)
{
	(void)input;
	*out = calloc(1, sizeof **out);
	return *out != NULL ? 0 : DNSGAP_ENOMEM;
}

void
dg_ports_free(struct dg_port_result *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->verdict_count; i++) {
		free(r->verdicts[i].units);
		free(r->verdicts[i].ports);
	}
	free(r->verdicts);
	free(r->entities);
	free(r);
}
