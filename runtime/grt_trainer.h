/* grt_trainer.h -- the parts of a trainer, and what they hand each other.
 *
 *     cli.c           grt_main: a command word -> a command -> an exit status
 *     settings.c      arguments -> GrtSettings            help.c      --help, from the model
 *     session.c       instance, data and weights of a command
 *     train.c         the loop over epochs               evaluate.c  metrics of a split
 *     train_begin.c   weights, data and files before it   train_steps.c   its steps, queued or
 * waited for bench.c         how fast steps are predict.c       .npy in, .npy out check.c gradients
 * and differences info.c          what the program is                 show.c      tensors as text
 *     report.c        what is shown after each epoch      image.c     tensors as pictures
 *     instance.c      memory, and the running of entries  api.c       the C API of grt.h
 *     trace.c         the first value that is a NaN       convert.c   elements of any dtype
 *     checkpoint.c, checkpoint_load.c, position.c, safetensors*.c, atomic.c, json.c    weights and
 * position in a file step.c          a training step, of one batch or several queue.c         those
 * that a device is given and that are not waited for generate.c      text, token by token prompt.c
 * tokens as text stream.c        states that are carried from batch to batch batch.c         the
 * order of samples, and batches of them best.c          the best result, early stopping progress.c,
 * curve.c, series.c, svg.c, svg_curve.c, fit.c, tensorboard.c    what the user sees signals.c
 * Ctrl-C                             cpu.c       the processor profile.c       times of kernels
 * peak.c      what the machine can do
 *
 * Inside the runtime; generated programs don't include it. */
#ifndef GRT_TRAINER_H
#define GRT_TRAINER_H

#include <stdbool.h>
#include <stdio.h>

#include "grt.h"
#include "grt_checked.h"
#include "grt_data.h"
#include "grt_denormals.h"

/* ---- settings: the command line, once it has been checked ---- */

typedef struct GrtBinding { /* --in.image FILE */
    const char *name, *path;
} GrtBinding;

typedef struct GrtSettings {
    const char *program; /* argv[0], for messages that name a command to type */
    char **arguments;    /* as given, behind the command word */
    int argument_count;
    int64_t batch, epochs;
    uint64_t seed;
    int threads;     /* 0: as many as OpenMP likes */
    double *options; /* in the order of GrtModel.options */
    bool *option_given;
    bool batch_given, epochs_given, seed_given;
    bool profile;             /* time the kernels */
    const char *profile_path; /* of a CSV file; NULL: to stderr */
    bool load_partial;        /* settings.load may lack some weights */
    bool resume, quiet, all, no_save, no_log, keep_denormals, no_graph;
    int64_t entries; /* check: of each parameter */
    int64_t steps;   /* bench: 0: as many as take a second */
    const char *load, *save, *log, *split, *tensorboard;
    const char *prompt, *prompt_file; /* generate: NULL: not given */
    int64_t length, samples;          /* generate: tokens to make, of so many texts */
    GrtOverride *overrides;
    GrtBinding *ins, *outs;
    int override_count, in_count, out_count;
} GrtSettings;

/* Reads the arguments behind the command word.  0, or 2 with error set. */
int grt_settings_read(const GrtModel *model, int argc, char **argv, GrtSettings *settings,
                      GrtError *error);
void grt_settings_free(GrtSettings *settings);
void grt_help_print(const GrtModel *model, const char *program, FILE *out);
/* The candidate nearest to name in spelling, or NULL: for "did you mean". */
const char *grt_nearest(const char *name, const char *const *candidates, int count);

/* ---- instance: the memory of one trainer ---- */

typedef struct GrtPosition { /* all that a resumed run needs beside the variables */
    uint64_t seed;
    int64_t batch, epochs;
    int64_t step;       /* batches done */
    int64_t epoch;      /* the one being trained, from 1 */
    int64_t cursor;     /* its samples that are done */
    double best;        /* the monitored value, else validation (else training) loss, so far */
    int64_t best_epoch; /* 0: none yet */
    uint64_t data_hash;
} GrtPosition;

