#ifndef DG_BASE_LIMITS_H
#define DG_BASE_LIMITS_H

/*
 * limits.h - every bound of the program, with its reason.
 *
 * A table, queue, buffer or recursion that is not bounded here is a fault.
 * Hitting one of the limits marked [counted] shows in the report's `limits`.
 */

/* Frames in a batch: enough to hide cache misses, small enough for the L2 cache. */
#define DG_BATCH_FRAMES 256
/* Bytes in a batch before it is handed on, however few frames it holds. */
#define DG_BATCH_BYTES (256u * 1024)
/* The largest frame: libpcap's own MAXIMUM_SNAPLEN. */
#define DG_FRAME_BYTES_MAX (262144u)
/* The longest pcapng block that is looked into: the largest frame, and as much of options. */
#define DG_BLOCK_BYTES_MAX (2 * DG_FRAME_BYTES_MAX)
/* The longest that is passed over: libpcap's and Wireshark's limit for any block. */
#define DG_PASSED_BLOCK_BYTES_MAX (16u << 20)
/* Interfaces in all sections of a pcapng file: a year of hourly files in a row has 8760. */
#define DG_INTERFACES_MAX 65536u
/* Room for an interface's name and its NUL: Linux has 16, Windows' NPF names have 50. */
#define DG_INTERFACE_NAME_MAX 64
/* A filter's text, as a person gives it: a thousand addresses have a third of it. */
#define DG_FILTER_BYTES_MAX 65536u
/* Steps of a filter's program: the kernel takes no more (BPF_MAXINSNS). */
#define DG_FILTER_STEPS_MAX 4096u
/* Link types of one session that have a filter's program each; more share one place. */
#define DG_FILTER_LINKTYPES_MAX 16
/* Interfaces that are sniffed at once. */
#define DG_LIVE_INTERFACES_MAX 16
/* The ring of each: 2 MiB drop at 300,000 frames a second, 16 to 64 do not. */
#define DG_LIVE_RING_BYTES (UINT64_C(64) << 20)
/* How long the kernel keeps a block of frames that is not full: a terminal feels alive. */
#define DG_LIVE_BLOCK_MS 50
/* What it may be late with that, and a frame between its stamp and the ring. */
#define DG_LIVE_MARGIN_MS 50
/* Frames of one turn: some 10 ms of work, so that signals and cuts do not wait. */
#define DG_LIVE_TURN_FRAMES 16384u
/*
 * Bytes of frames that wait for those of other interfaces, to be put in order of time
 * [counted]: a tenth of a second of 10 Gbit/s.  Beyond, the oldest goes on without waiting.
 */
#define DG_JOIN_BYTES_MAX (128u << 20)
/* Things noticed that wait to be told; more are only counted. */
#define DG_LIVE_NOTICES_MAX 64
/* Frames decoded ahead of correlation, so that the table's lines are in cache. */
#define DG_GROUP_FRAMES 16
/* Pieces of work that they leave: a TCP segment may hold many messages. */
#define DG_GROUP_WORKS 32
/* The largest IP datagram's payload. */
#define DG_DATAGRAM_BYTES_MAX 65535u
/* Larger files get a SHA-256 only when asked: it costs as much as reading them. */
#define DG_DIGEST_BYTES_MAX (UINT64_C(64) << 20)
/* Filters libarchive may stack on one input: one is compression, two a trick. */
#define DG_COMPRESSION_LAYERS_MAX 1
/*
 * Octets that one packed octet may become, once more than DG_UNPACK_FREE_BYTES came out.
 * gzip's format allows 1032; zstd and xz would allow millions, and with them years of work.
 */
#define DG_UNPACK_RATIO_MAX 1100u
#define DG_UNPACK_FREE_BYTES (UINT64_C(64) << 20)
/* The window of zstd and the dictionary of xz: memory that the file asks for. */
#define DG_UNPACK_WINDOW_MAX (UINT64_C(32) << 20)

/* VLAN tags, and all link-level headers together, before IP. */
#define DG_VLAN_TAGS_MAX 8
/* IPv6 extension headers in one packet (RFC 8504 5.3 suggests a limit like it). */
#define DG_IP6_EXTENSIONS_MAX 16

/* IP headers around each other in one frame; real networks stack three or four. */
#define DG_IP_HEADERS_MAX 16
/* Labels in one MPLS stack. */
#define DG_MPLS_LABELS_MAX 16

