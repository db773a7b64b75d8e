/* print.c -- the textual IR: a graph, or a whole model, as text that model_read takes back.
 *
 *     model digits
 *     batch_bound 32
 *     input @image : f32[batch, 64]                       # digits.dsl:7
 *     graph train {
 *       %0 = input @image : f32[batch, 64]                # digits.dsl:13
 *       %1 = sum %0 axes=[1] : f32[batch, 1] name=total
 *       value loss = %1
 *     }
 *     entry train graph=train step=0 every=1
 *
 * Names that are not made of letters, digits, '_' and '.' stand in double quotes. */
#include <math.h>
#include <string.h>

#include "ir/scan.h"
#include "ir/text_names.h"
#include "support/file.h"
#include "support/text.h"

const char *const var_kind_names[VAR_KINDS] = {
    [VAR_INPUT] = "input",   [VAR_PARAM] = "param", [VAR_STATE] = "state",
    [VAR_SOURCE] = "source", [VAR_FILE] = "file",   [VAR_SCRATCH] = "scratch",
};

const char *const option_type_names[OPTION_TYPES] = {
    [OPTION_FLOAT] = "float",
    [OPTION_INT] = "int",
    [OPTION_BOOL] = "bool",
};

const char *const source_kind_names[SOURCE_KINDS] = {
    [SOURCE_TENSOR] = "tensor", [SOURCE_CSV] = "csv", [SOURCE_IDX] = "idx",
    [SOURCE_NPY] = "npy",       [SOURCE_NPZ] = "npz", [SOURCE_TEXT] = "text",
    [SOURCE_TOKENS] = "tokens",
};

const char *const text_form_names[TEXT_FORMS] = {"bytes", "vocabulary", "numbers"};
const char *const option_range_names[OPTION_RANGES] = {"any", "positive", "share"};

const char *const entry_kind_names[ENTRY_KINDS] = {
    [ENTRY_INIT] = "init",
    [ENTRY_RESET] = "reset",
    [ENTRY_TRAIN] = "train",
    [ENTRY_UPDATE] = "update",
    [ENTRY_AVERAGE] = "average",
    [ENTRY_EVAL] = "eval",
    [ENTRY_FINISH] = "finish",
    [ENTRY_PREDICT] = "predict",
    [ENTRY_MAKE] = "make",
    [ENTRY_FETCH] = "fetch",
    [ENTRY_PRINT] = "print",
    [ENTRY_REPORT] = "report",
    [ENTRY_GENERATE] = "generate",
    [ENTRY_CHECK_GRAD] = "check_grad",
    [ENTRY_CHECK_LOSS] = "check_loss",
};

/* ---- words and numbers ---- */

bool is_plain_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

static void print_quoted(StrBuf *out, const char *text)
{
    strbuf_putc(out, '"');
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            strbuf_printf(out, "\\%c", c);
        else if (c < ' ' || c > '~')
            strbuf_printf(out, "\\x%02x", c);
        else
            strbuf_putc(out, (char)c);
    }
    strbuf_putc(out, '"');
}

static void print_name(StrBuf *out, const char *name)
{
    const char *c = name;
    while (is_plain_char(*c))
        c++;
    if (*name && !*c)
        strbuf_puts(out, name);
    else
        print_quoted(out, name);
}

static void print_double(StrBuf *out, double value, bool single)
{
    if (isnan(value))
        strbuf_puts(out, "nan");
    else if (isinf(value))
        strbuf_puts(out, value < 0 ? "-inf" : "inf");
    else
        text_c_double(out, value, single);
    if (single && isfinite(value)) /* without C's suffix */
        out->data[--out->length] = '\0';
}

static void print_scalar(StrBuf *out, Scalar s)
{
    if (dtype_is_float(s.dtype))
        print_double(out, s.f, s.dtype == DT_F32);
    else if (s.dtype == DT_BOOL)
        strbuf_puts(out, s.i ? "true" : "false");
    else
        strbuf_printf(out, "%lld", (long long)s.i);
}

static void print_integers(StrBuf *out, const char *key, const int64_t *values, int count)
{
    strbuf_printf(out, " %s=[", key);
    for (int i = 0; i < count; i++)
        strbuf_printf(out, "%s%lld", i ? ", " : "", (long long)values[i]);
    strbuf_putc(out, ']');
}

