/* report_memory.c -- the memory section of gradc --report.
 *
 *     memory, for batches of up to 64 samples
 *       parameters                                       407,080 bytes
 *       ...
 *     train: 673,408 bytes of work space
 *       at its fullest in k_d_linear1_weight, line 19:   672,128 bytes alive, 0.2 % below the plan
 *       ...
 *              401,408  d_linear1_weight    f32[128, 784]    gradients of parameters */
#include "codegen/memory.h"
#include "driver/report_program.h"

static void print_amount(StrBuf *out, int indent, const char *what, int64_t bytes)
{
    strbuf_printf(out, "%*s%-*s %16s bytes\n", indent, "", 42 - indent, what,
                  report_number(out->arena, bytes));
}

static void print_classes(StrBuf *out, int indent, const int64_t bytes[MEMORY_CLASSES])
{
    for (int i = 0; i < MEMORY_CLASSES; i++)
        if (bytes[i] > 0)
            print_amount(out, indent, memory_class_names[i], bytes[i]);
}

/* "in k_relu, line 7", or "at the end". */
static const char *peak_place(Arena *arena, const Model *m, const Routine *r)
{
    if (r->peak_at >= r->kernels.count)
        return "at the end";
    const Kernel *k = r->kernels.data[r->peak_at];
    const int line = model_line(m, k->loc);
    return line > 0 ? arena_printf(arena, "in %s, line %d", k->name, line)
                    : arena_printf(arena, "in %s", k->name);
}

static void print_alive(StrBuf *out, const Model *m, const MemoryValueVec *values)
{
    for (int i = 0; i < values->count; i++) {
        const MemoryValue *v = &values->data[i];
        if (!v->at_peak || v->buffer->bytes == 0)
            continue;
        strbuf_printf(out, "    %16s  %-32s  %-24s  %s",
                      report_number(out->arena, v->buffer->bytes), memory_name(v->buffer),
                      type_text(out->arena, &v->buffer->type), memory_class_names[v->class]);
        const int line = model_line(m, v->buffer->loc);
        strbuf_puts(out, line > 0 ? arena_printf(out->arena, ", line %d\n", line) : "\n");
    }
}

static void print_routine(StrBuf *out, const Program *p, const Routine *r)
{
    Arena *arena = p->arena;
    const int64_t arrays = memory_of_arrays(r);
    int64_t bytes[MEMORY_CLASSES];
    if (r->work_bytes == 0 && arrays == 0)
        return;
    const MemoryValueVec values = memory_of_routine(p, r);
    memory_at_peak(&values, bytes);
    strbuf_printf(out, "\n%s: %s bytes of work space%s\n", r->entry->graph->name,
                  report_number(arena, r->work_bytes),
                  memory_is_own(r->entry->kind) ? ", of its own" : "");
    if (arrays > 0)
        print_amount(out, 2, "and arrays of a kernel, for each thread", arrays);
    if (r->work_bytes > 0)
        strbuf_printf(out, "  at its fullest %s: %s bytes alive, %.1f %% below the plan\n",
                      peak_place(arena, p->model, r), report_number(arena, r->peak_bytes),
                      100 * (1 - (double)r->peak_bytes / (double)r->work_bytes));
    print_classes(out, 4, bytes);
    if (r->entry->kind != ENTRY_TRAIN && r->entry->kind != ENTRY_UPDATE)
        return;
    strbuf_puts(out, "  alive then\n");
    print_alive(out, p->model, &values);
}

void report_memory(StrBuf *out, const Program *p)
{
    int64_t bytes[MEMORY_CLASSES];
    memory_of_model(p, bytes);
    strbuf_puts(out, "memory");
    if (p->model->batch_bound > 0)
        strbuf_printf(out, ", for batches of up to %lld samples", (long long)p->model->batch_bound);
    strbuf_putc(out, '\n');
    print_classes(out, 2, bytes);
    print_amount(out, 2, "work space, of one entry at a time", memory_of_work(p));
    for (int i = 0; i < p->routines.count; i++)
        print_routine(out, p, p->routines.data[i]);
}

/* ---- JSON ---- */

static void json_classes(StrBuf *out, const int64_t bytes[MEMORY_CLASSES])
{
    for (int i = 0; i < MEMORY_CLASSES; i++)
        if (bytes[i] > 0)
            report_json_number(out, memory_class_names[i], bytes[i]);
}

static void json_buffer(StrBuf *out, const Model *m, const MemoryValue *v)
{
    const Buffer *b = v->buffer;
    strbuf_puts(out, "{");
    report_json_text(out, "name", memory_name(b));
    report_json_text(out, "type", type_text(out->arena, &b->type));
    report_json_text(out, "class", memory_class_names[v->class]);
    report_json_number(out, "line", model_line(m, b->loc));
    report_json_number(out, "bytes", b->bytes);
    report_json_number(out, "offset", b->offset);
    report_json_number(out, "first", b->first);
    report_json_number(out, "last", b->last);
    report_json_number(out, "at_peak", v->at_peak);
    strbuf_puts(out, "}");
}

static void json_routine(StrBuf *out, const Program *p, const Routine *r)
{
    const MemoryValueVec values = memory_of_routine(p, r);
    int64_t bytes[MEMORY_CLASSES];
    memory_at_peak(&values, bytes);
    strbuf_puts(out, "{");
    report_json_text(out, "entry", r->entry->graph->name);
    report_json_number(out, "work", r->work_bytes);
    report_json_number(out, "kernels", r->kernels.count);
    report_json_number(out, "peak", r->peak_bytes);
    report_json_number(out, "peak_kernel", r->peak_at);
    report_json_number(out, "arrays", memory_of_arrays(r));
    strbuf_puts(out, ", \"classes_at_peak\": {");
    json_classes(out, bytes);
    strbuf_puts(out, "}, \"buffers\": [");
    for (int i = 0; i < values.count; i++) {
        strbuf_puts(out, i > 0 ? ",\n" : "\n");
        json_buffer(out, p->model, &values.data[i]);
    }
    strbuf_puts(out, "]}");
}

void report_memory_json(StrBuf *out, const Program *p)
{
    int64_t bytes[MEMORY_CLASSES];
    memory_of_model(p, bytes);
    strbuf_puts(out, ", \"memory\": {");
    json_classes(out, bytes);
    strbuf_puts(out, ", \"work\": [");
    for (int i = 0; i < p->routines.count; i++) {
        strbuf_puts(out, i > 0 ? ",\n" : "\n");
        json_routine(out, p, p->routines.data[i]);
    }
    strbuf_puts(out, "]}");
}
