/* template.h - frames built once and patched millions of times. */

#ifndef MK_TEMPLATE_H
#define MK_TEMPLATE_H

#include "pkt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mk_kind {
	MK_QUERY,
	MK_ANSWER_1,
	MK_ANSWER_2,
	MK_ANSWER_4,
	MK_ANSWER_8,
	MK_NODATA,
	MK_NXDOMAIN,
	MK_TRUNCATED,
	MK_KIND_COUNT,
};

enum mk_edns {
	MK_EDNS_NONE,
	MK_EDNS_PLAIN,
	MK_EDNS_COOKIE,
	MK_EDNS_COUNT,
};

/* No frame is longer; a writer that has this much room need not ask. */
#define MK_FRAME_MAX 512

/** One client or server: both its addresses and their checksum's part. */
struct mk_host {
	uint8_t v4[4];
	uint8_t v6[16];
	uint32_t v4_sum;
	uint32_t v6_sum;
};

/** A frame without addresses, ports, IDs, first label and question type. */
struct mk_template {
	uint8_t *frame;
	uint16_t len;
	uint16_t ip_at;
	uint16_t udp_at;
	uint16_t qtype_at;
	bool is_v6;
	bool is_qtype_odd; /* its bytes lie across two words of the checksum */
	uint32_t ip_sum;
	uint32_t udp_sum;
};

/** All templates of one capture. */
struct mk_templates {
	struct mk_template *all;
	struct pkt_buf bytes;
};

/** What a frame differs in from its template. */
struct mk_fill {
	const struct mk_host *src;
	const struct mk_host *dst;
	uint16_t sport;
	uint16_t dport;
	uint16_t ip_id;
	uint16_t dns_id;
	uint16_t qtype;
	uint8_t label[7];
};

/** 0, or -1 when there is no memory. */
int mk_templates_init(
    struct mk_templates *t, uint32_t zone_count, enum pkt_link_kind link, uint16_t vlan);
void mk_templates_fini(struct mk_templates *t);

/** Borrowed until fini. */
const struct mk_template *mk_templates_find(const struct mk_templates *t, uint32_t zone,
    bool is_v6, enum mk_edns edns, enum mk_kind kind);

/** Writes the frame, of t->len bytes. */
void mk_template_write(const struct mk_template *t, const struct mk_fill *fill, uint8_t *frame);

/** Client and server addresses by number, from 0. */
struct mk_host mk_host_client(uint32_t number);
struct mk_host mk_host_server(uint32_t number);

#endif