/* Datagrams of which fragments wait, and bytes of them all [counted]. */
#define DG_FRAG_DATAGRAMS_MAX 4096u
#define DG_FRAG_BYTES_MAX (16u << 20)
/* How long after it was whole a datagram knows a second sighting of a fragment. */
#define DG_FRAG_AGAIN_NS INT64_C(1000000)
/* How long fragments wait for the rest: Linux' ipfrag_time. */
#define DG_FRAG_NS (INT64_C(30) * 1000000000)

/* TCP connections remembered, and bytes that wait in them [counted]. */
#define DG_STREAM_CONNECTIONS_MAX 131072u
#define DG_STREAM_BYTES_MAX (32u << 20)
/* Segments of a stream that wait for the octets before them. */
#define DG_STREAM_SEGMENTS_MAX 64u
/* Octets of one that are kept: only what a sender's card was yet to cut up is longer.  So
 * a single connection never holds a third of DG_STREAM_BYTES_MAX. */
#define DG_STREAM_SEGMENT_BYTES_MAX 65535u
/* A connection that was silent for so long is forgotten. */
#define DG_STREAM_IDLE_NS (INT64_C(600) * 1000000000)

/* A name on the wire (RFC 1035 3.1) and its text with every octet as \DDD. */
#define DG_NAME_BYTES_MAX 255
#define DG_NAME_TEXT_MAX (4 * 255 + 1)
/* Compression pointers in one name: 126 labels leave room for no more. */
#define DG_NAME_HOPS_MAX 126
/* Resource records looked at for the OPT record: 65,535 octets hold 5,957. */
#define DG_RECORDS_MAX 6000

/*
 * Octets of names in one message that get pseudonyms, each name counted as often as it is met,
 * but not when it is the one before: the 4,096 records of the longest message with names of 64
 * octets.  What comes after is cut off.
 */
#define DG_ANONYMISED_NAME_BYTES_MAX (1u << 18)

/* Transactions remembered at once [counted]. */
#define DG_TRANSACTIONS_MAX 1000000u
/*
 * Stretches of lost frames that are remembered as long as transactions are: with the default
 * hold one for every half second.  Nearer ones become one, and more is undecided for it.
 */
#define DG_LOSSES_MAX 64
/* Transactions of one flow and ID with different questions [counted]. */
#define DG_SAME_ID_MAX 32
/*
 * Transactions of one flow that an ICMP error without an ID is held against, the ones recorded
 * last: it means the latest, and all others only make it ambiguous [counted].
 */
#define DG_FLOW_LOOKS_MAX 256
/* Truncated transactions of one client, server and question that wait for a retry [counted]. */
#define DG_RETRY_SAME_MAX 32
/* Rows of the tally [counted]: what does not fit is summed in a row `others`. */
#define DG_SERVERS_MAX 65536u
#define DG_CLIENTS_MAX 262144u
#define DG_ICMP_ROWS_MAX 65536u
#define DG_FRAGMENT_ROWS_MAX 65536u
/* Servers of which replies without a query were seen; further ones are not told apart. */
#define DG_ORPHAN_SERVERS_MAX 65536u
/*
 * Servers that were asked in the cuts before, and for how long they are remembered, in packet
 * time: who answers so much later than he was asked is not waited for by anybody.
 */
#define DG_ASKED_MAX 65536u
#define DG_ASKED_NS (INT64_C(600) * 1000000000)
/* Such servers that a report names: enough to see which path is missing. */
#define DG_ONE_WAY_SHOWN 16
/* Extended errors and name server IDs counted for a server: IANA has 31 codes, and an anycast
 * address behind one observer has few hosts.  More are summed. */
#define DG_EDE_CODES_MAX 64
#define DG_NSIDS_MAX 8
/*
 * Trials of ports: 10 MiB, and 2 of slots.  Of more than that an even sample is kept: nothing
 * becomes undecided for it, and a quarter of a million trials hold more than findings need.
 */
#define DG_TRIALS_MAX (1u << 18)
/* Their bins of time, in seconds: 1, 8, 64; a retry comes within. */
#define DG_TRIAL_BIN_STEP 3
#define DG_TRIAL_BIN_LOG2_MAX 6
/*
 * SERVFAILs, slow replies and queries in vain that are kept, to tie them to each other: some
 * 8 MiB, 22 with the longest names.  Of more, a sample is kept, and the report says so: an hour
 * of a hundred SERVFAILs a second with two queries behind each fills it 16 times, and the
 * sixteenth part shows the same servers and ports.
 */
#define DG_FAILURES_MAX 65536u
/* They are kept or dropped by zone in windows of so many seconds: most queries of a
 * resolver for one answer lie in one, and none of its zones goes missing for good. */