typedef struct GrtShown { /* a number of the training steps: a loss, the norm of gradients */
    const char *name;     /* "loss", or of several steps "d_loss" and "d_loss.grad_norm" */
    char *joined;         /* its memory, where it has some */
    int value;            /* which value of its block's TRAIN entry, or of its UPDATE entry */
    double last;
    bool there;      /* the last batch had it: its step's turn it was */
    double sum;      /* over the epoch's samples, of the steps that had it */
    int64_t samples; /* those */
} GrtShown;

typedef struct GrtBlock { /* a step block of the model, with what it shows */
    const GrtEntry *train;
    const GrtEntry *update; /* NULL: its TRAIN entry updates */
    int64_t every;          /* it runs in each so many'th step; at least 1 */
    int first_shown, shown_count;
} GrtBlock;

typedef struct GrtBatch { /* where the samples of a step come from */
    int64_t samples;      /* of the whole step: one batch, or several micro-batches */
    int64_t steps_per_epoch;
    /* Makes samples [first, first + count) of the step the inputs; the counters are set. */
    int (*load)(GrtInstance *instance, int64_t first, int64_t count, void *user, GrtError *error);
    void *user;
} GrtBatch;

typedef struct GrtPart {   /* a routine of a training step: step.c */
    const GrtBlock *block; /* NULL: behind all blocks, the averages */
    const GrtEntry *entry; /* NULL: before the first part of a step */
    int64_t first, count;  /* of the step's samples; of UPDATE and AVERAGE: all */
    bool begins, ends;     /* its block */
} GrtPart;

typedef struct GrtLoaded { /* the samples of a step that the inputs hold; count 0: none */
    int64_t first, count;
} GrtLoaded;

enum { GRT_QUEUE = 16 };

typedef struct GrtQueue { /* training steps that a device has been given, and that aren't done */
    int count;
    int64_t first;           /* the oldest's place in the ring: */
    int64_t each[GRT_QUEUE]; /* their samples */
    int64_t samples;         /* all of theirs */
    bool cut;                /* of the last, not all parts could be queued */
} GrtQueue;

struct GrtInstance {
    const GrtModel *model;
    unsigned char *vars, *work;
    int slot_count; /* of run.inputs */
    void **slots;   /* what run.inputs points to */
    void **buffers; /* one per slot, at the batch bound; NULL in an embedded trainer */
    void **starts;  /* one per slot: an embedded trainer's tensors of the whole step, or NULL */
    double *options;
    bool *option_set;  /* by grt_set_option: a checkpoint's value doesn't replace it */
    double *metrics;   /* the values of the last evaluation, as the FINISH entry lists them */
    int64_t evaluated; /* its samples */
    GrtShown *shown;   /* of the training steps, in order; the first is the first step's loss */
    int shown_count;
    GrtBlock *blocks; /* in the order of the model's entries */
    int block_count;
    const GrtEntry *average;          /* behind all blocks; or NULL */
    GrtPass pass;                     /* whose stream states lie among the variables */
    unsigned char *aside[GRT_PASSES]; /* those of the others, or NULL: stream.c */
    bool averaged;       /* parameters and their moving averages have changed places: see below */
    bool keep_denormals; /* in training steps, too */
    GrtQueue queue;
    int64_t passed; /* parts of the next step that are done already: it goes on behind them */
    GrtPosition at;
    GrtRun run;
    GrtError error; /* of the last grt_* call of grt.h */
};

/* Memory for everything, allocated here and never again; parameters are zero.  NULL with error. */
GrtInstance *grt_instance_new(const GrtModel *model, bool with_buffers, GrtError *error);
/* Before the host reads instance->vars, and when it has written there: they may lie on a device,
 * too. */
