/*
 * lines.c - the lines of transactions, from the engine to who wants them.
 */
#include <stdlib.h>

#include "api/inner.h"
#include "base/limits.h"
#include "report/line.h"
#include "report/report.h"

void
dg_lines_flush(struct dg_lines *l)
{
	if (l->write == NULL || l->buffer.size == 0)
		return;
	if (l->write(l->context, l->buffer.text, l->buffer.size) != 0) {
		l->is_failed = true;
		l->write = NULL;
	}
	l->buffer.size = 0;
}

void
dg_lines_fini(struct dg_lines *l)
{
	for (size_t i = 0; i < l->file_count; i++)
		free(l->files[i]);
	free(l->files);
	dg_strbuf_fini(&l->buffer);
}

/* The files have their final order once the first frame was read. */
static int
name_files(struct dnsgap_session *s)
{
	struct dg_lines *l = &s->lines;
	size_t count = dg_input_count(s);

	if (l->files != NULL)
		return 0;
	l->files = calloc(count + 1, sizeof *l->files);
	if (l->files == NULL)
		return DNSGAP_ENOMEM;
	for (; l->file_count < count; l->file_count++) {
		char text[DG_INPUT_NAME_MAX];
		const char *name = dg_input_name(s, l->file_count, text);

		l->files[l->file_count] = dg_report_json_text(name);
		if (l->files[l->file_count] == NULL)
			return DNSGAP_ENOMEM;
	}
	return 0;
}

/* A line with pseudonyms. */
static void
add_renamed(struct dnsgap_session *s, const struct dg_transaction *t)
{
	struct dg_transaction other = *t;
	uint8_t name[DG_NAME_WIRE_MAX];

	dg_anonymise_addr(s->anonymiser, (enum dg_family)t->flow.family, &other.flow.client);
	dg_anonymise_addr(s->anonymiser, (enum dg_family)t->flow.family, &other.flow.server);
	if (t->qname != NULL) {
		size_t size = dg_anonymise_name(s->anonymiser, t->qname, t->qname_length, name);

		other.qname = size > 0 ? name : NULL;
		other.qname_length = (uint8_t)size;
	}
	dg_line_transaction(&s->lines.buffer, &other, s->lines.files);
}

/* The engine's listener. */
static int
on_transaction(void *context, const struct dg_transaction *t)
{
	struct dnsgap_session *s = context;
	struct dg_lines *l = &s->lines;
	int error;

	if (l->write == NULL)
		return 0;
	error = name_files(s);
	if (error != 0)
		return error;
	if (s->anonymiser != NULL)
		add_renamed(s, t);
	else
		dg_line_transaction(&l->buffer, t, l->files);
	if (l->buffer.is_failed)
		return DNSGAP_ENOMEM;
	if (l->buffer.size >= DG_LINES_BYTES_MAX)
		dg_lines_flush(l);
	return 0;
}

int
dnsgap_session_set_transactions(struct dnsgap_session *s, dnsgap_write *write, void *context)
{
	int error = dg_session_expect_open(s);

	if (error != 0)
		return error;
	s->lines.write = write;
	s->lines.context = context;
	dg_engine_set_listener(s->engine, on_transaction, s);
	return 0;
}
