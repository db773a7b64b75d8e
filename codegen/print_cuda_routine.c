/* print_cuda_routine.c -- a routine of a CUDA program: what it launches, and what the runtime
 * calls.
 *
 *     static void launch_train(GrtCuda *cuda, cudaStream_t stream, int64_t batch)
 *     {
 *         const float *const v_image = (const float *)cuda->inputs[0];
 *         ...
 *         k_hidden<<<grt_blocks(batch * 64, 256), 256, 0, stream>>>(batch, v_image, v_hidden);
 *         GRT_LAUNCHED(cuda, "k_hidden", 12);
 *     }
 *
 *     static int run_train(GrtRun *run)     host scalars, launches, values */
#include <inttypes.h>
#include <string.h>

#include "codegen/emit_parts.h"
#include "codegen/kexpr.h"
#include "codegen/print_cuda.h"
#include "codegen/print_expr.h"
#include "support/text.h"

/* ---- pointers ---- */

enum { COLUMNS = 100 };

typedef enum Use { USE_NONE, USE_READ, USE_WRITTEN } Use;

static Use use_of(const Routine *r, const Buffer *b)
{
    Use use = b == r->loss ? USE_READ : USE_NONE;
    for (int k = 0; k < r->kernels.count; k++) {
        const Kernel *kernel = r->kernels.data[k];
        for (int i = 0; i < kernel->launches.count; i++) {
            const Kernel *part = kernel->launches.data[i]->part;
            if (print_is_among(&part->writes, b))
                return USE_WRITTEN;
            if (print_is_among(&part->reads, b))
                use = USE_READ;
        }
    }
    for (int i = 0; i < r->commits.count; i++) {
        if (r->commits.data[i].to == b)
            return USE_WRITTEN;
        if (r->commits.data[i].from == b && use == USE_NONE)
            use = USE_READ;
    }
    return use;
}

/* auto *const v_x = (float *)GRT_CUDA_AT(cuda->work, 64, 256); with the shape behind it, where
 * there is room. */
static void print_pointer(StrBuf *out, const Model *m, const Buffer *b, Use use)
{
    const char *type = c_storage_type(b->type.dtype);
    const char *constant = use == USE_READ ? "const " : "";
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "    auto *const %s = (%s%s *)", b->name, constant, type);
    if (b->place == PLACE_INPUT)
        strbuf_printf(&line, "cuda->inputs[%d];", print_input_position(m, b->var));
    else
        strbuf_printf(&line, "GRT_CUDA_AT(cuda->%s, %" PRId64 ", %" PRId64 ");",
                      b->place == PLACE_VARS ? "vars" : "work", b->offset, b->bytes);
    const char *shape = arena_printf(out->arena, " /* %s */", type_text(out->arena, &b->type));
    if (line.length + strlen(shape) <= COLUMNS)
        strbuf_puts(&line, shape);
    strbuf_puts(&line, "\n");
    print_c_wrapped(out, strbuf_text(&line));
}

static void print_pointers(StrBuf *out, const Program *p, const Routine *r)
{
    for (int i = 0; i < r->buffers.count; i++) {
        const Buffer *b = r->buffers.data[i];
        const Use use = use_of(r, b);
        if (use != USE_NONE && b->place != PLACE_CONST && b->place != PLACE_LOCAL)
            print_pointer(out, p->model, b, use);
    }
}

/* ---- launches ---- */

static int host_position(const Routine *r, const char *name)
{
    for (int i = 0; i < r->hosts.count; i++)
        if (strcmp(r->hosts.data[i].name, name) == 0)
            return i;
    ice("the host scalar %s is of another routine", name);
    return 0;
}

typedef struct Arguments {
    StrBuf *out;
    const Routine *routine;
    const Launch *launch;
    int count;
} Arguments;

static void print_argument(void *context, const char *type, const char *name)
{
    Arguments *a = context;
    strbuf_puts(a->out, a->count++ > 0 ? ", " : "");
    if (strcmp(name, "status") == 0 || strcmp(name, "fault") == 0)
        strbuf_printf(a->out, "cuda->%s", strcmp(name, "fault") == 0 ? "faults" : name);
    else if (strcmp(name, "rng_at") == 0)
        strbuf_puts(a->out, "cuda->rng");
    else if (strstr(type, "at_"))
        strbuf_printf(a->out, "cuda->%s + %d", strstr(type, "float") ? "f32" : "f64",
                      host_position(a->routine, name));
    else
        strbuf_puts(a->out, name);
}

