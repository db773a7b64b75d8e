/* read.c -- a whole model from its textual IR: the statements around the graphs.
 *
 * In: text as model_print wrote it, or as a person did; nothing in it is trusted.  Out: a model
 * that model_verify and graph_verify accept, or one error with its place, and NULL.
 *
 *     model digits
 *     batch_bound 32
 *     train batch=32 epochs=20 shuffle
 *     option @lr float = 0.001
 *     input @image : f32[batch, 64]
 *     source @train.image : f32[batch, 64]
 *     graph train { ... }
 *     split train fetch=fetch_train {
 *       csv @train.image path="digits.csv" rows=:1500 columns=:64
 *     }
 *     entry train graph=train step=0 every=1 */
#include "ir/reader.h"

#include <string.h>

#include "ir/text_names.h"

enum { MAX_NODE_IDS = 1 << 22 };

/* ---- small parts ---- */

static void put_index(Reader *r, StrMap *map, const char *name, int index)
{
    int *stored = arena_new_of(r->arena, int);
    *stored = index;
    strmap_set(map, name, stored);
}

/* @name, new in map: its index is entered. */
static const char *read_new_name(Reader *r, StrMap *map, int index)
{
    const Loc loc = reader_loc(r);
    reader_expect(r, "@");
    const char *name = reader_name(r);
    if (!r->failed && !*name)
        reader_fail(r, loc, "a name is missing here");
    if (strmap_get(map, name))
        reader_fail(r, loc, "there is a '%s' already", name);
    put_index(r, map, name, index);
    return name;
}

static Graph *read_graph_name(Reader *r)
{
    const Loc loc = reader_loc(r);
    const char *name = reader_name(r);
    Graph *g = strmap_get(r->graphs, name);
    if (!g)
        reader_fail(r, loc, "there is no graph '%s' before this line", name);
    return g;
}

/* ---- settings ---- */

static void read_batch_bound(Reader *r)
{
    reader_int(r, 0, INT32_MAX, &r->model->batch_bound);
}

static void read_train(Reader *r)
{
    TrainConfig *train = &r->model->train;
    *train = (TrainConfig){.present = true, .loc = reader_loc(r)};
    reader_expect_key(r, "batch");
    reader_int(r, 1, INT32_MAX, &train->batch);
    reader_expect_key(r, "epochs");
    reader_int(r, 0, INT64_MAX, &train->epochs);
    train->shuffle = reader_accept_word(r, "shuffle");
    train->drop_last = reader_accept_word(r, "drop_last");
    train->accumulate = 1;
    if (reader_accept_key(r, "accumulate"))
        reader_int(r, 1, INT32_MAX, &train->accumulate);
    if (!reader_accept_key(r, "patience"))
        return;
    reader_int(r, 0, INT32_MAX, &train->patience);
    train->monitor_max = reader_accept_key(r, "max");
    if (!train->monitor_max)
        reader_expect_key(r, "min");
    train->monitor = reader_name(r);
}

static void read_generate(Reader *r)
{
    int form;
    GenerateConfig *generate = &r->model->generate;
    *generate = (GenerateConfig){.present = true, .loc = reader_loc(r)};
    reader_expect(r, "@");
    generate->input = model_find_var(r->model, reader_name(r));
    if (generate->input < 0)
        reader_fail(r, generate->loc, "there is no such input");
    reader_expect_key(r, "length");
    reader_int(r, 1, GENERATE_MOST, &generate->length);
    reader_expect_key(r, "context");
    reader_int(r, 0, GENERATE_MOST, &generate->context);
    reader_expect_key(r, "text");
    reader_choice(r, text_form_names, TEXT_FORMS, "form of text", &form);
    generate->text = (TextForm)form;
    if (generate->text != TEXT_VOCABULARY)
        return;
    reader_expect_key(r, "vocabulary");
    generate->vocabulary = reader_name(r);
}

