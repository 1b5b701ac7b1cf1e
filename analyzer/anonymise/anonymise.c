/*
 * anonymise.c - what pseudonyms are made with.
 */
#include "anonymise/anonymise.h"

#include <stdlib.h>
#include <string.h>

#include "anonymise/addresses.h"
#include "anonymise/inner.h"
#include "dnsgap/error.h"

#define FOR_NAMES "dnsgap names 1"

int
dg_anonymiser_new(const uint8_t key[DG_ANONYMISER_KEY_BYTES], struct dg_anonymiser **out)
{
	struct dg_anonymiser *a = calloc(1, sizeof *a);
	uint8_t names[DG_BLOCK_BYTES];

	if (a == NULL)
		return DNSGAP_ENOMEM;
	if (dg_cryptopan_init(&a->addresses, key) != 0 ||
	    dg_cipher_derive(key, DG_ANONYMISER_KEY_BYTES, FOR_NAMES, names) != 0 ||
	    dg_cipher_init(&a->names, names) != 0) {
		dg_anonymiser_free(a);
		return DNSGAP_ENOMEM;
	}
	explicit_bzero(names, sizeof names);
	*out = a;
	return 0;
}

void
dg_anonymiser_free(struct dg_anonymiser *a)
{
	if (a == NULL)
		return;
	dg_cipher_fini(&a->names);
	dg_cryptopan_fini(&a->addresses);
	free(a);
}

int
dg_anonymiser_keep_address(struct dg_anonymiser *a, const char *text)
{
	return dg_keep_add_address(&a->keep, text);
}

int
dg_anonymiser_keep_name(struct dg_anonymiser *a, const char *text)
{
	return dg_keep_add_name(&a->keep, text);
}

void
dg_anonymiser_keep(struct dg_anonymiser *a, const struct dg_keep *keep)
{
	a->keep = *keep;
}

void
dg_anonymise_prefix(
    const struct dg_anonymiser *a, enum dg_family family, struct dg_addr *addr, unsigned bits)
{
	dg_addresses_replace(&a->addresses, &a->keep, family, addr, bits);
}

void
dg_anonymise_addr(const struct dg_anonymiser *a, enum dg_family family, struct dg_addr *addr)
{
	dg_anonymise_prefix(a, family, addr, family == DG_FAMILY_IP4 ? 32 : 128);
}
