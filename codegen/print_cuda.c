/* print_cuda.c -- launches as CUDA kernels.
 *
 *     /. relu = where(linear1 <= 0, 0, linear1)    f32[batch, 64]    digits.dsl:12 ./
 *     __global__ void __launch_bounds__(256)
 *         k_relu(int batch, const float *__restrict__ v_linear1, float *__restrict__ v_relu)
 *     {
 *         const int first = blockIdx.x * blockDim.x + threadIdx.x, stride = gridDim.x * blockDim.x;
 *         for (int i = first; i < batch * 64; i += stride)
 *             v_relu[i] = ...
 *     }
 *
 * Which thread takes which turns is said by marks on the statements (kernel.h); nothing is decided
 * here. */
#include "codegen/print_cuda.h"

#include "codegen/gpu_flat.h"
#include "codegen/kexpr.h"
#include "codegen/kwalk.h"
#include "codegen/print_cuda_tile.h"
#include "codegen/print_expr.h"
#include "support/text.h"

enum { WARP = 32 };

/* ---- host scalars ---- */

bool print_cuda_is_f32(const Kernel *k, const char *host)
{
    return !gpu_flat_uses_f64(&k->body, host);
}

/* ---- parameters ---- */

const char *print_cuda_index_type(const Launch *launch)
{
    return launch->wide ? "int64_t" : "int";
}

static bool is_written(const Kernel *k, const Buffer *b)
{
    for (int i = 0; i < k->writes.count; i++)
        if (k->writes.data[i] == b)
            return true;
    return false;
}

void print_cuda_parameters(const Launch *launch, VisitParameter *visit, void *context)
{
    const Kernel *k = launch->part;
    if (launch->guarded)
        visit(context, "const GrtCudaStatus *__restrict__ ", "status");
    if (k->uses_batch)
        visit(context, launch->wide ? "int64_t " : "int ", "batch");
    if (k->uses_random)
        visit(context, "const GrtRng *__restrict__ ", "rng_at");
    if (k->uses_fault)
        visit(context, "GrtCudaFault *", "fault");
    for (int i = 0; i < k->turns.count; i++)
        visit(context, launch->wide ? "int64_t " : "int ", k->turns.data[i]);
    for (int i = 0; i < k->hosts.count; i++)
        visit(context,
              print_cuda_is_f32(k, k->hosts.data[i]) ? "const float *__restrict__ at_"
                                                     : "const double *__restrict__ at_",
              k->hosts.data[i]);
    char type[64];
    for (int i = 0; i < k->reads.count; i++) {
        const Buffer *b = k->reads.data[i];
        snprintf(type, sizeof type, "const %s *__restrict__ ", c_storage_type(b->type.dtype));
        if (b->place != PLACE_CONST && !is_written(k, b))
            visit(context, type, b->name);
    }
    for (int i = 0; i < k->writes.count; i++) {
        const Buffer *b = k->writes.data[i];
        snprintf(type, sizeof type, "%s *__restrict__ ", c_storage_type(b->type.dtype));
        visit(context, type, b->name);
    }
}

typedef struct Parameters {
    StrBuf *out;
    int count;
} Parameters;

static void print_parameter(void *context, const char *type, const char *name)
{
    Parameters *p = context;
    strbuf_printf(p->out, "%s%s%s", p->count++ > 0 ? ", " : "", type, name);
}

/* ---- the shared loop ---- */

static bool has_warps(const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++)
        if ((body->data[i]->share == SHARE_GROUPS && body->data[i]->team == WARP) ||
            has_warps(&body->data[i]->body))
            return true;
    return false;
}