static void print_size(StrBuf *out, const KExpr *size)
{
    strbuf_puts(out, size->kind == KE_NUMBER ? "" : "(int)");
    print_c_expr(out, size, size->kind == KE_NUMBER ? BIND_ANY : BIND_UNARY);
}

static void print_blocks(StrBuf *out, const Launch *launch)
{
    if (launch->kind == LAUNCH_TILES) { /* each has its own, however many they are */
        print_size(out, launch->turns);
        return;
    }
    const int each = launch->kind == LAUNCH_GRID ? launch->threads : launch->threads / launch->team;
    const KExpr *turns = launch->turns;
    const int64_t most = GPU_MOST_BLOCKS;
    if (turns->kind == KE_NUMBER) {
        const int64_t blocks = (turns->value.i + each - 1) / each;
        strbuf_printf(out, "%" PRId64, blocks < 1 ? 1 : blocks > most ? most : blocks);
        return;
    }
    strbuf_puts(out, "grt_blocks(");
    print_c_expr(out, turns, BIND_ANY);
    strbuf_printf(out, ", %d)", each);
}

static void print_zero(StrBuf *out, const Launch *launch, int indent)
{
    const KStmt *s = launch->stmt;
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "%*sGRT_CUDA(cuda, cudaMemsetAsync(%s, 0, (size_t)(", indent, "",
                  s->buffer->name);
    print_c_expr(&line, s->extent, BIND_ANY);
    strbuf_printf(&line, ") * sizeof *%s, stream));\n", s->buffer->name);
    print_c_wrapped(out, strbuf_text(&line));
}

static void print_operand(StrBuf *out, const Buffer *b, const KExpr *offset, int64_t ld,
                          const KExpr *batch, int64_t step)
{
    strbuf_puts(out, b->name);
    if (!kexpr_is_int(offset, 0)) {
        strbuf_puts(out, " + ");
        print_c_expr(out, offset, BIND_PRODUCT);
    }
    strbuf_printf(out, ", %" PRId64 ", ", ld);
    if (batch)
        strbuf_printf(out, "%" PRId64 ", ", step);
}

/* Where the bias is, and what follows it. */
static void print_epilogue(StrBuf *out, const Gemm *g)
{
    static const char *const names[] = {
        [GEMM_LINEAR] = "GRT_LINEAR", [GEMM_RELU] = "GRT_RELU", [GEMM_GELU] = "GRT_GELU"};
    strbuf_printf(out, ", %s", g->bias ? g->bias->name : "nullptr");
    if (g->bias && !kexpr_is_int(g->bias_offset, 0)) {
        strbuf_puts(out, " + ");
        print_c_expr(out, g->bias_offset, BIND_PRODUCT);
    }
    strbuf_printf(out, ", %s", names[g->activation]);
}

static void print_gemm(StrBuf *out, const Launch *launch, int line_number, int indent)
{
    const Gemm *g = launch->stmt->gemm;
    KExpr *const sizes[] = {g->m, g->n, g->k};
    const bool more = gemm_has_epilogue(g);
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "%*sGRT_BLAS(cuda, grt_gemm%s%s_%s(%s, %s, %s, ", indent, "",
                  more ? "_then" : "", g->batch ? "_batch" : "", dtype_info[g->dtype].name,
                  more ? "cuda, stream" : "cuda->blas", g->trans_a ? "true" : "false",
                  g->trans_b ? "true" : "false");
    for (int i = 0; i < 3; i++) {
        print_size(&line, sizes[i]);
        strbuf_puts(&line, ", ");
    }
    print_operand(&line, g->a, g->a_offset, g->lda, g->batch, g->a_step);
    print_operand(&line, g->b, g->b_offset, g->ldb, g->batch, g->b_step);
    if (!more)
        strbuf_puts(&line, g->accumulate ? "true, " : "false, ");
    StrBuf c = strbuf_new(out->arena);
    print_operand(&c, g->c, g->c_offset, g->ldc, g->batch, g->c_step);
    if (g->batch)
        print_size(&c, g->batch);
    else
        c.length -= strlen(", ");
    strbuf_write(&line, strbuf_text(&c), c.length);
    if (more)
        print_epilogue(&line, g);
    strbuf_printf(&line, "), \"%s\", %d);\n", launch->name, line_number);
    print_c_wrapped(out, strbuf_text(&line));
}

static void print_place(StrBuf *out, const Buffer *b, const KExpr *offset)
{
    strbuf_printf(out, ", %s", b->name);
    if (!kexpr_is_int(offset, 0)) {
        strbuf_puts(out, " + ");
        print_c_expr(out, offset, BIND_PRODUCT);
    }
}

