/* check_trainer.c -- whole runs of the trainer around a hand-written model: what it writes, what it
 * says, and with which status it ends.  Each run is a call of grt_main in a fresh folder. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/grt_data.h"
#include "runtime/grt_trainer.h"
#include "tests/linear_model.h"

static char folder[32];
static char said[1 << 16]; /* by the last run, stdout and stderr together */

static void setup(void)
{
    strcpy(folder, "/tmp/grt-train-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    memset(&bent, 0, sizeof bent);
}

static void teardown(void)
{
    char command[64];
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static size_t file_get(const char *path, char *bytes, size_t room)
{
    FILE *in = fopen(path, "rb");
    ck_assert_msg(in, "%s is not there", path);
    const size_t size = fread(bytes, 1, room - 1, in);
    bytes[size] = '\0';
    fclose(in);
    return size;
}

static void file_put(const char *path, const char *text)
{
    FILE *out = fopen(path, "wb");
    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    ck_assert_int_eq(fclose(out), 0);
}

static void expect_same_file(const char *a, const char *b)
{
    static char left[1 << 16], right[1 << 16];
    const size_t size = file_get(a, left, sizeof left);
    ck_assert_msg(file_get(b, right, sizeof right) == size && memcmp(left, right, size) == 0,
                  "%s and %s differ", a, b);
}

static int lines_of(const char *path)
{
    static char text[1 << 16];
    int lines = 0;
    file_get(path, text, sizeof text);
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    return lines;
}

/* Runs a model in a process of its own, since signals are caught for good; returns its status. */
static int run_model(const GrtModel *model, const char *command)
{
    char words[512];
    char *argv[32] = {"./linreg"};
    int argc = 1, status = 0;
    ck_assert_uint_lt(strlen(command), sizeof words);
    strcpy(words, command);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        if (!freopen("said", "w", stdout) || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
            _exit(99);
        exit(grt_main(model, argc, argv));
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    file_get("said", said, sizeof said);
    ck_assert_msg(WIFEXITED(status), "killed: %s", said);
    return WEXITSTATUS(status);
}

static int run(const char *command)
{
    return run_model(&linear_model, command);
}

static void expect_said(const char *text)
{
    ck_assert_msg(strstr(said, text), "expected '%s' in:\n%s", text, said);
}

/* ---- training ---- */

START_TEST(test_training)
{
    static char text[1 << 16];
    ck_assert_int_eq(run("train --epochs 30"), 0);
    expect_said("linreg: 2 parameters, 100 training samples, 7 steps an epoch of batch 16");
    expect_said("epoch 30/30  loss ");
    expect_said("checkpoint: linreg.safetensors\n");
    expect_said("test: loss ");
    ck_assert_ptr_null(strchr(said, '\r')); /* no bar where it isn't a terminal */
    ck_assert_ptr_null(strchr(said, '\033'));
    ck_assert_int_eq(lines_of("linreg.csv"), 1 + 30 * LINEAR_STEPS + 30 + 1);
    file_get("linreg.csv", text, sizeof text);
    ck_assert(strncmp(text, "step,epoch,split,loss,mae\n1,1,train,", 36) == 0);
    file_get("linreg.svg", text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "loss (log scale)"));
    ck_assert_ptr_nonnull(strstr(text, "validation"));
    ck_assert_ptr_nonnull(strstr(text, "</svg>\n"));
    file_get("linreg-fit.svg", text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "class=\"line fit\""));
}
END_TEST

/* Noise of 10 on 100 samples: the slope's standard error is 1. */
START_TEST(test_training_finds_the_line)
{
    GrtError error = {0};
    ck_assert_int_eq(run("--epochs 60 --quiet --no-log"), 0);
    GrtInstance *instance = grt_create(&linear_model, 1);
    ck_assert_int_eq(
        grt_checkpoint_load(instance, "linreg.safetensors", GRT_LOAD_WEIGHTS, NULL, &error), 0);
    ck_assert_float_eq_tol(*(float *)(instance->vars + AT_WEIGHT), 42.4f, 4);
    ck_assert_float_eq_tol(*(float *)(instance->vars + AT_BIAS), 1.5f, 4);
    grt_destroy(instance);
}
END_TEST

START_TEST(test_same_seed_same_bits)
{
    ck_assert_int_eq(run("--seed 5 --save a.st --log a.csv"), 0);
    ck_assert_int_eq(run("--seed 5 --save b.st --log b.csv"), 0);
    ck_assert_int_eq(run("--seed 6 --save c.st --log c.csv"), 0);
    expect_same_file("a.st", "b.st");
    expect_same_file("a.csv", "b.csv");
    static char a[1 << 12], c[1 << 12];
    file_get("a.csv", a, sizeof a);
    file_get("c.csv", c, sizeof c);
    ck_assert_str_ne(a, c);
}
END_TEST

/* Interrupted in step _i, and resumed: the same bits as a run that never stopped. */
START_TEST(test_resume_is_exact)
{
    ck_assert_int_eq(run("--save whole.st --log whole.csv"), 0);
    bent.interrupt_at = _i;
    ck_assert_int_eq(run("--save cut.st --log cut.csv"), 130);
    expect_said("go on with: ./linreg train --resume --save cut.st --log cut.csv");
    bent.interrupt_at = 0;
    ck_assert_int_eq(run("--resume --save cut.st --log cut.csv"), 0);
    expect_same_file("whole.st", "cut.st");
    expect_same_file("whole.csv", "cut.csv");
}
END_TEST

START_TEST(test_resume_with_more_epochs)
{
    ck_assert_int_eq(run("--epochs 5 --lr 0.02 --save whole.st --log whole.csv"), 0);
    ck_assert_int_eq(run("--epochs 2 --lr 0.02 --save part.st --log part.csv"), 0);
    /* The options come from the checkpoint. */
    ck_assert_int_eq(run("--epochs 5 --resume --save part.st --log part.csv"), 0);
    expect_same_file("whole.st", "part.st");
    expect_same_file("whole.csv", "part.csv");
    ck_assert_int_eq(run("--resume --save part.st --log part.csv"), 0);
    expect_said("all 5 epochs are done");
    expect_same_file("whole.st", "part.st");
    expect_same_file("whole.csv", "part.csv");
}
END_TEST

START_TEST(test_resume_refuses)
{
    ck_assert_int_eq(run("--resume"), 1);
    expect_said("linreg.safetensors");
    ck_assert_int_eq(run("--seed 3"), 0);
    ck_assert_int_eq(run("--resume --seed 4"), 1);
    expect_said("--seed 3");
    ck_assert_int_eq(run("--resume --batch 8"), 1);
    expect_said("--batch 16");
    ck_assert_int_eq(run("--resume --epochs 1"), 1);
    expect_said("2 epochs");
    GrtModel changed = linear_model;
    changed.fingerprint++;
    ck_assert_int_eq(run_model(&changed, "--resume"), 1);
    expect_said("has changed since");
    file_put("linreg.safetensors", "nonsense, but long enough to be read");
    ck_assert_int_eq(run("--resume"), 1);
    expect_said("not a valid safetensors file");
}
END_TEST

START_TEST(test_resume_refuses_other_data)
{
    /* The same program, but another number of samples. */
    GrtSource sources[2];
    memcpy(sources, linear_sources, sizeof sources);
    sources[0].samples = sources[1].samples = LINEAR_SAMPLES - 1;
    GrtValue made[2] = {linear_made[0], linear_made[1]};
    made[0].type.dims[0] = made[1].type.dims[0] = LINEAR_SAMPLES - 1;
    GrtEntry make = linear_entries[5];
    make.values = made;
    GrtSplit splits[3];
    memcpy(splits, linear_splits, sizeof splits);
    for (int i = 0; i < 3; i++) {
        splits[i].sources = sources;
        splits[i].make = &make;
    }
    GrtModel other = linear_model;
    other.splits = splits;
    ck_assert_int_eq(run(""), 0);
    ck_assert_int_eq(run_model(&other, "--resume"), 1);
    expect_said("other data");
}
END_TEST

/* Three splits of 7 batches; valid is evaluated each epoch, test at the end. */
START_TEST(test_stop_in_the_last_evaluation)
{
    GrtModel model = linear_model;
    model.monitor = "mae";
    model.monitor_max = 1; /* the best epoch is the first: not what the last left */
    ck_assert_int_eq(run_model(&model, "train --epochs 3 --save whole.safetensors"), 0);
    expect_said("best: whole-best.safetensors, of epoch 1, valid mae ");
    bent.interrupt_eval_at = 3 * LINEAR_STEPS + 2;
    ck_assert_int_eq(run_model(&model, "train --epochs 3 --save part.safetensors"), 130);
    expect_said("stopped after the training, which is saved in part.safetensors");
    expect_same_file("whole.safetensors", "part.safetensors");
    expect_same_file("whole-best.safetensors", "part-best.safetensors");
}
END_TEST

START_TEST(test_patience)
{
    GrtModel model = linear_model;
    model.monitor = "mae";
    model.patience = 2;
    model.monitor_max = 1;
    ck_assert_int_eq(run_model(&model, "train --epochs 30"), 0);
    expect_said("epoch 3/30");
    ck_assert_ptr_null(strstr(said, "epoch 4/30"));
    expect_said("stopped early: no better valid mae in 2 epochs");
    ck_assert_int_eq(run_model(&model, "train --resume --epochs 40"), 0);
    ck_assert_ptr_null(strstr(said, "epoch 4/40"));
    expect_said("stopped early");
    ck_assert_int_eq(run_model(&model, "eval"), 0);
    model.patience = 3; /* where it is longer, it goes on */
    ck_assert_int_eq(run_model(&model, "train --resume --epochs 40"), 0);
    expect_said("epoch 4/40");
    ck_assert_ptr_null(strstr(said, "epoch 5/40"));
}
END_TEST

START_TEST(test_no_epochs)
{
    ck_assert_int_eq(run("--epochs 0"), 0);
    expect_said("log: linreg.csv, fit: ");
    expect_said("test: loss ");
    ck_assert_int_eq(lines_of("linreg.csv"), 1 + 1);
    ck_assert_int_eq(run("eval"), 0); /* of the initial weights */
}
END_TEST

START_TEST(test_drop_last_and_batch)
{
    GrtModel model = linear_model;
    model.drop_last = 1;
    ck_assert_int_eq(run_model(&model, "--epochs 1 --batch 11"), 0);
    ck_assert_int_eq(lines_of("linreg.csv"), 1 + 9 + 1 + 1);
    ck_assert_int_eq(run_model(&linear_model, "--epochs 1 --batch 11"), 0);
    ck_assert_int_eq(lines_of("linreg.csv"), 1 + 10 + 1 + 1);
}
END_TEST

/* ---- a loss that isn't finite ---- */

START_TEST(test_divergence)
{
    ck_assert_int_eq(run(""), 0);
    ck_assert_int_eq(run("--save keep.st"), 0);
    bent.infinity_at = 3 + LINEAR_STEPS;
    ck_assert_int_eq(run("--save bad.st --log bad.csv"), 4);
    expect_said("linreg.dsl:4: 'out' is the first value that is not finite (step 10)");
    expect_said("the last good checkpoint is kept: bad.st");
    bent.infinity_at = 0;
    ck_assert_int_eq(run("--resume --save bad.st --log bad.csv"), 0); /* from epoch 1 */
    expect_same_file("keep.st", "bad.st");
    bent.infinity_at = 1;
    ck_assert_int_eq(run("--save keep.st"), 4);
    bent.infinity_at = 0;
    expect_same_file("keep.st", "bad.st");
}
END_TEST

START_TEST(test_exploding_rate)
{
    ck_assert_int_eq(run("--lr 1e38"), 4);
    expect_said("not finite");
    expect_said("linreg.dsl:");
}
END_TEST

/* ---- the command line ---- */

typedef struct Wrong {
    const char *command, *text;
} Wrong;

static const Wrong wrong[] = {
    {"--epoch 3", "did you mean --epochs?"},
    {"--lx 3", "did you mean --lr?"},
    {"--zzzzzz 3", "see ./linreg --help"},
    {"tran", "did you mean 'train'?"},
    {"-x", "'-x' was not expected"},
    {"train extra", "'extra' was not expected"},
    {"--", "'--' was not expected"},
    {"--epochs", "--epochs needs a value"},
    {"--epochs --quiet", "--epochs needs a value"},
    {"--epochs -1", "'-1' is not a number from 0"},
    {"--epochs 1e3", "'1e3' is not"},
    {"--epochs 99999999999999999999", "is not a number"},
    {"--epochs=", "'' is not a number"},
    {"--batch 0", "'0' is not a number from 1 up"},
    {"--batch 17", "--batch 17 is above 16"},
    {"--seed -1", "'-1' is not"},
    {"--threads 0", "'0' is not"},
    {"--threads 2", "built without threads"},
    {"--lr abc", "--lr: 'abc' is not a number"},
    {"--lr nan", "'nan' is not a number"},
    {"--lr 1e999", "'1e999' is not a number"},
    {"--lr 1,5", "'1,5' is not a number"},
    {"--depth 2.5", "'2.5' is not a whole number"},
    {"--noisy maybe", "'maybe' is not true or false"},
    {"--quiet=yes", "--quiet takes no value"},
    {"--save=", "'' is not the name of a file"},
    {"--data.train.z f.csv", "data train has no 'z'"},
    {"--data.trein.x f.csv", "did you mean --data.train.x?"},
    {"--data.other.x f.csv", "there is no such data"},
    {"--data.train.x f.csv", "it is computed"},
    {"predict --in.z f.npy", "linreg.dsl has no such input"},
    {"predict --out.z f.npy", "linreg.dsl has no such output"},
    {"eval --split nope --load a.st", "a.st"},
};

START_TEST(test_wrong_command_lines)
{
    const bool usage = strstr(wrong[_i].command, "--load") == NULL;
    ck_assert_msg(run(wrong[_i].command) == (usage ? 2 : 1), "%s: %s", wrong[_i].command, said);
    expect_said(wrong[_i].text);
    ck_assert_int_ne(access("linreg.safetensors", F_OK), 0);
    ck_assert_int_ne(access("linreg.csv", F_OK), 0);
}
END_TEST

START_TEST(test_right_command_lines)
{
    ck_assert_int_eq(run("--epochs 9 --epochs=1 --lr=1e-2 --option.depth -4 --noisy true"), 0);
    expect_said("epoch 1/1");
    ck_assert_int_eq(run("--help"), 0);
    static const char *const parts[] = {"--lr X  [0.05]", "--depth N  [3]", "[false]",
                                        "--resume",       "--in.x FILE",    "--out.line FILE",
                                        "f32[batch, 1]",  "predict",        "exit status"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        expect_said(parts[i]);
    ck_assert_int_eq(run("--version"), 0);
    expect_said("linreg.dsl");
    ck_assert_int_eq(run("info"), 0);
    expect_said("linear1.weight                       f32[1, 1]");
    expect_said("operations in a full step                80\n");
}
END_TEST

START_TEST(test_foreign_files_are_not_replaced)
{
    file_put("linreg.csv", "sepal,petal\n1,2\n");
    ck_assert_int_eq(run(""), 0);
    expect_said("log: linreg-loss.csv, curve: linreg-loss.svg");
    ck_assert_int_eq(lines_of("linreg.csv"), 2);
    ck_assert_int_eq(run("--log linreg.csv"), 2);
    expect_said("is not a training log");
    file_put("other.safetensors", "not of a trainer");
    ck_assert_int_eq(run("--save other.safetensors"), 2);
    expect_said("was not written by a gradc trainer");
    ck_assert_int_eq(run("--save no/such/file.st"), 3);
    expect_said("no/such/file.st");
}
END_TEST

START_TEST(test_full_output)
{
    ck_assert_int_eq(run("--help"), 0);
    const pid_t child = fork();
    char *argv[] = {"./linreg", "--help"};
    int status = 0;
    if (child == 0) {
        if (!freopen("/dev/full", "w", stdout) || !freopen("/dev/null", "w", stderr))
            _exit(99);
        exit(grt_main(&linear_model, 2, argv));
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 3);
}
END_TEST

/* Files opened by a program without a stdout must not become its stdout. */
START_TEST(test_closed_output)
{
    char *argv[] = {"./linreg", "--save", "a.st"};
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        close(STDOUT_FILENO);
        if (!freopen("/dev/null", "w", stderr))
            _exit(99);
        exit(grt_main(&linear_model, 3, argv));
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 3);
    ck_assert_int_eq(lines_of("linreg.csv"), 1 + 2 * LINEAR_STEPS + 2 + 1);
    ck_assert_int_eq(run("eval --load a.st"), 0);
}
END_TEST

/* ---- the other commands ---- */

START_TEST(test_eval)
{
    ck_assert_int_eq(run("eval"), 1);
    expect_said("run './linreg train' first");
    ck_assert_int_eq(run("--save a.st --seed 5"), 0); /* eval makes the data of seed 5 too */
    char last[256] = "";
    strncpy(last, strstr(said, "\ntest: ") + 1, sizeof last - 1);
    ck_assert_int_eq(run("eval --load a.st --split test --batch 3"), 0);
    ck_assert_str_eq(said, last); /* whatever the batch */
    ck_assert_int_eq(run("eval --load a.st --split test --seed 6"), 0);
    ck_assert_str_ne(said, last);
    ck_assert_int_eq(run("eval --load a.st"), 0);
    expect_said("train: loss ");
    expect_said("valid: loss ");
    ck_assert_int_eq(run("eval --load a.st --split nope"), 2);
    expect_said("has no split 'nope'");
}
END_TEST

static void put_npy(const char *path, GrtDType dtype, const int64_t *dims, const void *data)
{
    GrtError error = {0};
    FILE *out = fopen(path, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(grt_write_npy(out, path, dtype, dims, 2, data, &error), 0);
    ck_assert_int_eq(fclose(out), 0);
}

START_TEST(test_predict)
{
    enum { SAMPLES = 37 };
    float x[SAMPLES];
    GrtError error = {0};
    GrtArray out = {0};
    const int64_t dims[] = {SAMPLES, 1}, wrong_dims[] = {1, SAMPLES};
    for (int i = 0; i < SAMPLES; i++)
        x[i] = 0.5f * (float)i;
    put_npy("x.npy", GRT_F32, dims, x);
    ck_assert_int_eq(run("--epochs 3"), 0);
    ck_assert_msg(run("predict --in.x x.npy --out.line line.npy --batch 10") == 0, "%s", said);
    ck_assert_int_eq(grt_read_npy("line.npy", NULL, (GrtRange){.has_start = 0}, &out, &error), 0);
    ck_assert_int_eq(out.dims[0], SAMPLES);
    GrtInstance *instance = grt_create(&linear_model, 1);
    ck_assert_int_eq(grt_load(instance, "linreg.safetensors"), 0);
    const float w = *(float *)(instance->vars + AT_WEIGHT);
    const float b = *(float *)(instance->vars + AT_BIAS);
    for (int i = 0; i < SAMPLES; i++)
        ck_assert_float_eq_tol(((float *)out.data)[i], w * x[i] + b, 1e-3f);
    grt_destroy(instance);
    grt_array_free(&out);
    /* Whole numbers convert; the same lines come out. */
    int64_t whole[SAMPLES];
    for (int i = 0; i < SAMPLES; i++)
        whole[i] = i / 2;
    for (int i = 0; i < SAMPLES; i++)
        x[i] = (float)whole[i];
    put_npy("whole.npy", GRT_I64, dims, whole);
    put_npy("x.npy", GRT_F32, dims, x);
    ck_assert_int_eq(run("predict --in.x whole.npy --out.line a.npy --batch 5"), 0);
    ck_assert_int_eq(run("predict --in.x x.npy --out.line b.npy"), 0);
    expect_same_file("a.npy", "b.npy");
    put_npy("x.npy", GRT_F32, wrong_dims, x);
    ck_assert_int_eq(run("predict --in.x x.npy --out.line line.npy"), 1);
    expect_said("x.npy: it holds f32[1, 37], but input 'x' is f32[batch, 1]");
}
END_TEST

START_TEST(test_check)
{
    ck_assert_int_eq(run("check"), 0);
    expect_said("2 parameters: gradients agree");
    bent.gradient_error = 1e-3;
    ck_assert_int_eq(run("check"), 1);
    expect_said("gradients are wrong");
    expect_said("at element 0: the gradient says");
    bent.gradient_error = 0;
    bent.kink = 1;
    ck_assert_int_eq(run("check --all"),
                     0); /* the bias starts at 0, where max(bias, 0) has a kink */
    expect_said("linear1.bias                     f32[1]                    1            0      1");
    ck_assert_int_eq(run("--epochs 1"), 0);
    ck_assert_int_eq(run("check --load linreg.safetensors"), 0);
    expect_said("linear1.bias");
}
END_TEST

/* ---- a model inside another program ---- */

START_TEST(test_not_created)
{
    GrtModel large = linear_model;
    large.vars_bytes = INT64_MAX;
    ck_assert_ptr_null(grt_create(&large, 1));
    ck_assert_ptr_nonnull(strstr(grt_error(NULL), "not enough memory"));
    GrtInstance *instance = grt_create(&linear_model, 1);
    ck_assert_str_eq(grt_error(NULL), "");
    ck_assert_str_eq(grt_error(instance), "");
    grt_destroy(instance);
}
END_TEST

START_TEST(test_embedded)
{
    GrtInstance *a = grt_create(&linear_model, 3), *b = grt_create(&linear_model, 4);
    float x[LINEAR_BATCH], y[LINEAR_BATCH], line[LINEAR_BATCH];
    const void *inputs[] = {x, y}, *only_x[] = {x, NULL};
    void *outputs[] = {line};
    double loss = 0, first = 0;
    for (int i = 0; i < LINEAR_BATCH; i++) {
        x[i] = 0.1f * (float)i;
        y[i] = 3 * x[i] - 1;
    }
    ck_assert_int_eq(grt_set_option(a, "lr", 0.1), 0);
    ck_assert_int_eq(grt_set_option(a, "none", 0.1), 2);
    ck_assert_ptr_nonnull(strstr(grt_error(a), "none"));
    for (int i = 0; i < 400; i++) {
        ck_assert_int_eq(grt_train_step(a, i % 2 ? LINEAR_BATCH : 7, inputs, &loss), 0);
        first = i == 0 ? loss : first;
    }
    ck_assert_str_eq(grt_error(a), "");
    ck_assert_double_lt(loss, first / 100);
    ck_assert_int_eq(grt_predict(a, LINEAR_BATCH, only_x, outputs), 0);
    ck_assert_float_eq_tol(line[10], y[10], 0.05f);
    ck_assert_int_eq(grt_train_step(a, LINEAR_BATCH + 1, inputs, NULL), 2);
    ck_assert_int_eq(grt_train_step(a, 0, inputs, NULL), 2);
    ck_assert_int_eq(grt_train_step(a, 1, only_x, NULL), 2);
    ck_assert_str_eq(grt_error(a), "input 'y' is missing");
    ck_assert_int_eq(grt_save(a, "a.st"), 0);
    ck_assert_int_eq(grt_load(b, "a.st"), 0);
    ck_assert_mem_eq(a->vars, b->vars, LINEAR_VARS);
    ck_assert_int_eq(b->at.step, 400);
    ck_assert_int_ne(grt_load(b, "none.st"), 0);
    grt_destroy(a);
    grt_destroy(b);
}
END_TEST

/* ---- tensors as text, as PyTorch 2 prints them ---- */

static const char *shown(GrtDType dtype, int rank, const int64_t *dims, const void *data)
{
    static char text[1 << 14];
    GrtType type = {.dtype = dtype, .rank = rank, .batch_axis = -1};
    memcpy(type.dims, dims, sizeof dims[0] * (size_t)rank);
    FILE *out = fmemopen(text, sizeof text, "w");
    grt_show_tensor(&type, data, &grt_style_default, 0, out);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

START_TEST(test_show)
{
    const int64_t two_by_two[] = {2, 2}, five[] = {5}, cube[] = {2, 1, 2}, none[] = {1};
    const int64_t big[] = {40, 30}, wide[] = {30};
    float floats[1200];
    ck_assert_str_eq(shown(GRT_F32, 2, two_by_two, (float[]){0.12f, -1.5f, 2, 0}),
                     "[[ 0.1200, -1.5000],\n [ 2.0000,  0.0000]]");
    ck_assert_str_eq(shown(GRT_F32, 2, two_by_two, (float[]){1, 2, 3, 40}),
                     "[[ 1.,  2.],\n [ 3., 40.]]");
    ck_assert_str_eq(shown(GRT_F64, 2, two_by_two, (double[]){1e-5, 2, 3, 4}),
                     "[[1.0000e-05, 2.0000e+00],\n [3.0000e+00, 4.0000e+00]]");
    ck_assert_str_eq(shown(GRT_F32, 1, five, (float[]){0.5f, NAN, INFINITY, -INFINITY, 2}),
                     "[0.5000,    nan,    inf,   -inf, 2.0000]");
    ck_assert_str_eq(shown(GRT_I32, 1, five, (int32_t[]){1, -20, 300, 4, 5}),
                     "[  1, -20, 300,   4,   5]");
    ck_assert_str_eq(shown(GRT_BOOL, 2, two_by_two, (uint8_t[]){1, 0, 0, 1}),
                     "[[ True, False],\n [False,  True]]");
    ck_assert_str_eq(shown(GRT_I64, 3, cube, (int64_t[]){1, 2, 3, 4}), "[[[1, 2]],\n\n [[3, 4]]]");
    ck_assert_str_eq(shown(GRT_F32, 0, none, (float[]){7}), "7");
    ck_assert_str_eq(shown(GRT_F32, 0, none, (float[]){0.1f}), "0.1");
    for (int i = 0; i < 1200; i++)
        floats[i] = (float)i;
    ck_assert_str_eq(shown(GRT_F32, 2, big, floats),
                     "[[0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 2.7000e+01, 2.8000e+01,\n"
                     "  2.9000e+01],\n"
                     " [3.0000e+01, 3.1000e+01, 3.2000e+01,  ..., 5.7000e+01, 5.8000e+01,\n"
                     "  5.9000e+01],\n"
                     " [6.0000e+01, 6.1000e+01, 6.2000e+01,  ..., 8.7000e+01, 8.8000e+01,\n"
                     "  8.9000e+01],\n"
                     " ...,\n"
                     " [1.1100e+03, 1.1110e+03, 1.1120e+03,  ..., 1.1370e+03, 1.1380e+03,\n"
                     "  1.1390e+03],\n"
                     " [1.1400e+03, 1.1410e+03, 1.1420e+03,  ..., 1.1670e+03, 1.1680e+03,\n"
                     "  1.1690e+03],\n"
                     " [1.1700e+03, 1.1710e+03, 1.1720e+03,  ..., 1.1970e+03, 1.1980e+03,\n"
                     "  1.1990e+03]]");
    ck_assert_str_eq(
        shown(GRT_F32, 1, wide, floats),
        "[ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13., 14., "
        "15.,\n 16., 17., 18., 19., 20., 21., 22., 23., 24., 25., 26., 27., 28., 29.]");
}
END_TEST

START_TEST(test_calculator)
{
    GrtModel model = linear_model;
    model.trains = 0;
    ck_assert_int_eq(run_model(&model, ""), 0);
    ck_assert_str_eq(said, "table [[0.0000, 1.5000, 3.0000],\n       [4.5000, 6.0000, 7.5000]]"
                           "\ndone\n");
    ck_assert_int_eq(run_model(&model, "train"), 2);
    expect_said("has no train block");
}
END_TEST

/* ---- parts ---- */

START_TEST(test_every_half_float)
{
    for (uint32_t bits = 0; bits < 0x10000; bits++) {
        const uint16_t half = (uint16_t)bits;
        uint16_t back = 0;
        for (int dtype = GRT_F16; dtype <= GRT_BF16; dtype++) {
            const double value = grt_element((GrtDType)dtype, &half, 0);
            ck_assert(grt_element_put((GrtDType)dtype, &back, 0, value));
            ck_assert_msg(isnan(value) || back == half, "%04x became %04x", half, back);
        }
    }
}
END_TEST

START_TEST(test_integers_must_fit)
{
    int8_t small = 0;
    int64_t large = 0;
    ck_assert(grt_element_put(GRT_I8, &small, 0, -128) && small == -128);
    ck_assert(!grt_element_put(GRT_I8, &small, 0, 128));
    ck_assert(!grt_element_put(GRT_I8, &small, 0, 1.5));
    ck_assert(!grt_element_put(GRT_U8, &small, 0, -1));
    ck_assert(!grt_element_put(GRT_BOOL, &small, 0, 2));
    ck_assert(!grt_element_put(GRT_I64, &large, 0, NAN));
    ck_assert(!grt_element_put(GRT_I64, &large, 0, 1e300));
}
END_TEST

START_TEST(test_series_stays_small)
{
    static GrtSeries series;
    const int points = 100 * GRT_SERIES_POINTS + 17;
    for (int i = 0; i < points; i++)
        grt_series_add(&series, i, 2 * i + 1);
    ck_assert_int_le(series.count, GRT_SERIES_POINTS);
    ck_assert_int_ge(series.count, GRT_SERIES_POINTS / 2);
    for (int i = 0; i < series.count; i++) {
        ck_assert_double_eq_tol(series.y[i], 2 * series.x[i] + 1, 1e-6);
        ck_assert(i == 0 || series.x[i] > series.x[i - 1]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trainer");
    TCase *tests = tcase_create("runs");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_training);
    tcase_add_test(tests, test_training_finds_the_line);
    tcase_add_test(tests, test_same_seed_same_bits);
    tcase_add_loop_test(tests, test_resume_is_exact, 1, 2 * LINEAR_STEPS + 1);
    tcase_add_test(tests, test_resume_with_more_epochs);
    tcase_add_test(tests, test_resume_refuses);
    tcase_add_test(tests, test_resume_refuses_other_data);
    tcase_add_test(tests, test_stop_in_the_last_evaluation);
    tcase_add_test(tests, test_patience);
    tcase_add_test(tests, test_no_epochs);
    tcase_add_test(tests, test_drop_last_and_batch);
    tcase_add_test(tests, test_divergence);
    tcase_add_test(tests, test_exploding_rate);
    tcase_add_loop_test(tests, test_wrong_command_lines, 0, (int)(sizeof wrong / sizeof wrong[0]));
    tcase_add_test(tests, test_right_command_lines);
    tcase_add_test(tests, test_foreign_files_are_not_replaced);
    tcase_add_test(tests, test_full_output);
    tcase_add_test(tests, test_closed_output);
    tcase_add_test(tests, test_eval);
    tcase_add_test(tests, test_predict);
    tcase_add_test(tests, test_check);
    tcase_add_test(tests, test_not_created);
    tcase_add_test(tests, test_embedded);
    tcase_add_test(tests, test_show);
    tcase_add_test(tests, test_calculator);
    tcase_add_test(tests, test_every_half_float);
    tcase_add_test(tests, test_integers_must_fit);
    tcase_add_test(tests, test_series_stays_small);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
