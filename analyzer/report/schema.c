/*
 * schema.c - the JSON Schema, carried inside the library.
 *
 * The Makefile turns report.schema.json into the list of bytes.
 */
#include "report/report.h"

const unsigned char dg_report_schema[] = {
#include "schema_bytes.h"
};

const size_t dg_report_schema_size = sizeof dg_report_schema;
