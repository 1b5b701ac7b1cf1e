#ifndef DG_CLI_KEY_H
#define DG_CLI_KEY_H

#include <stdbool.h>

#include "dnsgap/config.h"

/*
 * key.h - the key of the pseudonyms.
 */

/**
 * Gives the configuration the key in `path`, or a random one when that is NULL.  A key's file
 * is regular, belongs to the user or to root, is for its owner only, and holds 32 bytes or
 * 64 hexadecimal digits.  Complains and returns false; no copy of the key is left here.
 */
bool dg_key_set(struct dnsgap_config *config, const char *path);

/* Whether a file has the size of a key: no capture is so small. */
bool dg_key_looks_like_one(const char *path);

#endif