/* What comes before the loop over teams: who this thread is in its own. */
static void print_head(StrBuf *out, const Launch *launch, const char **start, const char **stride)
{
    const char *type = print_cuda_index_type(launch);
    if (launch->kind == LAUNCH_GRID) {
        strbuf_printf(out,
                      "    const %s first = %sblockIdx.x * blockDim.x + threadIdx.x;\n"
                      "    const %s stride = %sgridDim.x * blockDim.x;\n",
                      type, launch->wide ? "(int64_t)" : "", type, launch->wide ? "(int64_t)" : "");
        *start = "first";
        *stride = "stride";
    } else if (launch->team <= WARP) {
        const int teams = launch->threads / launch->team;
        strbuf_printf(out, "    const int lane = threadIdx.x %% %d;\n", launch->team);
        *start =
            arena_printf(out->arena, "blockIdx.x * %d + threadIdx.x / %d", teams, launch->team);
        *stride = arena_printf(out->arena, "gridDim.x * %d", teams);
    } else {
        strbuf_puts(out, "    const int lane = threadIdx.x;\n");
        if (has_warps(&launch->stmt->body))
            strbuf_puts(out,
                        "    const int warp = threadIdx.x / 32, warp_lane = threadIdx.x % 32;\n");
        *start = "blockIdx.x";
        *stride = "gridDim.x";
    }
}

/* Arrays of the team's are stored to anew in its next turn. */
static bool has_shared_array(const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++)
        if ((body->data[i]->kind == KS_ARRAY && body->data[i]->shared) ||
            has_shared_array(&body->data[i]->body))
            return true;
    return false;
}

/* As many teams as turns: each has one. */
static void print_turn(StrBuf *out, const Launch *launch, const char *start)
{
    const char *name = launch->stmt->name;
    const int teams = launch->threads / launch->team; /* of a block */
    const KExpr *turns = launch->turns;
    const bool every =
        turns->kind == KE_NUMBER && turns->value.i > 0 && turns->value.i % teams == 0;
    if (!every || kwalk_stmts_mention(&launch->stmt->body, name))
        strbuf_printf(out, "    const int %s = %s;\n", name, start);
    if (!every) {
        strbuf_printf(out, "    if (%s >= ", name);
        print_c_expr(out, turns, BIND_SUM);
        strbuf_puts(out, ")\n        return;\n");
    }
    print_cuda_stmts(out, launch, &launch->stmt->body, 4, true);
}

static bool reads_four(const Launch *launch, const Buffer *b)
{
    for (int i = 0; i < launch->fours_read.count; i++)
        if (launch->fours_read.data[i] == b)
            return true;
    return false;
}

/* 128 bits of each buffer at a time. */
static void print_fours(StrBuf *out, const Launch *launch)
{
    const char *name = launch->stmt->name;
    strbuf_printf(out, "    for (int %s = first * 4; %s < ", name, name);
    print_c_expr(out, launch->stmt->extent, BIND_SUM);
    strbuf_printf(out, "; %s += stride * 4) {\n", name);
    for (int i = 0; i < launch->fours_read.count; i++) {
        const char *b = launch->fours_read.data[i]->name;
        print_c_wrapped(out, arena_printf(out->arena,
                                          "        GrtFour four_%s = grt_load_four(%s + %s);\n", b,
                                          b, name));
    }
    for (int i = 0; i < launch->fours_written.count; i++)
        if (!reads_four(launch, launch->fours_written.data[i]))
            strbuf_printf(out, "        GrtFour four_%s;\n", launch->fours_written.data[i]->name);
    print_cuda_stmts(out, launch, &launch->stmt->body, 8, false);
    for (int i = 0; i < launch->fours_written.count; i++) {
        const char *b = launch->fours_written.data[i]->name;
        print_c_wrapped(out, arena_printf(out->arena, "        grt_store_four(%s + %s, four_%s);\n",
                                          b, name, b));
    }
    strbuf_puts(out, "    }\n");
}

