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
name_files(struct dg_lines *l, const struct dg_filelist *files)
{
	size_t count = dg_filelist_count(files);

	if (l->files != NULL)
		return 0;
	l->files = calloc(count + 1, sizeof *l->files);
	if (l->files == NULL)
		return DNSGAP_ENOMEM;
	for (; l->file_count < count; l->file_count++) {
		const char *path = dg_filelist_input(files, l->file_count)->path;

		l->files[l->file_count] = dg_report_json_text(path);
		if (l->files[l->file_count] == NULL)
			return DNSGAP_ENOMEM;
	}
	return 0;
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
	error = name_files(l, s->files);
	if (error != 0)
		return error;
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
	if (s->summary != NULL)
		return dg_fail_set(&s->fail, DNSGAP_ESTATE, "the session is finished");
	s->lines.write = write;
	s->lines.context = context;
	dg_engine_set_listener(s->engine, on_transaction, s);
	return 0;
}