void grt_variables_read(GrtInstance *instance);
void grt_variables_changed(GrtInstance *instance);
/* Parameters and states as INIT makes them from the seed; the position at the start. */
int grt_instance_init(GrtInstance *instance, uint64_t seed, GrtError *error);
/* Sets the counters and the random stream for a batch of this many samples. */
void grt_instance_counters(GrtInstance *instance, int64_t batch, int64_t steps_per_epoch);
/* Runs every part of a step that isn't done, and puts its numbers into `shown`.  4 with error set
 * naming the first value that isn't finite, if a loss isn't. */
int grt_instance_step(GrtInstance *instance, const GrtBatch *batch, GrtError *error);
/* What queue.c shares with it.  The part behind this one in a step of so many samples; false: there
 * is none. */
bool grt_step_next(const GrtInstance *instance, int64_t samples, GrtPart *part);
/* Before a step; and before a part: its samples are there, the counters are set.  0 or a status. */
void grt_step_enter(GrtInstance *instance);
int grt_step_prepare(GrtInstance *instance, const GrtBatch *batch, const GrtPart *part,
                     GrtLoaded *loaded, GrtError *error);
/* What was shown of the step before; does the part show its entry's values; one of them. */
void grt_step_forget(GrtInstance *instance);
bool grt_step_shows(const GrtPart *part);
void grt_step_show(GrtInstance *instance, const GrtPart *part, int number, const void *data,
                   int64_t samples);
/* queue.c: steps that are not waited for: how many may be on their way (0: none are, on this device
 * or in this run); one more, of so many samples behind those, 0 or 3; and the oldest of them, as
 * grt_instance_step would have left it: 0, 3, or 1 where it went wrong or could not be queued to
 * its end (queue.cut): nothing is on its way any more then, and grt_instance_step goes on with it.
 */
int grt_step_queue_most(const GrtInstance *instance);
int grt_step_queue(GrtInstance *instance, const GrtBatch *batch, GrtError *error);
int grt_step_collect(GrtInstance *instance, GrtError *error);
/* Around training steps: how this thread, and those that help it, take denormals. */
GrtFloatMode grt_training_begin(GrtInstance *instance);
void grt_training_end(GrtInstance *instance, GrtFloatMode before);
/* The most samples that a step takes. */
int64_t grt_step_samples(const GrtModel *model, int64_t batch);
/* Lets the moving averages of parameters, where the model keeps some, stand in the parameters'
 * place (for evaluation and prediction), or lets them be themselves again (to train and to save).
 */
void grt_instance_average(GrtInstance *instance, bool on);
int grt_instance_zero_scratch(GrtInstance *instance, GrtError *error);

/* NULL if the option may have this value, else what it must be: "a number above 0". */
const char *grt_option_range(const GrtOption *option, double value);
const GrtEntry *grt_entry_find(const GrtModel *model, GrtEntryKind kind, int step);
int grt_input_find(const GrtModel *model, const char *name);       /* index into vars, or -1 */
int64_t grt_input_bytes(const GrtModel *model, const GrtVar *var); /* at the bound */
int64_t grt_bound(const GrtModel *model); /* batch_bound, 1 where nothing has a batch dimension */
/* Zeroed memory aligned to 64 bytes, to be freed by free(); NULL with error naming `what`. */
void *grt_memory(int64_t bytes, const char *what, GrtError *error);
/* One element of any dtype as a double. */
double grt_element(GrtDType dtype, const void *data, int64_t index);
/* Stores it if it fits: false for a fraction or an overflow in an integer. */
bool grt_element_put(GrtDType dtype, void *data, int64_t index, double value);
bool grt_dtype_is_float(GrtDType dtype);
/* The place of one tensor with a batch dimension, row by row: a tensor of `outer` runs, each of
 * `run` elements for the samples present, `stride` apart because storage is at the bound. */
typedef struct GrtLayout {
    int64_t outer, run, stride;
} GrtLayout;
GrtLayout grt_layout(const GrtModel *model, const GrtType *type, int64_t batch);
/* The first element that isn't finite, or -1. */
int64_t grt_find_nonfinite(const GrtModel *model, const GrtType *type, int64_t batch,
                           const void *data);
