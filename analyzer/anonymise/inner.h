#ifndef DG_ANONYMISE_INNER_H
#define DG_ANONYMISE_INNER_H

#include "anonymise/anonymise.h"
#include "anonymise/cipher.h"
#include "anonymise/cryptopan.h"
#include "anonymise/keep.h"

/*
 * inner.h - what an anonymiser is made of.
 */

struct dg_anonymiser {
	struct dg_cryptopan addresses;
	struct dg_cipher names; /* under a key of its own */
	struct dg_keep keep;
};

#endif
