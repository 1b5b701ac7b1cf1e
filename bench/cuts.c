/*
 * cuts.c - what a cut costs: the time for which nothing is read.
 *
 *	bench-cuts SERVERS CLIENTS TRANSACTIONS OPEN
 *
 * Feeds so many transactions that are over, spread evenly, then so many that are open, and
 * prints how long copying, finishing the copy, and taking take, five times each.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dnsgap/config.h"
#include "dnsgap/session.h"
#include "dnsgap/summary.h"

#define S INT64_C(1000000000)
#define LINKTYPE_RAW 101
#define ROUNDS 5

/* IPv4, UDP and DNS: a query for "aaaaaaaa.example", type A. */
static unsigned char query[] = {
    0x45,
    0,
    0,
    62,
    0,
    0,
    0,
    0,
    64,
    17,
    0,
    0,
    10,
    0,
    0,
    0,
    198,
    0,
    0,
    0, /* IPv4 */
    0,
    0,
    0,
    53,
    0,
    42,
    0,
    0, /* UDP */
    0,
    0,
    1,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    8,
    'a',
    'a',
    'a',
    'a',
    'a',
    'a',
    'a', /* DNS */
    'a',
    7,
    'e',
    'x',
    'a',
    'm',
    'p',
    'l',
    'e',
    0,
    0,
    1,
    0,
    1,
};

static void
put(unsigned char *at, uint32_t number)
{
	at[0] = (unsigned char)(number >> 16);
	at[1] = (unsigned char)(number >> 8);
	at[2] = (unsigned char)number;
}

static void
must(int error)
{
	if (error == 0)
		return;
	fprintf(stderr, "bench-cuts: %s\n", dnsgap_error_text(error));
	exit(1);
}

static void
feed(struct dnsgap_session *s, int64_t at, uint32_t server, uint32_t client, uint32_t n,
    int is_answered)
{
	unsigned char reply[sizeof query];
	uint16_t port = (uint16_t)(1024 + n * 2654435761u % 64000);

	put(query + 13, client);
	put(query + 17, server);
	query[20] = (unsigned char)(port >> 8);
	query[21] = (unsigned char)port;
	query[28] = (unsigned char)(n >> 8);
	query[29] = (unsigned char)n;
	for (int i = 0; i < 8; i++)
		query[41 + i] = (unsigned char)('a' + (n >> (3 * i) & 7));
	must(dnsgap_session_feed(s, LINKTYPE_RAW, at, query, sizeof query, sizeof query));
	if (!is_answered)
		return;
	memcpy(reply, query, sizeof reply);
	memcpy(reply + 12, query + 16, 4);
	memcpy(reply + 16, query + 12, 4);
	memcpy(reply + 20, query + 22, 2);
	memcpy(reply + 22, query + 20, 2);
	reply[30] = 0x81;
	must(dnsgap_session_feed(s, LINKTYPE_RAW, at + 1000000 + n % 1000 * 10000, reply,
	    sizeof reply, sizeof reply));
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static struct dnsgap_session *
cut(struct dnsgap_session *s, enum dnsgap_cut how, const char *name)
{
	double begin = now_ms();
	struct dnsgap_session *made;

	must(dnsgap_session_cut(s, how, &made));
	printf("%s %.1f ms\n", name, now_ms() - begin);
	return made;
}

int
main(int argc, char **argv)
{
	struct dnsgap_config *config;
	uint32_t numbers[4];

	if (argc != 5) {
		fputs("usage: bench-cuts SERVERS CLIENTS TRANSACTIONS OPEN\n", stderr);
		return 1;
	}
	for (int i = 0; i < 4; i++)
		numbers[i] = (uint32_t)strtoul(argv[i + 1], NULL, 10);
	must(dnsgap_config_new(&config));
	for (int round = 0; round < ROUNDS; round++) {
		struct dnsgap_session *s, *made;
		int64_t at = 1700000000 * S;
		double begin;

		must(dnsgap_session_new(config, &s));
		for (uint32_t n = 0; n < numbers[2]; n++)
			feed(s, at += 10000, n % numbers[0], n % numbers[1], n, n % 16 != 0);
		at += 60 * S;
		must(dnsgap_session_feed(s, LINKTYPE_RAW, at, query, 0, 0));
		for (uint32_t n = 0; n < numbers[3]; n++)
			feed(s, at += 1000, n % numbers[0], n % numbers[1], n, 0);
		made = cut(s, DNSGAP_CUT_COPY, "copy");
		begin = now_ms();
		must(dnsgap_session_finish(made));
		printf(
		    "finish %.1f ms (%zu servers)\n", now_ms() - begin, dnsgap_servers(made));
		dnsgap_session_free(made);
		dnsgap_session_free(cut(s, DNSGAP_CUT_TAKE, "take"));
		dnsgap_session_free(s);
	}
	dnsgap_config_free(config);
	return 0;
}