static void read_option(Reader *r)
{
    Option option = {.loc = reader_loc(r)};
    Scalar value;
    int type;
    option.name = read_new_name(r, r->options, r->model->options.count);
    reader_choice(r, option_type_names, OPTION_TYPES, "type of options", &type);
    option.type = (OptionType)type;
    reader_expect(r, "=");
    const Loc loc = reader_loc(r);
    if (reader_number(r, &value))
        reader_convert(r, loc, value, DT_F64, &value);
    option.value = value.f;
    if (reader_accept_key(r, "range")) {
        int range;
        reader_choice(r, option_range_names, OPTION_RANGES, "range of options", &range);
        option.range = (OptionRange)range;
    }
    vec_push(r->arena, &r->model->options, option);
}

/* ---- variables ---- */

static void read_var_range(Reader *r, Var *var)
{
    int64_t range[MAX_RANK];
    int count;
    const Loc loc = reader_loc(r);
    if (!reader_accept_key(r, "range") || !reader_ints(r, range, &count))
        return;
    if (count != 2 || range[0] > range[1]) {
        reader_fail(r, loc, "a range has two numbers, the lowest and the highest");
        return;
    }
    var->has_range = true;
    var->low = range[0];
    var->high = range[1];
}

static void read_var(Reader *r, VarKind kind)
{
    Var var = {.kind = kind, .loc = reader_loc(r)};
    var.name = read_new_name(r, kind == VAR_SOURCE ? r->sources : r->vars, r->model->vars.count);
    reader_expect(r, ":");
    reader_type(r, &var.type);
    var.optimizer = reader_accept_word(r, "optimizer");
    var.stream = reader_accept_word(r, "stream");
    var.average = reader_accept_word(r, "average");
    read_var_range(r, &var);
    vec_push(r->arena, &r->model->vars, var);
}

static bool read_any_var(Reader *r)
{
    for (int kind = 0; kind < VAR_KINDS; kind++) {
        if (reader_accept_word(r, var_kind_names[kind])) {
            read_var(r, (VarKind)kind);
            return true;
        }
    }
    return false;
}

/* ---- what is shown ---- */

static void read_metric(Reader *r)
{
    Metric metric = {.loc = reader_loc(r)};
    metric.name = reader_name(r);
    reader_expect(r, ":");
    reader_type(r, &metric.type);
    vec_push(r->arena, &r->model->metrics, metric);
}

/* style=8,1,1000,3,80,0, or nothing for the default. */
static void read_style(Reader *r, int64_t *style)
{
    static const int64_t most[STYLE_KEYS] = {100, 1, INT64_MAX, INT32_MAX / 2, INT32_MAX / 2, 2};
    memcpy(style, style_default, sizeof style_default);
    if (!reader_accept_key(r, "style"))
        return;
    for (int i = 0; i < STYLE_KEYS; i++)
        if ((i == 0 || reader_expect(r, ",")) &&
            !reader_int(r, i == STYLE_WIDTH, most[i], &style[i]))
            return;
}

/* 64, 1500:, :64 or 1500:1797 behind `rows=` or `columns=`. */
static void read_range(Reader *r, const char *key, Range *range)
{
    if (!reader_accept_key(r, key))
        return;
    range->has_start = reader_peek(r) != ':';
    if (range->has_start)
        reader_int(r, INT64_MIN, INT64_MAX, &range->start);
    range->single = !reader_accept(r, ":");
    const char next = r->at < r->end ? *r->at : ' ';
    range->has_stop = !range->single && (next == '-' || (next >= '0' && next <= '9'));
    if (range->has_stop)
        reader_int(r, INT64_MIN, INT64_MAX, &range->stop);
}

static void read_load(Reader *r)
{
    Load load = {0};
    const Loc loc = reader_loc(r);
    reader_expect(r, "@");
    load.var = model_find_var(r->model, reader_name(r));
    if (load.var < 0 || r->model->vars.data[load.var].kind != VAR_FILE) {
        reader_fail(r, loc, "there is no such file variable");
        return;
    }
    if (reader_expect_key(r, "path"))
        load.path = reader_name(r);
    if (reader_accept_key(r, "name"))
        load.member = reader_name(r);
    read_range(r, "rows", &load.rows);
    read_range(r, "columns", &load.columns);
    vec_push(r->arena, &r->model->loads, load);
}

