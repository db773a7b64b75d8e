/* emit_tables.c -- the constant description of a program, by which the runtime knows it.
 *
 *     static const GrtVar model_vars[] = {
 *         {.kind = GRT_PARAM, .name = "linear1.weight", .type = {GRT_F32, 2, -1, {64, 64}}, ...},
 *     };
 *
 * One row a variable, option, kernel ...; fields that are zero are left out.  User text gets here
 * through text_c_string alone. */
#include <inttypes.h>
#include <string.h>

#include "codegen/cost.h"
#include "codegen/emit_parts.h"
#include "codegen/memory.h"
#include "codegen/print_expr.h"
#include "support/checked.h"
#include "support/text.h"

/* ---- fields ---- */

void emit_string(StrBuf *out, const char *field, const char *text)
{
    strbuf_printf(out, "%s = ", field);
    if (text)
        text_c_string(out, text, strlen(text));
    else
        strbuf_puts(out, "NULL");
}

/* ", .field = value", or nothing for 0. */
void emit_number(StrBuf *out, const char *field, int64_t value)
{
    if (value == INT64_MIN)
        strbuf_printf(out, ", %s = INT64_MIN", field);
    else if (value != 0)
        strbuf_printf(out, ", %s = %" PRId64, field, value);
}

/* clang-format off */
static const char *const dtype_symbol[DT_COUNT] = {
    [DT_BOOL] = "GRT_BOOL", [DT_U8]  = "GRT_U8",  [DT_I8]   = "GRT_I8",   [DT_I16] = "GRT_I16",
    [DT_I32]  = "GRT_I32",  [DT_I64] = "GRT_I64", [DT_F16]  = "GRT_F16",  [DT_BF16] = "GRT_BF16",
    [DT_F32]  = "GRT_F32",  [DT_F64] = "GRT_F64",
};
/* clang-format on */

const char *emit_dtype_symbol(DType dtype)
{
    return dtype_symbol[dtype];
}

/* {GRT_F32, 2, 0, {1, 64}}: dtype, rank, batch axis, dimensions. */
static void print_type(StrBuf *out, const Type *type)
{
    strbuf_printf(out, ", .type = {%s, %d, %d, {", dtype_symbol[type->dtype], type->rank,
                  type_batch_axis(type));
    for (int axis = 0; axis < type->rank; axis++)
        strbuf_printf(out, "%s%" PRId64, axis > 0 ? ", " : "", type->dims[axis].size);
    strbuf_puts(out, type->rank == 0 ? "0}}" : "}}");
}

/* ---- variables and options ---- */

/* clang-format off */
static const char *const var_symbol[] = {
    [VAR_INPUT]  = "GRT_INPUT",  [VAR_PARAM]   = "GRT_PARAM", [VAR_STATE] = "GRT_STATE",
    [VAR_SOURCE] = "GRT_SOURCE", [VAR_FILE]    = "GRT_FILE",  [VAR_SCRATCH] = "GRT_SCRATCH",
};
static const char *const option_symbol[] = {
    [OPTION_FLOAT] = "GRT_OPTION_FLOAT", [OPTION_INT] = "GRT_OPTION_INT",
    [OPTION_BOOL]  = "GRT_OPTION_BOOL",
};
static const char *const entry_symbol[] = {
    [ENTRY_INIT]       = "GRT_INIT",       [ENTRY_TRAIN]      = "GRT_TRAIN",
    [ENTRY_EVAL]       = "GRT_EVAL",       [ENTRY_FINISH]     = "GRT_FINISH",
    [ENTRY_PREDICT]    = "GRT_PREDICT",    [ENTRY_MAKE]       = "GRT_MAKE",
    [ENTRY_FETCH]      = "GRT_FETCH",      [ENTRY_PRINT]      = "GRT_PRINT",
    [ENTRY_CHECK_GRAD] = "GRT_CHECK_GRAD", [ENTRY_CHECK_LOSS] = "GRT_CHECK_LOSS",
    [ENTRY_RESET]      = "GRT_RESET",
    [ENTRY_UPDATE]     = "GRT_UPDATE",     [ENTRY_AVERAGE]    = "GRT_AVERAGE",
    [ENTRY_REPORT]     = "GRT_REPORT",     [ENTRY_GENERATE]   = "GRT_GENERATE",
};
/* clang-format on */