static void print_axes(StrBuf *out, const Attr *attr)
{
    strbuf_puts(out, " axes=[");
    for (int i = 0; i < attr->axis_count; i++)
        strbuf_printf(out, "%s%d", i ? ", " : "", attr->axes[i]);
    strbuf_putc(out, ']');
}

/* "   # digits.dsl:7", but not in a text whose own lines are the places; then the newline. */
static void end_line(StrBuf *out, size_t start, const Model *model, Loc loc)
{
    enum { COMMENT_COLUMN = 60 };
    if (loc.file && !(model->from_text && loc.file == model->source)) {
        const size_t width = out->length - start;
        strbuf_printf(out, "%*s# ", width < COMMENT_COLUMN ? (int)(COMMENT_COLUMN - width) : 1, "");
        text_c_comment(out, path_base(loc.file->path));
        strbuf_printf(out, ":%d", loc_line(loc));
    }
    strbuf_putc(out, '\n');
}

/* ---- graphs ---- */

static void print_literal(StrBuf *out, const Node *n)
{
    int64_t count = 0;
    type_count(&n->type, 1, &count);
    strbuf_puts(out, " [");
    for (int64_t i = 0; i < count; i++) {
        strbuf_puts(out, i ? ", " : "");
        print_scalar(out, n->attr.elements[i]);
    }
    strbuf_putc(out, ']');
}

static void print_const(StrBuf *out, const Node *n)
{
    if (n->attr.elements) {
        print_literal(out, n);
        return;
    }
    strbuf_putc(out, ' ');
    print_scalar(out, n->attr.value);
}

static void print_positions(StrBuf *out, const Node *n)
{
    print_integers(out, "start", n->attr.start, n->type.rank);
    print_integers(out, "step", n->attr.step, n->type.rank);
}

static void print_slot(StrBuf *out, const Model *model, const Node *n)
{
    strbuf_puts(out, " @");
    print_name(out, n->op == OP_option ? model->options.data[n->attr.slot].name
                                       : model->vars.data[n->attr.slot].name);
}

static void print_list(StrBuf *out, const char *key, const int *values, int count)
{
    strbuf_printf(out, " %s=[", key);
    for (int i = 0; i < count; i++)
        strbuf_printf(out, "%s%d", i ? ", " : "", values[i]);
    strbuf_putc(out, ']');
}

static void print_nodes(StrBuf *out, const Graph *g, int indent);

/* The shape of the loop, then its body: nodes, and what becomes of them. */
static void print_scan(StrBuf *out, const Node *n, int indent)
{
    const Scan *s = n->attr.scan;
    strbuf_printf(out, " turns=%lld carries=%d", (long long)s->turns, s->carries);
    print_list(out, "along", s->along.data, s->along.count);
    print_list(out, "yields", s->yields.data, s->yields.count);
    strbuf_puts(out, s->backward ? " backward {\n" : " {\n");
    print_nodes(out, s->body, indent + 2);
    for (int i = 0; i < s->body->results.count; i++)
        strbuf_printf(out, "%*s%s %%%d\n", indent + 2, "", i < s->carries ? "next" : "yield",
                      s->body->results.data[i].node->id);
    strbuf_printf(out, "%*s}", indent, "");
}

/* What an operation needs beside its operands; read back by read_attr() in read_graph.c. */
static void print_attr(StrBuf *out, const Model *model, const Node *n, int indent)
{
    const Attr *attr = &n->attr;
    switch (n->op) {
    case OP_const:
        print_const(out, n);
        break;
    case OP_input:
    case OP_param:
    case OP_state:
    case OP_option:
        print_slot(out, model, n);
        break;
    case OP_counter:
        strbuf_printf(out, " %s", counter_names[attr->slot]);
        break;
    case OP_arg:
        strbuf_printf(out, " %d", attr->slot);
        break;
    case OP_scan:
        print_scan(out, n, indent);
        break;
    case OP_scan_out:
        strbuf_printf(out, " result=%d", attr->slot);
        break;
    case OP_uniform:
    case OP_normal:
        strbuf_printf(out, " key=0x%016llx", (unsigned long long)attr->key);
        break;
    case OP_iota:
    case OP_concat:
        strbuf_printf(out, " axis=%d", attr->axes[0]);
        break;
    case OP_permute:
        print_axes(out, attr);
        break;
    case OP_window:
    case OP_fold:
        strbuf_printf(out, " axis=%d", attr->axes[0]);
        print_integers(out, "step", attr->step, 2);
        break;
    case OP_slice:
        print_positions(out, n);
        break;
    case OP_pad:
        print_positions(out, n);
        strbuf_puts(out, " fill=");
        print_scalar(out, attr->value);
        break;
    case OP_contract:
        strbuf_printf(out, " labels=%s,%s->%s", attr->labels[0], attr->labels[1], attr->labels[2]);
        break;
    case OP_cumsum:
    case OP_cumprod:
        strbuf_printf(out, " axis=%d exclusive=%d reverse=%d", attr->axes[0], attr->exclusive,
                      attr->reverse);
        break;
    case OP_gather:
    case OP_scatter:
        strbuf_printf(out, " axis=%d labels=%s,%s->%s", attr->axes[0], attr->labels[0],
                      attr->labels[1], attr->labels[2]);
        break;
    default:
        if (op_info[n->op].class == CLASS_REDUCE)
            print_axes(out, attr);
    }
}

