/*
 * live_reporter.c - one job at a time, in a thread that takes no signal; and the signals.
 */
#include "live/reporter.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "live/signals.h"

/* A job that waits until it is let go, and says so through pipes: no clock. */
struct held {
	int begun[2], let_go[2];
	int result;
	bool is_deaf; /* all signals are blocked where it ran */
};

static void
held_init(struct held *h)
{
	assert_int_equal(pipe(h->begun), 0);
	assert_int_equal(pipe(h->let_go), 0);
	h->is_deaf = false;
}

static void
held_fini(struct held *h)
{
	for (int i = 0; i < 2; i++) {
		close(h->begun[i]);
		close(h->let_go[i]);
	}
}

static int
hold(void *context)
{
	struct held *h = context;
	sigset_t mask;
	char c = 'x';

	sigprocmask(SIG_SETMASK, NULL, &mask);
	h->is_deaf = sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGUSR2) == 1 &&
	    sigismember(&mask, SIGWINCH) == 1;
	if (write(h->begun[1], &c, 1) != 1 || read(h->let_go[0], &c, 1) != 1)
		return -1;
	return h->result;
}

static int
count(void *context)
{
	return ++*(int *)context;
}

static void
one_job_at_a_time(void **state)
{
	struct held h = {.result = 42};
	struct dg_reporter *r;
	int result, counted = 0;
	char c = 'x';

	(void)state;
	held_init(&h);
	assert_int_equal(dg_reporter_new(&r), 0);
	assert_false(dg_reporter_is_busy(r));
	assert_true(dg_reporter_result(r, false, &result));
	assert_int_equal(result, 0);

	assert_true(dg_reporter_begin(r, hold, &h));
	assert_int_equal(read(h.begun[0], &c, 1), 1);
	assert_true(dg_reporter_is_busy(r));
	assert_false(dg_reporter_result(r, false, &result));
	assert_false(dg_reporter_begin(r, count, &counted));
	assert_int_equal(write(h.let_go[1], &c, 1), 1);
	assert_true(dg_reporter_result(r, true, &result));
	assert_int_equal(result, 42);
	assert_true(h.is_deaf);

	assert_false(dg_reporter_is_busy(r));
	for (int i = 1; i <= 1000; i++) {
		assert_true(dg_reporter_begin(r, count, &counted));
		assert_true(dg_reporter_result(r, true, &result));
		assert_int_equal(result, i);
	}
	dg_reporter_free(r);
	held_fini(&h);
}

static void
a_result_waits_to_be_taken(void **state)
{
	struct dg_reporter *r;
	int result, counted = 0;

	(void)state;
	assert_int_equal(dg_reporter_new(&r), 0);
	assert_true(dg_reporter_begin(r, count, &counted));
	/* Whether it is done by now or not: no other job before the result was taken. */
	assert_false(dg_reporter_begin(r, count, &counted));
	assert_true(dg_reporter_result(r, true, &result));
	assert_true(dg_reporter_begin(r, count, &counted));
	/* The job at work is finished before the thread ends. */
	dg_reporter_free(r);
	assert_int_equal(counted, 2);
	dg_reporter_free(NULL);
}

static void
a_signal_is_taken_once(void **state)
{
	static const struct {
		int number;
		enum dg_signal which;
	} rows[] = {
	    {SIGHUP, DG_SIGNAL_REOPEN},
	    {SIGUSR1, DG_SIGNAL_PROGRESS},
	    {SIGUSR2, DG_SIGNAL_REPORT},
	    {SIGWINCH, DG_SIGNAL_RESIZED},
	    {SIGTERM, DG_SIGNAL_STOP},
	};

	(void)state;
	dg_signals_catch(NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_false(dg_signals_take(rows[i].which));
		raise(rows[i].number);
		if (rows[i].which != DG_SIGNAL_STOP)
			raise(rows[i].number);
		for (int other = 0; other < DG_SIGNAL_COUNT; other++) {
			if (other != (int)rows[i].which)
				assert_false(dg_signals_take((enum dg_signal)other));
		}
		assert_true(dg_signals_take(rows[i].which));
		assert_false(dg_signals_take(rows[i].which));
	}
}

static int told[2];

static void
tell(void)
{
	if (write(told[1], "x", 1) != 1)
		_exit(99);
}

/* Ends with the second stop; what comes back is never reached. */
static void
stop_twice(int first, int second)
{
	dg_signals_catch(tell);
	raise(first);
	if (!dg_signals_take(DG_SIGNAL_STOP))
		_exit(98);
	raise(second);
	_exit(97);
}

static void
the_second_stop_ends_at_once(void **state)
{
	static const int rows[][2] = {{SIGINT, SIGINT}, {SIGTERM, SIGINT}, {SIGINT, SIGTERM}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char c[2];
		int status;
		pid_t child;

		assert_int_equal(pipe(told), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0)
			stop_twice(rows[i][0], rows[i][1]);
		close(told[1]);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 128 + rows[i][1]);
		/* It was called, and once. */
		assert_int_equal(read(told[0], c, sizeof c), 1);
		close(told[0]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_job_at_a_time),
	    cmocka_unit_test(a_result_waits_to_be_taken),
	    cmocka_unit_test(the_second_stop_ends_at_once),
	    cmocka_unit_test(a_signal_is_taken_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
