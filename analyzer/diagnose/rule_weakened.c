/*
 * rule_weakened.c - which findings an incomplete capture makes less sure.
 *
 * Those that rest on silence: what the capture lacks may be the replies.
 */
#include <stdio.h>
#include <string.h>

#include "diagnose/explained.h"
#include "dnsgap/error.h"

static bool
rests_on_silence(enum dg_code code)
{
	switch (code) {
	case DG_PORTS_SILENT:
	case DG_PORTS_HASH:
	case DG_SERVER_SILENT:
	case DG_LOSS_RANDOM:
	case DG_OUTAGE:
	case DG_RATE_LIMITED:
	case DG_FRAGMENTS_LOST:
	case DG_TCP_BLOCKED:
		return true;
	default:
		return false;
	}
}

static struct dg_finding *
find_incomplete(const struct dg_diagnosis *d)
{
	for (size_t i = 0; i < d->findings.count; i++) {
		if (d->findings.list[i]->code == DG_CAPTURE_INCOMPLETE)
			return d->findings.list[i];
	}
	return NULL;
}

/* What was dropped may be all that is lost. */
static void
soften_loss(const struct dg_diagnosis *d, struct dg_finding *f)
{
	uint64_t lost = f->inside.transactions - f->inside.reached;

	if (f->code != DG_LOSS_RANDOM || !d->circumstances.has_dropped ||
	    d->circumstances.dropped < lost)
		return;
	f->severity = DG_NOTE;
	f->is_suspected = true;
}

static int
weaken(struct dg_diagnosis *d, bool is_weakened[DG_CODE_COUNT])
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < d->findings.count; i++) {
		struct dg_finding *f = d->findings.list[i];

		if (!rests_on_silence(f->code))
			continue;
		is_weakened[f->code] = true;
		soften_loss(d, f);
		error = dg_words_add(&f->rivals,
		    "the capture is incomplete (capture-incomplete): replies may have come "
		    "that "
		    "it does not hold");
	}
	return error;
}

int
dg_rule_weakened(struct dg_diagnosis *d)
{
	struct dg_finding *incomplete = find_incomplete(d);
	bool is_weakened[DG_CODE_COUNT] = {false};
	char names[512] = "";
	int error;

	if (incomplete == NULL || incomplete->severity == DG_NOTE)
		return 0;
	error = weaken(d, is_weakened);
	for (int code = 0; code < DG_CODE_COUNT; code++) {
		if (!is_weakened[code])
			continue;
		if (names[0] != '\0')
			strncat(names, ", ", sizeof names - strlen(names) - 1);
		strncat(
		    names, dg_code_name((enum dg_code)code), sizeof names - strlen(names) - 1);
	}
	if (error != 0 || names[0] == '\0')
		return error;
	return asprintf(&incomplete->untested,
		   "whether what these findings call unanswered was answered after all: %s",
		   names) < 0
	    ? DNSGAP_ENOMEM
	    : 0;
}
