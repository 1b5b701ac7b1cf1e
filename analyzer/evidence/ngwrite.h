#ifndef DG_EVIDENCE_NGWRITE_H
#define DG_EVIDENCE_NGWRITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"
#include "base/strbuf.h"

/*
 * ngwrite.h - a pcapng file (draft-ietf-opsawg-pcapng-02): one section, interfaces whose clocks
 * count nanoseconds, enhanced packet blocks with comments.
 *
 * Texts are written as they are: whoever calls has made them harmless.
 */

/* Takes bytes of the file in their order; other than 0 stops the writing. */
typedef int dg_ng_sink(void *context, const void *bytes, size_t size);

struct dg_ng_writer {
	dg_ng_sink *sink;
	void *context;
	struct dg_strbuf block; /* that is being made */
	uint32_t interface_count;
};

void dg_ng_writer_init(struct dg_ng_writer *w, dg_ng_sink *sink, void *context);
void dg_ng_writer_fini(struct dg_ng_writer *w);

/*
 * The three kinds of blocks.  A text that is NULL is left out; one of more than
 * DG_NG_TEXT_MAX octets is cut.  All return 0, DNSGAP_EWRITE or DNSGAP_ENOMEM.
 */

/* First, and once. */
int dg_ng_write_section(struct dg_ng_writer *w, const char *application, const char *comment);

/* The n-th call describes interface n, counted from 0; before its first packet. */
int dg_ng_write_interface(
    struct dg_ng_writer *w, uint32_t linktype, const char *name, const char *description);

/* `interface` was described; the frame's time is not before 1970. */
int dg_ng_write_packet(struct dg_ng_writer *w, uint32_t interface, const struct dg_frame *frame,
    const char *comment);

#endif
