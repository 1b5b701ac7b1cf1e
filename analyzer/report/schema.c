/*
 * schema.c - the JSON Schemas, carried inside the library.
 *
 * The Makefile turns each .schema.json into a list of bytes.
 */
#include "report/report.h"

const unsigned char dg_report_schema[] = {
#include "schema_bytes.h"
};

const size_t dg_report_schema_size = sizeof dg_report_schema;

const unsigned char dg_line_schema[] = {
#include "line_schema_bytes.h"
};

const size_t dg_line_schema_size = sizeof dg_line_schema;
