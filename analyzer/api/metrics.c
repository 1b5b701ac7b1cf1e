/*
 * metrics.c - counters for Prometheus over all cuts of a long run.
 */
#include "dnsgap/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/inner.h"
#include "dnsgap/summary.h"
#include "dnsgap/version.h"
#include "report/metrics.h"

_Static_assert(
    DG_METRICS_INTERFACES_MAX == DNSGAP_CAPTURE_INTERFACES, "metrics of every interface");

struct dnsgap_metrics {
	struct dg_metrics inner;
};

int
dnsgap_metrics_new(struct dnsgap_metrics **out)
{
	struct dnsgap_metrics *m = calloc(1, sizeof *m);

	if (m == NULL)
		return DNSGAP_ENOMEM;
	dg_metrics_init(&m->inner);
	*out = m;
	return 0;
}

void
dnsgap_metrics_free(struct dnsgap_metrics *m)
{
	free(m);
}

void
dnsgap_metrics_add(struct dnsgap_metrics *m, const struct dnsgap_session *cut)
{
	int64_t first_ns, last_ns;

	if (cut->summary == NULL || cut->diagnosis == NULL)
		return;
	dg_metrics_add(&m->inner, cut->summary, &cut->diagnosis->findings);
	if (dnsgap_times(cut, &first_ns, &last_ns))
		m->inner.cut_ns = last_ns;
}

void
dnsgap_metrics_set_open(struct dnsgap_metrics *m, uint64_t open)
{
	m->inner.open = open;
}

void
dnsgap_metrics_set_interface(
    struct dnsgap_metrics *m, size_t n, const struct dnsgap_interface_counts *counts)
{
	struct dg_metrics_interface now = {
	    .frames = counts->frames,
	    .kernel_dropped = counts->kernel_dropped,
	    .interface_dropped = counts->interface_dropped,
	    .is_up = counts->is_up && !counts->is_gone,
	};

	snprintf(now.name, sizeof now.name, "%s", counts->name);
	dg_metrics_set_interface(&m->inner, n, &now);
}

int
dnsgap_metrics_render(const struct dnsgap_metrics *m, dnsgap_write *write, void *context)
{
	char *text = dg_metrics_text(&m->inner, DNSGAP_VERSION);
	int error = DNSGAP_ENOMEM;

	if (text != NULL)
		error = write(context, text, strlen(text)) == 0 ? 0 : DNSGAP_EWRITE;
	free(text);
	return error;
}
