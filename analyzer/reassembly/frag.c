/*
 * frag.c - IP fragments become datagrams.
 *
 * A datagram is in a chain of the table and, until it is whole, in the list of all, in the
 * order in which they began; the first of the list goes first, whether time is up or room is
 * wanted.  Packets are recorded a little out of order, so one that is over may stand behind one
 * that is not yet: a fragment that finds it looks at the time itself.
 *
 * A refused datagram gives its bytes back and stays, so that what is left of it does not
 * look like another.  So does a whole one for a while, so that a second sighting of its last
 * fragment does not: captures of several interfaces see everything twice.
 */
#include "reassembly/frag.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/losses.h"
#include "base/pool.h"
#include "dnsgap/error.h"
#include "reassembly/frag_bytes.h"

#define NONE DG_POOL_NONE
#define BUCKETS DG_FRAG_DATAGRAMS_MAX
/* Whole datagrams that are kept for second sightings, the latest ones. */
#define WHOLE_KEPT 64

/* Hashed as it lies: there is no padding. */
struct key {
	struct dg_addr sender;
	struct dg_addr receiver;
	uint32_t id;
	uint8_t family;
	uint8_t protocol; /* IPv4: of the IP header, the same in all fragments; IPv6: 0 */
	uint16_t zero;
};

struct datagram {
	uint32_t chain; /* the next of its bucket */
	uint32_t older;
	uint32_t newer;
	uint32_t bucket;
	struct key key;
	int64_t begun_ns;
	bool has_end;
	bool is_refused;
	bool is_whole;      /* counted and told; kept for second sightings */
	int64_t whole_ns;   /* when is_whole */
	uint32_t kept_slot; /* in `kept`, when is_whole */
	uint32_t end;       /* when has_end: octets of it all */
	uint32_t past;      /* no octet that is there lies at this one or further */
	struct dg_frag_bytes bytes;
	struct dg_frag_datagram told;
	uint8_t
	    first_protocol; /* the first fragment's fragment_protocol, when told.has_first */
};

/* What a run without fragments never takes. */
struct memory {
	uint32_t buckets[BUCKETS];
	uint32_t kept[WHOLE_KEPT]; /* whole datagrams, a ring */
	uint32_t kept_next;
	uint8_t whole[DG_DATAGRAM_BYTES_MAX];
};

struct dg_frag {
	struct dg_hash_key secret;
	struct dg_frag_sink sink;
	struct dg_frag_stats stats;
	struct dg_pool datagrams;
	struct dg_pool store;
	struct memory *memory;
	uint32_t oldest;
	uint32_t newest;
	int64_t newest_ns;
	struct dg_losses losses;
};

/* --- the table ------------------------------------------------------------- */

static struct datagram *
at(const struct dg_frag *f, uint32_t index)
{
	return dg_pool_at(&f->datagrams, index);
}

static struct key
key_of(const struct dg_ip *ip)
{
	return (struct key){
	    .sender = ip->source,
	    .receiver = ip->destination,
	    .id = ip->id,
	    .family = ip->family,
	    .protocol = ip->family == DG_FAMILY_IP4 ? ip->fragment_protocol : 0,
	};
}

static uint32_t
bucket_of(const struct dg_frag *f, const struct key *key)
{
	_Static_assert(sizeof(struct key) == 40, "no padding");
	return (uint32_t)dg_hash(&f->secret, key, sizeof *key) % BUCKETS;
}

static uint32_t
find(const struct dg_frag *f, const struct key *key, uint32_t bucket)
{
	uint32_t index = f->memory->buckets[bucket];

	while (index != NONE && memcmp(&at(f, index)->key, key, sizeof *key) != 0)
		index = at(f, index)->chain;
	return index;
}

static void
link_datagram(struct dg_frag *f, uint32_t index)
{
	struct datagram *d = at(f, index);

	d->chain = f->memory->buckets[d->bucket];
	f->memory->buckets[d->bucket] = index;
	d->older = f->newest;
	d->newer = NONE;
	if (f->newest != NONE)
		at(f, f->newest)->newer = index;
	else
		f->oldest = index;
	f->newest = index;
}

static void
unlink_chain(struct dg_frag *f, uint32_t index)
{
	struct datagram *d = at(f, index);
	uint32_t *link = &f->memory->buckets[d->bucket];

	while (*link != index)
		link = &at(f, *link)->chain;
	*link = d->chain;
}

static void
unlink_age(struct dg_frag *f, uint32_t index)
{
	struct datagram *d = at(f, index);

	if (d->older != NONE)
		at(f, d->older)->newer = d->newer;
	else
		f->oldest = d->newer;
	if (d->newer != NONE)
		at(f, d->newer)->older = d->older;
	else
		f->newest = d->older;
}

