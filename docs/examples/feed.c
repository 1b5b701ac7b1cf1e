/*
 * feed.c - the library without a file: frames in, numbers out.
 *
 *     cc feed.c $(pkg-config --cflags --libs dnsgap)
 *
 * Feeds a query that is answered and one that is not, and prints how they ended.
 */
#include <dnsgap/session.h>
#include <dnsgap/summary.h>
#include <inttypes.h>
#include <stdio.h>

#define LINKTYPE_RAW 101
#define SECOND INT64_C(1000000000)

/* IPv4, UDP and DNS: 192.0.2.1:1023 asks 198.51.100.53:53 for the address of "a". */
static const unsigned char query[] = {
    0x45, 0, 0, 47, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 53, /* IPv4 */
    0x03, 0xff, 0, 53, 0, 27, 0, 0,                                           /* UDP */
    0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1,                /* DNS */
};
static const unsigned char reply[] = {
    0x45, 0, 0, 47, 0, 0, 0, 0, 64, 17, 0, 0, 198, 51, 100, 53, 192, 0, 2, 1, /* IPv4 */
    0, 53, 0x03, 0xff, 0, 27, 0, 0,                                           /* UDP */
    0, 7, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1,          /* DNS */
};

static int
feed_all(struct dnsgap_session *s)
{
	int error =
	    dnsgap_session_feed(s, LINKTYPE_RAW, 1 * SECOND, query, sizeof query, sizeof query);

	if (error == 0)
		error = dnsgap_session_feed(
		    s, LINKTYPE_RAW, 2 * SECOND, reply, sizeof reply, sizeof reply);
	/* Again, a minute later and without a reply; then time goes on. */
	if (error == 0)
		error = dnsgap_session_feed(
		    s, LINKTYPE_RAW, 62 * SECOND, query, sizeof query, sizeof query);
	if (error == 0)
		error = dnsgap_session_feed(s, LINKTYPE_RAW, 99 * SECOND, "", 0, 0);
	return error == 0 ? dnsgap_session_finish(s) : error;
}

int
main(void)
{
	struct dnsgap_config *config = NULL;
	struct dnsgap_session *s = NULL;
	int error = dnsgap_config_new(&config);

	if (error == 0)
		error = dnsgap_session_new(config, &s);
	if (error == 0)
		error = feed_all(s);
	if (error != 0) {
		fprintf(stderr, "feed: %s\n", dnsgap_error_text(error));
	} else {
		for (int i = 0; i < DNSGAP_OUTCOMES; i++) {
			uint64_t count =
			    dnsgap_outcomes(s, DNSGAP_WELL_KNOWN, (enum dnsgap_outcome)i);

			if (count > 0)
				printf("%s %" PRIu64 "\n",
				    dnsgap_outcome_name((enum dnsgap_outcome)i), count);
		}
		printf("transactions %" PRIu64 "\n", dnsgap_transactions(s));
	}
	dnsgap_session_free(s);
	dnsgap_config_free(config);
	return error == 0 ? 0 : 1;
}
