#ifndef DG_SOURCE_PCAPFILE_H
#define DG_SOURCE_PCAPFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/frame.h"
#include "source/digest.h"
#include "source/filter.h"
#include "source/stream.h"

/*
 * pcapfile.h - the frames of one capture file.
 */

/* Where frames were captured.  Classic pcap has one; pcapng any number, in any section. */
struct dg_interface {
	uint32_t linktype;
	uint32_t snap_bytes; /* as the file has it; 0 stands for no limit */
	uint64_t frames;
	uint64_t dropped; /* by the interface and the system, as the file's last word has it */
	bool has_dropped;
	/* As a pcapng file calls it, cut to what fits; from outside, any octets but NUL.
	 * Empty when it has no name. */
	char name[DG_INTERFACE_NAME_MAX];
};

/* What the report says about a file. */
struct dg_input {
	char *path;
	uint64_t digest_max;             /* larger files get no digest */
	struct dg_filter *filter;        /* which frames are wanted; NULL: all.  Borrowed */
	char sha256[DG_DIGEST_TEXT_MAX]; /* empty until it was read to its end */
	const char *format;      /* "pcap" or "pcapng"; NULL when it could not be opened */
	const char *compression; /* or NULL; both static */
	bool was_opened;
	struct dg_interface *interfaces; /* in the order in which the file describes them */
	size_t interface_count;
	uint64_t frames;
	uint64_t filtered; /* those among them that the filter did not want */
	int64_t first_ns;  /* least and greatest time of the others; DG_TIME_NONE without */
	int64_t last_ns;
	uint64_t bad_times;            /* frames whose time was put right */
	uint64_t inconsistent_lengths; /* frames with more captured than was on the wire */
	char *problem;                 /* NULL when all was read */
	uint64_t bytes;                /* read so far, as on the disk */
};

struct dg_pcapfile;

/* Frees what an input holds besides its path. */
void dg_input_fini(struct dg_input *input);

/**
 * Opens input->path and fills in what its header says.  Returns 0, DNSGAP_EOPEN,
 * _EFORMAT or _ENOMEM with a text in `fail`.  `input` must outlive the file;
 * `number` goes into the frames' places.  `stop` may be NULL and must outlive the file, too.
 */
int dg_pcapfile_open(struct dg_input *input, uint32_t number, const struct dg_stop *stop,
    struct dg_pcapfile **out, struct dg_fail *fail);
void dg_pcapfile_close(struct dg_pcapfile *f);

/**
 * The next frames that the filter wants, at most DG_BATCH_FRAMES; *count is 0 at the end, and
 * when `stop` wants it while none is wanted.  They live until the next call.  Damage ends the
 * file early and is told in input->problem; the only errors are DNSGAP_ENOMEM.
 */
int dg_pcapfile_next(
    struct dg_pcapfile *f, const struct dg_frame **frames, size_t *count, struct dg_fail *fail);

/* The name of a link type ("EN10MB"), or "LINKTYPE_n" in `text`. */
const char *dg_linktype_name(uint32_t linktype, char text[32]);

/* libpcap's version as it says it; static. */
const char *dg_pcapfile_library_version(void);

#endif
