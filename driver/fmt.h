/* fmt.h -- `gradc fmt`: model files in the one style. */
#ifndef GRADC_DRIVER_FMT_H
#define GRADC_DRIVER_FMT_H

#include "driver/options.h"

/* Formats options->files in place, or says with --check which are not formatted; "-" is standard
 * input, to standard output.  An exit status: that of the worst file. */
int fmt_files(const Options *options);

#endif