static void read_save(Reader *r)
{
    Save save = {.loc = reader_loc(r)};
    if (reader_expect_key(r, "path"))
        save.path = reader_name(r);
    if (reader_accept_key(r, "name"))
        save.name = reader_name(r);
    if (reader_expect_key(r, "value"))
        save.value = reader_name(r);
    save.report = reader_accept_word(r, "report");
    vec_push(r->arena, &r->model->saves, save);
}

static void read_print(Reader *r)
{
    Print print = {0};
    if (reader_accept_key(r, "label"))
        print.label = reader_name(r);
    if (reader_accept_key(r, "value"))
        print.value = reader_name(r);
    print.more = reader_accept_word(r, "more");
    print.report = reader_accept_word(r, "report");
    read_style(r, print.style);
    vec_push(r->arena, &r->model->prints, print);
}

/* ---- data ---- */

/* `part=0.0,0.9`: shares of a file. */
static void read_part(Reader *r, Range *range)
{
    Scalar number;
    if (!reader_accept_key(r, "part"))
        return;
    range->has_part = true;
    for (int i = 0; i < 2; i++) {
        if (i > 0)
            reader_expect(r, ",");
        reader_number(r, &number);
        range->part[i] = r->failed ? 0 : scalar_as_double(number);
    }
}

static void read_count(Reader *r, const char *key, int64_t high, int64_t *count)
{
    if (reader_accept_key(r, key))
        reader_int(r, 1, high, count);
}

static void read_windows(Reader *r, Windows *windows)
{
    read_count(r, "offset", 1, &windows->offset);
    read_count(r, "stride", INT64_MAX, &windows->stride);
    read_count(r, "random", INT64_MAX, &windows->random);
    read_count(r, "skip", INT64_MAX, &windows->skip);
    read_count(r, "width", 4, &windows->width);
    if (reader_accept_key(r, "vocabulary"))
        windows->vocabulary = reader_name(r);
}

static void read_source(Reader *r, Split *split)
{
    int kind;
    Source source = {.loc = reader_loc(r)};
    reader_choice(r, source_kind_names, SOURCE_KINDS, "kind of source", &kind);
    source.kind = (SourceKind)kind;
    const Loc loc = reader_loc(r);
    reader_expect(r, "@");
    const int *var = strmap_get(r->sources, reader_name(r));
    if (!var) {
        reader_fail(r, loc, "there is no such source");
        return;
    }
    source.var = *var;
    if (source.kind == SOURCE_TENSOR) {
        reader_expect_key(r, "samples");
        reader_int(r, 0, INT64_MAX, &source.samples);
        reader_expect_key(r, "value");
        source.value = reader_name(r);
    } else {
        reader_expect_key(r, "path");
        source.path = reader_name(r);
        if (source.kind == SOURCE_NPZ && reader_expect_key(r, "name"))
            source.member = reader_name(r);
        read_windows(r, &source.windows);
        read_part(r, &source.rows);
        read_range(r, "rows", &source.rows);
        read_range(r, "columns", &source.columns);
    }
    vec_push(r->arena, &split->sources, source);
}

static Split *find_split(const Model *m, const char *name)
{
    for (int i = 0; i < m->splits.count; i++)
        if (strcmp(m->splits.data[i]->name, name) == 0)
            return m->splits.data[i];
    return NULL;
}

static void read_split(Reader *r)
{
    static const char *const names[] = {"train", "valid", "test"};
    int name;
    Split *split = arena_new_of(r->arena, Split);
    split->loc = reader_loc(r);
    reader_choice(r, names, 3, "split", &name);
    split->name = names[name];
    if (find_split(r->model, split->name))
        reader_fail(r, split->loc, "there is a split '%s' already", split->name);
    if (reader_accept_key(r, "make"))
        split->make = read_graph_name(r);
    if (reader_accept_key(r, "fetch"))
        split->fetch = read_graph_name(r);
    vec_push(r->arena, &r->model->splits, split);
    reader_expect(r, "{");
    while (!r->failed && !reader_accept(r, "}"))
        read_source(r, split);
}

/* ---- entries ---- */