/* --- the end of a datagram -------------------------------------------------- */

static void
forget(struct dg_frag *f, uint32_t index)
{
	struct datagram *d = at(f, index);

	if (d->is_whole)
		f->memory->kept[d->kept_slot] = NONE;
	else
		unlink_age(f, index);
	dg_frag_bytes_fini(&d->bytes, &f->store);
	unlink_chain(f, index);
	dg_pool_give(&f->datagrams, index);
}

/* The one end of a datagram. */
static int
tell(const struct dg_frag *f, const struct dg_frag_sink *sink, struct dg_frag_stats *stats,
    const struct datagram *d, enum dg_frag_end end)
{
	struct dg_frag_datagram told = d->told;

	told.end = end;
	told.is_at_loss =
	    dg_losses_has(&f->losses, d->begun_ns - DG_REORDER_NS, d->begun_ns + DG_FRAG_NS);
	stats->ends[end]++;
	return sink->datagram(sink->context, &told);
}

/* How one ends that does not become whole. */
static enum dg_frag_end
end_of(const struct datagram *d)
{
	return d->is_refused ? DG_FRAG_REFUSED : DG_FRAG_INCOMPLETE;
}

/* One that did not become whole, or was told when it did. */
static int
give_up(struct dg_frag *f, uint32_t index)
{
	const struct datagram *d = at(f, index);
	int error = 0;

	if (!d->is_whole)
		error = tell(f, &f->sink, &f->stats, d, end_of(d));
	forget(f, index);
	return error;
}

/* A whole datagram that is kept, or NONE. */
static uint32_t
find_kept(const struct dg_frag *f)
{
	for (uint32_t slot = 0; slot < WHOLE_KEPT; slot++) {
		if (f->memory->kept[slot] != NONE)
			return f->memory->kept[slot];
	}
	return NONE;
}

/* For want of room; whole ones first: nothing is lost with them. */
static int
evict(struct dg_frag *f, uint32_t index)
{
	uint32_t kept = find_kept(f);

	if (kept != NONE)
		index = kept;
	else
		f->stats.evicted += !at(f, index)->is_refused;
	return give_up(f, index);
}

/* A whole datagram stays until as many others are whole. */
static int
keep_whole(struct dg_frag *f, uint32_t index, int64_t time_ns)
{
	uint32_t slot = f->memory->kept_next++ % WHOLE_KEPT;
	struct datagram *d = at(f, index);

	if (f->memory->kept[slot] != NONE)
		forget(f, f->memory->kept[slot]);
	f->memory->kept[slot] = index;
	unlink_age(f, index);
	d->is_whole = true;
	d->whole_ns = time_ns;
	d->kept_slot = slot;
	return tell(f, &f->sink, &f->stats, d, DG_FRAG_WHOLE);
}

static bool
is_over(const struct dg_frag *f, uint32_t index)
{
	return f->newest_ns - at(f, index)->begun_ns > DG_FRAG_NS;
}

/* --- a fragment ------------------------------------------------------------- */

static int
begin(struct dg_frag *f, const struct key *key, uint32_t bucket, int64_t time_ns, uint32_t *out)
{
	int error = 0;
	struct datagram *d;

	if (f->datagrams.used == f->datagrams.max)
		error = evict(f, f->oldest);
	if (error != 0)
		return error;
	*out = dg_pool_take(&f->datagrams);
	if (*out == NONE)
		return DNSGAP_ENOMEM;
	d = at(f, *out);
	*d = (struct datagram){
	    .bucket = bucket,
	    .key = *key,
	    .begun_ns = time_ns,
	    .told = {.sender = key->sender, .receiver = key->receiver, .family = key->family},
	};
	dg_frag_bytes_init(&d->bytes);
	link_datagram(f, *out);
	f->stats.datagrams++;
	return 0;
}

static bool
is_too_far(const struct dg_ip *ip)
{
	return ip->fragment.wire > DG_DATAGRAM_BYTES_MAX ||
	    ip->fragment_offset + ip->fragment.wire > DG_DATAGRAM_BYTES_MAX;
}

/* Whether a fragment cannot be of this datagram any more. */
static bool
is_past(const struct dg_frag *f, uint32_t index, const struct dg_ip *ip, int64_t time_ns)
{
	const struct datagram *d = at(f, index);

	if (!d->is_whole)
		return is_over(f, index);
	return time_ns - d->whole_ns > DG_FRAG_AGAIN_NS ||
	    d->whole_ns - time_ns > DG_FRAG_AGAIN_NS || is_too_far(ip) ||
	    dg_frag_bytes_fit(&d->bytes, &f->store, ip->fragment_offset, &ip->fragment) !=
	    DG_FRAG_FIT_SAME;
}

