/*
 * evidence.c - the three readings: look, count, write.
 *
 * The files are the same in all three, and each reading stops where the analysis did.  The
 * third may meet a frame that the second did not count (see match.c); so the limit is held
 * there once more.
 */
#include "evidence/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "anonymise/frames.h"
#include "base/escape.h"
#include "dnsgap/error.h"
#include "evidence/inner.h"
#include "source/source.h"

#define FIRST_ROOM 1024u
#define LINKTYPE_RAW 101u

int
dg_evidence_new(const struct dg_evidence_config *config, struct dg_evidence **out)
{
	struct dg_evidence *e = calloc(1, sizeof *e);

	if (e == NULL)
		return DNSGAP_ENOMEM;
	e->config = *config;
	dg_map_init(&e->datagrams, sizeof(struct dg_datagram_key), sizeof(struct dg_datagram),
	    DG_EVIDENCE_DATAGRAMS_MAX, &config->secret);
	*out = e;
	return 0;
}

void
dg_evidence_free(struct dg_evidence *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; i < e->watch_count; i++)
		free(e->watches[i].units);
	free(e->watches);
	free(e->claims);
	free(e->units);
	free(e->unit_claims);
	free(e->places);
	dg_map_fini(&e->datagrams);
	free(e);
}

bool
dg_evidence_add_finding(struct dg_evidence *e, const char *code)
{
	if (e->finding_count == DG_EVIDENCE_FINDINGS_MAX)
		return false;
	e->codes[e->finding_count++] = code;
	return true;
}

int
dg_evidence_add_claim(struct dg_evidence *e, const struct dg_evidence_claim *claim)
{
	if (e->claim_count == DG_EVIDENCE_CLAIMS_MAX) {
		e->claims_dropped++;
		return 0;
	}
	if (e->claim_count == e->claim_room) {
		size_t room = e->claim_room == 0 ? FIRST_ROOM : 2 * e->claim_room;
		struct dg_evidence_claim *more = realloc(e->claims, room * sizeof *more);

		if (more == NULL)
			return DNSGAP_ENOMEM;
		e->claims = more;
		e->claim_room = room;
	}
	e->claims[e->claim_count++] = *claim;
	return 0;
}

int
dg_evidence_add_pattern(struct dg_evidence *e, const struct dg_evidence_pattern *pattern)
{
	struct dg_watch *more = realloc(e->watches, (e->watch_count + 1) * sizeof *more);

	if (more == NULL)
		return DNSGAP_ENOMEM;
	e->watches = more;
	e->watches[e->watch_count++] = (struct dg_watch){.pattern = *pattern, .step = 1};
	return 0;
}

uint64_t
dg_evidence_frames(const struct dg_evidence *e)
{
	return e->chosen_frames;
}

uint64_t
dg_evidence_left_out(const struct dg_evidence *e)
{
	return e->other_frames + e->claims_dropped;
}

/* What is done with each frame of a reading. */
typedef int visit(void *context, const struct dg_frame *frame, struct dg_fail *fail);

static int
read_files(struct dg_evidence *e, visit *visit_frame, void *context, struct dg_fail *fail)
{
	struct dg_batch *batch = malloc(sizeof *batch);
	struct dg_filelist *files = NULL;
	uint64_t left = e->config.read_frames;
	struct dg_source source;
	int error = batch != NULL ? dg_filelist_again(e->config.files, &files, fail)
				  : dg_fail_memory(fail);

	if (error == 0)
		source = dg_filelist_source(files);
	while (error == 0) {
		error = source.next(source.context, batch, fail);
		if (error != 0 || batch->count == 0)
			break;
		for (size_t i = 0; error == 0 && left > 0 && i < batch->count; i++, left--)
			error = visit_frame(context, &batch->frames[i], fail);
		/* The analysis stopped here, too, and read no further. */
		if (left == 0 && e->config.is_cut_short)
			break;
	}
	if (error == 0)
		error = dg_filelist_compare(e->config.files, files, fail);
	dg_filelist_free(files);
	free(batch);
	return error;
}

