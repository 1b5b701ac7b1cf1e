/*
 * library.c - the libraries at work, as each tells its version at run time.
 */
#include "anonymise/suffix.h"
#include "api/inner.h"
#include "dnsgap/render.h"
#include "report/report.h"
#include "source/digest.h"
#include "source/raw.h"

static const char *
pcap_version(void)
{
	return dg_engine_library_version(DG_LIBRARY_PCAP);
}

static const char *
ldns_version(void)
{
	return dg_engine_library_version(DG_LIBRARY_LDNS);
}

static const struct {
	const char *name;
	const char *(*version)(void);
} libraries[] = {
    {"libpcap", pcap_version},
    {"ldns", ldns_version},
    {"jansson", dg_report_library_version},
    {"openssl", dg_digest_library_version},
    {"libarchive", dg_unpack_library_version},
    {"zlib", dg_gzip_library_version},
    {"libpsl", dg_suffix_library_version},
};

_Static_assert(sizeof libraries / sizeof *libraries <= DG_LIBRARIES_MAX, "room for all");

const char *
dnsgap_library(size_t n, const char **version)
{
	if (n >= sizeof libraries / sizeof *libraries)
		return NULL;
	*version = libraries[n].version();
	return libraries[n].name;
}
