#ifndef DG_ENGINE_QUOTED_H
#define DG_ENGINE_QUOTED_H

#include "base/hash.h"
#include "correlate/correlate.h"
#include "decode/packet.h"
#include "decode/ports.h"

/*
 * quoted.h - from a decoded ICMP error to what is correlated.
 */

/* `packet` quotes ports, one of them a server's. */
void dg_icmp_error_of(const struct dg_packet *packet, const struct dg_frame *frame,
    const struct dg_server_ports *ports, const struct dg_hash_key *secret,
    struct dg_icmp_error *out);

#endif