#define DG_FAILURE_WINDOW_S 128
/* Slow for a client: one query in vain costs a resolver about as much (BIND waits 800 ms). */
#define DG_SLOW_NS INT64_C(1000000000)
/*
 * A SERVFAIL is held against upstream queries that began so long before its query: as long as
 * BIND works on one name (resolver-query-timeout); who asks meanwhile shares the result.
 */
#define DG_SERVFAIL_NAME_NS (INT64_C(10) * 1000000000)
/* And for a zone of which nothing answered: Unbound's infra-host-ttl.  RFC 2308 7.2 allows
 * 5 minutes. */
#define DG_SERVFAIL_ZONE_NS (INT64_C(900) * 1000000000)
/* A slow reply is held against queries since its own; two interfaces' stamps differ so much. */
#define DG_SERVFAIL_SKEW_NS INT64_C(10000000)
/* Servers that one name, or one zone, is held against: more than a resolver tries. */
#define DG_SERVFAIL_SERVERS_MAX 64
/* Causes in a report, and ranges of ports in each. */
#define DG_SERVFAIL_CAUSES_MAX 64
#define DG_SERVFAIL_RANGES_MAX 64
/*
 * Verdicts about ports of one transport: more than a person reads, and each costs a look at
 * every trial that is left.  When there may be more, a warning says so.
 */
#define DG_PORT_VERDICTS_MAX 16
/* Port sets turn from an array into a bitmap of 8 KiB at this many ports. */
#define DG_PORTSET_ARRAY_MAX 1024
/* Zone names kept for a server. */
#define DG_SERVER_NAMES_MAX 4
/* Lines of transactions that are kept before they are handed on: what a pipe takes at once. */
#define DG_LINES_BYTES_MAX (64u << 10)
/* Addresses or prefixes, and names, that keep theirs in anonymised reports: a person writes
 * them down. */
#define DG_KEEP_MAX 64

/*
 * Evidence.  Frames of it, unless told otherwise: enough for some hundred transactions of each
 * of a dozen findings, and still small enough to be sent.
 */
#define DG_EVIDENCE_FRAMES_DEFAULT 10000u
/* Findings with frames, the worst ones: more than a person reads. */
#define DG_EVIDENCE_FINDINGS_MAX 256
/* What findings say of single transactions, 24 octets each: all trials of a few findings. */
#define DG_EVIDENCE_CLAIMS_MAX (1u << 20)
/* Transactions that a finding gets from the frames themselves (fragments, refused replies,
 * SERVFAILs): a third of all frames of the evidence. */
#define DG_EVIDENCE_FOUND_MAX 4096u
/* Answered transactions beside a finding, or as many as are silent, if that is more. */
#define DG_EVIDENCE_CONTROLS_MIN 200u
/* Transactions that show a habit of a client. */
#define DG_EVIDENCE_HABITS_MAX 500u
/* Frames of one transaction: resends and a TCP connection have ten; a zone transfer has no
 * end. */
#define DG_EVIDENCE_UNIT_FRAMES_MAX 64u
/* Transactions of one flow that a frame is held against, the nearest ones. */
#define DG_EVIDENCE_LOOKS_MAX 256u
/* Datagrams in fragments that are followed at once. */
#define DG_EVIDENCE_DATAGRAMS_MAX 65536u
/* Findings that a packet's comment names, findings and files that the section's does. */
#define DG_EVIDENCE_COMMENT_FINDINGS_MAX 8
#define DG_EVIDENCE_SECTION_FINDINGS_MAX 64
#define DG_EVIDENCE_SECTION_FILES_MAX 64
/* An option of pcapng has a length of 16 bits. */
#define DG_NG_TEXT_MAX 65535u
/*
 * A report in Markdown: the longest text that Jira's fields take as they come (32,767), and so
 * half of what GitHub does (65,536).
 */
#define DG_MARKDOWN_BYTES_MAX 32767u
/*
 * Sniffing.  Folders in which a sandboxed run makes files: reports in each form, transactions,
 * packets, metrics, and as many again.
 */
#define DG_SANDBOX_FOLDERS_MAX 16
/* Descriptors of a sandboxed run; twice what 16 interfaces and as many folders need, of which
 * the sockets lie in the first half.  A power of two. */
#define DG_SANDBOX_DESCRIPTORS 256
/* Packets that wait to be written: the largest one fits, and a disk gets large pieces. */
#define DG_PACKETS_BUFFER_BYTES (512u << 10)
/* Files of packets of one name: one for each restart within a second, and then some. */
#define DG_PACKETS_SAME_NAME_MAX 100u

/* Interfaces that metrics know: as many as are sniffed at once. */
#define DG_METRICS_INTERFACES_MAX 16
/* Warnings in a report. */
#define DG_WARNINGS_MAX 32

#endif
