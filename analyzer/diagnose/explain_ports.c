/*
 * explain_ports.c - what findings about source ports mean.
 */
#include "diagnose/explain.h"

const struct dg_explanation dg_explain_ports_silent = {
    .title = "queries from certain source ports get no reply",
    .seen = "Queries from a range or a list of client ports go unanswered; the same clients' "
	    "queries from other ports are answered.",
    .means = "Something treats queries by their source port, most often by a rule for ports "
	     "below 1024 that lets 53 through, or by a list of ports that are known from "
	     "amplification attacks.  Clients behind an address translator, and resolvers set "
	     "to low ports, meet it.",
    .rivals = {"a packet filter or a policer, at the server or on the way to it",
	"an address translator on the way: what comes behind it sees other ports than this "
	"capture",
	"a server that ignores such ports by its own choice, as Knot Resolver does below 1024"},
    .check = {"send both commands under `reproduce` from one machine (ports below 1024 need "
	      "root)",
	"capture on the server's side too: does the query arrive there?",
	"ask whoever runs SERVER for rules by source port; show this report",
	"find out why the client uses such ports (see low-ports-in-use)"},
    .avoid = {"do not treat it as loss: resends and long timeouts do not help",
	"do not give all clients one fixed port: it can be guessed (RFC 5452)"},
    .ask = {"dig -b '0.0.0.0#1023' NAME TYPE @SERVER +tries=1",
	"dig -b '0.0.0.0#1024' NAME TYPE @SERVER +tries=1"},
};

const struct dg_explanation dg_explain_ports_refused = {
    .title = "queries from certain source ports are refused",
    .seen = "Queries from a range or a list of client ports are answered by an ICMP error or "
	    "a RST; the same clients' queries from other ports by replies.",
    .means = "Something refuses queries by their source port and says so.  The sender of the "
	     "refusals is the best sign of where that is.",
    .rivals = {"a packet filter that rejects, at the server or on the way to it",
	"an address translator on the way: what comes behind it sees other ports than this "
	"capture"},
    .check = {"look at who sends the refusals: the server itself, or a router on the way",
	"send both commands under `reproduce` from one machine (ports below 1024 need root)",
	"ask whoever runs SENDER for rules that match by source port, and show this report"},
    .avoid = {"do not drop the ICMP errors: they turn a quick refusal into a timeout",
	"do not move all clients to one fixed port: it can be guessed (RFC 5452)"},
    .ask = {"dig -b '0.0.0.0#1023' NAME TYPE @SERVER +tries=1",
	"dig -b '0.0.0.0#1024' NAME TYPE @SERVER +tries=1"},
};

const struct dg_explanation dg_explain_ports_hash = {
    .title = "a fixed share of source ports is silent, in no range",
    .seen = "Certain client ports are never answered and others always are.  The silent ones "
	    "form no range; they are the same each time.",
    .means = "Traffic is spread over several paths or machines by a hash that has the source "
	     "port in it, and one of them is dead: a link of an aggregate, a path of equal "
	     "cost, a member behind a load balancer or an anycast address.",
    .rivals = {"a filter with a long list of single ports"},
    .check = {"ask whoever runs SERVER, and the networks on the way, for a dead link of an "
	      "aggregate or a dead member behind a load balancer",
	"repeat a query from a silent port to other addresses of the same network: a path that "
	"they share fails for other ports",
	"trace the way with the silent and with an answered source port fixed"},
    .avoid = {"do not look for a rule by port range: there is none that fits",
	"do not count on retries: from a new port they often work, and hide it"},
};

const struct dg_explanation dg_explain_source_ports_predictable = {
    .title = "a client's source ports can be guessed",
    .seen = "A client asked from one fixed port, or from ports so close to each other that "
	    "the next one can be guessed.",
    .means = "Whoever wants to forge a reply has to guess the query's ID only (RFC 5452).  "
	     "An old `query-source port 53`, or an address translator that gives ports in a "
	     "row, are the usual reasons.",
    .rivals = {"an address translator between the client and the capture chose the ports",
	"a tool that keeps its port on purpose, such as a monitor"},
    .check = {"look for a fixed port in the configuration of CLIENT: `query-source`, "
	      "`outgoing-port`, `query-local-address`",
	"capture on the client itself: if its own ports are well spread, an address translator "
	"undoes it"},
    .avoid = {"do not fix the port to get past a filter: repair the filter"},
};

const struct dg_explanation dg_explain_low_ports_in_use = {
    .title = "a client asks from ports below 1024",
    .seen = "A client sent queries from ports 0 to 1023 other than 53.",
    .means = "No common resolver takes such ports by itself.  An address translator that "
	     "keeps ports in their class, or a resolver that was told to use all ports, does.  "
	     "Some servers and filters never answer them.",
    .rivals = {"an address translator between the client and the capture chose the ports",
	"a scanner or a test, not a resolver"},
    .check = {"look for a port range in the configuration of CLIENT: `outgoing-port-permit`, "
	      "`min-port`, `query-source`, `ip_local_port_range`",
	"if CLIENT is an address translator: give its pool ports from 1024 on",
	"see whether any server leaves them unanswered (ports-silent)"},
    .avoid = {"do not conclude that something is broken: it is a risk, not a fault"},
};
