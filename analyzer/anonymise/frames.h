#ifndef DG_ANONYMISE_FRAMES_H
#define DG_ANONYMISE_FRAMES_H

#include <stdbool.h>

#include "anonymise/anonymise.h"
#include "base/frame.h"

/*
 * frames.h - a frame without anything in it that names a host or a person.
 */

/* Room that the result of any frame fits in. */
#define DG_ANONYMISED_BYTES_MAX 70000

/*
 * Writes the frame to `bytes`, and describes it in `out` (its data is `bytes`; time and place
 * are those of `in`).  The result is an IP packet without a link layer (LINKTYPE_RAW), out of
 * the tunnels that it came in: addresses, names and addresses in DNS messages, client subnets
 * and what ICMP errors quote are pseudonyms, checksums are right where they were right before.
 * What is not understood is cut off as a capture with a snap length would, or blanked.
 *
 * Returns false when nothing of the frame may be shown (no IP packet is in it).
 */
bool dg_anonymise_frame(const struct dg_anonymiser *a, const struct dg_frame *in,
    uint8_t bytes[DG_ANONYMISED_BYTES_MAX], struct dg_frame *out);

#endif
