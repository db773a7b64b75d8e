/* settings.c -- the command line, checked: "--epochs 5 --lr=0.01 --data.train.image other.csv".
 *
 * Values stand behind a blank or '='; of a flag given twice the last counts.  Every number is
 * checked whole.  What isn't known is refused, with the nearest name. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grt_flags.h"
#include "grt_trainer.h"

enum { SETTINGS_NAME = 128 };

/* ---- values ---- */

bool grt_read_integer(const char *text, int64_t low, int64_t high, int64_t *out)
{
    char *end = NULL;
    const char *digits = *text == '-' ? text + 1 : text;
    if (*digits < '0' || *digits > '9')
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' && *out >= low && *out <= high;
}

bool grt_read_number(const char *text, double *out)
{
    char *end = NULL;
    if (!*text || !strchr("+-.0123456789", *text))
        return false;
    *out = strtod(text, &end);
    return *end == '\0' && isfinite(*out);
}

int grt_bad_value(GrtError *error, const char *flag, const char *value, const char *want)
{
    return grt_fail(error, 2, "--%.100s: '%.100s' is not %s", flag, value, want);
}

/* ---- flags that the model makes ---- */

/* What the option is used for says where it must lie. */
static int settings_in_range(const GrtOption *option, double number, const char *value,
                             GrtError *error)
{
    const char *want = grt_option_range(option, number);
    return want ? grt_bad_value(error, option->name, value, want) : 0;
}

static int settings_set_option(const GrtOption *option, double *out, const char *value,
                               GrtError *error)
{
    int64_t whole;
    switch (option->type) {
    case GRT_OPTION_FLOAT:
        if (!grt_read_number(value, out))
            return grt_bad_value(error, option->name, value, "a number");
        return settings_in_range(option, *out, value, error);
    case GRT_OPTION_INT:
        if (!grt_read_integer(value, -((int64_t)1 << 53), (int64_t)1 << 53, &whole))
            return grt_bad_value(error, option->name, value, "a whole number");
        *out = (double)whole;
        return settings_in_range(option, *out, value, error);
    case GRT_OPTION_BOOL:
        if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
            return grt_bad_value(error, option->name, value, "true or false");
        *out = value[0] == 't';
        return 0;
    }
    return 0;
}

/* "--data.trian.x": there is no such split. */
static int settings_no_split(const GrtModel *model, const char *name, GrtError *error)
{
    const char *names[8]; /* train, valid and test are all that there can be */
    char word[SETTINGS_NAME] = "";
    int count = 0;
    for (; count < model->split_count && count < 8; count++)
        names[count] = model->splits[count].name;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(name, "."), name);
    const char *nearest = grt_nearest(word, names, count);
    if (nearest)
        return grt_fail(error, 2, "--data.%.100s: did you mean --data.%s%.80s?", name, nearest,
                        name + strcspn(name, "."));
    return grt_fail(error, 2, "--data.%.100s: there is no such data; see --help", name);
}

static const GrtSplit *settings_find_split(const GrtModel *model, const char *name, size_t length)
{
    for (int i = 0; i < model->split_count; i++)
        if (strlen(model->splits[i].name) == length &&
            memcmp(model->splits[i].name, name, length) == 0)
            return &model->splits[i];
    return NULL;
}

/* "--data.train.image FILE": name is "train.image". */
static int settings_add_override(const GrtModel *model, GrtSettings *settings, const char *name,
                                 const char *value, GrtError *error)
{
    const char *dot = strchr(name, '.');
    const GrtSplit *split = dot ? settings_find_split(model, name, (size_t)(dot - name)) : NULL;
    if (!split)
        return settings_no_split(model, name, error);
    for (int i = 0; i < split->source_count; i++) {
        const GrtSource *source = &split->sources[i];
        if (strcmp(source->name, dot + 1) != 0)
            continue;
        if (source->kind == GRT_SOURCE_TENSOR)
            return grt_fail(error, 2, "--data.%.100s: it is computed, not read from a file", name);
        settings->overrides[settings->override_count++] =
            (GrtOverride){split->name, source->name, value};
        return *value ? 0 : grt_bad_value(error, "data", value, "the name of a file");
    }
    return grt_fail(error, 2, "--data.%.100s: data %s has no '%.100s'; see --help", name,
                    split->name, dot + 1);
}

static int settings_add_in(const GrtModel *model, GrtSettings *settings, const char *name,
                           const char *value, GrtError *error)
{
    const int input = grt_input_find(model, name);
    if (input < 0)
        return grt_fail(error, 2, "--in.%.100s: %s has no such input", name, model->file);
    settings->ins[settings->in_count++] = (GrtBinding){model->vars[input].name, value};
    return *value ? 0 : grt_bad_value(error, "in", value, "the name of a file");
}

static int settings_add_out(const GrtModel *model, GrtSettings *settings, const char *name,
                            const char *value, GrtError *error)
{
    const GrtEntry *predict = grt_entry_find(model, GRT_PREDICT, 0);
    for (int i = 0; predict && i < predict->value_count; i++) {
        if (strcmp(predict->values[i].name, name) == 0) {
            settings->outs[settings->out_count++] = (GrtBinding){predict->values[i].name, value};
            return *value ? 0 : grt_bad_value(error, "out", value, "the name of a file");
        }
    }
    return grt_fail(error, 2, "--out.%.100s: %s has no such output", name, model->file);
}

/* ---- reading ---- */

typedef struct SettingsReader {
    const GrtModel *model;
    GrtSettings *settings;
    GrtError *error;
    char **argv;
    int argc, at; /* the argument being read */
} SettingsReader;