static void read_entry_split(Reader *r, Entry *entry)
{
    if (!reader_accept_key(r, "split"))
        return;
    const Loc loc = reader_loc(r);
    entry->split = find_split(r->model, reader_name(r));
    if (!entry->split)
        reader_fail(r, loc, "there is no such split before this line");
}

static void read_entry(Reader *r)
{
    Entry entry = {0};
    int kind;
    int64_t step;
    reader_choice(r, entry_kind_names, ENTRY_KINDS, "kind of entry", &kind);
    entry.kind = (EntryKind)kind;
    reader_expect_key(r, "graph");
    entry.graph = read_graph_name(r);
    reader_expect_key(r, "step");
    reader_int(r, 0, INT32_MAX, &step);
    entry.step = (int)step;
    reader_expect_key(r, "every");
    reader_int(r, 0, INT64_MAX, &entry.every);
    if (reader_accept_key(r, "loss"))
        entry.loss = reader_name(r);
    read_entry_split(r, &entry);
    vec_push(r->arena, &r->model->entries, entry);
}

/* ---- the whole ---- */

typedef struct Statement {
    const char *word;
    void (*read)(Reader *r);
} Statement;

static const Statement statements[] = {
    {"batch_bound", read_batch_bound},
    {"train", read_train},
    {"option", read_option},
    {"generate", read_generate},
    {"metric", read_metric},
    {"print", read_print},
    {"load", read_load},
    {"save", read_save},
    {"graph", read_graph},
    {"split", read_split},
    {"entry", read_entry},
};

static void read_statement(Reader *r)
{
    if (read_any_var(r))
        return;
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        if (reader_accept_word(r, statements[i].word)) {
            statements[i].read(r);
            return;
        }
    }
    reader_fail(r, reader_loc(r), "this begins no statement of the textual IR");
}

/* A graph that no entry runs would be lost. */
static void verify_used(Reader *r)
{
    StrMap *used = strmap_new(r->arena);
    for (int i = 0; i < r->model->entries.count; i++)
        strmap_set(used, r->model->entries.data[i].graph->name, r);
    for (int i = 0; i < r->all_graphs.count; i++)
        if (!strmap_get(used, r->all_graphs.data[i]->name))
            reader_fail(r, r->all_graphs.data[i]->loc, "graph '%s' belongs to no entry",
                        r->all_graphs.data[i]->name);
}

/* What was read is checked as a whole: nothing later may have to doubt it. */
static void verify_all(Reader *r)
{
    Loc loc;
    const char *why = model_verify(r->model, &loc);
    if (why)
        reader_fail(r, loc, "%s", why);
    for (int i = 0; i < r->all_graphs.count && !r->failed; i++) {
        const Graph *g = r->all_graphs.data[i];
        why = graph_verify(g);
        if (why)
            reader_fail(r, g->loc, "graph %s: %s", g->name, why);
    }
    if (!r->failed)
        verify_used(r);
}

/* It becomes part of identifiers and file names. */
static const char *read_model_name(Reader *r)
{
    const Loc loc = reader_loc(r);
    const char *name = reader_word(r);
    if (strchr(name, '.') || (*name >= '0' && *name <= '9'))
        reader_fail(r, loc, "the model's name must be an identifier");
    return name;
}

static void read_statements(Reader *r)
{
    const Loc loc = reader_loc(r);
    if (!reader_accept_word(r, "model"))
        reader_fail(r, loc, "the textual IR begins with 'model NAME'");
    r->model->name = read_model_name(r);
    while (!r->failed && reader_peek(r))
        read_statement(r);
    if (!r->failed && r->at < r->end)
        reader_fail(r, reader_loc(r), "a NUL byte");
}

Model *model_read(Arena *arena, const SourceFile *source, Diag *diag)
{
    Reader r = {.arena = arena, .source = source, .diag = diag, .ids_left = MAX_NODE_IDS};
    r.at = source->text;
    r.end = source->text + source->size;
    r.model = model_new(arena, "", source);
    r.model->from_text = true;
    r.vars = strmap_new(arena);
    r.sources = strmap_new(arena);
    r.options = strmap_new(arena);
    r.graphs = strmap_new(arena);
    read_statements(&r);
    if (!r.failed)
        verify_all(&r);
    return r.failed ? NULL : r.model;
}
