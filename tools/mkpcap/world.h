/* world.h - the clients, servers and delays of one capture. */

#ifndef MK_WORLD_H
#define MK_WORLD_H

#include "options.h"
#include "random.h"
#include "template.h"

#define MK_DELAY_STEPS 4096

struct mk_client {
	struct mk_host host;
	uint32_t asked; /* transactions so far */
	uint32_t key;   /* makes its DNS IDs differ from the next client's */
};

struct mk_server {
	struct mk_host host;
	double delay_scale; /* how far away it is; 1 on average */
	bool is_refusing;   /* answers all with port unreachable */
	uint8_t *dropped;   /* bit set of source ports; owned; NULL: none */
};

struct mk_world {
	const struct mk_options *options;
	struct mk_random random;
	struct mk_zipf popularity;
	struct mk_client *clients;
	struct mk_server *servers;
	struct mk_templates templates;
	double delays_ns[MK_DELAY_STEPS]; /* equally likely */
};

/** 0, or -1 when there is no memory.  Keeps `options`. */
int mk_world_init(struct mk_world *w, const struct mk_options *options);
void mk_world_fini(struct mk_world *w);

/** How long a server's answer takes this time, 0.1 ms to 4 s. */
int64_t mk_world_delay_ns(struct mk_world *w, const struct mk_server *s);

/** The source port of a client's next transaction. */
uint16_t mk_world_port(struct mk_world *w, const struct mk_client *c);

/** Whether the server is silent towards this source port. */
bool mk_world_is_dropped(const struct mk_server *s, uint16_t port);

#endif
