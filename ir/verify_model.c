/* verify_model.c -- what must hold of a model beside its graphs.
 *
 * In: a model, from the front end or from text.  Out: NULL, or one sentence and a place:
 *
 *     "split train: 100 samples of f32[batch, 1] are made as f32[50, 1]" */
#include "ir/scan.h"
#include "ir/text_names.h"

#include <string.h>

enum { MAX_STEPS = 1000 };

typedef struct ModelVerifier {
    const Model *model;
    Arena *arena;
    Loc loc;                 /* of what is being looked at */
    StrMap *graphs, *owners; /* graph names and entry keys that were seen */
} ModelVerifier;

/* The nodes of a graph's values, by name; no graph has none. */
static StrMap *values_of(const ModelVerifier *v, const Graph *g)
{
    StrMap *values = strmap_new(v->arena);
    for (int i = 0; g && i < g->results.count; i++) {
        const Result *r = &g->results.data[i];
        if (r->kind == RESULT_VALUE && r->name)
            strmap_set(values, r->name, r->node);
    }
    return values;
}

/* ---- types ---- */

static const char *verify_size(const ModelVerifier *v, const Type *type)
{
    int64_t bytes;
    const int64_t bound = v->model->batch_bound;
    if (type_batch_axis(type) >= 0 && bound < 1)
        return arena_printf(v->arena, "%s needs a batch_bound of 1 or more",
                            type_text(v->arena, type));
    if (!type_bytes(type, bound, &bytes))
        return arena_printf(v->arena, "%s is too large at %lld samples", type_text(v->arena, type),
                            (long long)bound);
    return NULL;
}

static const char *verify_var(const ModelVerifier *v, const Var *var)
{
    const int batch = type_batch_axis(&var->type);
    const char *why = NULL;
    if (!var->name || !*var->name)
        why = "a variable without a name";
    else if (batch >= 0 && var->kind == VAR_PARAM)
        why = arena_printf(v->arena, "parameter '%s' has a batch dimension", var->name);
    else if (batch >= 0 && var->kind == VAR_STATE && !var->stream)
        why =
            arena_printf(v->arena, "state '%s' has a batch dimension, but is no stream", var->name);
    else if (var->kind == VAR_SOURCE && (batch != 0 || var->type.dims[0].size != 1))
        why = arena_printf(v->arena, "source '%s' is %s: its first dimension must be batch",
                           var->name, type_text(v->arena, &var->type));
    return why ? why : verify_size(v, &var->type);
}

/* An average is a state named after a parameter of its type. */
static const char *verify_average(const ModelVerifier *v, const Var *var)
{
    static const char prefix[] = "average.";
    if (strncmp(var->name, prefix, sizeof prefix - 1) != 0 || var->kind != VAR_STATE)
        return arena_printf(v->arena, "'%s' is no average of a parameter", var->name);
    const int of = model_find_var(v->model, var->name + sizeof prefix - 1);
    if (of < 0 || v->model->vars.data[of].kind != VAR_PARAM ||
        !type_equal(&v->model->vars.data[of].type, &var->type))
        return arena_printf(v->arena, "'%s' averages no parameter of its type", var->name);
    return NULL;
}

static const char *verify_vars(ModelVerifier *v)
{
    for (int i = 0; i < v->model->vars.count; i++) {
        v->loc = v->model->vars.data[i].loc;
        const Var *var = &v->model->vars.data[i];
        const char *why = verify_var(v, var);
        if (!why && var->average)
            why = verify_average(v, var);
        if (why)
            return why;
    }
    return NULL;
}

static const char *verify_nodes(ModelVerifier *v, const Graph *g)
{
    for (int i = 0; i < g->nodes.count; i++) {
        v->loc = g->nodes.data[i]->loc;
        const Node *n = g->nodes.data[i];
        const char *why = verify_size(v, &n->type);
        if (!why && n->op == OP_scan)
            why = verify_nodes(v, n->attr.scan->body);
        if (why)
            return why;
    }
    v->loc = g->loc;
    return NULL;
}

/* ---- entries ---- */

static bool has_steps(EntryKind kind)
{
    return kind == ENTRY_TRAIN || kind == ENTRY_UPDATE || kind == ENTRY_CHECK_GRAD ||
           kind == ENTRY_CHECK_LOSS;
}

static const char *verify_split_of(const ModelVerifier *v, const Entry *entry)
{
    const bool wants = entry->kind == ENTRY_MAKE || entry->kind == ENTRY_FETCH;
    if (wants != (entry->split != NULL))
        return arena_printf(v->arena, "entry %s %s a split", entry_kind_names[entry->kind],
                            wants ? "needs" : "does not have");
    if (!wants)
        return NULL;
    const Graph *own = entry->kind == ENTRY_MAKE ? entry->split->make : entry->split->fetch;
    if (own != entry->graph)
        return arena_printf(v->arena, "split %s does not have graph %s", entry->split->name,
                            entry->graph->name);
    return NULL;
}

