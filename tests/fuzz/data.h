/* data.h -- what the targets of data files share. */
#ifndef FUZZ_DATA_H
#define FUZZ_DATA_H

#include "runtime/grt_data.h"
#include "tests/fuzz/fuzz.h"

#ifdef FUZZ_HAVE_ZLIB
#define FUZZ_GZIP (&grt_gzip)
#else
#define FUZZ_GZIP NULL
#endif

/* Takes what a reader gave: an array is looked at, to its last element, and freed. */
static inline void fuzz_array(int status, GrtArray *array)
{
    if (status != 0)
        return;
    double sum = 0;
    int64_t count = 1;
    for (int i = 0; i < array->rank; i++)
        count *= array->dims[i];
    if (count != array->count)
        fuzz_broken("an array's size is not that of its shape");
    for (int64_t i = 0; i < array->count; i++)
        sum += grt_array_get(array, i);
    if (sum == 12345.678)
        fuzz_broken("this only keeps the loop");
    grt_array_free(array);
}

#endif
