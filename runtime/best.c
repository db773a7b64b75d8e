/* best.c -- the best result of a run: which epoch had it, where it is kept, when to stop waiting.
 *
 * A model with `monitor` or `patience` keeps the checkpoint of its best epoch as
 * NAME-best.safetensors beside the last one; eval and predict read that.  What is compared is a
 * value of the evaluation; without either it is the validation loss, else the training loss, and
 * only reported. */
#include <stdlib.h>
#include <string.h>

#include "grt_trainer.h"

char *grt_best_path(const char *save_path)
{
    static const char suffix[] = ".safetensors", best[] = "-best.safetensors";
    const size_t length = strlen(save_path), end = sizeof suffix - 1;
    const bool ends = length > end && strcmp(save_path + length - end, suffix) == 0;
    char *base = strdup(save_path);
    if (!base)
        return NULL;
    if (ends)
        base[length - end] = '\0';
    char *path = grt_path_for(base, best);
    free(base);
    return path;
}

const char *grt_best_name(const GrtModel *model)
{
    const GrtEntry *train = grt_entry_find(model, GRT_TRAIN, 0);
    if (model->monitor)
        return model->monitor;
    return train && train->loss ? train->loss : "loss";
}

/* Where the value is among the evaluation's; -1 if it isn't. */
static int best_index(const GrtModel *model)
{
    const GrtEntry *finish = grt_entry_find(model, GRT_FINISH, 0);
    for (int i = 0; model->monitor && finish && i < finish->value_count; i++)
        if (strcmp(finish->values[i].name, model->monitor) == 0)
            return i;
    return grt_loss_index(model);
}

bool grt_best_note(GrtInstance *instance, bool validated, double train_loss)
{
    const GrtModel *model = instance->model;
    GrtPosition *at = &instance->at;
    const double value = validated ? instance->metrics[best_index(model)] : train_loss;
    const bool better = model->monitor_max ? value > at->best : value < at->best;
    if (value != value || (at->best_epoch > 0 && !better))
        return false;
    at->best = value;
    at->best_epoch = at->epoch;
    return true;
}

bool grt_best_is_over(const GrtInstance *instance)
{
    const GrtPosition *at = &instance->at;
    return instance->model->patience > 0 && at->best_epoch > 0 &&
           at->epoch - 1 - at->best_epoch >= instance->model->patience;
}