/* Looks for the first parameter that isn't finite; NULL if all are. */
const GrtVar *grt_nonfinite_var(GrtInstance *instance);
/* ---- stream.c: states that are carried from batch to batch ---- */

int grt_streams_open(GrtInstance *instance, GrtError *error); /* room to put them aside */
void grt_streams_close(GrtInstance *instance);
bool grt_pass_has_streams(const GrtModel *model, GrtPass pass);
/* Does training or evaluation carry some?  Then samples are taken in lanes, also by the other. */
bool grt_in_lanes(const GrtModel *model);
/* The pass's states lie among the variables from here on: as it left them, or with their first
 * values.  0 or a status. */
void grt_pass_enter(GrtInstance *instance, GrtPass pass);
int grt_pass_begin(GrtInstance *instance, GrtPass pass, GrtError *error);
/* The order in which a pass takes the samples of a split; how many they are: all, or those that
 * fill `batch` lanes of one length.  A training has others in each epoch; evaluation is epoch 0. */
int64_t grt_pass_order(const GrtInstance *instance, GrtDataset *data, int64_t batch, int shuffle,
                       int64_t epoch);

/* Where the model runs on a device: memory there for a run (0, or 3 with error), and its end.
 * inputs: 0: none are read; 8: their floats are f64, as in the gradient check; else 1. */
int grt_run_open(const GrtModel *model, GrtRun *run, int64_t vars_bytes, int64_t work_bytes,
                 int inputs, GrtError *error);
void grt_run_close(const GrtModel *model, GrtRun *run);
/* 3 with error where something on the device has failed. */
int grt_run_status(const GrtModel *model, const GrtRun *run, GrtError *error);
int grt_device_status(const GrtInstance *instance, GrtError *error);
/* Runs an entry: 0; 4 where a value is not finite, which is for the caller to explain; 1 where an
 * index is out of range, and 3 where the device failed, explained in error. */
int grt_entry_run(const GrtModel *model, const GrtEntry *entry, GrtRun *run, GrtError *error);
/* The same on the instance's batch and variables, explained whatever is wrong. */
int grt_instance_run(GrtInstance *instance, const GrtEntry *entry, GrtError *error);
/* After an entry ended with 4: says in error where it began.  Returns 4. */
int grt_trace_nonfinite(GrtInstance *instance, const GrtEntry *entry, GrtError *error);

/* ---- files ---- */

typedef struct GrtAtomic { /* a file under construction beside the one it will replace */
    FILE *out;
    char *path, *temporary;
} GrtAtomic;

int grt_atomic_open(GrtAtomic *file, const char *path, GrtError *error);
/* Synced and renamed into place, or removed with the old file left as it was. */
int grt_atomic_commit(GrtAtomic *file, GrtError *error);
void grt_atomic_abort(GrtAtomic *file);
/* True if nothing is lost by replacing path: it isn't there, is empty, or has the mark that all
 * files of its kind made here have at this offset. */
bool grt_file_is_ours(const char *path, long offset, const char *mark);
/* Finds out before training whether path can be written; removes temporaries of dead processes. */
int grt_atomic_probe(const char *path, GrtError *error);

/* Parameters, states and position.  Refuses (4) to write what isn't finite. */
int grt_checkpoint_save(GrtInstance *instance, const char *path, GrtError *error);
typedef enum GrtLoadMode {
    GRT_LOAD_WEIGHTS, /* parameters and states by name, from any safetensors file */
    GRT_LOAD_TRAINED, /* those, and the seed and options of the run that made them, if it says so */
    GRT_LOAD_RESUME,  /* everything, from a checkpoint of this very model */
    GRT_LOAD_PARTIAL  /* as GRT_LOAD_WEIGHTS, but of those there are */
} GrtLoadMode;
/* All or nothing: on failure the instance is as it was.  Options that `given` marks are kept. */
int grt_checkpoint_load(GrtInstance *instance, const char *path, GrtLoadMode mode,
                        const bool *given, GrtError *error);