static const char *const range_symbol[] = {
    [OPTION_ANY] = "GRT_OPTION_ANY",
    [OPTION_POSITIVE] = "GRT_OPTION_POSITIVE",
    [OPTION_SHARE] = "GRT_OPTION_SHARE",
};

static bool var_is_fed(const Var *var)
{
    return var->kind == VAR_INPUT || var->kind == VAR_SOURCE;
}

static void print_var(StrBuf *out, const Program *p, int index)
{
    const Model *m = p->model;
    const Var *var = &m->vars.data[index];
    strbuf_printf(out, "    {.kind = %s, ", var_symbol[var->kind]);
    emit_string(out, ".name", var->name);
    print_type(out, &var->type);
    strbuf_puts(out, ",\n    ");
    const bool fed = var_is_fed(var);
    strbuf_printf(out, " .offset = %" PRId64,
                  fed ? print_input_position(m, index) : p->offsets[index]);
    emit_number(out, ".check_offset",
                fed ? print_input_position(m, index) : p->check_offsets[index]);
    emit_number(out, ".optimizer", var->optimizer);
    emit_number(out, ".stream", model_stream_passes(m, index));
    if (var->average)
        emit_number(out, ".average_of", 1 + model_find_var(m, var->name + strlen("average.")));
    emit_number(out, ".has_range", var->has_range);
    emit_number(out, ".low", var->low);
    emit_number(out, ".high", var->high);
    emit_number(out, ".line", model_line(m, var->loc));
    strbuf_puts(out, "},\n");
}

static void print_vars(StrBuf *out, const Program *p)
{
    if (p->model->vars.count == 0)
        return;
    strbuf_puts(out, "/* Offsets are bytes in run->vars (.check_offset: in the f64 twin of the"
                     " gradient check);\n"
                     " * of inputs and sources, the position in run->inputs. */\n"
                     "static const GrtVar model_vars[] = {\n");
    for (int i = 0; i < p->model->vars.count; i++)
        print_var(out, p, i);
    strbuf_puts(out, "};\n\n");
}

static void print_options(StrBuf *out, const Model *m)
{
    if (m->options.count == 0)
        return;
    strbuf_puts(out, "static const GrtOption model_options[] = {\n");
    for (int i = 0; i < m->options.count; i++) {
        const Option *option = &m->options.data[i];
        emit_string(out, "    {.name", option->name);
        strbuf_printf(out, ", .type = %s, .value = ", option_symbol[option->type]);
        text_c_double(out, option->value, false);
        if (option->range != OPTION_ANY)
            strbuf_printf(out, ", .range = %s", range_symbol[option->range]);
        strbuf_puts(out, "},\n");
    }
    strbuf_puts(out, "};\n\n");
}

/* ---- routines ---- */

bool emit_routine_reads(const Routine *r, int var)
{
    for (int i = 0; i < r->kernels.count; i++) {
        const BufferVec *reads = &r->kernels.data[i]->reads;
        for (int k = 0; k < reads->count; k++)
            if (reads->data[k]->place == PLACE_INPUT && reads->data[k]->var == var)
                return true;
    }
    return false;
}

static void print_kernel(StrBuf *out, const Model *m, const Routine *r, int position)
{
    const Kernel *k = r->kernels.data[position];
    const Work work = cost_of_kernel(r, position);
    emit_string(out, "    {.name", k->name);
    emit_number(out, ".line", model_line(m, k->loc));
    strbuf_puts(out, ", ");
    emit_string(out, ".what", k->comment);
    strbuf_puts(out, ",\n    ");
    strbuf_printf(out, " .flops = %" PRId64 ", .bytes = %" PRId64, work.flops, work.bytes);
    if (k->writes.count > 0) {
        const Buffer *to = k->writes.data[0];
        print_type(out, &to->type);
        emit_number(out, ".in_vars", to->place == PLACE_VARS);
        emit_number(out, ".offset", to->offset);
        emit_number(out, ".stack",
                    k->loop >= 0 && to->stack_loop == k->loop ? to->stack_axis + 1 : 0);
    }
    strbuf_puts(out, "},\n");
}

static void print_kernel_table(StrBuf *out, const Model *m, const Routine *r)
{
    if (r->kernels.count == 0)
        return;
    strbuf_printf(out, "static const GrtKernel %s_kernels[] = {\n", r->name);
    for (int i = 0; i < r->kernels.count; i++)
        print_kernel(out, m, r, i);
    strbuf_puts(out, "};\n\n");
}

