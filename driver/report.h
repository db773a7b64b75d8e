/* report.h -- what the driver says on stderr: as text for people, or as JSON for programs
 * (--diagnostics=json). */
#ifndef GRADC_REPORT_H
#define GRADC_REPORT_H

#include "support/diag.h"

/* From here on driver_fail and driver_show speak JSON. */
void driver_speak_json(bool json);

/* "gradc: ..."; returns status, so that `return driver_fail(...)` reads well. */
int driver_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "gradc: note: ...", for people alone. */
void driver_note(const char *text);

/* Shows what was collected, and forgets it. */
void driver_show(Diag *diag);

#endif