typedef struct GrtPartial { /* what a file had of the weights */
    int wanted, taken;
    char missing[400], unknown[400]; /* names: "a.weight, a.bias and 3 more" */
} GrtPartial;
/* The weights that the file has; the others stay as they are.  A shape that differs is an error,
 * as is a file that has none of them. */
int grt_checkpoint_load_partial(GrtInstance *instance, const char *path, GrtPartial *partial,
                                GrtError *error);
/* Refuses to replace a file that no trainer of gradc wrote. */
int grt_checkpoint_guard(const char *path, GrtError *error);

/* ---- what the user sees ---- */

enum { GRT_SERIES_POINTS = 1024 };

typedef struct GrtSeries { /* a curve of any length in constant memory: neighbours are averaged */
    double x[GRT_SERIES_POINTS], y[GRT_SERIES_POINTS];
    int count;
    int64_t stride, pending; /* points per kept one; and gathered for the next */
    double x_sum, y_sum;
} GrtSeries;

void grt_series_add(GrtSeries *series, double x, double y);

typedef struct GrtLine { /* what the picture shows: a loss, or a learning rate */
    const char *name;
    bool rate;
    GrtSeries train, valid;
} GrtLine;

typedef struct GrtBoard GrtBoard; /* a folder for TensorBoard: tensorboard.c */

typedef struct GrtCurve {
    char *log_path; /* "digits.csv"; NULL: no log */
    char *svg_path;
    FILE *log;
    bool failed;    /* a write failed; it was said once */
    GrtLine *lines; /* in the order of GrtInstance.shown */
    int line_count;
    GrtBoard *board; /* or NULL */
    int64_t steps;   /* of this run */
    double started;  /* on the clock of grt_seconds */
} GrtCurve;

/* Starts the log, or goes on with one behind row `at->step`.  0 or a status. */
int grt_curve_open(GrtCurve *curve, const GrtInstance *instance, const GrtSettings *settings,
                   GrtError *error);
/* A row with the numbers of the last step. */
void grt_curve_step(GrtCurve *curve, const GrtInstance *instance);
/* A row with the metrics of the last evaluation. */
void grt_curve_split(GrtCurve *curve, const GrtInstance *instance, const char *split);
/* What is seen once an epoch: histograms. */
void grt_curve_epoch(GrtCurve *curve, GrtInstance *instance);
void grt_curve_flush(GrtCurve *curve);
void grt_curve_close(GrtCurve *curve);

/* A new file of events in the folder, which is made if need be.  NULL with error. */
GrtBoard *grt_board_open(const char *folder, GrtError *error);
/* Scalars of the last step, of the last evaluation, and histograms of the parameters; all take
 * NULL for a run without TensorBoard. */
void grt_board_step(GrtBoard *board, const GrtInstance *instance);
void grt_board_split(GrtBoard *board, const GrtInstance *instance, const char *split);
void grt_board_epoch(GrtBoard *board, GrtInstance *instance);
void grt_board_flush(GrtBoard *board);
void grt_board_close(GrtBoard *board);

/* Is there a point to draw?  The curves of the losses and of rates that change; and, for a model
 * from one number to one number, its data and fitted line. */
bool grt_svg_has_curve(const GrtCurve *curve);
int grt_svg_curve(const GrtCurve *curve, const GrtModel *model, GrtError *error);
typedef struct GrtFit {
    const char *x_name, *y_name;
    const double *x, *y; /* the data */
    int64_t count;
    const double *line_x, *line_y; /* the model */
    int64_t line_count;
} GrtFit;
int grt_svg_fit(const GrtFit *fit, const GrtModel *model, const char *path, GrtError *error);

typedef struct GrtProgress {
    bool bar; /* stdout is a terminal */
    bool drawn;
    double started, drawn_at, looked_at;
    int64_t samples;    /* since started */
    int64_t look, idle; /* the clock is looked at every `look` steps; those since */
} GrtProgress;

