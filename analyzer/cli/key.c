/*
 * key.c - the key of the pseudonyms: from a file, or random for this run.
 *
 * Never from the command line or the environment, which others on the machine
 * can read; and not from a file that others can read.
 */
#include "cli/key.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "dnsgap/error.h"

#define KEY_BYTES DNSGAP_ANONYMISER_KEY_BYTES
#define HEX_DIGITS (2 * KEY_BYTES)
/* The digits, what ends a line, and one more byte: that is too many. */
#define FILE_MAX (HEX_DIGITS + 3)
#define HOW_TO_MAKE "make one: head -c 32 /dev/urandom > FILE; chmod 600 FILE"

static bool
make_random(unsigned char key[KEY_BYTES])
{
	size_t have = 0;

	while (have < KEY_BYTES) {
		ssize_t got = getrandom(key + have, KEY_BYTES - have, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			dg_cli_complain("no random key: %s", strerror(errno));
			return false;
		}
		have += (size_t)got;
	}
	return true;
}

static int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The bytes of a file as a key; false when they are none. */
static bool
take_key(const char *bytes, size_t size, unsigned char key[KEY_BYTES])
{
	if (size == KEY_BYTES) {
		memcpy(key, bytes, KEY_BYTES);
		return true;
	}
	while (size > HEX_DIGITS && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
		size--;
	if (size != HEX_DIGITS)
		return false;
	for (size_t i = 0; i < KEY_BYTES; i++) {
		int high = digit_of(bytes[2 * i]), low = digit_of(bytes[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

/* Whether nobody else may know what is in the file. */
static bool
is_private(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		dg_cli_complain("%s: %s", path, strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		dg_cli_complain("%s: a key must be in a regular file; " HOW_TO_MAKE, path);
		return false;
	}
	if (st.st_uid != geteuid() && st.st_uid != 0) {
		dg_cli_complain("%s: belongs to somebody else, who knows the key then; use "
				"one of your own; " HOW_TO_MAKE,
		    path);
		return false;
	}
	if ((st.st_mode & 0177) != 0) {
		dg_cli_complain("%s: a key is for its owner only, and the mode is %03o; "
				"chmod 600 it",
		    path, (unsigned)(st.st_mode & 0777));
		return false;
	}
	return true;
}

/* Reads at most `room` bytes; -1 with errno. */
static ssize_t
read_all(int fd, char *bytes, size_t room)
{
	size_t have = 0;

	while (have < room) {
		ssize_t got = read(fd, bytes + have, room - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static bool
read_key(const char *path, unsigned char key[KEY_BYTES])
{
	/* A pipe without a writer must not hold us up before it is refused. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char bytes[FILE_MAX];
	ssize_t size;
	bool is_good;

	if (fd < 0) {
		dg_cli_complain("%s: the key could not be opened: %s%s", path, strerror(errno),
		    errno == ENOENT ? "; " HOW_TO_MAKE : "");
		return false;
	}
	is_good = is_private(fd, path);
	if (is_good) {
		size = read_all(fd, bytes, sizeof bytes);
		is_good = size >= 0 && take_key(bytes, (size_t)size, key);
		explicit_bzero(bytes, sizeof bytes);
		if (size < 0)
			dg_cli_complain(
			    "%s: the key could not be read: %s", path, strerror(errno));
		else if (!is_good)
			dg_cli_complain("%s: is no key: wanted are 32 bytes or 64 hexadecimal "
					"digits; " HOW_TO_MAKE,
			    path);
	}
	close(fd);
	return is_good;
}

bool
dg_key_set(struct dnsgap_config *config, const char *path)
{
	unsigned char key[KEY_BYTES];
	bool is_good = path != NULL ? read_key(path, key) : make_random(key);
	int error = is_good ? dnsgap_config_set_anonymiser(config, key) : 0;

	explicit_bzero(key, sizeof key);
	if (error != 0)
		dg_cli_complain("pseudonyms: %s", dnsgap_error_text(error));
	return is_good && error == 0;
}

bool
dg_key_looks_like_one(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_size == KEY_BYTES || (st.st_size >= HEX_DIGITS && st.st_size < FILE_MAX));
}
