/*
 * build.h - what the files that build frames share.
 */
#ifndef SCENARIO_BUILD_H
#define SCENARIO_BUILD_H

#include "scenario.h"

/* What a line says of a frame beyond its packet. */
struct around {
	int64_t step_ns;
	unsigned long times;
	unsigned long captured;      /* 0: all */
	unsigned long message_bytes; /* of the DNS message that travel; 0: all */
	bool varies_port;
	bool varies_id;
	unsigned long piece_from; /* of the IP payload: a fragment of it */
	unsigned long piece_to;   /* 0: to its end */
	bool is_piece;
	bool is_unseen;
};

/* A new frame at the end, or NULL and s->error. */
struct scn_frame *scn_add_frame(struct scenario *s, int line, int64_t time_ns);

/* Makes the frame's bytes of the facts. */
bool scn_finish_frame(struct scenario *s, int line, struct scn_frame *f,
    const struct pkt_facts *facts, const struct around *around);

/* Whether the word was one that any packet, or any message, may have; `good` turns false
 * when it was and is not well formed. */
bool scn_take_packet_word(
    char *word, struct pkt_facts *facts, struct around *around, bool *good);
bool scn_take_message_word(
    char *word, struct pkt_facts *facts, struct around *around, bool *good);

/* "name=number"; leaves `known` alone when the word is another one. */
unsigned long scn_number_of(
    char *word, const char *name, unsigned long max, bool *known, bool *good);

/* "10-20" or "10-" (to 0, for the end). */
bool scn_take_span(const char *text, unsigned long *from, unsigned long *to);

/* "n%.example" is another name each time. */
void scn_expand_name(char name[256], const char *word, unsigned number);

/* build_tcp.c: TIME host:port > host:port TCP words */
bool scn_build_segment(struct scenario *s, const struct scn_words *w, int64_t time_ns);

#endif
