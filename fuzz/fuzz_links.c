/*
 * fuzz_links.c - datagrams of rtnetlink that say anything.
 *
 * Laws: names end within their room; there are no more interfaces than messages have room; what
 * is whole is told the same whatever follows it.
 */
#include <string.h>

#include "fuzz.h"
#include "source/links.h"

/* A message with its header and what an interface has at least. */
#define LEAST_BYTES 32

struct seen {
	size_t count;
	uint64_t sum;
};

static void
on_link(void *context, const struct dg_link_event *event)
{
	struct seen *seen = context;

	FUZZ_CHECK(memchr(event->name, '\0', sizeof event->name) != NULL);
	FUZZ_CHECK(event->change == DG_LINK_STATE || event->change == DG_LINK_GONE);
	seen->count++;
	seen->sum = seen->sum * 31 + (uint64_t)(unsigned)event->index + strlen(event->name) +
	    event->is_up + 2u * event->has_carrier;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole = {0}, again = {0};
	uint8_t *longer = malloc(size + LEAST_BYTES);
	bool is_good = dg_links_parse(data, size, on_link, &whole);

	FUZZ_CHECK(whole.count <= size / LEAST_BYTES);
	FUZZ_CHECK(longer != NULL);
	memcpy(longer, data, size);
	memset(longer + size, 0xff, LEAST_BYTES);
	/* Something broken behind it: what was told before stays. */
	if (is_good && size % 4 == 0) {
		FUZZ_CHECK(!dg_links_parse(longer, size + LEAST_BYTES, on_link, &again) ||
		    size == 0 || again.count >= whole.count);
		FUZZ_CHECK(again.count >= whole.count);
		FUZZ_CHECK(again.count > whole.count || again.sum == whole.sum);
	}
	free(longer);
	return 0;
}