/* What all turns of a loop leave behind. */
static int64_t stacked_bytes(const Routine *r, int loop)
{
    int64_t total = 0;
    for (int i = 0; i < r->buffers.count; i++) {
        const Buffer *b = r->buffers.data[i];
        if (b->place == PLACE_WORK && b->stack_loop == loop &&
            !checked_add(total, b->bytes, &total))
            return INT64_MAX;
    }
    return total;
}

static void print_loop_table(StrBuf *out, const Model *m, const Routine *r)
{
    if (r->loops.count == 0)
        return;
    strbuf_printf(out, "static const GrtLoop %s_loops[] = {\n", r->name);
    for (int n = 0; n < r->loops.count; n++) {
        const Loop *loop = &r->loops.data[n];
        emit_string(out, "    {.name", loop->name);
        emit_number(out, ".line", model_line(m, loop->loc));
        emit_number(out, ".turns", loop->turns);
        emit_number(out, ".stacked", stacked_bytes(r, n));
        emit_number(out, ".backward", loop->derivative);
        strbuf_puts(out, "},\n");
    }
    strbuf_puts(out, "};\n\n");
}

static void print_value_table(StrBuf *out, const Routine *r)
{
    if (r->values.count == 0)
        return;
    strbuf_printf(out, "static const GrtValue %s_values[] = {\n", r->name);
    for (int i = 0; i < r->values.count; i++) {
        const Value *value = &r->values.data[i];
        if (value->buffer->place != PLACE_WORK)
            ice("the value '%s' of %s is not in work memory", value->name, r->name);
        emit_string(out, "    {.name", value->name);
        print_type(out, &value->buffer->type);
        emit_number(out, ".offset", value->buffer->offset);
        strbuf_puts(out, "},\n");
    }
    strbuf_puts(out, "};\n\n");
}

/* Prints the indices of the inputs and sources that the routine reads; the number of them. */
static int print_needs_table(StrBuf *out, const Model *m, const Routine *r)
{
    int count = 0;
    for (int i = 0; i < m->vars.count; i++) {
        if (!var_is_fed(&m->vars.data[i]) || !emit_routine_reads(r, i))
            continue;
        if (count++ == 0)
            strbuf_printf(out, "static const int %s_needs[] = {%d", r->name, i);
        else
            strbuf_printf(out, ", %d", i);
    }
    if (count > 0)
        strbuf_puts(out, "}; /* positions in model_vars */\n\n");
    return count;
}

/* ".values = f_values, .value_count = 3" */
static void print_table_of(StrBuf *out, const Routine *r, const char *what, int count)
{
    if (count > 0)
        strbuf_printf(out, ",\n     .%ss = %s_%ss, .%s_count = %d", what, r->name, what, what,
                      count);
}

static void print_entry(StrBuf *out, const Program *p, const Routine *r, int need_count,
                        int alive_count)
{
    strbuf_printf(out, "    {.kind = %s, ", entry_symbol[r->entry->kind]);
    emit_string(out, ".name", r->entry->graph->name);
    strbuf_printf(out, ", .run = %s", r->name);
    emit_number(out, ".step", r->entry->step);
    emit_number(out, ".every", r->entry->every);
    if (r->entry->loss)
        emit_string(out, ", .loss", r->entry->loss);
    emit_number(out, ".work_bytes", r->work_bytes);
    emit_peak(out, p, r);
    print_table_of(out, r, "alive", alive_count);
    print_table_of(out, r, "value", r->values.count);
    print_table_of(out, r, "kernel", r->kernels.count);
    print_table_of(out, r, "loop", r->loops.count);
    print_table_of(out, r, "need", need_count);
    strbuf_puts(out, "},\n");
}

/* The tables of each routine, then one row for each. */
static void print_entries(StrBuf *out, const Program *p)
{
    StrBuf rows = strbuf_new(p->arena);
    for (int i = 0; i < p->routines.count; i++) {
        const Routine *r = p->routines.data[i];
        print_kernel_table(out, p->model, r);
        print_loop_table(out, p->model, r);
        print_value_table(out, r);
        const int alive_count = emit_alive_table(out, p, r);
        print_entry(&rows, p, r, print_needs_table(out, p->model, r), alive_count);
    }
    if (p->routines.count > 0)
        strbuf_printf(out, "static const GrtEntry model_entries[] = {\n%s};\n\n",
                      strbuf_text(&rows));
}

