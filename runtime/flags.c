/* flags.c -- the table of the trainer's own options, and what each does with its value. */
#include "grt_flags.h"
#include "grt_trainer.h"

enum { FLAG_THREADS = 1024 };

static int flag_set_batch(const GrtModel *model, GrtSettings *settings, const char *value,
                          GrtError *error)
{
    if (!grt_read_integer(value, 1, INT64_MAX, &settings->batch))
        return grt_bad_value(error, "batch", value, "a number from 1 up");
    if (settings->batch > grt_bound(model))
        return grt_fail(error, 2,
                        "--batch %lld is above %lld, the 'batch' that %s was compiled with",
                        (long long)settings->batch, (long long)grt_bound(model), model->file);
    settings->batch_given = true;
    return 0;
}

static int flag_set_epochs(const GrtModel *model, GrtSettings *settings, const char *value,
                           GrtError *error)
{
    (void)model;
    if (!grt_read_integer(value, 0, 1000000000, &settings->epochs))
        return grt_bad_value(error, "epochs", value, "a number from 0 to 1000000000");
    settings->epochs_given = true;
    return 0;
}

static int flag_set_seed(const GrtModel *model, GrtSettings *settings, const char *value,
                         GrtError *error)
{
    (void)model;
    int64_t seed;
    if (!grt_read_integer(value, 0, INT64_MAX, &seed))
        return grt_bad_value(error, "seed", value, "a number from 0 to 2^63-1");
    settings->seed = (uint64_t)seed;
    settings->seed_given = true;
    return 0;
}

static int flag_set_threads(const GrtModel *model, GrtSettings *settings, const char *value,
                            GrtError *error)
{
    int64_t threads;
    if (!grt_read_integer(value, 1, FLAG_THREADS, &threads))
        return grt_bad_value(error, "threads", value, "a number from 1 to 1024");
    if (threads > 1 && !model->threads)
        return grt_fail(error, 2, "--threads %lld: this program was built without threads",
                        (long long)threads);
    settings->threads = (int)threads;
    return 0;
}

static int flag_set_no_graph(const GrtModel *model, GrtSettings *settings, const char *value,
                             GrtError *error)
{
    (void)value;
    if (!model->device)
        return grt_fail(error, 2, "--no-graph is for programs that run on a GPU");
    settings->no_graph = true;
    return 0;
}

static int flag_set_entries(const GrtModel *model, GrtSettings *settings, const char *value,
                            GrtError *error)
{
    (void)model;
    if (!grt_read_integer(value, 1, INT64_MAX, &settings->entries))
        return grt_bad_value(error, "entries", value, "a number from 1 up");
    return 0;
}

static int flag_set_steps(const GrtModel *model, GrtSettings *settings, const char *value,
                          GrtError *error)
{
    (void)model;
    if (!grt_read_integer(value, 1, INT64_MAX, &settings->steps))
        return grt_bad_value(error, "steps", value, "a number from 1 up");
    return 0;
}

static int flag_set_file(const char **path, const char *flag, const char *value, GrtError *error)
{
    if (!*value)
        return grt_bad_value(error, flag, value, "the name of a file");
    *path = value;
    return 0;
}

static int flag_set_load(const GrtModel *model, GrtSettings *settings, const char *value,
                         GrtError *error)
{
    (void)model;
    settings->load_partial = false;
    return flag_set_file(&settings->load, "load", value, error);
}

static int flag_set_load_partial(const GrtModel *model, GrtSettings *settings, const char *value,
                                 GrtError *error)
{
    (void)model;
    settings->load_partial = true;
    return flag_set_file(&settings->load, "load-partial", value, error);
}

static int flag_set_save(const GrtModel *model, GrtSettings *settings, const char *value,
                         GrtError *error)
{
    (void)model;
    return flag_set_file(&settings->save, "save", value, error);
}

static int flag_set_log(const GrtModel *model, GrtSettings *settings, const char *value,
                        GrtError *error)
{
    (void)model;
    return flag_set_file(&settings->log, "log", value, error);
}

static int flag_set_tensorboard(const GrtModel *model, GrtSettings *settings, const char *value,
                                GrtError *error)
{
    (void)model;
    if (!*value)
        return grt_bad_value(error, "tensorboard", value, "the name of a folder");
    settings->tensorboard = value;
    return 0;
}

static int flag_set_prompt(const GrtModel *model, GrtSettings *settings, const char *value,
                           GrtError *error)
{
    (void)model;
    (void)error;
    settings->prompt = value;
    return 0;
}

static int flag_set_prompt_file(const GrtModel *model, GrtSettings *settings, const char *value,
                                GrtError *error)
{
    (void)model;
    return flag_set_file(&settings->prompt_file, "prompt-file", value, error);
}

static int flag_set_length(const GrtModel *model, GrtSettings *settings, const char *value,
                           GrtError *error)
{
    (void)model;
    if (!grt_read_integer(value, 1, 1 << 30, &settings->length))
        return grt_bad_value(error, "length", value, "a number from 1 to 2^30");
    return 0;
}

