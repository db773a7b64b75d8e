/* emit_cuda.c -- a Program as one CUDA file, in the order of emit.c. */
#include "codegen/emit.h"

#include <inttypes.h>

#include "codegen/emit_parts.h"
#include "codegen/print_cuda.h"

/* ---- where an index may be out of range ---- */

typedef struct Fault {
    int line;
    uint64_t size;
} Fault;

typedef struct Faults {
    Arena *arena;
    Vec(Fault) all; /* each once, by line, and in the order of kernels */
} Faults;

static void add_fault(Faults *f, Fault fault)
{
    int at = f->all.count;
    for (int i = 0; i < f->all.count; i++)
        if (f->all.data[i].line == fault.line && f->all.data[i].size == fault.size)
            return;
    vec_push(f->arena, &f->all, fault);
    for (; at > 0 && f->all.data[at - 1].line > fault.line; at--)
        f->all.data[at] = f->all.data[at - 1];
    f->all.data[at] = fault;
}

static void find_faults(Faults *f, const KExpr *x)
{
    if (x->kind == KE_AT)
        add_fault(f, (Fault){x->line, x->key});
    for (int i = 0; i < x->arity; i++)
        find_faults(f, x->args[i]);
}

static void find_faults_in(Faults *f, const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        const KExpr *const all[] = {s->extent, s->index, s->value};
        for (int e = 0; e < 3; e++)
            if (all[e])
                find_faults(f, all[e]);
        find_faults_in(f, &s->body);
    }
}

static void emit_faults(StrBuf *out, const Program *p)
{
    Faults f = {.arena = out->arena};
    for (int i = 0; i < p->routines.count; i++)
        for (int k = 0; k < p->routines.data[i]->kernels.count; k++)
            find_faults_in(&f, &p->routines.data[i]->kernels.data[k]->body);
    strbuf_puts(out, "\n/* Where an index may be out of range: a line of the model, the size of an "
                     "axis. */\nstatic const GrtCudaFault grt_cuda_faults[] = {\n");
    for (int i = 0; i < f.all.count; i++)
        strbuf_printf(out, "    {%d, %" PRIu64 ", GRT_NO_FAULT},\n", f.all.data[i].line,
                      f.all.data[i].size);
    if (f.all.count == 0) /* C++ has no empty arrays */
        strbuf_puts(out, "    {0, 0, GRT_NO_FAULT},\n");
    strbuf_puts(out, "};\n\n");
}

/* ---- the head ---- */

static int most_numbers(const Program *p)
{
    int most = 1;
    for (int i = 0; i < p->routines.count; i++)
        if (p->routines.data[i]->hosts.count > most)
            most = p->routines.data[i]->hosts.count;
    return most;
}

typedef struct TileKinds {
    bool grid, team; /* launches of them; within a team that does other things too */
} TileKinds;

static void find_tiles(const KStmtVec *body, bool team, TileKinds *kinds)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        kinds->team |= s->share == SHARE_TILE && team;
        kinds->grid |= s->share == SHARE_TILE && !team;
        find_tiles(&s->body, team || (s->share == SHARE_TEAMS && !gpu_launch_is_tiles(s)), kinds);
    }
}

static const char *tile_headers(const Program *p)
{
    TileKinds kinds = {false, false};
    for (int i = 0; i < p->routines.count; i++)
        for (int k = 0; k < p->routines.data[i]->kernels.count; k++)
            find_tiles(&p->routines.data[i]->kernels.data[k]->body, false, &kinds);
    return kinds.team   ? "#include \"grt_cuda_team.h\"\n"
           : kinds.grid ? "#include \"grt_cuda_tile.h\"\n"
                        : "";
}

static void emit_includes(StrBuf *out, const Program *p, const EmitOptions *options)
{
    strbuf_printf(out,
                  "\n/* Host scalars of the routine that has most. */\n"
                  "#define GRT_NUMBERS %d\n\n%s%s%s%s"
                  "extern \"C\" {\n#include \"grt.h\"\n}\n#include \"grt_cuda.h\"\n",
                  most_numbers(p),
                  p->uses_blas ? "/* Products by cuBLAS. */\n#define GRT_USES_BLAS 1\n\n" : "",
                  p->uses_blas_lt ? "/* Some with what follows them, by cuBLASLt. */\n"
                                    "#define GRT_USES_BLAS_LT 1\n\n"
                                  : "",
                  p->uses_cudnn ? "/* Convolutions by cuDNN. */\n#define GRT_USES_CUDNN 1\n\n" : "",
                  options->print.tf32 && (p->uses_blas || p->uses_cudnn)
                      ? "/* In TF32. */\n#define GRT_TF32 1\n\n"
                      : "");
    emit_faults(out, p);
    strbuf_printf(out, "#include \"grt_cuda_host.h\"\n%s", tile_headers(p));
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
