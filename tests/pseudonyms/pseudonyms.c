/*
 * pseudonyms.c - what addresses and names become, for tests.
 *
 *	pseudonyms KEY [-a ADDRESS]... [-n NAME]...
 *
 * KEY is 64 hexadecimal digits; -a and -n say what stays.  Reads lines and answers each with
 *one: an address as `a 192.0.2.1`, a prefix as `p 192.0.2.0/24`, a name in wire form as `n 00`,
 * octets as `b 6e7331`.  What is none gives `-`.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anonymise/anonymise.h"

#define LINE_MAX_BYTES 4096

static size_t
read_hex(const char *text, uint8_t *bytes, size_t room)
{
	size_t count = 0;

	while (count < room && sscanf(text + 2 * count, "%2hhx", &bytes[count]) == 1)
		count++;
	return count;
}

static void
write_hex(const uint8_t *bytes, size_t count)
{
	if (count == 0)
		fputs("-", stdout);
	for (size_t i = 0; i < count; i++)
		printf("%02x", bytes[i]);
	fputs("\n", stdout);
}

/* `bits`: -1 for a whole address. */
static void
answer_address(const struct dg_anonymiser *a, const char *text, int bits)
{
	enum dg_family family = strchr(text, ':') != NULL ? DG_FAMILY_IP6 : DG_FAMILY_IP4;
	struct dg_addr address = {{0}};
	char out[DG_ADDR_TEXT_MAX];

	if (inet_pton(family == DG_FAMILY_IP6 ? AF_INET6 : AF_INET, text, address.bytes) != 1) {
		puts("-");
		return;
	}
	if (bits < 0)
		dg_anonymise_addr(a, family, &address);
	else
		dg_anonymise_prefix(a, family, &address, (unsigned)bits);
	fputs(dg_addr_text(&address, family, out), stdout);
	if (bits >= 0)
		printf("/%d", bits);
	puts("");
}

static void
answer_prefix(const struct dg_anonymiser *a, char *text)
{
	char *slash = strchr(text, '/');

	if (slash == NULL) {
		puts("-");
		return;
	}
	*slash = '\0';
	answer_address(a, text, atoi(slash + 1));
}

static void
answer(const struct dg_anonymiser *a, char *line)
{
	uint8_t bytes[LINE_MAX_BYTES / 2], out[DG_NAME_WIRE_MAX];
	char *text = line + 2;
	size_t count;

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == 'a') {
		answer_address(a, text, -1);
	} else if (line[0] == 'p') {
		answer_prefix(a, text);
	} else if (line[0] == 'n') {
		count = read_hex(text, bytes, sizeof bytes);
		count = count <= DG_NAME_WIRE_MAX ? dg_anonymise_name(a, bytes, count, out) : 0;
		write_hex(out, count);
	} else {
		count = read_hex(text, bytes, sizeof bytes);
		dg_anonymise_bytes(a, bytes, count);
		write_hex(bytes, count);
	}
}

static int
fail(const char *what)
{
	fprintf(stderr, "pseudonyms: %s\n", what);
	return 1;
}

int
main(int argc, char **argv)
{
	uint8_t key[DG_ANONYMISER_KEY_BYTES];
	struct dg_anonymiser *a;
	char line[LINE_MAX_BYTES];
	int option, error = 0;

	if (argc < 2 || read_hex(argv[1], key, sizeof key) != sizeof key)
		return fail("a key of 64 hexadecimal digits is missing");
	if (dg_anonymiser_new(key, &a) != 0)
		return fail("out of memory");
	optind = 2;
	while ((option = getopt(argc, argv, "a:n:")) != -1 && error == 0)
		error = option == 'a' ? dg_anonymiser_keep_address(a, optarg)
				      : dg_anonymiser_keep_name(a, optarg);
	if (error != 0)
		return fail("that cannot be kept");
	while (fgets(line, sizeof line, stdin) != NULL)
		answer(a, line);
	dg_anonymiser_free(a);
	return 0;
}
