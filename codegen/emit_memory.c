/* emit_memory.c -- what a training step's work space holds at its fullest, for `./model info`.
 *
 *     static const GrtAlive run_train_alives[] = {
 *         {.name = "hidden", .type = "f32[batch, 64]", .line = 7, .bytes = 16384}, ... }; */
#include <inttypes.h>

#include "codegen/emit_parts.h"
#include "codegen/memory.h"

int emit_alive_table(StrBuf *out, const Program *p, const Routine *r)
{
    enum { MOST = 24 };
    const MemoryValueVec values = memory_of_routine(p, r);
    int count = 0;
    for (int i = 0; i < values.count && r->entry->kind == ENTRY_TRAIN && count < MOST; i++) {
        const Buffer *b = values.data[i].buffer;
        if (!values.data[i].at_peak || b->bytes == 0)
            continue;
        if (count++ == 0)
            strbuf_printf(out, "static const GrtAlive %s_alives[] = {\n", r->name);
        emit_string(out, "    {.name", memory_name(b));
        emit_string(out, ", .type", type_text(p->arena, &b->type));
        if (values.data[i].class > MEMORY_KEPT)
            strbuf_printf(out, ", .memory = %s",
                          values.data[i].class == MEMORY_GRADIENTS ? "GRT_MEMORY_GRADIENTS"
                                                                   : "GRT_MEMORY_OTHER");
        emit_number(out, ".line", model_line(p->model, b->loc));
        emit_number(out, ".bytes", b->bytes);
        strbuf_puts(out, "},\n");
    }
    strbuf_puts(out, count > 0 ? "};\n\n" : "");
    return count;
}

void emit_peak(StrBuf *out, const Program *p, const Routine *r)
{
    int64_t bytes[MEMORY_CLASSES];
    const MemoryValueVec values = memory_of_routine(p, r);
    if (r->peak_bytes == 0 || r->entry->kind != ENTRY_TRAIN)
        return;
    memory_at_peak(&values, bytes);
    strbuf_printf(out, ",\n     .peak_kernel = %d, .peak = {", r->peak_at);
    for (int i = MEMORY_KEPT; i < MEMORY_CLASSES; i++)
        strbuf_printf(out, "%s%" PRId64, i > MEMORY_KEPT ? ", " : "", bytes[i]);
    strbuf_putc(out, '}');
}