static const char *verify_loss(const ModelVerifier *v, const Entry *entry)
{
    const Node *loss = strmap_get(values_of(v, entry->graph), "loss");
    if (!loss)
        return arena_printf(v->arena, "graph %s has no value named loss", entry->graph->name);
    if (loss->type.rank != 0 || !dtype_is_float(loss->type.dtype))
        return arena_printf(v->arena, "the loss is %s, not a float scalar",
                            type_text(v->arena, &loss->type));
    return NULL;
}

static const char *verify_once(ModelVerifier *v, const Entry *entry)
{
    const char *key = arena_printf(v->arena, "%d %d %s", (int)entry->kind, entry->step,
                                   entry->split ? entry->split->name : "");
    if (strmap_get(v->owners, key))
        return arena_printf(v->arena, "a second entry %s", entry_kind_names[entry->kind]);
    strmap_set(v->owners, key, v);
    if (strmap_get(v->graphs, entry->graph->name))
        return arena_printf(v->arena, "graph %s is used twice", entry->graph->name);
    strmap_set(v->graphs, entry->graph->name, entry->graph);
    return NULL;
}

static const char *verify_entry(ModelVerifier *v, const Entry *entry)
{
    if (!entry->graph)
        return arena_printf(v->arena, "entry %s has no graph", entry_kind_names[entry->kind]);
    v->loc = entry->graph->loc;
    if (entry->step < 0 || entry->step >= (has_steps(entry->kind) ? MAX_STEPS : 1))
        return arena_printf(v->arena, "entry %s cannot have step %d", entry_kind_names[entry->kind],
                            entry->step);
    if (entry->kind == ENTRY_TRAIN && entry->every < 1)
        return "a training step must run every 1 or more batches";
    const char *why = verify_split_of(v, entry);
    if (!why)
        why = verify_once(v, entry);
    if (!why && has_steps(entry->kind))
        why = verify_loss(v, entry);
    return why ? why : verify_nodes(v, entry->graph);
}

static const char *verify_entries(ModelVerifier *v)
{
    for (int i = 0; i < v->model->entries.count; i++) {
        const char *why = verify_entry(v, &v->model->entries.data[i]);
        if (why)
            return why;
    }
    return NULL;
}

/* ---- data ---- */

/* The make graph's tensor is `samples` rows of what a batch holds. */
static const char *verify_tensor(const ModelVerifier *v, const Split *split, const Source *source,
                                 const StrMap *values)
{
    const Node *made = source->value ? strmap_get(values, source->value) : NULL;
    Type whole = v->model->vars.data[source->var].type;
    whole.dims[0] = dim_fixed(source->samples);
    if (!made)
        return arena_printf(v->arena, "split %s: its make graph has no value for '%s'", split->name,
                            v->model->vars.data[source->var].name);
    if (!type_equal(&made->type, &whole))
        return arena_printf(v->arena, "split %s: %s is made as %s", split->name,
                            type_text(v->arena, &whole), type_text(v->arena, &made->type));
    return NULL;
}

/* What the runtime relies on when it cuts a text or a run of tokens. */
static const char *verify_windows(const ModelVerifier *v, const Split *split, const Source *source)
{
    const Windows *w = &source->windows;
    const Type *type = &v->model->vars.data[source->var].type;
    const Range *rows = &source->rows;
    const bool cut = source->kind == SOURCE_TEXT || source->kind == SOURCE_TOKENS;
    if (rows->has_part &&
        !(rows->part[0] >= 0 && rows->part[0] < rows->part[1] && rows->part[1] <= 1))
        return arena_printf(v->arena, "split %s: a part is two shares, from 0 to 1", split->name);
    if (!cut)
        return w->offset || w->stride || w->random || w->skip || w->width || w->vocabulary
                   ? arena_printf(v->arena, "split %s: no windows are cut from it", split->name)
                   : NULL;
    const bool wide = w->width == 2 || w->width == 4;
    if (type->rank != 2 || type->dims[1].size < 1 || w->offset < 0 || w->offset > 1 ||
        w->stride < 0 || w->random < 0 || w->skip < 0 || wide != (source->kind == SOURCE_TOKENS) ||
        (w->vocabulary && !*w->vocabulary))
        return arena_printf(v->arena, "split %s: '%s' has no such windows", split->name,
                            source->path);
    return NULL;
}

static const char *verify_source(ModelVerifier *v, const Split *split, const Source *source,
                                 const StrMap *values, bool *used)
{
    v->loc = source->loc;
    if (source->var < 0 || source->var >= v->model->vars.count ||
        v->model->vars.data[source->var].kind != VAR_SOURCE)
        return arena_printf(v->arena, "split %s: it fills what is no source", split->name);
    if (used[source->var])
        return arena_printf(v->arena, "split %s: '%s' is filled twice", split->name,
                            v->model->vars.data[source->var].name);
    used[source->var] = true;
    if (source->kind == SOURCE_TENSOR)
        return verify_tensor(v, split, source, values);
    if (!source->path || (source->kind == SOURCE_NPZ && !source->member))
        return arena_printf(v->arena, "split %s: no path", split->name);
    return verify_windows(v, split, source);
}

