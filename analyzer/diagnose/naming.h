#ifndef DG_DIAGNOSE_NAMING_H
#define DG_DIAGNOSE_NAMING_H

#include <stdint.h>

#include "judge/ports.h"

/*
 * naming.h - the range that a person would name, where ports were seen dead.
 */

/* What was seen of a port, as flags of portlist.h; other bits are not looked at. */
#define DG_PORT_DEAD 1u  /* tried in vain, once or more */
#define DG_PORT_ALIVE 2u /* answered, once or more */

/* The nearest answered port below, above; -1: none. */
int32_t dg_answered_below(const uint8_t *flags, uint16_t port);
int32_t dg_answered_above(const uint8_t *flags, uint16_t port);

/*
 * A range that people and machines choose, that begins in the gap before `seen` and ends in
 * the gap behind it; `seen` where none does.  Its ends were seen dead.  Ports that stay open
 * where a range is shut may lie between, when nothing fits otherwise: whoever uses the name
 * leaves answered ports out of it.
 */
struct dg_port_range dg_range_name(const uint8_t *flags, struct dg_port_range seen);

/* As above, where answered ports bound nothing, as of raised loss: it begins at first_least or
 * behind it and ends at last_most or before it. */
struct dg_port_range dg_range_name_within(
    const uint8_t *flags, struct dg_port_range seen, uint16_t first_least, uint16_t last_most);

#endif
