#ifndef DG_ANONYMISE_LABELS_H
#define DG_ANONYMISE_LABELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "anonymise/cipher.h"

/*
 * labels.h - one label of a name, replaced by as many octets.
 */

#define DG_LABEL_BYTES_MAX 63

/**
 * Replaces a folded label of 1 to 63 octets, under a tweak: another tweak, another function.
 *
 * Of a label of letters, digits, `-` and `_`, letters and digits are replaced by letters and
 * digits, the others stay where they are; that is one-to-one.  Of others every octet is
 * replaced by a letter or digit, by a keyed hash of the label.  Returns whether it was the
 * former.
 */
bool dg_label_replace(const struct dg_cipher *c, const uint8_t tweak[DG_BLOCK_BYTES],
    uint8_t *label, size_t length);

/* Fills `bytes` with letters and digits, from a block that is as good as random. */
void dg_label_fill(const struct dg_cipher *c, const uint8_t block[DG_BLOCK_BYTES],
    uint8_t *bytes, size_t length);

#endif