static int
look(void *context, const struct dg_frame *frame, struct dg_fail *fail)
{
	return dg_units_look(context, frame, fail);
}

static int
count(void *context, const struct dg_frame *frame, struct dg_fail *fail)
{
	struct dg_evidence *e = context;
	enum dg_frame_role role;
	uint32_t unit = dg_match(e, frame, &role);

	(void)fail;
	if (unit == DG_UNIT_NONE)
		return 0;
	if (e->units[unit].frames < DG_EVIDENCE_UNIT_FRAMES_MAX)
		e->units[unit].frames++;
	else
		e->other_frames++;
	return 0;
}

int
dg_evidence_gather(struct dg_evidence *e, struct dg_fail *fail)
{
	int error = dg_units_prepare(e) == 0 ? 0 : dg_fail_memory(fail);

	if (e->claim_count == 0 && e->watch_count == 0)
		return error;
	if (error == 0)
		error = read_files(e, look, e, fail);
	if (error == 0)
		error = dg_units_make(e, fail);
	if (error != 0)
		return error;
	/* What patterns noticed of fragments is of no use to matching. */
	dg_datagrams_reset(e);
	dg_match_begin(e);
	error = read_files(e, count, e, fail);
	if (error != 0)
		return error;
	return dg_choose(e) == 0 ? 0 : dg_fail_memory(fail);
}

/* ---- the third reading ---- */

/* The number that an interface of a file has in what is written. */
struct interface_number {
	uint32_t file;
	uint32_t interface;
	uint32_t number;
};

struct writing {
	struct dg_evidence *e;
	struct dg_ng_writer *w;
	struct dg_strbuf comment;
	uint8_t *bytes; /* of a frame without names; NULL when nothing is replaced */
	struct interface_number *numbers; /* in order of file and interface */
	size_t number_count;
	size_t number_room;
	uint64_t max;     /* frames of units */
	uint64_t written; /* of units */
	uint64_t shown;   /* all that were written in the end */
};

static int
fail_write(struct dg_fail *fail, int error)
{
	if (error == DNSGAP_ENOMEM)
		return dg_fail_memory(fail);
	return error != 0 ? dg_fail_set(fail, error, "the evidence could not be written") : 0;
}