void grt_progress_begin(GrtProgress *progress, bool quiet);
void grt_progress_step(GrtProgress *progress, const GrtInstance *instance, int64_t epoch_samples,
                       int64_t batch);
void grt_progress_clear(GrtProgress *progress); /* before a line of text */
double grt_seconds(void);                       /* of a clock that only goes forward */

/* "loss 0.1  grad_norm 2.5": means over the epoch so far, `most` of them. */
void grt_shown_print(const GrtInstance *instance, int most, char *text, size_t size);
/* " loss 0.1 accuracy 0.97": the metrics of the last evaluation, each with `before` before it. */
void grt_metrics_print(const GrtInstance *instance, const char *before, FILE *out);
/* Metrics that are tensors, such as a confusion matrix, each on lines of its own: they have no
 * column in the log.  To be called before work is used again. */
void grt_metrics_print_tensors(const GrtInstance *instance, FILE *out);
/* " (297 samples)": of the last evaluation, which was of this split. */
void grt_metrics_print_samples(const GrtInstance *instance, const GrtDataset *data, FILE *out);
bool grt_metric_is_number(const GrtValue *metric);
/* A tensor as PyTorch lays it out, `indent` blanks before each line but the first. */
/* Reads what load(...) names into the instance's variables. */
int grt_load_files(GrtInstance *instance, GrtError *error);
/* What `save` writes, from the values of the print or the report entry, which has just been run;
 * and the checksum of a zip's members. */
int grt_save_arrays(const GrtInstance *instance, const GrtEntry *entry, GrtError *error);
uint32_t grt_crc32(const void *bytes, size_t size);
extern const GrtStyle grt_style_default;
/* indent: the column where it begins, for the lines below the first. */
void grt_show_tensor(const GrtType *type, const void *data, const GrtStyle *style, int indent,
                     FILE *out);
/* "f32[batch, 64]" */
void grt_type_text(const GrtType *type, char *text, size_t size);
/* Runs the PRINT entry, if there is one, and shows its values. */
int grt_show_prints(GrtInstance *instance, FILE *out, GrtError *error);
/* What `print` shows of the values of the PRINT or the REPORT entry (NULL: the texts of a program
 * that prints nothing else), which has just been run; each line behind the margin. */
int grt_show_items(const GrtInstance *instance, const GrtEntry *entry, const char *margin,
                   FILE *out, GrtError *error);

/* ---- image.c, png.c ---- */

bool grt_image_is(const char *path); /* by its ending: .png */
/* 2 with error set, if another program's file would be lost. */
int grt_image_guard(const char *path, GrtError *error);
/* Writes a tensor as a picture; samples: its first axis is that of samples, whatever its size. */
int grt_image_save(const GrtModel *model, const GrtArray *array, bool samples, const char *path,
                   GrtError *error);

/* ---- cpu.c: the processor ---- */

/* What it lacks of GRT_CPU_...: "avx2"; NULL if it has all. */
const char *grt_cpu_lacks(int needs);
/* The kind of processor that has them: "x86-64-v3". */
const char *grt_cpu_level(int needs);

/* ---- profile.c, peak.c: how long each kernel takes ---- */

typedef struct GrtProfile GrtProfile;
/* Times of all entries of the model, to be hung in run->profile; NULL with error. */
GrtProfile *grt_profile_new(const GrtModel *model, GrtError *error);
void grt_profile_free(GrtProfile *profile);
/* Around a run of an entry, where run->profile is not NULL. */
void grt_profile_start(GrtRun *run, const GrtEntry *entry);
void grt_profile_stop(GrtRun *run);
/* The tables on stderr; with a path, a CSV file instead.  Measures the machine.  Once, at the end.
 */
int grt_profile_show(GrtProfile *profile, const char *path, GrtError *error);

typedef struct GrtPeak { /* of one core, a second */
    double flops, bytes;
} GrtPeak;
GrtPeak grt_peak(void);

/* ---- signals ---- */

