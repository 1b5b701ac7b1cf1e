/*
 * opts_check.c - what can be said of common options once all are known.
 */
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/key.h"
#include "cli/opts.h"
#include "cli/output.h"
#include "dnsgap/error.h"

unsigned
dg_options_places(const struct dg_options *o, struct dg_place places[DG_PLACES_MAX])
{
	unsigned count = 0;

	for (int form = 0; form < DG_FORM_COUNT; form++) {
		if (o->reports[form] != NULL)
			places[count++] = (struct dg_place){
			    dg_form_name((enum dg_form)form), o->reports[form]};
	}
	if (o->transactions != NULL)
		places[count++] = (struct dg_place){"transactions", o->transactions};
	return count;
}

bool
dg_places_are_apart(const struct dg_place *places, unsigned count)
{
	for (unsigned a = 0; a < count; a++) {
		for (unsigned b = a + 1; b < count; b++) {
			if (!dg_output_is_same(places[a].path, places[b].path))
				continue;
			dg_cli_complain(
			    "--%s and --%s both go to %s; name a file for one of them",
			    places[a].option, places[b].option,
			    dg_output_name_of(places[a].path));
			return false;
		}
	}
	return true;
}

bool
dg_is_same_file(const char *a, const char *b)
{
	struct stat of_a, of_b;

	return a != NULL && b != NULL && strcmp(a, "-") != 0 && strcmp(b, "-") != 0 &&
	    stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && S_ISREG(of_a.st_mode) &&
	    of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

bool
dg_options_is_key(const struct dg_options *o, const char *path)
{
	if (!dg_is_same_file(path, o->key_file))
		return false;
	dg_cli_complain("%s: is the key; it will not be replaced", path);
	return true;
}

static bool
set_keep(struct dnsgap_config *config, const struct dg_keep *keep)
{
	int error = keep->is_name ? dnsgap_config_keep_name(config, keep->value)
				  : dnsgap_config_keep_address(config, keep->value);

	if (error == DNSGAP_ENOMEM)
		dg_cli_complain("out of memory");
	else if (error != 0 && keep->is_name)
		dg_refuse("keep-name", keep->value,
		    "wanted: a name like example.com, and at most 64 of them");
	else if (error != 0)
		dg_refuse("keep", keep->value,
		    "wanted: an address or a prefix, as 10.0.0.2 or 2001:db8::/32, and at most "
		    "64 of them");
	return error == 0;
}

bool
dg_options_set_pseudonyms(const struct dg_options *o)
{
	if (!o->is_anonymised && o->keep_count > 0) {
		dg_cli_complain("--%s names what pseudonyms leave as it is; without "
				"--anonymize there are none",
		    o->keeps[0].is_name ? "keep-name" : "keep");
		return false;
	}
	if (!o->is_anonymised)
		return true;
	/* Read as a capture, its first bytes would be shown. */
	if (o->stray_key != NULL && o->stray_key[0] != '-' &&
	    dg_key_looks_like_one(o->stray_key)) {
		dg_cli_complain("%s: looks like a key and would be taken for something else; "
				"for the key: --anonymize=%s",
		    o->stray_key, o->stray_key);
		return false;
	}
	if (!dg_key_set(o->config, o->key_file))
		return false;
	for (size_t i = 0; i < o->keep_count; i++) {
		if (!set_keep(o->config, &o->keeps[i]))
			return false;
	}
	return true;
}

bool
dg_options_check(const struct dg_options *o)
{
	if (o->may_resolve && o->filter == NULL && !o->wants_help) {
		dg_cli_complain("--resolve-filter is about host names in a filter, and there "
				"is none");
		return false;
	}
	return o->hold == NULL ||
	    dnsgap_config_set_hold(o->config, dg_read_seconds(o->hold)) == 0 ||
	    dg_refuse("hold", o->hold, "wanted: seconds from the timeout to 86400");
}