static void print_conv(StrBuf *out, const Launch *launch, int line_number, int indent)
{
    const Conv *c = launch->stmt->conv;
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "%*sGRT_CUDNN(cuda, grt_conv_f32(cuda, GRT_CONV%s, {", indent, "",
                  c->gradient ? "_GRADIENT" : "");
    print_size(&line, c->images);
    strbuf_printf(&line, ", %" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64, c->height, c->width,
                  c->channels, c->filters);
    const int64_t *const pairs[] = {c->taps, c->step, c->dilation};
    for (int i = 0; i < 3; i++)
        strbuf_printf(&line, ", {%" PRId64 ", %" PRId64 "}", pairs[i][0], pairs[i][1]);
    strbuf_puts(&line, "}");
    print_place(&line, c->x, c->x_offset);
    print_place(&line, c->b, c->b_offset);
    strbuf_printf(&line, ", %s), \"%s\", %d);\n", c->out->name, launch->name, line_number);
    print_c_wrapped(out, strbuf_text(&line));
}

/* A launch stands on a line; where its arguments have no room there, below it. */
static void print_native(StrBuf *out, int indent, const char *head, const char *arguments)
{
    if (strlen(head) + strlen(arguments) < COLUMNS) {
        strbuf_printf(out, "%s%s\n", head, arguments);
        return;
    }
    print_c_wrapped(out, head);
    strbuf_printf(out, "\n%*s", indent + 4, "");
    for (int column = indent + 4; *arguments;) {
        const int length = (int)strcspn(arguments, ",") + (strchr(arguments, ',') ? 1 : 0);
        if (column > indent + 4 && column + length > COLUMNS) {
            while (*arguments == ' ')
                arguments++;
            strbuf_printf(out, "\n%*s", indent + 4, "");
            column = indent + 4;
            continue;
        }
        strbuf_write(out, arguments, (size_t)length);
        arguments += length;
        column += length;
    }
    strbuf_putc(out, '\n');
}

/* same: the launch whose function it is. */
static void print_call(StrBuf *out, const Routine *r, const Launch *launch, const Launch *same,
                       int line_number, int indent)
{
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "%*s%s<<<", indent, "", same->name);
    if (launch->kind == LAUNCH_ONE)
        strbuf_puts(&line, "1");
    else
        print_blocks(&line, launch);
    strbuf_printf(&line, ", %d, 0, stream>>>(", launch->threads);
    StrBuf given = strbuf_new(out->arena);
    Arguments arguments = {&given, r, launch, 0};
    print_cuda_parameters(launch, print_argument, &arguments);
    strbuf_puts(&given, ");");
    print_native(out, indent, strbuf_text(&line), strbuf_text(&given));
    strbuf_printf(out, "%*sGRT_LAUNCHED(cuda, \"%s\", %d);\n", indent, "", same->name, line_number);
}

static void print_kernel(StrBuf *out, const Program *p, const Routine *r, int position)
{
    const Kernel *k = r->kernels.data[position];
    const int indent = print_loop_indent(r, k->loop);
    const int line = model_line(p->model, k->loc);
    for (int i = 0; i < k->launches.count; i++) {
        const Launch *launch = k->launches.data[i];
        const Launch *same = k->same_as ? k->same_as->launches.data[i] : launch;
        if (launch->kind == LAUNCH_ZERO)
            print_zero(out, launch, indent);
        else if (launch->kind == LAUNCH_GEMM)
            print_gemm(out, launch, line, indent);
        else if (launch->kind == LAUNCH_CONV)
            print_conv(out, launch, line, indent);
        else
            print_call(out, r, launch, same, line, indent);
    }
    strbuf_printf(out, "%*sgrt_cuda_done(cuda, %d, %s);\n", indent, "", position,
                  k->loop >= 0 ? r->loops.data[k->loop].turn : "0");
}

/* A guard says how a routine went, and counts it where it is queued as a part of a step. */
static bool needs_guard(const Routine *r)
{
    const EntryKind kind = r->entry->kind;
    bool needs = r->loss || kind == ENTRY_TRAIN || kind == ENTRY_UPDATE || kind == ENTRY_AVERAGE;
    for (int k = 0; k < r->kernels.count && !needs; k++)
        needs = r->kernels.data[k]->uses_fault;
    return needs;
}

