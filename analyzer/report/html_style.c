/*
 * html_style.c - the style of the HTML report.
 */
#include "report/html.h"

const unsigned char dg_html_style[] = {
#include "style_bytes.h"
};
const size_t dg_html_style_size = sizeof dg_html_style;

/* Made of the same bytes, when the program is built. */
const char dg_html_style_hash[] =
#include "style_hash.h"
    ;
