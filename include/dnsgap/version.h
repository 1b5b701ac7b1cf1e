#ifndef DNSGAP_VERSION_H
#define DNSGAP_VERSION_H

#define DNSGAP_VERSION "0.1.0"

/* Marks what the shared library shows. */
#define DNSGAP_API __attribute__((visibility("default")))

/* The version of the library that is linked; static. */
DNSGAP_API const char *dnsgap_version(void);

#endif