/* by_id tells whether a forward node is still there to point to. */
static void print_node(StrBuf *out, const Graph *g, const Node *n, Node *const *by_id, int indent)
{
    size_t start = out->length;
    strbuf_printf(out, "%*s%%%d = %s", indent, "", n->id, op_info[n->op].name);
    for (int i = 0; i < n->arity; i++)
        strbuf_printf(out, " %%%d", n->args[i]->id);
    print_attr(out, g->model, n, indent);
    if (n->op == OP_scan) /* its last line alone decides where the comment stands */
        start = out->length - (size_t)indent - 1;
    strbuf_puts(out, " : ");
    type_print(out, &n->type);
    if (n->name) {
        strbuf_puts(out, " name=");
        print_name(out, n->name);
    }
    const Node *forward = n->grad_of;
    if (forward && forward->id < g->next_id && by_id[forward->id] == forward)
        strbuf_printf(out, " grad_of=%%%d", forward->id);
    end_line(out, start, g->model, n->loc);
}

static void print_result(StrBuf *out, const Graph *g, const Result *r)
{
    const size_t start = out->length;
    strbuf_puts(out, r->kind == RESULT_WRITE ? "  write @" : "  value ");
    print_name(out, r->kind == RESULT_WRITE ? g->model->vars.data[r->slot].name : r->name);
    strbuf_printf(out, " = %%%d", r->node->id);
    end_line(out, start, g->model, r->loc);
}

static void print_nodes(StrBuf *out, const Graph *g, int indent)
{
    Node **by_id = arena_array(g->arena, Node *, g->next_id);
    for (int i = 0; i < g->nodes.count; i++)
        by_id[g->nodes.data[i]->id] = g->nodes.data[i];
    for (int i = 0; i < g->nodes.count; i++)
        print_node(out, g, g->nodes.data[i], by_id, indent);
}

void graph_print(StrBuf *out, const Graph *g)
{
    strbuf_puts(out, "graph ");
    print_name(out, g->name);
    strbuf_puts(out, g->widened ? " widened {\n" : " {\n");
    print_nodes(out, g, 2);
    for (int i = 0; i < g->results.count; i++)
        print_result(out, g, &g->results.data[i]);
    strbuf_puts(out, "}\n");
}

/* ---- what a model has beside its graphs ---- */

static void print_vars(StrBuf *out, const Model *m)
{
    for (int i = 0; i < m->vars.count; i++) {
        const Var *var = &m->vars.data[i];
        const size_t start = out->length;
        strbuf_printf(out, "%s @", var_kind_names[var->kind]);
        print_name(out, var->name);
        strbuf_puts(out, " : ");
        type_print(out, &var->type);
        strbuf_puts(out, var->optimizer ? " optimizer" : "");
        strbuf_puts(out, var->stream ? " stream" : "");
        strbuf_puts(out, var->average ? " average" : "");
        if (var->has_range)
            print_integers(out, "range", (const int64_t[]){var->low, var->high}, 2);
        end_line(out, start, m, var->loc);
    }
}

static void print_options(StrBuf *out, const Model *m)
{
    for (int i = 0; i < m->options.count; i++) {
        const Option *option = &m->options.data[i];
        const size_t start = out->length;
        strbuf_puts(out, "option @");
        print_name(out, option->name);
        strbuf_printf(out, " %s = ", option_type_names[option->type]);
        print_double(out, option->value, false);
        if (option->range != OPTION_ANY)
            strbuf_printf(out, " range=%s", option_range_names[option->range]);
        end_line(out, start, m, option->loc);
    }
}

