/*
 * explain_traffic.c - what findings about loss, time, paths and the capture mean.
 */
#include "diagnose/explain.h"

const struct dg_explanation dg_explain_loss_random = {
    .title = "queries get lost at random, not by port",
    .seen = "More queries go unanswered than is usual, and neither the source port, nor the "
	    "time, nor the question tells which.",
    .means = "A lossy or overloaded link or server.  It hits every port alike, so low ports "
	     "that fail are no sign of a filter here.",
    .rivals = {"a link with errors, or one that is full", "a server that cannot keep up",
	"a capture that lost packets and did not count them"},
    .check = {"look at the counters of the interfaces between here and SERVER",
	"compare with a capture at the other end: dropped on the way there or on the way back?",
	"ask `tcpdump` and the switch whether the capture itself lost packets"},
    .avoid = {"do not blame a range of ports: the loss is the same in all of them"},
};

const struct dg_explanation dg_explain_outage = {
    .title = "for a time nothing was answered",
    .seen = "For a time nothing was answered, from whatever port; before it or after it, most "
	    "was.",
    .means = "A restart, a route that changed, a link or a machine that failed for a while.",
    .rivals = {"the service was down or restarting", "a route or a link was down",
	"replies were not captured for that time"},
    .check = {"look into the logs of SERVER and of the routers at that time (UTC)",
	"were other servers silent at the same time?  Then it lies nearer to the capture"},
    .avoid = {"do not judge ports by queries of that time: all of them were silent"},
};

const struct dg_explanation dg_explain_rate_limited = {
    .title = "a server answers less the more it is asked",
    .seen = "In busy seconds a smaller share of queries is answered than in quiet ones, from "
	    "whatever port.",
    .means = "A limit on the rate of replies (RRL) or of packets, or a server or link that is "
	     "full.  Truncated replies in between are a sign of RRL.",
    .rivals = {"response rate limiting, by client network and name",
	"a policer on the way that drops what is above a rate", "a server that cannot keep up"},
    .check = {"ask whoever runs SERVER for its limits by client network",
	"find out why CLIENT asks so often: a loop, no cache, many users behind one address",
	"do queries over TCP get through?  Response rate limiting spares them"},
    .avoid = {"do not resend faster: it uses the limit up",
	"do not switch the limit off: it protects others from reflected attacks"},
};

const struct dg_explanation dg_explain_replies_lost_beyond = {
    .title = "replies were seen here, and the client asked again",
    .seen = "A reply passed the point of capture, and then the client sent the same query "
	    "again: the reply did not reach it, or came too late for it.",
    .means = "Replies get lost between the point of capture and the client.  The server has "
	     "done its part.",
    .rivals = {"a filter or address translator between here and the client",
	"loss on the client's link", "a client that asks again without waiting"},
    .check = {"capture on CLIENT as well, and compare: which replies arrive there?",
	"look at the address translator between: does it still know the query when the reply "
	"comes?",
	"do only large replies vanish?  Then look at fragments and the MTU"},
    .avoid = {"do not blame SERVER: the replies were seen"},
};

const struct dg_explanation dg_explain_fragments_lost = {
    .title = "large replies do not come whole: fragments are lost",
    .seen = "Datagrams that a server sent in fragments did not come whole, while others did "
	    "come.",
    .means = "Something on the way drops fragments, mostly all but the first, which have no "
	     "ports; or the capture's filter does.",
    .rivals = {"the capture's filter: `port 53` keeps no fragment but the first",
	"a filter or address translator that drops fragments",
	"a tunnel or link with a smaller MTU"},
    .check = {"capture without a filter by port, or with `or (ip[6:2] & 0x1fff != 0)` added",
	"send the commands under `reproduce`, with a name whose answer is large: one asks for "
	"it whole, one for a part",
	"is the EDNS size of the client above 1232?  That is what makes fragments"},
    .avoid = {"do not drop fragments to be safe: limit the EDNS size to 1232 instead",
	"do not block TCP: truncated replies need it"},
};

const struct dg_explanation dg_explain_capture_one_way = {
    .title = "the capture shows one direction only",
    .seen = "There are queries and no replies to speak of, or replies and no queries.",
    .means = "The capture cannot show what was answered.  Nothing is called unanswered, and "
	     "nothing else is concluded about ports.",
    .rivals = {"the other direction takes another way, or another interface"},
    .check = {"mirror both directions of the port, or both links of an aggregate",
	"capture on the client or on the server itself",
	"name both captures in one run: `dnsgap read A.pcap B.pcap` joins them"},
    .avoid = {"do not count missing replies in this capture as loss"},
};

const struct dg_explanation dg_explain_capture_incomplete = {
    .title = "the capture is not complete: other findings are weaker",
    .seen = "The capture dropped packets, cut them short, has gaps, or a limit of dnsgap was "
	    "hit.",
    .means = "What is missing here may have been answered.  It is undecided where that can be "
	     "known; where it cannot, other findings are weaker.",
    .rivals = {"some of what looks unanswered was answered and not captured"},
    .check = {"capture again: a larger buffer (`tcpdump -B 65536`), no snap length (`-s 0`)",
	"capture fewer packets: filter by address, but keep ICMP and fragments "
	"(docs/capturing.md)",
	"write to a faster disk, or to one file for each interface"},
    .avoid = {"do not send a report with this finding as proof of loss"},
};
