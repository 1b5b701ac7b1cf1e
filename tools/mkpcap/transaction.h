/* transaction.h - what is in flight. */

#ifndef MK_TRANSACTION_H
#define MK_TRANSACTION_H

#include "world.h"

#include <stdbool.h>
#include <stdint.h>

struct mk_transaction {
	int64_t t0_ns;
	uint32_t client;
	uint32_t server;
	uint32_t zone;
	uint16_t sport;
	uint16_t dns_id;
	uint16_t ip_id; /* of the last copy of the query */
	uint16_t qtype;
	uint8_t label[7];
	uint8_t edns;       /* enum mk_edns */
	uint8_t reply_kind; /* enum mk_kind */
	uint8_t copies;     /* of its query so far */
	uint8_t pending;    /* events that will name it */
	bool is_open;       /* the place is taken */
	bool is_v6;
	bool is_silent;  /* the server never answers this port */
	bool is_late;    /* one answer, after the timeout */
	bool is_patient; /* the client does not ask again */
	bool has_reply;
	bool has_icmp;
};

/** All places, and the numbers of those that are free. */
struct mk_pool {
	struct mk_transaction *places;
	uint32_t *free_places;
	uint32_t count; /* places in use at some time */
	uint32_t free_count;
	uint32_t room;
};

/** A free place, all zero but `is_open`; UINT32_MAX when there is no memory. */
uint32_t mk_pool_add(struct mk_pool *p);
void mk_pool_free(struct mk_pool *p, uint32_t place);
void mk_pool_fini(struct mk_pool *p);

/** Makes up a new transaction whose query is sent at `now_ns`. */
void mk_transaction_draw(struct mk_transaction *t, struct mk_world *w, int64_t now_ns);

#endif