static void print_guard(StrBuf *out, const Routine *r)
{
    if (!needs_guard(r))
        return;
    if (r->loss)
        strbuf_printf(out,
                      "\n    /* update: nothing changes where the loss is not finite */\n"
                      "    grt_guard<<<1, 1, 0, stream>>>(cuda->status, cuda->faults, "
                      "GRT_CUDA_FAULTS, %s, %s);\n",
                      r->loss->name, emit_dtype_symbol(r->loss->type.dtype));
    else
        strbuf_puts(out, "    grt_guard<<<1, 1, 0, stream>>>(cuda->status, cuda->faults, "
                         "GRT_CUDA_FAULTS, nullptr, GRT_F32);\n");
    strbuf_puts(out, "    GRT_LAUNCHED(cuda, \"grt_guard\", 0);\n");
}

/* The bytes of the samples that are there: "batch * 256". */
static const char *bytes_there(Arena *arena, const Buffer *b)
{
    int64_t row;
    Type sample = b->type;
    if (sample.rank > 0)
        sample.dims[0].batch = false;
    if (type_batch_axis(&b->type) == 0 && type_bytes(&sample, 1, &row))
        return arena_printf(arena, "batch * %" PRId64, row);
    return arena_printf(arena, "%" PRId64, b->bytes);
}

/* A routine that fetches a batch computes inputs: the host checks them, and gives them back. */
static void print_given_inputs(StrBuf *out, const Program *p, const Routine *r)
{
    for (int i = 0; i < r->buffers.count; i++) {
        const Buffer *b = r->buffers.data[i];
        if (b->place == PLACE_INPUT && use_of(r, b) == USE_WRITTEN)
            strbuf_printf(out, "    grt_cuda_give_input(cuda, stream, %d, %s); /* %s */\n",
                          print_input_position(p->model, b->var), bytes_there(out->arena, b),
                          b->name);
    }
}

static void print_commit(StrBuf *out, const Commit *c)
{
    const char *bytes = bytes_there(out->arena, c->to);
    print_native(
        out, 4,
        arena_printf(out->arena, "    grt_commit<<<grt_blocks(%s, 256), 256, 0, stream>>>(", bytes),
        arena_printf(out->arena, "cuda->status, %s, %s, %s);", c->to->name, c->from->name, bytes));
    strbuf_puts(out, "    GRT_LAUNCHED(cuda, \"grt_commit\", 0);\n");
}

static bool writes_variables(const Routine *r)
{
    for (int k = 0; k < r->kernels.count; k++) {
        const BufferVec *writes = &r->kernels.data[k]->writes;
        for (int i = 0; i < writes->count; i++)
            if (writes->data[i]->place == PLACE_VARS)
                return true;
    }
    return r->commits.count > 0;
}

static void print_queue(StrBuf *out, const Program *p, const Routine *r)
{
    strbuf_printf(out,
                  "static void launch_%s(GrtCuda *cuda, cudaStream_t stream, int64_t batch)\n{\n",
                  r->name + strlen("run_"));
    if (!print_uses_batch(r))
        strbuf_puts(out, "    (void)batch;\n");
    print_pointers(out, p, r);
    for (int k = 0; k < r->kernels.count; k++) {
        if (r->guard == k)
            print_guard(out, r);
        print_loop_heads(out, r, k);
        print_kernel(out, p, r, k);
        print_loop_ends(out, r, k);
    }
    if (r->guard < 0 || r->guard == r->kernels.count)
        print_guard(out, r);
    for (int i = 0; i < r->commits.count; i++)
        print_commit(out, &r->commits.data[i]);
    print_given_inputs(out, p, r);
    strbuf_puts(out, "}\n\n");
}

void print_cuda_routine(StrBuf *out, const Program *p, const Routine *r)
{
    print_queue(out, p, r);
    strbuf_printf(out, "static int %s(GrtRun *run)\n{\n", r->name);
    print_c_hosts(out, r);
    if (r->hosts.count > 0) {
        StrBuf line = strbuf_new(out->arena);
        strbuf_puts(&line, "    const double numbers[] = {");
        for (int i = 0; i < r->hosts.count; i++)
            strbuf_printf(&line, "%s%s", i > 0 ? ", " : "", r->hosts.data[i].name);
        strbuf_puts(&line, "};\n");
        print_c_wrapped(out, strbuf_text(&line));
    }
    strbuf_printf(out, "    return grt_cuda_run(run, launch_%s, %s, %d, %s);\n}\n",
                  r->name + strlen("run_"), r->hosts.count > 0 ? "numbers" : "NULL", r->hosts.count,
                  writes_variables(r) ? "true" : "false");
}