static void print_train(StrBuf *out, const Model *m)
{
    const TrainConfig *t = &m->train;
    const size_t start = out->length;
    if (!t->present)
        return;
    strbuf_printf(out, "train batch=%lld epochs=%lld%s%s", (long long)t->batch,
                  (long long)t->epochs, t->shuffle ? " shuffle" : "",
                  t->drop_last ? " drop_last" : "");
    if (t->accumulate > 1)
        strbuf_printf(out, " accumulate=%lld", (long long)t->accumulate);
    if (t->monitor) {
        strbuf_printf(out, " patience=%lld %s=", (long long)t->patience,
                      t->monitor_max ? "max" : "min");
        print_name(out, t->monitor);
    }
    end_line(out, start, m, t->loc);
}

static void print_generate(StrBuf *out, const Model *m)
{
    const GenerateConfig *g = &m->generate;
    const size_t start = out->length;
    if (!g->present)
        return;
    strbuf_puts(out, "generate @");
    print_name(out, m->vars.data[g->input].name);
    strbuf_printf(out, " length=%lld context=%lld text=%s", (long long)g->length,
                  (long long)g->context, text_form_names[g->text]);
    if (g->text == TEXT_VOCABULARY) {
        strbuf_puts(out, " vocabulary=");
        print_quoted(out, g->vocabulary);
    }
    end_line(out, start, m, g->loc);
}

static void print_metrics(StrBuf *out, const Model *m)
{
    for (int i = 0; i < m->metrics.count; i++) {
        const size_t start = out->length;
        strbuf_puts(out, "metric ");
        print_name(out, m->metrics.data[i].name);
        strbuf_puts(out, " : ");
        type_print(out, &m->metrics.data[i].type);
        end_line(out, start, m, m->metrics.data[i].loc);
    }
}

/* style=8,1,1000,3,80,0: in the order of StyleKey */
static void print_style(StrBuf *out, const int64_t *style)
{
    for (int i = 0; i < STYLE_KEYS; i++)
        strbuf_printf(out, "%s%lld", i == 0 ? " style=" : ",", (long long)style[i]);
}

/* " rows=1500:1797", " columns=64", or nothing for all. */
static void print_range(StrBuf *out, const char *key, const Range *range)
{
    if (!range->has_start && !range->has_stop)
        return;
    strbuf_printf(out, " %s=", key);
    if (range->has_start)
        strbuf_printf(out, "%lld", (long long)range->start);
    if (!range->single)
        strbuf_putc(out, ':');
    if (range->has_stop && !range->single)
        strbuf_printf(out, "%lld", (long long)range->stop);
}

static void print_loads(StrBuf *out, const Model *m)
{
    for (int i = 0; i < m->loads.count; i++) {
        const Load *load = &m->loads.data[i];
        strbuf_puts(out, "load @");
        print_name(out, m->vars.data[load->var].name);
        strbuf_puts(out, " path=");
        print_quoted(out, load->path);
        if (load->member) {
            strbuf_puts(out, " name=");
            print_quoted(out, load->member);
        }
        print_range(out, "rows", &load->rows);
        print_range(out, "columns", &load->columns);
        strbuf_puts(out, "\n");
    }
}

static void print_saves(StrBuf *out, const Model *m)
{
    for (int i = 0; i < m->saves.count; i++) {
        const Save *save = &m->saves.data[i];
        strbuf_puts(out, "save path=");
        print_quoted(out, save->path);
        if (save->name) {
            strbuf_puts(out, " name=");
            print_quoted(out, save->name);
        }
        strbuf_puts(out, " value=");
        print_name(out, save->value);
        strbuf_puts(out, save->report ? " report\n" : "\n");
    }
}

static void print_prints(StrBuf *out, const Model *m)
{
    for (int i = 0; i < m->prints.count; i++) {
        const Print *print = &m->prints.data[i];
        strbuf_puts(out, "print");
        if (print->label) {
            strbuf_puts(out, " label=");
            print_quoted(out, print->label);
        }
        if (print->value) {
            strbuf_puts(out, " value=");
            print_name(out, print->value);
        }
        strbuf_puts(out, print->more ? " more" : "");
        strbuf_puts(out, print->report ? " report" : "");
        if (print_has_style(print))
            print_style(out, print->style);
        strbuf_puts(out, "\n");
    }
}

