/* embedded.h -- the runtime's sources inside gradc, for --standalone.
 *
 * The arrays are made at build time: tools/embed.sh OUT.c embedded_runtime FILE... */
#ifndef GRADC_EMBEDDED_H
#define GRADC_EMBEDDED_H

extern const char *const embedded_runtime_names[]; /* "grt.h": base names */
extern const char *const embedded_runtime_texts[];
extern const int embedded_runtime_count;

#endif
