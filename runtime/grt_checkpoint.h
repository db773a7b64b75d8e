/* grt_checkpoint.h -- what checkpoint.c and checkpoint_load.c share.  Inside the runtime. */
#ifndef GRT_CHECKPOINT_H
#define GRT_CHECKPOINT_H

#include "grt_trainer.h"

/* Is it in checkpoints?  Of states that passes carry, those of the training. */
bool grt_checkpoint_keeps(const GrtVar *var);
/* Weights are what a model is; the rest is what its training needs to go on. */
bool grt_checkpoint_is_weight(const GrtVar *var);
/* Its name in the file. */
void grt_checkpoint_name(const GrtVar *var, char *name, size_t size);
/* The sizes of a variable as stored: a batch dimension is at its bound. */
void grt_checkpoint_dims(const GrtModel *model, const GrtVar *var, int64_t *dims);

#endif
