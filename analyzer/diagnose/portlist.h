#ifndef DG_DIAGNOSE_PORTLIST_H
#define DG_DIAGNOSE_PORTLIST_H

#include <stdint.h>

/*
 * portlist.h - sets of ports as text: "1-52,54-1023".
 */

/* Ports as flags: 65536 bytes. */
#define DG_PORTS_ALL 65536

/*
 * The ports whose flags hold all bits of `want` and none of `without`.  At most `runs_max`
 * ranges are written; *runs_left, if not NULL, counts the others.  The caller's to free();
 * NULL when memory ran out.  "" when there is none.
 */
char *dg_ports_text(const uint8_t *flags, uint8_t want, uint8_t without, unsigned runs_max,
    unsigned *runs_left);

#endif