/* ---- the model ---- */

/* "    .vars = model_vars, .var_count = 9,"; nothing if there is none. */
static void print_part(StrBuf *out, const char *table, const char *count_field, int count)
{
    if (count > 0)
        strbuf_printf(out, "    .%s = model_%s, .%s = %d,\n", table, table, count_field, count);
}

static void print_line(StrBuf *out, const char *field, int64_t value)
{
    if (value != 0)
        strbuf_printf(out, "    .%s = %" PRId64 ",\n", field, value);
}

static void print_numbers(StrBuf *out, const Program *p, const EmitOptions *options)
{
    const Model *m = p->model;
    print_line(out, "vars_bytes", p->vars_bytes);
    print_line(out, "check_vars_bytes", p->check_vars_bytes);
    print_line(out, "work_bytes", memory_of_work(p));
    print_line(out, "batch_bound", m->batch_bound);
    print_line(out, "trains", m->train.present);
    print_line(out, "batch", m->train.batch);
    print_line(out, "epochs", m->train.epochs);
    print_line(out, "shuffle", m->train.shuffle);
    print_line(out, "drop_last", m->train.drop_last);
    print_line(out, "accumulate", m->train.accumulate > 1 ? m->train.accumulate : 0);
    print_line(out, "patience", m->train.patience);
    if (m->train.monitor) {
        emit_string(out, "    .monitor", m->train.monitor);
        strbuf_puts(out, ",\n");
        print_line(out, "monitor_max", m->train.monitor_max);
    }
    if (emit_uses_gzip(m))
        strbuf_puts(out, "    .gzip = &grt_gzip,\n");
    if (options->png)
        strbuf_puts(out, "    .png = &grt_png,\n");
    if (options->print.cuda)
        strbuf_puts(out, "    .device = &grt_cuda_device,\n");
    if (p->uses_threads)
        strbuf_puts(out, "    .threads = BUILT_WITH_OPENMP,\n");
    strbuf_puts(out, "    .needs = GRT_CPU_NEEDS,\n");
    strbuf_printf(out, "    .fingerprint = UINT64_C(0x%016" PRIx64 "),\n", options->fingerprint);
    strbuf_puts(out, "    .made_by = \"" EMIT_MARKER "\",\n");
}

static void print_environment(StrBuf *out, const Program *p)
{
    strbuf_puts(out, "/* Relative data paths start in this folder: the one that gradc found the"
                     " model in\n"
                     " * (-DGRADC_DATA_DIR=...), else the one where the program is started. */\n"
                     "#ifndef GRADC_DATA_DIR\n"
                     "#define GRADC_DATA_DIR \"\"\n"
                     "#endif\n\n");
    if (p->uses_threads)
        strbuf_puts(out, "#ifdef _OPENMP\n"
                         "enum { BUILT_WITH_OPENMP = 1 };\n"
                         "#else\n"
                         "enum { BUILT_WITH_OPENMP = 0 };\n"
                         "#endif\n\n");
}

void emit_tables(StrBuf *out, const Program *p, const EmitOptions *options)
{
    const Model *m = p->model;
    print_vars(out, p);
    print_options(out, m);
    print_entries(out, p);
    emit_splits(out, p);
    emit_prints(out, p);
    emit_loads(out, p);
    emit_saves(out, p);
    emit_generate(out, m);
    print_environment(out, p);
    strbuf_puts(out, "static const GrtModel model = {\n"
                     "    .version = GRT_VERSION,\n");
    emit_string(out, "    .name", m->name);
    emit_string(out, ",\n    .file", emit_source_name(m));
    strbuf_puts(out, ",\n    .data_dir = GRADC_DATA_DIR,\n");
    print_part(out, "vars", "var_count", m->vars.count);
    print_part(out, "options", "option_count", m->options.count);
    print_part(out, "entries", "entry_count", p->routines.count);
    print_part(out, "splits", "split_count", m->splits.count);
    print_part(out, "prints", "print_count", m->prints.count);
    print_part(out, "loads", "load_count", m->loads.count);
    print_part(out, "saves", "save_count", m->saves.count);
    if (m->generate.present)
        strbuf_puts(out, "    .generate = &model_generate,\n");
    print_numbers(out, p, options);
    strbuf_puts(out, "};\n");
}