/* A split's graphs are entries, so that they are compiled. */
static const char *verify_split(ModelVerifier *v, const Split *split, bool *used)
{
    v->loc = split->loc;
    if (!split->fetch || strmap_get(v->graphs, split->fetch->name) != split->fetch)
        return arena_printf(v->arena, "split %s has no entry that fetches it", split->name);
    if (split->make && strmap_get(v->graphs, split->make->name) != split->make)
        return arena_printf(v->arena, "split %s has no entry that makes it", split->name);
    const StrMap *made = values_of(v, split->make);
    for (int i = 0; i < split->sources.count; i++) {
        const char *why = verify_source(v, split, &split->sources.data[i], made, used);
        if (why)
            return why;
    }
    return NULL;
}

static const char *verify_splits(ModelVerifier *v)
{
    bool *used = arena_array(v->arena, bool, v->model->vars.count);
    for (int i = 0; i < v->model->splits.count; i++) {
        const char *why = verify_split(v, v->model->splits.data[i], used);
        if (why)
            return why;
    }
    return NULL;
}

/* ---- settings ---- */

static const char *verify_train(ModelVerifier *v)
{
    const TrainConfig *train = &v->model->train;
    v->loc = train->loc;
    if (!train->present)
        return NULL;
    if (train->batch < 1 || train->epochs < 0)
        return "training needs a batch of 1 or more";
    if (train->accumulate < 1 || train->patience < 0)
        return "a step needs 1 micro-batch or more, and patience is no debt";
    if (v->model->batch_bound > 0 && train->batch > v->model->batch_bound)
        return arena_printf(v->arena, "a batch of %lld is above the batch_bound of %lld",
                            (long long)train->batch, (long long)v->model->batch_bound);
    return NULL;
}

/* What the print graph, or the report's, has to have. */
static const char *verify_shown(ModelVerifier *v, bool report)
{
    const Entry *entry = model_find_entry(v->model, report ? ENTRY_REPORT : ENTRY_PRINT, 0);
    const char *graph = report ? "report" : "print";
    v->loc = entry && entry->graph ? entry->graph->loc : (Loc){0};
    const StrMap *values = values_of(v, entry ? entry->graph : NULL);
    for (int i = 0; i < v->model->prints.count; i++) {
        const Print *print = &v->model->prints.data[i];
        if (print->report == report && print->value && !strmap_get(values, print->value))
            return arena_printf(v->arena, "the %s graph has no value named '%s'", graph,
                                print->value);
    }
    for (int i = 0; i < v->model->saves.count; i++) {
        const Save *save = &v->model->saves.data[i];
        if (save->report == report &&
            (!save->path || !save->value || !strmap_get(values, save->value)))
            return arena_printf(v->arena, "the %s graph has no value to save named '%s'", graph,
                                save->value ? save->value : "");
    }
    return NULL;
}

/* One VALUE, the next tokens, from one input, the last ones. */
static const char *verify_generate(ModelVerifier *v)
{
    const GenerateConfig *generate = &v->model->generate;
    const Entry *entry = model_find_entry(v->model, ENTRY_GENERATE, 0);
    v->loc = generate->loc;
    if (generate->present != (entry != NULL))
        return "text is generated by an entry and its settings";
    if (!entry)
        return NULL;
    if (generate->input < 0 || generate->input >= v->model->vars.count ||
        v->model->vars.data[generate->input].kind != VAR_INPUT ||
        !type_is_tokens(&v->model->vars.data[generate->input].type))
        return "what is generated from is no input of one token a sample";
    if (generate->length < 1 || generate->length > GENERATE_MOST || generate->context < 0 ||
        generate->context == 1 || generate->context > GENERATE_MOST)
        return "generated text has a length, and a context of 2 tokens or more";
    if ((generate->text == TEXT_VOCABULARY) != (generate->vocabulary && *generate->vocabulary))
        return "a vocabulary has a byte for each token";
    int values = 0;
    for (int i = 0; i < entry->graph->results.count; i++) {
        const Result *result = &entry->graph->results.data[i];
        if (result->kind != RESULT_VALUE)
            continue;
        values++;
        if (!type_is_tokens(&result->node->type))
            return "what is generated is no token of each sample";
    }
    return values == 1 ? NULL : "one value is generated";
}

const char *model_verify(const Model *model, Loc *loc)
{
    ModelVerifier v = {.model = model,
                       .arena = model->arena,
                       .graphs = strmap_new(model->arena),
                       .owners = strmap_new(model->arena)};
    const char *why = verify_train(&v);
    if (!why)
        why = verify_vars(&v);
    if (!why)
        why = verify_entries(&v);
    if (!why)
        why = verify_splits(&v);
    if (!why)
        why = verify_shown(&v, false);
    if (!why)
        why = verify_shown(&v, true);
    if (!why)
        why = verify_generate(&v);
    *loc = v.loc;
    return why;
}