/* The datagram of a fragment, begun if it is not known. */
static int
datagram_of(struct dg_frag *f, const struct dg_ip *ip, int64_t time_ns, uint32_t *out)
{
	struct key key = key_of(ip);
	uint32_t bucket = bucket_of(f, &key), index = find(f, &key, bucket);
	int error = 0;

	if (index != NONE && is_past(f, index, ip, time_ns)) {
		error = give_up(f, index);
		index = NONE;
	}
	if (error == 0 && index == NONE)
		error = begin(f, &key, bucket, time_ns, &index);
	*out = index;
	return error;
}

static void
keep_first(struct datagram *d, const struct dg_packet *packet)
{
	struct dg_frag_datagram *told = &d->told;

	d->first_protocol = packet->ip.fragment_protocol;
	told->has_first = true;
	told->has_ports = packet->has_ports;
	if (packet->has_ports) {
		told->protocol = packet->ip.protocol;
		told->source_port = packet->ports.source;
		told->destination_port = packet->ports.destination;
		told->qr = packet->payload.left > 2 ? (int8_t)(packet->payload.at[2] >> 7) : -1;
	}
}

/* Whether it contradicts IP, or what is known of the datagram's end. */
static bool
contradicts(const struct datagram *d, const struct dg_ip *ip)
{
	size_t size = ip->fragment.wire, end = ip->fragment_offset + size;

	if (ip->has_more)
		return size % 8 != 0 || (d->has_end && end > d->end);
	return d->has_end ? end != d->end : end < d->past;
}

/* One without bytes begins nothing, spoils nothing and is a duplicate of any. */
static void
count_empty(struct dg_frag *f, const struct dg_ip *ip)
{
	struct key key = key_of(ip);
	uint32_t index = find(f, &key, bucket_of(f, &key));
	bool is_of_refused = index != NONE && at(f, index)->is_refused && !is_over(f, index);

	f->stats.duplicates += !is_of_refused;
}

/* Makes room for a fragment: the oldest other datagrams go first. */
static int
make_room(struct dg_frag *f, uint32_t index, const struct dg_ip *ip)
{
	uint32_t need = dg_frag_bytes_need(
	    &at(f, index)->bytes, ip->fragment_offset, (uint32_t)ip->fragment.wire);
	int error = 0;

	while (error == 0 && f->store.used + need > f->store.max) {
		uint32_t other = f->oldest != index ? f->oldest : at(f, index)->newer;

		error = evict(f, other);
	}
	return error;
}

static int
add(struct dg_frag *f, uint32_t index, const struct dg_ip *ip)
{
	struct datagram *d = at(f, index);
	uint32_t end = ip->fragment_offset + (uint32_t)ip->fragment.wire;
	int error = make_room(f, index, ip);

	if (error != 0)
		return error;
	if (!dg_frag_bytes_add(&d->bytes, &f->store, ip->fragment_offset, &ip->fragment))
		return DNSGAP_ENOMEM;
	if (end > d->past)
		d->past = end;
	if (!ip->has_more) {
		d->has_end = true;
		d->end = end;
	}
	return 0;
}

static void
refuse(struct dg_frag *f, struct datagram *d)
{
	d->is_refused = true;
	dg_frag_bytes_fini(&d->bytes, &f->store);
}

/* The packet that was cut up, out of the fragment that made it whole. */
static void
put_together(struct dg_frag *f, const struct datagram *d, struct dg_packet *packet)
{
	uint32_t left = d->bytes.cut_at < d->end ? d->bytes.cut_at : d->end;
	struct dg_ip *ip = &packet->ip;

	dg_frag_bytes_copy(&d->bytes, &f->store, left, f->memory->whole);
	ip->is_fragment = false;
	ip->is_later_fragment = false;
	ip->fragment_offset = 0;
	ip->has_more = false;
	ip->protocol = ip->fragment_protocol = d->first_protocol;
	ip->fragment = dg_cur_make(f->memory->whole, left, d->end);
	ip->payload = ip->fragment;
}

/* A fragment of a datagram that is not refused. */
static int
fit(struct dg_frag *f, uint32_t index, struct dg_packet *packet, int64_t time_ns,
    struct dg_frag_news *news)
{
	struct datagram *d = at(f, index);
	const struct dg_ip *ip = &packet->ip;
	enum dg_frag_fit fit;
	int error;

