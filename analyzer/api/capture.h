#ifndef DG_API_CAPTURE_H
#define DG_API_CAPTURE_H

#include "base/fail.h"
#include "dnsgap/capture.h"
#include "source/live.h"

/*
 * capture.h - what a capture is made of.
 */

struct dnsgap_capture {
	char *names[DNSGAP_CAPTURE_INTERFACES];
	size_t count;
	char *filter; /* NULL: the default one */
	bool may_resolve;
	bool has_tunnels;
	char *ports;
	uint32_t snap_bytes;
	uint64_t ring_bytes;
	bool is_promiscuous;
	char *linktype;       /* NULL: as the interface has it */
	struct dg_live *live; /* once open */
	struct dg_live_devices *devices;
	dnsgap_tap *tap;
	void *tap_context;
	struct dg_fail fail;
};

#endif
