/*
 * evidence.c - the frames behind a session's findings.
 *
 * What is written is hashed on its way out, so that every report made afterwards can name it.
 */
#include "dnsgap/evidence.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/claims.h"
#include "api/inner.h"
#include "base/escape.h"
#include "base/limits.h"
#include "source/digest.h"

/* Where the bytes go: to the caller, and into the digest. */
struct outlet {
	dnsgap_write *write;
	void *context;
	struct dg_digest *digest;
};

static int
put(void *context, const void *bytes, size_t size)
{
	struct outlet *o = context;

	dg_digest_add(o->digest, bytes, size);
	return o->write(o->context, bytes, size);
}

static void
describe_inputs(struct dg_strbuf *b, const struct dnsgap_session *s)
{
	size_t count = dg_input_count(s), shown = 0;

	for (size_t i = 0; i < count; i++) {
		const struct dg_input *input = dg_input_at(s, i);

		if (!input->was_opened)
			continue;
		if (shown++ == DG_EVIDENCE_SECTION_FILES_MAX) {
			dg_strbuf_addf(b, "\nand more files");
			break;
		}
		dg_strbuf_add(b, "\nfrom ");
		dg_escape_terminal(b, input->path);
		if (input->sha256[0] != '\0')
			dg_strbuf_addf(b, " (sha256 %s)", input->sha256);
	}
}

static void
describe_findings(struct dg_strbuf *b, const struct dg_findings *all)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct dg_finding *f = all->list[i];

		if (i == DG_EVIDENCE_SECTION_FINDINGS_MAX) {
			dg_strbuf_addf(b, "\nand %zu more findings", all->count - i);
			break;
		}
		dg_strbuf_addf(b, "\nfinding %zu, %s: ", i + 1, dg_code_name(f->code));
		dg_escape_terminal(b, f->summary);
	}
	if (all->count == 0)
		dg_strbuf_add(b, "\nThere are no findings, so there are no frames.");
}

/* What the file is, for a person who has it and nothing else. */
static void
describe(struct dg_strbuf *b, const struct dnsgap_session *s, const struct dg_evidence *e,
    uint64_t max_frames)
{
	dg_strbuf_add(b,
	    "Frames behind the findings of a dnsgap report, with their original "
	    "times and lengths; each has a comment that says which findings it "
	    "belongs to, and as what.");
	dg_strbuf_addf(b, "\nMade by dnsgap %s", DNSGAP_VERSION);
	if (s->anonymiser != NULL)
		dg_strbuf_add(b, "; addresses and names are pseudonyms");
	else
		describe_inputs(b, s);
	dg_strbuf_addf(b,
	    "\nAt most %" PRIu64 " frames are kept; %" PRIu64
	    " more belong to findings and were left out.",
	    max_frames, dg_evidence_left_out(e));
	describe_findings(b, &s->diagnosis->findings);
}

static int
write_capture(
    struct dnsgap_session *s, struct dg_evidence *e, uint64_t max_frames, struct outlet *outlet)
{
	struct dg_strbuf comment = {0};
	struct dg_ng_writer writer;
	int error;

	dg_ng_writer_init(&writer, put, outlet);
	describe(&comment, s, e, max_frames);
	error = comment.is_failed
	    ? DNSGAP_ENOMEM
	    : dg_ng_write_section(&writer, "dnsgap " DNSGAP_VERSION, comment.text);
	if (error == DNSGAP_ENOMEM)
		(void)dg_fail_memory(&s->fail);
	else if (error != 0)
		(void)dg_fail_set(&s->fail, error, "the evidence could not be written");
	if (error == 0)
		error = dg_evidence_write(e, &writer, &s->fail);
	dg_strbuf_fini(&comment);
	dg_ng_writer_fini(&writer);
	return error;
}

static int
gather(struct dnsgap_session *s, uint64_t max_frames, struct dg_evidence **out)
{
	struct dg_evidence_config config = {
	    .files = s->files,
	    .server_ports = s->config.server_ports,
	    .secret = dg_hash_key_random(),
	    .anonymiser = s->anonymiser,
	    .hold_ns = dg_config_hold(&s->config),
	    .skew_ns = s->config.skew_ns,
	    .read_frames = s->summary->quality.frames,
	    .is_cut_short = s->max_frames != 0 || s->was_stopped,
	    .max_frames = max_frames,
	};
	struct dg_evidence *e;
	int error;

	if (dg_evidence_new(&config, &e) != 0)
		return dg_fail_memory(&s->fail);
	error = dg_claims_make(s->diagnosis, e);
	error = error != 0 ? dg_fail_memory(&s->fail) : dg_evidence_gather(e, &s->fail);
	if (error == 0)
		*out = e;
	else
		dg_evidence_free(e);
	return error;
}

/* Keeps what reports say of it. */
static int
note(struct dnsgap_session *s, const char *name, const struct dg_evidence *e,
    struct dg_digest *digest)
{
	s->evidence.name = strdup(name);
	if (s->evidence.name == NULL)
		return dg_fail_memory(&s->fail);
	dg_digest_finish(digest, s->evidence.sha256);
	s->evidence.frames = dg_evidence_frames(e);
	s->evidence.left_out = dg_evidence_left_out(e);
	return 0;
}

int
dnsgap_evidence_write(struct dnsgap_session *s, const char *name, uint64_t max_frames,
    dnsgap_write *write, void *context)
{
	struct outlet outlet = {.write = write, .context = context};
	uint64_t max = max_frames != 0 ? max_frames : DG_EVIDENCE_FRAMES_DEFAULT;
	struct dg_evidence *e = NULL;
	int error;

	if (s->diagnosis == NULL)
		return dg_fail_set(&s->fail, DNSGAP_ESTATE, "the session is not finished");
	if (s->evidence.name != NULL)
		return dg_fail_set(&s->fail, DNSGAP_ESTATE, "evidence was made before");
	if (s->was_fed)
		return dg_fail_set(&s->fail, DNSGAP_EINVAL,
		    "frames that were fed cannot be read again; write them to a file, and add "
		    "that");
	outlet.digest = dg_digest_new();
	error = outlet.digest != NULL ? gather(s, max, &e) : dg_fail_memory(&s->fail);
	if (error == 0)
		error = write_capture(s, e, max, &outlet);
	if (error == 0)
		error = note(s, name, e, outlet.digest);
	dg_evidence_free(e);
	dg_digest_free(outlet.digest);
	return error;
}