	if (is_too_far(ip)) {
		refuse(f, d);
		return 0;
	}
	fit = dg_frag_bytes_fit(&d->bytes, &f->store, ip->fragment_offset, &ip->fragment);
	if (fit == DG_FRAG_FIT_SAME) {
		f->stats.duplicates++;
		return 0;
	}
	if (fit == DG_FRAG_FIT_OVERLAP || contradicts(d, ip)) {
		refuse(f, d);
		return 0;
	}
	error = add(f, index, ip);
	if (error != 0 || !d->has_end || d->bytes.there < d->end)
		return error;
	put_together(f, d, packet);
	error = keep_whole(f, index, time_ns);
	news->is_whole = error == 0;
	return error;
}

static bool
take_memory(struct dg_frag *f)
{
	if (f->memory != NULL)
		return true;
	f->memory = malloc(sizeof *f->memory);
	if (f->memory == NULL)
		return false;
	for (uint32_t i = 0; i < BUCKETS; i++)
		f->memory->buckets[i] = NONE;
	for (uint32_t i = 0; i < WHOLE_KEPT; i++)
		f->memory->kept[i] = NONE;
	f->memory->kept_next = 0;
	return true;
}

int
dg_frag_feed(
    struct dg_frag *f, struct dg_packet *packet, int64_t time_ns, struct dg_frag_news *news)
{
	const struct dg_ip *ip = &packet->ip;
	uint32_t index;
	struct datagram *d;
	int error;

	*news = (struct dg_frag_news){false, false};
	f->stats.fragments++;
	if (!take_memory(f))
		return DNSGAP_ENOMEM;
	if (ip->fragment.wire == 0) {
		count_empty(f, ip);
		return 0;
	}
	error = datagram_of(f, ip, time_ns, &index);
	if (error != 0)
		return error;
	d = at(f, index);
	news->is_first = ip->fragment_offset == 0 && !d->told.has_first;
	if (news->is_first)
		keep_first(d, packet);
	if (d->is_refused)
		return 0;
	if (d->is_whole) {
		f->stats.duplicates++;
		return 0;
	}
	return fit(f, index, packet, time_ns, news);
}

/* --- time, and the rest ------------------------------------------------------ */

void
dg_frag_lost(struct dg_frag *f, int64_t from_ns, int64_t until_ns)
{
	dg_losses_forget(&f->losses, f->newest_ns - DG_FRAG_NS - 4 * DG_REORDER_NS);
	dg_losses_add(&f->losses, from_ns, until_ns);
}

int
dg_frag_advance(struct dg_frag *f, int64_t newest_ns)
{
	int error = 0;

	f->newest_ns = newest_ns;
	while (error == 0 && f->oldest != NONE && is_over(f, f->oldest))
		error = give_up(f, f->oldest);
	return error;
}

int
dg_frag_look(
    const struct dg_frag *f, const struct dg_frag_sink *sink, struct dg_frag_stats *stats)
{
	int error = 0;

	*stats = f->stats;
	for (uint32_t i = f->oldest; error == 0 && i != NONE; i = at(f, i)->newer)
		error = tell(f, sink, stats, at(f, i), end_of(at(f, i)));
	return error;
}

int
dg_frag_finish(struct dg_frag *f)
{
	int error = 0;

	while (error == 0 && f->oldest != NONE)
		error = give_up(f, f->oldest);
	for (uint32_t kept; f->memory != NULL && (kept = find_kept(f)) != NONE;)
		forget(f, kept);
	f->losses.count = 0;
	return error;
}

const struct dg_frag_stats *
dg_frag_stats(const struct dg_frag *f)
{
	return &f->stats;
}

void
dg_frag_trim(struct dg_frag *f)
{
	dg_pool_trim(&f->datagrams);
	dg_pool_trim(&f->store);
}

void
dg_frag_forget_stats(struct dg_frag *f)
{
	f->stats = (struct dg_frag_stats){0};
}

int
dg_frag_new(
    const struct dg_hash_key *secret, const struct dg_frag_sink *sink, struct dg_frag **out)
{
	struct dg_frag *f = calloc(1, sizeof *f);

	if (f == NULL)
		return DNSGAP_ENOMEM;
	f->secret = *secret;
	f->sink = *sink;
	f->oldest = NONE;
	f->newest = NONE;
	dg_pool_init(&f->datagrams, sizeof(struct datagram), DG_FRAG_DATAGRAMS_MAX);
	dg_frag_store_init(&f->store);
	*out = f;
	return 0;
}

void
dg_frag_free(struct dg_frag *f)
{
	if (f == NULL)
		return;
	dg_pool_fini(&f->datagrams);
	dg_pool_fini(&f->store);
	free(f->memory);
	free(f);
}