static int settings_unknown(const SettingsReader *reader, const char *name)
{
    const GrtModel *model = reader->model;
    const int count = grt_flag_count + model->option_count;
    const char **names = calloc((size_t)count, sizeof *names);
    for (int i = 0; names && i < count; i++)
        names[i] = i < grt_flag_count ? grt_flags[i].name : model->options[i - grt_flag_count].name;
    const char *nearest = names ? grt_nearest(name, names, count) : NULL;
    free(names);
    if (nearest)
        return grt_fail(reader->error, 2, "unknown option --%.100s; did you mean --%s?", name,
                        nearest);
    return grt_fail(reader->error, 2, "unknown option --%.100s; see %s --help", name,
                    reader->settings->program);
}

/* One that is for programs on a GPU is known to all, and refused. */
static const GrtFlag *settings_find_flag(const GrtModel *model, const char *name)
{
    for (int i = 0; i < grt_flag_count; i++)
        if (strcmp(grt_flags[i].name, name) == 0 &&
            (grt_flag_is_for(&grt_flags[i], model) || grt_flags[i].programs == GRT_FLAG_DEVICE))
            return &grt_flags[i];
    return NULL;
}

static int settings_find_option(const GrtModel *model, const char *name)
{
    for (int i = 0; i < model->option_count; i++)
        if (strcmp(model->options[i].name, name) == 0)
            return i;
    return -1;
}

/* The value behind '=' or in the next argument; NULL with error. */
static const char *settings_value(SettingsReader *reader, const char *name, const char *equals)
{
    if (equals)
        return equals + 1;
    if (reader->at + 1 < reader->argc && strncmp(reader->argv[reader->at + 1], "--", 2) != 0)
        return reader->argv[++reader->at];
    grt_fail(reader->error, 2, "--%.100s needs a value", name);
    return NULL;
}

/* The rest of name behind prefix, or NULL. */
static const char *settings_behind(const char *name, const char *prefix)
{
    const size_t length = strlen(prefix);
    return strncmp(name, prefix, length) == 0 ? name + length : NULL;
}

/* The option that a model named as one of the trainer's own is reached by --option.NAME. */
static int settings_read_named(SettingsReader *reader, const char *name, const char *equals)
{
    const GrtModel *model = reader->model;
    GrtSettings *settings = reader->settings;
    const char *data = settings_behind(name, "data."), *in = settings_behind(name, "in.");
    const char *out = settings_behind(name, "out."), *plain = settings_behind(name, "option.");
    const int option = settings_find_option(model, plain ? plain : name);
    if (!data && !in && !out && option < 0)
        return settings_unknown(reader, name);
    const char *value = settings_value(reader, name, equals);
    if (!value)
        return reader->error->status;
    if (option >= 0) {
        settings->option_given[option] = true;
        return settings_set_option(&model->options[option], &settings->options[option], value,
                                   reader->error);
    }
    if (data)
        return settings_add_override(model, settings, data, value, reader->error);
    return in ? settings_add_in(model, settings, in, value, reader->error)
              : settings_add_out(model, settings, out, value, reader->error);
}

static int settings_read_one(SettingsReader *reader)
{
    char name[SETTINGS_NAME];
    const char *argument = reader->argv[reader->at];
    if (strncmp(argument, "--", 2) != 0 || argument[2] == '\0')
        return grt_fail(reader->error, 2, "'%.100s' was not expected; see %s --help", argument,
                        reader->settings->program);
    const char *equals = strchr(argument, '=');
    const size_t length = equals ? (size_t)(equals - argument) - 2 : strlen(argument) - 2;
    if (length >= sizeof name)
        return grt_fail(reader->error, 2, "unknown option %.60s...", argument);
    memcpy(name, argument + 2, length);
    name[length] = '\0';
    const GrtFlag *flag = settings_find_flag(reader->model, name);
    if (!flag)
        return settings_read_named(reader, name, equals);
    if (!flag->value && equals)
        return grt_fail(reader->error, 2, "--%s takes no value", name);
    const bool optional = flag->value && flag->value[0] == '[';
    const char *value = NULL;
    if (flag->value && (!optional || equals))
        value = settings_value(reader, name, equals);
    if (flag->value && !optional && !value)
        return reader->error->status;
    return flag->set(reader->model, reader->settings, value, reader->error);
}

int grt_settings_read(const GrtModel *model, int argc, char **argv, GrtSettings *settings,
                      GrtError *error)
{
    const size_t room = (size_t)argc + 1, options = (size_t)model->option_count + 1;
    settings->arguments = argv;
    settings->argument_count = argc;
    settings->batch = model->batch > 0 ? model->batch : grt_bound(model);
    settings->epochs = model->epochs;
    settings->entries = 20;
    settings->samples = 1;
    settings->length = model->generate ? model->generate->length : 0;
    settings->overrides = calloc(room, sizeof *settings->overrides);
    settings->ins = calloc(room, sizeof *settings->ins);
    settings->outs = calloc(room, sizeof *settings->outs);
    settings->options = calloc(options, sizeof *settings->options);
    settings->option_given = calloc(options, sizeof *settings->option_given);
    if (!settings->overrides || !settings->ins || !settings->outs || !settings->options ||
        !settings->option_given)
        return grt_fail(error, 3, "not enough memory");
    for (int i = 0; i < model->option_count; i++)
        settings->options[i] = model->options[i].value;
    SettingsReader reader = {model, settings, error, argv, argc, 0};
    for (; reader.at < argc; reader.at++)
        if (settings_read_one(&reader) != 0)
            return error->status;
    return 0;
}

void grt_settings_free(GrtSettings *settings)
{
    free(settings->overrides);
    free(settings->ins);
    free(settings->outs);
    free(settings->options);
    free(settings->option_given);
}
