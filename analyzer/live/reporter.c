/*
 * reporter.c - one thread beside the capturing one.
 *
 * A job is in one of three states, and the lock guards which.  What a job works on belongs to
 * the thread from dg_reporter_begin until dg_reporter_result said that it ended.
 */
#include "live/reporter.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum state {
	IDLE,
	AT_WORK,
	DONE, /* and its result was not taken yet */
};

struct dg_reporter {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum state state;
	bool is_ending;
	dg_job *job;
	void *context;
	int result;
};

static void *
work(void *argument)
{
	struct dg_reporter *r = argument;

	pthread_mutex_lock(&r->lock);
	while (true) {
		int result;

		while (r->state != AT_WORK && !r->is_ending)
			pthread_cond_wait(&r->changed, &r->lock);
		if (r->state != AT_WORK)
			break;
		pthread_mutex_unlock(&r->lock);
		result = r->job(r->context);
		pthread_mutex_lock(&r->lock);
		r->result = result;
		r->state = DONE;
		pthread_cond_broadcast(&r->changed);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

int
dg_reporter_new(struct dg_reporter **out)
{
	struct dg_reporter *r = calloc(1, sizeof *r);
	sigset_t all, before;
	int error;

	if (r == NULL)
		return ENOMEM;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	/* A thread has the mask of the one that makes it. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&r->thread, NULL, work, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0) {
		pthread_cond_destroy(&r->changed);
		pthread_mutex_destroy(&r->lock);
		free(r);
		return error;
	}
	*out = r;
	return 0;
}

void
dg_reporter_free(struct dg_reporter *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->is_ending = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

bool
dg_reporter_begin(struct dg_reporter *r, dg_job *job, void *context)
{
	bool is_free;

	pthread_mutex_lock(&r->lock);
	is_free = r->state == IDLE;
	if (is_free) {
		r->job = job;
		r->context = context;
		r->state = AT_WORK;
		pthread_cond_broadcast(&r->changed);
	}
	pthread_mutex_unlock(&r->lock);
	return is_free;
}

bool
dg_reporter_result(struct dg_reporter *r, bool is_waiting, int *result)
{
	bool is_over;

	pthread_mutex_lock(&r->lock);
	while (is_waiting && r->state == AT_WORK)
		pthread_cond_wait(&r->changed, &r->lock);
	is_over = r->state != AT_WORK;
	*result = r->state == DONE ? r->result : 0;
	if (is_over)
		r->state = IDLE;
	pthread_mutex_unlock(&r->lock);
	return is_over;
}

bool
dg_reporter_is_busy(struct dg_reporter *r)
{
	bool is_busy;

	pthread_mutex_lock(&r->lock);
	is_busy = r->state != IDLE;
	pthread_mutex_unlock(&r->lock);
	return is_busy;
}
