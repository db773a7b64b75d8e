/* emit_cuda.c -- a Program as one CUDA file, in the order of emit.c. */
#include "codegen/emit.h"

#include "codegen/emit_parts.h"
#include "codegen/print_cuda.h"

/* The last line of the model at which an index may be out of range. */
static int last_fault(const KExpr *x, int line)
{
    if (x->kind == KE_AT && x->line > line)
        line = x->line;
    for (int i = 0; i < x->arity; i++)
        line = last_fault(x->args[i], line);
    return line;
}

static int last_fault_in(const KStmtVec *body, int line)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        const KExpr *const all[] = {s->extent, s->index, s->value};
        for (int e = 0; e < 3; e++)
            line = all[e] ? last_fault(all[e], line) : line;
        line = last_fault_in(&s->body, line);
    }
    return line;
}

static int fault_lines(const Program *p)
{
    int line = 0;
    for (int i = 0; i < p->routines.count; i++)
        for (int k = 0; k < p->routines.data[i]->kernels.count; k++)
            line = last_fault_in(&p->routines.data[i]->kernels.data[k]->body, line);
    return line + 1;
}

static int most_numbers(const Program *p)
{
    int most = 1;
    for (int i = 0; i < p->routines.count; i++)
        if (p->routines.data[i]->hosts.count > most)
            most = p->routines.data[i]->hosts.count;
    return most;
}

static bool has_tiles(const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++)
        if (body->data[i]->share == SHARE_TILE || has_tiles(&body->data[i]->body))
            return true;
    return false;
}

static bool uses_tiles(const Program *p)
{
    for (int i = 0; i < p->routines.count; i++)
        for (int k = 0; k < p->routines.data[i]->kernels.count; k++)
            if (has_tiles(&p->routines.data[i]->kernels.data[k]->body))
                return true;
    return false;
}

static void emit_includes(StrBuf *out, const Program *p, const EmitOptions *options)
{
    strbuf_printf(out,
                  "\n/* Indices out of range are told by line of the model. */\n"
                  "#define GRT_FAULT_LINES %d\n"
                  "/* Host scalars of the routine that has most. */\n"
                  "#define GRT_NUMBERS %d\n\n%s%s"
                  "extern \"C\" {\n#include \"grt.h\"\n}\n#include \"grt_cuda.h\"\n"
                  "#include \"grt_cuda_host.h\"\n%s",
                  fault_lines(p), most_numbers(p),
                  !p->uses_blas ? ""
                  : options->print.tf32
                      ? "/* Products by cuBLAS, in TF32. */\n#define GRT_USES_BLAS 1\n"
                        "#define GRT_TF32 1\n\n"
                      : "/* Products by cuBLAS. */\n#define GRT_USES_BLAS 1\n\n",
                  p->uses_blas_lt ? "/* Some with what follows them, by cuBLASLt. */\n"
                                    "#define GRT_USES_BLAS_LT 1\n\n"
                                  : "",
                  uses_tiles(p) ? "#include \"grt_cuda_tile.h\"\n" : "");
    if (options->kind == EMIT_LIBRARY)
        strbuf_printf(out, "\nextern \"C\" {\n#include \"%s\"\n}\n", options->header);
}

void emit_cuda(StrBuf *out, const Program *whole, const EmitOptions *options)
{
    const Program program = emit_drop_idle(whole);
    const Program *p = &program;
    emit_head(out, p, options);
    emit_includes(out, p, options);
    print_c_kernels(out, p, &options->print);
    emit_banner(out, "routines");
    for (int i = 0; i < p->routines.count; i++) {
        print_cuda_routine(out, p, p->routines.data[i]);
        strbuf_putc(out, '\n');
    }
    emit_banner(out, "tables");
    strbuf_puts(out, "/* Fields that are not named are zero. */\n"
                     "#pragma GCC diagnostic ignored \"-Wmissing-field-initializers\"\n\n");
    emit_tables(out, p, options);
    if (options->kind == EMIT_LIBRARY) {
        emit_banner(out, "the functions of the header");
        emit_api_functions(out, p);
        return;
    }
    strbuf_puts(out, "\nint main(int argc, char **argv)\n"
                     "{\n"
                     "    return grt_main(&model, argc, argv);\n"
                     "}\n");
}
