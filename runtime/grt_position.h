/* grt_position.h -- what position.c offers checkpoint.c. */
#ifndef GRT_POSITION_H
#define GRT_POSITION_H

#include "grt_safetensors.h"
#include "grt_trainer.h"

typedef struct GrtPositionText { /* metadata under construction */
    GrtMeta *metas;
    int count;
    bool failed;
} GrtPositionText;

/* All that a run needs beside its tensors; false if memory is short.  To be freed in either case.
 */
bool grt_position_write(GrtPositionText *text, const GrtInstance *instance);
void grt_position_free(GrtPositionText *text);

/* The position of a run of this very model into *at; else 1 with error. */
int grt_position_read(const GrtInstance *instance, const GrtTensorFile *file, const char *path,
                      GrtPosition *at, GrtError *error);
/* After grt_position_read: the sums of the epoch's report. */
void grt_position_shown(GrtInstance *instance, const GrtTensorFile *file);
/* Of any checkpoint: its seed and how far its run had come, if it tells; its options, but for those
 * that `given` marks. */
void grt_position_reached(GrtPosition *at, const GrtTensorFile *file);
void grt_position_options(GrtInstance *instance, const GrtTensorFile *file, const bool *given);

#endif