void grt_signals_catch(void);
int grt_signal_caught(void); /* the number of the signal that asks to stop, or 0 */

/* ---- the work itself ---- */

struct GrtSession {
    const GrtModel *model;
    const GrtSettings *settings;
    GrtInstance *instance;
    GrtDataset **data; /* by split; NULL where not open */
    GrtCurve curve;
    GrtProgress progress;
    char *save_path; /* NULL: no checkpoint */
    char *best_path; /* NULL: the best is not kept */
    double saved_at; /* when the last checkpoint was written, by grt_seconds; 0: none yet */
    bool ended; /* all is saved, and the instance may hold the best epoch instead of the last */
    GrtError error;
};

int grt_session_open(GrtSession *session); /* the instance, initialised, options set */
/* The split of this name, its data read; -1 if the model has none, -2 with error. */
int grt_session_split(GrtSession *session, const char *name);
/* Loads --load, or NAME.safetensors where it exists, or asks to train first. */
int grt_session_weights(GrtSession *session);
void grt_session_close(GrtSession *session);
char *grt_path_for(const char *base, const char *suffix); /* joined; NULL if memory is short */

/* Sums over a split, then its metrics into instance->metrics.  0 or a status; stops early, with
 * nothing computed, when a signal asks for it. */
int grt_evaluate(GrtInstance *instance, GrtDataset *data, int64_t batch, GrtError *error);
/* Where the loss is in instance->metrics. */
int grt_loss_index(const GrtModel *model);

/* ---- best.c: the best result of a run, by validation where there is some ---- */

/* "digits-best.safetensors" for "digits.safetensors"; NULL if memory is short. */
char *grt_best_path(const char *save_path);
/* Takes the epoch's result (of the last evaluation, or the training loss) into account; true if it
 * is the best so far. */
bool grt_best_note(GrtInstance *instance, bool validated, double train_loss);
/* Have the epochs of the model's patience gone by without a better one? */
bool grt_best_is_over(const GrtInstance *instance);
const char *grt_best_name(const GrtModel *model); /* of what is compared: "loss" */

typedef struct GrtTrainPlan {        /* what doesn't change during a training */
    GrtDataset *data, *valid, *test; /* the last two may be NULL */
    int64_t samples;                 /* of an epoch that are used */
    int64_t step_samples;            /* of a step: a batch, or several micro-batches */
    int64_t steps_per_epoch;
} GrtTrainPlan;

/* train_begin.c: all before the first step; and what bench shares of it: weights by --load or
 * --resume, the data. */
int grt_train_open(GrtSession *session, GrtTrainPlan *plan);
int grt_train_weights(GrtSession *session);
int grt_train_data(GrtSession *session, GrtTrainPlan *plan);
/* train_steps.c: a step; where steps are queued, one or none of those, until train_drain. */
int grt_train_next(GrtSession *session, const GrtTrainPlan *plan);
int grt_train_drain(GrtSession *session, const GrtTrainPlan *plan);

int grt_train(GrtSession *session);
int grt_bench(GrtSession *session);
int grt_eval(GrtSession *session);
int grt_predict_files(GrtSession *session);
int grt_check(GrtSession *session);
int grt_info(GrtSession *session);
int grt_print(GrtSession *session); /* a calculator */
int grt_report(GrtSession *session);
/* After an epoch; a file that can't be written is a warning, until the last. */
int grt_report_epoch(GrtSession *session);
/* Before the first: are its files other programs'?  Can they be written? */
int grt_report_guard(const GrtInstance *instance, GrtError *error);
/* The path with the number of the last epoch; malloc's, NULL if memory is short. */
char *grt_report_path(const GrtInstance *instance, const char *path);
/* NAME-fit.svg where the model is one number to one number; sets *path, or NULL where it isn't. */
int grt_fit_draw(GrtSession *session, char **path);
/* Runs PREDICT on the samples in the buffers; values are in work. */
int grt_predict_batch(GrtInstance *instance, int64_t batch, GrtError *error);

#endif