/* " part=0.0,0.9", shares of a file. */
static void print_part(StrBuf *out, const Range *range)
{
    if (!range->has_part)
        return;
    strbuf_puts(out, " part=");
    print_double(out, range->part[0], false);
    strbuf_putc(out, ',');
    print_double(out, range->part[1], false);
}

static void print_count(StrBuf *out, const char *key, int64_t count)
{
    if (count)
        strbuf_printf(out, " %s=%lld", key, (long long)count);
}

/* " stride=1 vocabulary=\"abc\"", what isn't as usual. */
static void print_windows(StrBuf *out, const Windows *windows)
{
    print_count(out, "offset", windows->offset);
    print_count(out, "stride", windows->stride);
    print_count(out, "random", windows->random);
    print_count(out, "skip", windows->skip);
    print_count(out, "width", windows->width);
    if (windows->vocabulary) {
        strbuf_puts(out, " vocabulary=");
        print_quoted(out, windows->vocabulary);
    }
}

static void print_source(StrBuf *out, const Model *m, const Source *source)
{
    const size_t start = out->length;
    strbuf_printf(out, "  %s @", source_kind_names[source->kind]);
    print_name(out, m->vars.data[source->var].name);
    if (source->kind == SOURCE_TENSOR) {
        strbuf_printf(out, " samples=%lld value=", (long long)source->samples);
        print_name(out, source->value);
    } else {
        strbuf_puts(out, " path=");
        print_quoted(out, source->path);
        if (source->member) {
            strbuf_puts(out, " name=");
            print_quoted(out, source->member);
        }
        print_windows(out, &source->windows);
        print_part(out, &source->rows);
        print_range(out, "rows", &source->rows);
        print_range(out, "columns", &source->columns);
    }
    end_line(out, start, m, source->loc);
}

static void print_graph_name(StrBuf *out, const char *key, const Graph *g)
{
    if (!g)
        return;
    strbuf_printf(out, " %s=", key);
    print_name(out, g->name);
}

static void print_splits(StrBuf *out, const Model *m)
{
    for (int i = 0; i < m->splits.count; i++) {
        const Split *split = m->splits.data[i];
        const size_t start = out->length;
        strbuf_puts(out, "split ");
        print_name(out, split->name);
        print_graph_name(out, "make", split->make);
        print_graph_name(out, "fetch", split->fetch);
        strbuf_puts(out, " {");
        end_line(out, start, m, split->loc);
        for (int k = 0; k < split->sources.count; k++)
            print_source(out, m, &split->sources.data[k]);
        strbuf_puts(out, "}\n");
    }
}

static void print_entries(StrBuf *out, const Model *m)
{
    for (int i = 0; i < m->entries.count; i++) {
        const Entry *entry = &m->entries.data[i];
        strbuf_printf(out, "entry %s", entry_kind_names[entry->kind]);
        print_graph_name(out, "graph", entry->graph);
        strbuf_printf(out, " step=%d every=%lld", entry->step, (long long)entry->every);
        if (entry->loss) {
            strbuf_puts(out, " loss=");
            print_name(out, entry->loss);
        }
        if (entry->split) {
            strbuf_puts(out, " split=");
            print_name(out, entry->split->name);
        }
        strbuf_putc(out, '\n');
    }
}

/* Each entry's graph; a graph that several entries share stands once. */
static void print_graphs(StrBuf *out, const Model *m)
{
    StrMap *done = strmap_new(m->arena);
    for (int i = 0; i < m->entries.count; i++) {
        Graph *g = m->entries.data[i].graph;
        if (strmap_get(done, g->name))
            continue;
        strmap_set(done, g->name, g);
        graph_print(out, g);
    }
}

void model_print(StrBuf *out, const Model *model)
{
    strbuf_puts(out, "model ");
    print_name(out, model->name);
    strbuf_printf(out, "\nbatch_bound %lld\n", (long long)model->batch_bound);
    print_train(out, model);
    print_options(out, model);
    print_vars(out, model);
    print_generate(out, model);
    print_metrics(out, model);
    print_prints(out, model);
    print_loads(out, model);
    print_saves(out, model);
    print_graphs(out, model);
    print_splits(out, model);
    print_entries(out, model);
}
