/*
 * anonymise.c - pseudonyms of addresses and names.
 */
#include "anonymise/anonymise.h"

#include "dnsgap/error.h"

/* Placeholder until the room is merged. */
int
dg_anonymiser_new(const uint8_t key[DG_ANONYMISER_KEY_BYTES], struct dg_anonymiser **out)
{
	(void)key;
	(void)out;
	return DNSGAP_EINVAL;
}
