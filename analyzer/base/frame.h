#ifndef DG_BASE_FRAME_H
#define DG_BASE_FRAME_H

/*
 * frame.h - what a source hands to the engine.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

/* Where a frame stands, for a person who wants to look at it: files count from 0,
 * frames from 1, as Wireshark numbers them. */
struct dg_place {
	uint32_t file;
	uint32_t frame;
};

struct dg_frame {
	const uint8_t *data;
	uint32_t captured;
	uint32_t on_wire;   /* never less than captured */
	int64_t time_ns;    /* since 1970, put right by the source */
	uint32_t linktype;  /* LINKTYPE_ number of the pcap format */
	uint32_t interface; /* of its file, from 0, over all sections of a pcapng file */
	struct dg_place place;
};

/* The bytes belong to the source and live until its next batch. */
struct dg_batch {
	size_t count;
	struct dg_frame frames[DG_BATCH_FRAMES];
};

#endif
