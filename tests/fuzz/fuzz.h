/* fuzz.h -- what the fuzz targets share.
 *
 * A target is one function that takes any bytes; it must come back, without a finding of the
 * sanitizers, whatever they are.  Linked with libFuzzer (make fuzz) it is fed by coverage, with
 * driver.c by the corpus and simple mutations of it, where there is no clang. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The name of a file that holds these bytes, until the next call. */
const char *fuzz_file(const uint8_t *bytes, size_t size);

/* A copy with a NUL behind it, to be freed: of its own, so that a sanitizer sees who reads on. */
char *fuzz_text(const uint8_t *bytes, size_t size);

/* Ends the program with a message that names what does not hold. */
_Noreturn void fuzz_broken(const char *what);

#endif
