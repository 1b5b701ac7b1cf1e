/*
 * links.c - rtnetlink (RFC 3549), and counters of interfaces.
 *
 * Everything is opened before rights are given up, and only read afterwards.
 */
#include "source/links.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

_Static_assert(DG_LINK_NAME_MAX == IF_NAMESIZE, "names fit");

/* The largest datagram of a dump is 32 KiB. */
#define MESSAGE_BYTES 65536
/* Room for a storm of changes: some thousand. */
#define SOCKET_BYTES (1 << 20)
/* Messages of one call, so that a storm does not hold up the frames. */
#define MESSAGES_MAX 64

/* An attribute's name, when it is one and ends within it. */
static void
take_name(const uint8_t *data, size_t size, char name[DG_LINK_NAME_MAX])
{
	if (size > 0 && size <= DG_LINK_NAME_MAX && memchr(data, '\0', size) != NULL)
		memcpy(name, data, strlen((const char *)data) + 1);
}

/* One RTM_NEWLINK or RTM_DELLINK. */
static bool
parse_link(
    const uint8_t *body, size_t size, bool is_gone, dg_link_handler *handler, void *context)
{
	struct ifinfomsg info;
	struct dg_link_event event = {.change = is_gone ? DG_LINK_GONE : DG_LINK_STATE};
	size_t at = NLMSG_ALIGN(sizeof info);

	if (size < at)
		return false;
	memcpy(&info, body, sizeof info);
	/* A bridge tells of its ports in messages of its own. */
	if (info.ifi_family != AF_UNSPEC)
		return true;
	event.index = info.ifi_index;
	event.is_up = (info.ifi_flags & IFF_UP) != 0;
	event.has_carrier = (info.ifi_flags & IFF_RUNNING) != 0;
	while (size - at >= sizeof(struct rtattr)) {
		struct rtattr attribute;

		memcpy(&attribute, body + at, sizeof attribute);
		if (attribute.rta_len < sizeof attribute || attribute.rta_len > size - at)
			return false;
		if (attribute.rta_type == IFLA_IFNAME)
			take_name(body + at + sizeof attribute,
			    attribute.rta_len - sizeof attribute, event.name);
		if (RTA_ALIGN(attribute.rta_len) > size - at)
			break;
		at += RTA_ALIGN(attribute.rta_len);
	}
	handler(context, &event);
	return true;
}

bool
dg_links_parse(const void *bytes, size_t size, dg_link_handler *handler, void *context)
{
	const uint8_t *p = bytes;

	while (size >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr header;
		size_t length;

		memcpy(&header, p, sizeof header);
		length = header.nlmsg_len;
		if (length < sizeof header || length > size)
			return false;
		if ((header.nlmsg_type == RTM_NEWLINK || header.nlmsg_type == RTM_DELLINK) &&
		    !parse_link(p + NLMSG_HDRLEN, length - NLMSG_HDRLEN,
			header.nlmsg_type == RTM_DELLINK, handler, context))
			return false;
		if (NLMSG_ALIGN(length) >= size)
			return true;
		p += NLMSG_ALIGN(length);
		size -= NLMSG_ALIGN(length);
	}
	return size == 0;
}

int
dg_links_open(int *fd, struct dg_fail *fail)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	int bytes = SOCKET_BYTES;
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (s >= 0)
		(void)setsockopt(s, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
	if (s < 0 || bind(s, (const struct sockaddr *)&address, sizeof address) != 0) {
		dg_fail_set(fail, DNSGAP_EOPEN,
		    "the kernel does not tell when interfaces change (rtnetlink): %s",
		    strerror(errno));
		if (s >= 0)
			close(s);
		return DNSGAP_EOPEN;
	}
	*fd = s;
	return 0;
}

bool
dg_links_ask(int fd)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
	} request = {
	    .header =
		{
		    .nlmsg_len = sizeof request,
		    .nlmsg_type = RTM_GETLINK,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
	    .info = {.ifi_family = AF_UNSPEC},
	};

	return send(fd, &request, sizeof request, MSG_NOSIGNAL) == (ssize_t)sizeof request;
}

bool
dg_links_read(int fd, dg_link_handler *handler, void *context)
{
	_Alignas(struct nlmsghdr) uint8_t bytes[MESSAGE_BYTES];

	for (unsigned i = 0; i < MESSAGES_MAX; i++) {
		struct sockaddr_nl from = {0};
		socklen_t from_size = sizeof from;
		ssize_t got = recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT,
		    (struct sockaddr *)&from, &from_size);

		if (got < 0)
			return errno != ENOBUFS;
		/* Others may send to this socket, too; the kernel's number is 0. */
		if (from_size == sizeof from && from.nl_pid == 0)
			(void)dg_links_parse(bytes, (size_t)got, handler, context);
	}
	return true;
}

/* A counter's file: a number and a line's end. */
static bool
read_counter(int fd, uint64_t *value)
{
	char text[32];
	ssize_t got = fd >= 0 ? pread(fd, text, sizeof text - 1, 0) : -1;

	if (got <= 0)
		return false;
	text[got] = '\0';
	*value = strtoull(text, NULL, 10);
	return true;
}

void
dg_link_drops_open(struct dg_link_drops *d, const char *interface)
{
	static const char *const names[DG_LINK_COUNTERS] = {
	    "rx_missed_errors", "rx_fifo_errors"};
	char path[128];

	for (size_t i = 0; i < DG_LINK_COUNTERS; i++) {
		d->fds[i] = -1;
		d->last[i] = 0;
		/* Names of interfaces have no slash; who asks for one gets no counter. */
		if (strchr(interface, '/') != NULL)
			continue;
		snprintf(path, sizeof path, "/sys/class/net/%.15s/statistics/%s", interface,
		    names[i]);
		d->fds[i] = open(path, O_RDONLY | O_CLOEXEC);
		(void)read_counter(d->fds[i], &d->last[i]);
	}
}

void
dg_link_drops_close(struct dg_link_drops *d)
{
	for (size_t i = 0; i < DG_LINK_COUNTERS; i++) {
		if (d->fds[i] >= 0)
			close(d->fds[i]);
		d->fds[i] = -1;
	}
}

uint64_t
dg_counter_growth(uint64_t before, uint64_t now)
{
	/* The last and the first quarter of 32 bits. */
	const uint64_t high = UINT64_C(0xc0000000), low = UINT64_C(0x40000000);

	if (now >= before)
		return now - before;
	if (before >= high && before <= UINT32_MAX && now < low)
		return now + (UINT64_C(1) << 32) - before;
	return now; /* a driver that was loaded anew, or set to 0 */
}

uint64_t
dg_link_drops_take(struct dg_link_drops *d)
{
	uint64_t sum = 0, now;

	for (size_t i = 0; i < DG_LINK_COUNTERS; i++) {
		if (!read_counter(d->fds[i], &now))
			continue;
		sum += dg_counter_growth(d->last[i], now);
		d->last[i] = now;
	}
	return sum;
}

int
dg_links_take_error(int fd)
{
	int error = 0;
	socklen_t size = sizeof error;

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

bool
dg_links_ring_drops(int fd, uint64_t *dropped)
{
	/* Asking sets it to 0, so it never comes round. */
	struct tpacket_stats stats = {0};
	socklen_t size = sizeof stats;

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) != 0)
		return false;
	*dropped = stats.tp_drops;
	return true;
}
