#ifndef DNSGAP_SESSION_H
#define DNSGAP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dnsgap/config.h"
#include "dnsgap/error.h"

/**
 * One analysis: frames in, one summary out.
 *
 * Either add files and run, or feed frames; then finish; then look at the
 * summary (summary.h) or render it (render.h).  A session belongs to one thread
 * at a time; different sessions share nothing.
 */
struct dnsgap_session;

/* `config` is copied.  Returns 0 or DNSGAP_ENOMEM; the caller frees it. */
DNSGAP_API int dnsgap_session_new(
    const struct dnsgap_config *config, struct dnsgap_session **out);
DNSGAP_API void dnsgap_session_free(struct dnsgap_session *s);

/* The text of the last error that a call on this session returned; "" before
 * the first.  Lives until the next call. */
DNSGAP_API const char *dnsgap_session_error(const struct dnsgap_session *s);

/**
 * Names a capture to read, "-" for standard input.  It is opened by
 * dnsgap_session_run, so this fails with DNSGAP_ENOMEM or _ESTATE only.
 */
DNSGAP_API int dnsgap_session_add_file(struct dnsgap_session *s, const char *path);

/* Stops reading after this many frames; 0 is no limit. */
DNSGAP_API int dnsgap_session_set_max_frames(struct dnsgap_session *s, uint64_t frames);

/**
 * Looks only at frames of files that a filter in pcap's language wants, at most 64 KiB of it;
 * the others are counted, and keep their numbers.  Host names in it are refused unless
 * may_resolve: libpcap would ask DNS for them.  "" takes everything.  Frames of link types for
 * which the expression makes no sense are not looked at, and told of as the input's problem.
 *
 * Before dnsgap_session_run.  Fails with DNSGAP_EINVAL (with a text), _ENOMEM, _ESTATE.
 */
DNSGAP_API int dnsgap_session_set_filter(
    struct dnsgap_session *s, const char *expression, bool may_resolve);

/**
 * Takes a piece of an output.  Returns 0, or anything else to stop; then the call that
 * writes returns DNSGAP_EWRITE.
 */
typedef int dnsgap_write(void *context, const void *bytes, size_t size);

/**
 * Asks for a line of JSON for each transaction, as it ends (docs/formats.md).  `write` is
 * called with whole lines from within dnsgap_session_run, _feed and _finish.  When it returns
 * other than 0, no more lines are made and the analysis goes on.
 * To be called before the first frame; fails with DNSGAP_ESTATE when the session is finished.
 */
DNSGAP_API int dnsgap_session_set_transactions(
    struct dnsgap_session *s, dnsgap_write *write, void *context);

/**
 * Is told how far reading has come, in bytes of the files as they lie on the disk; `all` is 0
 * when a size is unknown.  Returning other than 0 stops the run.
 */
typedef int dnsgap_progress(void *context, uint64_t done, uint64_t all);

/**
 * Reads all files, joined in order of time.  What is wrong with a file is no error of this
 * call while at least one could be opened: it is told by
 * dnsgap_session_input_problem.
 *
 * Fails with DNSGAP_EOPEN when no file could be opened, _ESTOPPED when `progress`
 * said so (what was read stays), _ENOMEM, _ESTATE.
 */
DNSGAP_API int dnsgap_session_run(
    struct dnsgap_session *s, dnsgap_progress *progress, void *context);

/**
 * Hands over one captured frame.
 *
 * `data` is read before the call returns and may be reused after it.
 * Malformed frames are counted, not reported: the only failures are
 * DNSGAP_ENOMEM and DNSGAP_ESTATE (the session was already finished).
 * `linktype` is a LINKTYPE_ number of the pcap format; `time_ns` counts from 1970.
 */
DNSGAP_API int dnsgap_session_feed(struct dnsgap_session *s, uint32_t linktype, int64_t time_ns,
    const void *data, size_t captured, size_t on_wire);

/**
 * Frames between these times were lost before they could be handed over: what was open then and
 * has no reply is undecided (docs/matching.md, "Lost frames").  Both times are lost, too.  To
 * be called before the frames that came after the loss.  Fails with DNSGAP_EINVAL (a time
 * before 1970 or after 2200) and _ESTATE.
 */
DNSGAP_API int dnsgap_session_lost(struct dnsgap_session *s, int64_t from_ns, int64_t until_ns);

enum dnsgap_cut {
	DNSGAP_CUT_TAKE, /* what ended since the last such cut; counting begins anew */
	/* the same and what is open, as if the capture ended now; counting goes on */
	DNSGAP_CUT_COPY,
};

/**
 * Gives what was counted as a session of its own, to be finished, rendered and freed, in
 * another thread if wanted: it shares nothing with this one.  What still waits for a reply
 * stays here, and belongs to the taking cut in which it ends.
 *
 * Not for a session that reads files.  Fails with DNSGAP_ENOMEM (then nothing is cut), _ESTATE,
 * _EINVAL.
 */
DNSGAP_API int dnsgap_session_cut(
    struct dnsgap_session *s, enum dnsgap_cut cut, struct dnsgap_session **out);

/* Transactions that wait for their end in this session, answered ones among them: they are in
 * no taking cut yet.  Of a copy: those that were undecided when it was made. */
DNSGAP_API uint64_t dnsgap_session_open(const struct dnsgap_session *s);

/* Ends the capture: what still waits for a reply is decided or undecided.
 * Fails with DNSGAP_ENOMEM or _ESTATE, and with _EWRITE when the lines of transactions
 * could not be written: then the summary is there all the same. */
DNSGAP_API int dnsgap_session_finish(struct dnsgap_session *s);

/* The files, in the order in which they were read. */
DNSGAP_API size_t dnsgap_session_input_count(const struct dnsgap_session *s);
DNSGAP_API const char *dnsgap_session_input_path(const struct dnsgap_session *s, size_t n);

/* What kept a file from being read whole, or NULL.  Lives as long as the session. */
DNSGAP_API const char *dnsgap_session_input_problem(const struct dnsgap_session *s, size_t n);

/* Whether a file could be opened as a capture. */
DNSGAP_API bool dnsgap_session_input_was_opened(const struct dnsgap_session *s, size_t n);

/* Whether everything was read. */
DNSGAP_API bool dnsgap_session_is_complete(const struct dnsgap_session *s);

#endif
