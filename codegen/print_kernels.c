/* print_kernels.c -- all constants and kernels of a program, in sections. */
#include <inttypes.h>

#include "codegen/emit_parts.h"
#include "codegen/print_cuda.h"
#include "codegen/print_expr.h"
#include "codegen/share.h"

static void print_table(StrBuf *out, const Buffer *b, bool cuda)
{
    int64_t count;
    if (!type_count(&b->type, 1, &count))
        ice("constant %s has too many elements", b->name);
    strbuf_printf(out, "%sstatic const %s %s[%" PRId64 "] = {", cuda ? "__device__ " : "",
                  c_storage_type(b->type.dtype), b->name, count > 0 ? count : 1);
    for (int64_t i = 0; i < count; i++) {
        strbuf_puts(out, i % 8 == 0 ? "\n    " : " ");
        print_c_element(out, b->elements[i]);
        strbuf_putc(out, ',');
    }
    strbuf_puts(out, count > 0 ? "\n};\n\n" : "0};\n\n");
}

/* The kernels of the file stand in sections: those of the other entries behind the training step.
 */
typedef enum Section {
    SECTION_DATA,
    SECTION_INIT,
    SECTION_FORWARD,
    SECTION_BACKWARD,
    SECTION_UPDATE,
    SECTION_EVAL,
    SECTION_PREDICT,
    SECTION_GENERATE,
    SECTION_PRINT,
    SECTION_CHECK,
    SECTION_COUNT
} Section;

static const char *const section_titles[SECTION_COUNT] = {
    [SECTION_DATA] = "data",          [SECTION_INIT] = "first values",
    [SECTION_FORWARD] = "forward",    [SECTION_BACKWARD] = "backward",
    [SECTION_UPDATE] = "update",      [SECTION_EVAL] = "evaluation",
    [SECTION_PREDICT] = "prediction", [SECTION_GENERATE] = "generation",
    [SECTION_PRINT] = "print",        [SECTION_CHECK] = "gradient check, in f64",
};

static Section section_of_step(const Kernel *k)
{
    for (int i = 0; i < k->writes.count; i++)
        if (k->writes.data[i]->place == PLACE_VARS)
            return SECTION_UPDATE;
    return k->backward ? SECTION_BACKWARD : SECTION_FORWARD;
}

static Section section_of(const Routine *r, const Kernel *k)
{
    switch (r->entry->kind) {
    case ENTRY_INIT:
    case ENTRY_RESET:
        return SECTION_INIT;
    case ENTRY_TRAIN:
        return section_of_step(k);
    case ENTRY_UPDATE:
    case ENTRY_AVERAGE:
        return SECTION_UPDATE;
    case ENTRY_EVAL:
    case ENTRY_FINISH:
        return SECTION_EVAL;
    case ENTRY_PREDICT:
        return SECTION_PREDICT;
    case ENTRY_GENERATE:
        return SECTION_GENERATE;
    case ENTRY_MAKE:
    case ENTRY_FETCH:
        return SECTION_DATA;
    case ENTRY_PRINT:
    case ENTRY_REPORT:
        return SECTION_PRINT;
    case ENTRY_CHECK_GRAD:
    case ENTRY_CHECK_LOSS:
        break;
    }
    return SECTION_CHECK;
}

/* Kernels are visited in the order in which they are printed: by section, then as they run. */
typedef void VisitKernel(void *context, Section section, Kernel *kernel);

static void visit_kernels(const Program *p, VisitKernel *visit, void *context)
{
    for (int section = 0; section < SECTION_COUNT; section++)
        for (int i = 0; i < p->routines.count; i++) {
            const Routine *r = p->routines.data[i];
            for (int k = 0; k < r->kernels.count; k++)
                if (section_of(r, r->kernels.data[k]) == (Section)section)
                    visit(context, (Section)section, r->kernels.data[k]);
        }
}

static void share_one(void *sharing, Section section, Kernel *kernel)
{
    (void)section;
    share_kernel(sharing, kernel);
}

typedef struct KernelPrinter {
    StrBuf *out;
    const PrintOptions *options;
    int section; /* whose title stands above; -1: none */
} KernelPrinter;

static void print_one(void *context, Section section, Kernel *kernel)
{
    KernelPrinter *printer = context;
    if (kernel->same_as)
        return;
    StrBuf text = strbuf_new(printer->out->arena);
    if (printer->options->cuda) {
        print_cuda_kernel(&text, kernel);
    } else {
        print_c_kernel(&text, kernel, printer->options);
        strbuf_putc(&text, '\n');
    }
    if (text.length == 0)
        return;
    if (printer->section != (int)section)
        emit_banner(printer->out, section_titles[section]);
    printer->section = (int)section;
    strbuf_write(printer->out, strbuf_text(&text), text.length);
}

void print_c_kernels(StrBuf *out, const Program *p, const PrintOptions *options)
{
    KernelPrinter printer = {.out = out, .options = options, .section = -1};
    if (p->consts.count > 0)
        emit_banner(out, "constants");
    for (int i = 0; i < p->consts.count; i++)
        print_table(out, p->consts.data[i], options->cuda);
    visit_kernels(p, share_one, sharing_new(p->arena));
    visit_kernels(p, print_one, &printer);
}
