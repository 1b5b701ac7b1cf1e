#ifndef DG_CORRELATE_KEY_H
#define DG_CORRELATE_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "decode/packet.h"
#include "dns/parse.h"
#include "reassembly/message.h"

/*
 * key.h - who asks whom, and the hashes by which a transaction is found.
 */

/* What stands for a question that is not known. */
#define DG_QUESTION_NONE UINT64_C(0)
#define DG_QUESTION_CUT UINT64_C(1) /* there is one; the capture does not hold it */

struct dg_key {
	struct dg_flow flow;
	uint64_t flow_hash; /* of flow */
	uint64_t id_hash;   /* of flow and ID */
	uint64_t question_hash;
	uint16_t id;
	bool has_id;
	bool has_question;
};

enum dg_direction {
	DG_DIRECTION_QUERY,
	DG_DIRECTION_REPLY,
	DG_DIRECTION_MISDIRECTED,
};

/**
 * Makes the key of a message that has a server port on at least one side
 * (docs/matching.md, "Who is the server").  `has_question` of the view says
 * whether the question takes part.
 */
enum dg_direction dg_key_of_message(const struct dg_message *m, const struct dg_dns_view *view,
    const struct dg_server_ports *ports, const struct dg_hash_key *secret, struct dg_key *key);

/* Makes the key of a TCP connection: the flow alone. */
void dg_key_of_flow(
    const struct dg_flow *flow, const struct dg_hash_key *secret, struct dg_key *key);

/* The key of the connection that a message came over. */
struct dg_key dg_key_of_connection(const struct dg_key *message);

/**
 * Makes the key of a quoted packet, read as a query (`is_reply` false: its
 * destination is the server) or as a reply.  The question and the ID take
 * part as far as they are quoted; over TCP neither does.
 */
void dg_key_of_quote(const struct dg_quote *quote, bool is_reply,
    const struct dg_hash_key *secret, struct dg_key *key);

/* The QR bit of the quoted message: 0 or 1, or -1 when the quote is too short. */
int dg_quote_qr(const struct dg_quote *quote);

#endif