/* Where an interface stands in the list, or belongs. */
static size_t
find_number(const struct writing *x, uint32_t file, uint32_t interface)
{
	size_t low = 0, high = x->number_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct interface_number *n = &x->numbers[middle];

		if (n->file < file || (n->file == file && n->interface < interface))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Says which interface of which file it was; text from outside is escaped. */
static int
describe(struct writing *x, const struct dg_frame *frame)
{
	const struct dg_input *input = dg_filelist_input(x->e->config.files, frame->place.file);
	bool is_known = frame->interface < input->interface_count;
	const char *own = is_known ? input->interfaces[frame->interface].name : "";
	struct dg_strbuf name = {0}, description = {0};
	int error = DNSGAP_ENOMEM;

	if (own[0] != '\0')
		dg_escape_terminal(&name, own);
	else
		dg_strbuf_addf(&name, "interface %u", frame->interface);
	dg_strbuf_addf(&description, "interface %u", frame->interface);
	if (own[0] != '\0') {
		dg_strbuf_add(&description, " (");
		dg_escape_terminal(&description, own);
		dg_strbuf_add(&description, ")");
	}
	dg_strbuf_add(&description, " of ");
	dg_escape_terminal(&description, input->path);
	if (!name.is_failed && !description.is_failed)
		error =
		    dg_ng_write_interface(x->w, frame->linktype, name.text, description.text);
	dg_strbuf_fini(&name);
	dg_strbuf_fini(&description);
	return error;
}

static int
number_of(struct writing *x, const struct dg_frame *frame, uint32_t *number)
{
	size_t at = find_number(x, frame->place.file, frame->interface);
	struct interface_number *n = &x->numbers[at];

	if (at < x->number_count && n->file == frame->place.file &&
	    n->interface == frame->interface) {
		*number = n->number;
		return 0;
	}
	if (x->number_count == x->number_room) {
		size_t room = x->number_room == 0 ? 8 : 2 * x->number_room;
		struct interface_number *more = realloc(x->numbers, room * sizeof *more);

		if (more == NULL)
			return DNSGAP_ENOMEM;
		x->numbers = more;
		x->number_room = room;
	}
	n = &x->numbers[at];
	memmove(n + 1, n, (x->number_count - at) * sizeof *n);
	*number = (uint32_t)x->number_count++;
	*n = (struct interface_number){frame->place.file, frame->interface, *number};
	return describe(x, frame);
}

/* One interface holds all frames without names. */
static int
write_anonymised(struct writing *x, const struct dg_frame *frame)
{
	struct dg_frame shown;
	int error = 0;

	if (!dg_anonymise_frame(x->e->config.anonymiser, frame, x->bytes, &shown)) {
		x->e->other_frames++;
		return 0;
	}
	x->shown++;
	if (x->number_count == 0) {
		x->number_count = 1;
		error = dg_ng_write_interface(x->w, LINKTYPE_RAW, "all",
		    "all interfaces; addresses and names are pseudonyms");
	}
	return error != 0 ? error : dg_ng_write_packet(x->w, 0, &shown, x->comment.text);
}

static int
write_as_it_is(struct writing *x, const struct dg_frame *frame)
{
	uint32_t number = 0;
	int error = number_of(x, frame, &number);

	x->shown++;
	return error != 0 ? error : dg_ng_write_packet(x->w, number, frame, x->comment.text);
}

/* Whether a frame's unit has it written; what else belongs to units is counted. */
static bool
is_wanted(struct writing *x, uint32_t unit)
{
	struct dg_evidence *e = x->e;

	if (unit == DG_UNIT_NONE || !e->units[unit].is_chosen ||
	    e->units[unit].met++ >= DG_EVIDENCE_UNIT_FRAMES_MAX)
		return false;
	if (x->written < x->max)
		return true;
	e->other_frames++;
	return false;
}

static int
write_frame(void *context, const struct dg_frame *frame, struct dg_fail *fail)
{
	struct writing *x = context;
	struct dg_evidence *e = x->e;
	enum dg_frame_role role;
	uint32_t unit = dg_match(e, frame, &role);
	bool is_unit = is_wanted(x, unit);

	if (!is_unit && !dg_is_edge(e, frame->place))
		return 0;
	x->written += is_unit;
	x->comment.size = 0;
	if (is_unit)
		dg_comment(&x->comment, e, &e->units[unit], role);
	dg_comment_edge(&x->comment, e, frame->place);
	if (x->comment.is_failed)
		return dg_fail_memory(fail);
	return fail_write(
	    fail, x->bytes != NULL ? write_anonymised(x, frame) : write_as_it_is(x, frame));
}

int
dg_evidence_write(struct dg_evidence *e, struct dg_ng_writer *w, struct dg_fail *fail)
{
	struct writing x = {.e = e, .w = w, .max = dg_unit_frames_max(e)};
	int error = 0;

	if (e->config.anonymiser != NULL)
		x.bytes = malloc(DG_ANONYMISED_BYTES_MAX);
	if (e->config.anonymiser != NULL && x.bytes == NULL)
		error = dg_fail_memory(fail);
	dg_match_begin(e);
	if (error == 0 && e->chosen_frames > 0)
		error = read_files(e, write_frame, &x, fail);
	if (error == 0)
		e->chosen_frames = x.shown;
	free(x.bytes);
	free(x.numbers);
	dg_strbuf_fini(&x.comment);
	return error;
}