static void print_shared(StrBuf *out, const Launch *launch)
{
    const char *start, *stride, *name = launch->stmt->name;
    print_head(out, launch, &start, &stride);
    if (launch->fours_written.count > 0) {
        print_fours(out, launch);
        return;
    }
    if (launch->kind == LAUNCH_TEAMS && launch->turns->high <= GPU_MOST_BLOCKS && !launch->wide) {
        print_turn(out, launch, start);
        return;
    }
    StrBuf head = strbuf_new(out->arena);
    strbuf_printf(&head, "    for (%s %s = %s; %s < ", print_cuda_index_type(launch), name, start,
                  name);
    print_c_expr(&head, launch->turns, BIND_SUM);
    strbuf_printf(&head, "; %s += %s) {\n", name, stride);
    print_c_wrapped(out, strbuf_text(&head));
    print_cuda_stmts(out, launch, &launch->stmt->body, 8, launch->kind == LAUNCH_TEAMS);
    if (launch->kind == LAUNCH_TEAMS && has_shared_array(&launch->stmt->body)) {
        print_cuda_sync(out, launch->team, 8);
    }
    strbuf_puts(out, "    }\n");
}

/* ---- launches ---- */

/* By all threads of a block, which need shared memory for it? */
static bool joins(const KStmtVec *body, DType dtype)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        if (s->share != SHARE_GROUPS && ((s->join && s->dtype == dtype) || joins(&s->body, dtype)))
            return true;
    }
    return false;
}

/* Host scalars and what a draw depends on, read from where the host has put them. */
static void print_values(StrBuf *out, const Launch *launch)
{
    const Kernel *k = launch->part;
    if (launch->guarded)
        strbuf_puts(out, "    if (status->stopped)\n        return;\n");
    if (k->uses_random)
        strbuf_puts(out, "    const GrtRng rng = *rng_at;\n");
    for (int i = 0; i < k->hosts.count; i++)
        strbuf_printf(out, "    const %s %s = *at_%s;\n",
                      print_cuda_is_f32(k, k->hosts.data[i]) ? "float" : "double", k->hosts.data[i],
                      k->hosts.data[i]);
    for (int dtype = 0; dtype < DT_COUNT && launch->team > WARP; dtype++)
        if (joins(&k->body, (DType)dtype))
            strbuf_printf(out, "    __shared__ %s joins_%s[%d];\n", c_value_type((DType)dtype),
                          dtype_info[dtype].name, launch->team / WARP);
}

static void print_launch(StrBuf *out, const Launch *launch)
{
    StrBuf line = strbuf_new(out->arena);
    Parameters parameters = {&line, 0};
    strbuf_printf(out, "__global__ void __launch_bounds__(%d", launch->threads);
    if (launch->blocks > 0)
        strbuf_printf(out, ", %d", launch->blocks);
    strbuf_puts(out, ")\n");
    strbuf_printf(&line, "    %s(", launch->name);
    print_cuda_parameters(launch, print_parameter, &parameters);
    strbuf_puts(&line, ")\n");
    print_c_wrapped(out, strbuf_text(&line));
    strbuf_puts(out, "{\n");
    print_values(out, launch);
    const KStmtVec *body = &launch->part->body;
    if (launch->kind == LAUNCH_ONE) {
        print_cuda_stmts(out, launch, body, 4, false);
    } else {
        for (int i = 0; i + 1 < body->count; i++)
            print_c_line(out, body->data[i], 4);
        if (launch->kind == LAUNCH_TILES)
            print_cuda_tiles(out, launch);
        else
            print_shared(out, launch);
    }
    strbuf_puts(out, "}\n");
}

/* With an empty line behind each function; of what a library computes there is none. */
void print_cuda_kernel(StrBuf *out, const Kernel *k)
{
    bool first = true;
    for (int i = 0; i < k->launches.count; i++) {
        const Launch *launch = k->launches.data[i];
        if (!gpu_launch_is_function(launch))
            continue;
        if (first)
            print_c_kernel_comment(out, k);
        first = false;
        print_cuda_find_words(out->arena, launch);
        print_launch(out, launch);
        strbuf_putc(out, '\n');
    }
}