static int flag_set_samples(const GrtModel *model, GrtSettings *settings, const char *value,
                            GrtError *error)
{
    (void)model;
    if (!grt_read_integer(value, 1, 1 << 30, &settings->samples))
        return grt_bad_value(error, "samples", value, "a number from 1 to 2^30");
    return 0;
}

static int flag_set_split(const GrtModel *model, GrtSettings *settings, const char *value,
                          GrtError *error)
{
    (void)model;
    (void)error;
    settings->split = value;
    return 0;
}

static int flag_set_profile(const GrtModel *model, GrtSettings *settings, const char *value,
                            GrtError *error)
{
    (void)model;
    settings->profile = true;
    return value ? flag_set_file(&settings->profile_path, "profile", value, error) : 0;
}

/* Flags without a value. */
#define FLAG_SWITCH(name)                                                                       \
    static int flag_set_##name(const GrtModel *model, GrtSettings *settings, const char *value, \
                               GrtError *error)                                                 \
    {                                                                                           \
        (void)model;                                                                            \
        (void)value;                                                                            \
        (void)error;                                                                            \
        settings->name = true;                                                                  \
        return 0;                                                                               \
    }

FLAG_SWITCH(resume)
FLAG_SWITCH(quiet)
FLAG_SWITCH(all)
FLAG_SWITCH(no_save)
FLAG_SWITCH(no_log)
FLAG_SWITCH(keep_denormals)

/* clang-format off */
const GrtFlag grt_flags[] = {
    {"epochs",  "N",    "train: passes over the training data",                 flag_set_epochs, GRT_FLAG_ALL},
    {"batch",   "N",    "samples in a step",                                    flag_set_batch, GRT_FLAG_ALL},
    {"seed",    "N",    "of initial values, order of samples and random draws", flag_set_seed, GRT_FLAG_ALL},
    {"threads", "N",    "at most this many",                                    flag_set_threads, GRT_FLAG_HOST},
    {"load",    "FILE", "start from the weights in a safetensors file",         flag_set_load, GRT_FLAG_ALL},
    {"load-partial", "FILE", "the same, of a file that has others, too; train: or lacks some", flag_set_load_partial, GRT_FLAG_ALL},
    {"resume",  NULL,   "train: go on with the run that the checkpoint is of",  flag_set_resume, GRT_FLAG_ALL},
    {"save",    "FILE", "train: where the checkpoint goes",                     flag_set_save, GRT_FLAG_ALL},
    {"no-save", NULL,   "train: write no checkpoint",                           flag_set_no_save, GRT_FLAG_ALL},
    {"log",     "FILE", "train: where the log goes; the curve goes beside it",  flag_set_log, GRT_FLAG_ALL},
    {"no-log",  NULL,   "train: write neither log nor curve",                   flag_set_no_log, GRT_FLAG_ALL},
    {"tensorboard", "DIR", "train: events for TensorBoard, in a new file there", flag_set_tensorboard, GRT_FLAG_ALL},
    {"keep-denormals", NULL, "train: don't take numbers below 1.2e-38 for 0", flag_set_keep_denormals, GRT_FLAG_HOST},
    {"no-graph", NULL,  "on a GPU: launch kernels one by one, and wait",        flag_set_no_graph, GRT_FLAG_DEVICE},
    {"split",   "NAME", "eval: only this one",                                  flag_set_split, GRT_FLAG_ALL},
    {"entries", "N",    "check: of each parameter (20)",                        flag_set_entries, GRT_FLAG_ALL},
    {"all",     NULL,   "check: every entry of every parameter",                flag_set_all, GRT_FLAG_ALL},
    {"steps",   "N",    "bench: so many (as many as take a second)",            flag_set_steps, GRT_FLAG_ALL},
    {"profile", "[FILE]", "how long each kernel took, beside what it had to do; or as CSV", flag_set_profile, GRT_FLAG_ALL},
    {"prompt",  "TEXT", "generate: what the text begins with",                  flag_set_prompt, GRT_FLAG_GENERATE},
    {"prompt-file", "FILE", "generate: a file with it",                         flag_set_prompt_file, GRT_FLAG_GENERATE},
    {"length",  "N",    "generate: so many tokens behind it",                   flag_set_length, GRT_FLAG_GENERATE},
    {"samples", "N",    "generate: so many texts (1)",                          flag_set_samples, GRT_FLAG_GENERATE},
    {"quiet",   NULL,   "say nothing but results and errors",                   flag_set_quiet, GRT_FLAG_ALL},
};
/* clang-format on */
const int grt_flag_count = (int)(sizeof grt_flags / sizeof grt_flags[0]);

bool grt_flag_is_for(const GrtFlag *flag, const GrtModel *model)
{
    switch (flag->programs) {
    case GRT_FLAG_DEVICE:
        return model->device != NULL;
    case GRT_FLAG_GENERATE:
        return model->generate != NULL;
    default:
        return true;
    }
}
