/*
 * explain_servers.c - what findings about one server or one client mean.
 */
#include "diagnose/explain.h"

const struct dg_explanation dg_explain_server_silent = {
    .title = "a server answers nothing, from whatever port",
    .seen = "Not one of the decided queries to a server was answered, nor refused.",
    .means = "The server is down or overloaded, its address is wrong or not routed, or "
	     "something drops all that goes there or comes back.  The source port has no part "
	     "in it.",
    .rivals = {"the server's replies take another way and were not captured",
	"the server ignores these clients or these questions on purpose",
	"something on the way drops all queries to it, or all its replies"},
    .check = {"send the command under `reproduce`, from this network and from another one",
	"is the service running there, and the address still the right one?",
	"compare with a capture at the server: do the queries arrive, do replies leave?"},
    .avoid = {"do not look at source ports first: all of them are silent",
	"do not remove the server before you know whether its replies pass elsewhere"},
    .ask = {"dig NAME TYPE @SERVER +tries=1"},
};

const struct dg_explanation dg_explain_server_port_closed = {
    .title = "a server's host says that nothing listens there",
    .seen = "The server's own address sent ICMP port unreachable about queries: the host is up "
	    "and nothing listens on that port.",
    .means = "The service has stopped, listens on another port or address, or was never meant "
	     "to be there: then the client's configuration is wrong.",
    .rivals = {"a filter in front of the server that rejects in the server's name",
	"a service that was restarting just then"},
    .check = {"on SERVER: is the service running?  `ss -ulpn 'sport = :PORT'` shows what "
	      "listens, and on which address",
	"on CLIENT: does the configuration name the right server and port?",
	"is the service meant to be on SERVER at all?"},
    .avoid = {"do not hide the ICMP errors in a filter: they tell the client at once, and a "
	      "silent port costs it a timeout",
	"do not restart anything before you looked at what listens",
	"do not change routing: the ICMP error shows that the address is reached"},
    .ask = {"dig -p PORT NAME TYPE @SERVER +tries=1"},
};

const struct dg_explanation dg_explain_server_unreachable = {
    .title = "a router or filter says that a server is not reached",
    .seen = "ICMP errors came back for queries: no route, no such host, or prohibited.  They "
	    "are not port unreachable from the server itself.",
    .means = "The sender of the error could not, or would not, hand the queries on.  Codes "
	     "that say `prohibited` (IPv4 type 3 code 9, 10, 13; IPv6 type 1 code 1, 5, 6) are "
	     "a rule's; `host` and `network` unreachable are hints, not proof (RFC 1122).",
    .rivals = {"a route that is missing or was missing for a time",
	"a host that is down, as its last router says", "a rule that rejects the queries"},
    .check = {"ask whoever runs SENDER: it sends the errors",
	"look at the code of the error: a rule, a route or a host",
	"trace the way to SERVER from the client"},
    .avoid = {"do not drop the ICMP errors: they are the evidence, and spare a timeout",
	"do not blame SERVER: it may never have seen the queries"},
};

const struct dg_explanation dg_explain_client_refuses_replies = {
    .title = "a client's host refuses replies that come to it",
    .seen = "ICMP errors about replies: the client's side sent them, not the server's.",
    .means = "The client had closed its socket when the reply came: it gave up early, or took "
	     "the reply of another server.  A few of them are normal.",
    .rivals = {"replies to an address translator that has forgotten the query",
	"replies to queries that the client never sent: its address was forged",
	"a rule on the client's side that rejects replies"},
    .check = {"compare the client's timeout with the time the server takes (`latency_ns`)",
	"is the refused reply a late one?  Then look at why it was late",
	"if replies come to queries that nobody sent: somebody forges the address of CLIENT"},
    .avoid = {"do not take them for errors of the server: it did answer",
	"do not hide the ICMP errors in a filter: they cost nothing"},
};

const struct dg_explanation dg_explain_tcp_blocked = {
    .title = "a server answers over UDP and not over TCP",
    .seen =
	"Connections to a server's port over TCP are refused, reset or never made, while it "
	"answers over UDP.",
    .means = "The server does not listen on TCP, or something on the way lets UDP only "
	     "through.  Answers that do not fit into UDP cannot be had; servers must offer "
	     "both (RFC 7766).",
    .rivals = {"a filter on the way that lets UDP only through",
	"a server whose connections are all taken", "a capture that lacks TCP replies"},
    .check = {"send the commands under `reproduce`: one asks over TCP, one over UDP",
	"on SERVER: does the service listen on TCP?  `ss -tlpn 'sport = :PORT'`",
	"ask for rules that match TCP port PORT"},
    .avoid = {"do not raise the EDNS size to avoid TCP: fragments get lost as well",
	"do not disable DNSSEC to make answers small"},
    .ask = {"dig +tcp NAME TYPE @SERVER +tries=1"},
};

const struct dg_explanation dg_explain_servfail_explained = {
    .title = "SERVFAILs to clients come from silent servers",
    .seen = "A resolver told its clients SERVFAIL, and just before its own queries for the "
	    "same names went unanswered.",
    .means = "The resolver is not at fault: it could not ask.  The servers that it asked, or "
	     "the ports that it asked from, are.",
    .rivals = {"validation failed for another reason, and the silence is a coincidence",
	"the resolver had more ways to ask than this capture shows"},
    .check = {"look at the findings about SERVER: they say why it is silent",
	"ask the resolver for the name again while capturing on its upstream side"},
    .avoid = {"do not flush the cache or restart the resolver: it would ask the same servers",
	"do not turn validation off: SERVFAIL has another reason here"},
};
