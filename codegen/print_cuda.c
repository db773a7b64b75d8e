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

#include <inttypes.h>
#include <string.h>

#include "codegen/gpu_flat.h"
#include "codegen/kexpr.h"
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

static const char *index_type(const Launch *launch)
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

/* ---- statements ---- */

typedef struct Where {
    const Launch *launch;
    bool team;   /* in a loop over teams: all threads of the team come here */
    bool shared; /* in a loop whose turns the team shares: each thread has its own */
    bool warp;   /* in a loop whose turns its warps share: the warp is the team */
} Where;

static void print_body(StrBuf *out, const Where *where, const KStmtVec *body, int indent);

/* Is it an array for the whole team? */
static bool is_shared(const KStmtVec *body, const Buffer *array)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        if ((s->kind == KS_ARRAY && s->buffer == array && s->shared) || is_shared(&s->body, array))
            return true;
    }
    return false;
}

static int team_of(const Where *where)
{
    return where->warp ? WARP : where->launch->team;
}

static const char *lane_of(const Where *where)
{
    return where->warp ? "warp_lane" : "lane";
}

/* Stores to what others see too, outside of the loops that a team shares, are the first thread's.
 */
static bool is_for_one(const Where *where, const KStmt *s)
{
    if (!where->team || where->shared || s->kind != KS_STORE)
        return false;
    return s->buffer->place != PLACE_LOCAL || is_shared(&where->launch->part->body, s->buffer);
}

static void print_sync(StrBuf *out, const Where *where, int indent)
{
    strbuf_printf(out, "%*s%s();\n", indent, "",
                  team_of(where) <= WARP ? "__syncwarp" : "__syncthreads");
}

static bool is_for_warps(const Where *where, const KStmt *s)
{
    return s->share == SHARE_WARPS && where->team && !where->shared && !where->warp;
}

static bool is_apart(const Where *where, const KStmt *s)
{
    return s->share == SHARE_TEAM && where->team && !where->shared;
}

/* Braces are left out around one statement that needs none itself. */
static bool needs_braces(const Where *where, const KStmt *loop)
{
    const KStmt *only = loop->body.count == 1 ? loop->body.data[0] : NULL;
    Where inside = *where;
    inside.shared |= is_apart(where, loop);
    inside.warp |= is_for_warps(where, loop);
    return !only || only->comment || only->sync || is_for_one(&inside, only) ||
           (only->kind == KS_FOR &&
            (only->extent->dtype == DT_BOOL || needs_braces(&inside, only)));
}

/* A loop that this thread goes through alone, or, from lane on, with its team. */
static void print_loop(StrBuf *out, const Where *where, const KStmt *s, int indent)
{
    if (s->extent->dtype == DT_BOOL) { /* as often as a test holds */
        strbuf_printf(out, "%*sif (", indent, "");
        print_c_expr(out, s->extent, BIND_ANY);
        strbuf_puts(out, ") {\n");
        print_body(out, where, &s->body, indent + 4);
        strbuf_printf(out, "%*s}\n", indent, "");
        return;
    }
    const bool apart = is_apart(where, s), warps = is_for_warps(where, s);
    const bool braces = needs_braces(where, s);
    if (s->unroll)
        strbuf_puts(out, "#pragma unroll\n");
    Where inside = *where;
    inside.shared |= apart;
    inside.warp |= warps;
    strbuf_printf(out, "%*sfor (%s %s = %s; %s < ", indent, "", index_type(where->launch), s->name,
                  apart   ? lane_of(where)
                  : warps ? "warp"
                          : "0",
                  s->name);
    print_c_expr(out, s->extent, BIND_SUM);
    if (apart || warps)
        strbuf_printf(out, "; %s += %d)%s\n", s->name,
                      apart ? team_of(where) : where->launch->team / WARP, braces ? " {" : "");
    else if (s->step == 1)
        strbuf_printf(out, "; %s++)%s\n", s->name, braces ? " {" : "");
    else
        strbuf_printf(out, "; %s += %" PRId64 ")%s\n", s->name, s->step, braces ? " {" : "");
    print_body(out, &inside, &s->body, indent + 4);
    if (braces)
        strbuf_printf(out, "%*s}\n", indent, "");
}

static void print_array(StrBuf *out, const Where *where, const KStmt *s, int indent)
{
    const char *type = c_storage_type(s->dtype);
    const int64_t count = s->buffer->bytes / dtype_info[s->dtype].bytes;
    const int team = where->launch->team, teams = team > 0 ? where->launch->threads / team : 1;
    if (!s->shared || !where->team)
        strbuf_printf(out, "%*s%s %s[%" PRId64 "];\n", indent, "", type, s->name, count);
    else if (teams == 1)
        strbuf_printf(out, "%*s__shared__ %s %s[%" PRId64 "];\n", indent, "", type, s->name, count);
    else
        strbuf_printf(out,
                      "%*s__shared__ %s %s_of[%d][%" PRId64 "];\n"
                      "%*s%s *const %s = %s_of[threadIdx.x / %d];\n",
                      indent, "", type, s->name, teams, count, indent, "", type, s->name, s->name,
                      team);
}

/* All threads of the team get the op of their values. */
static void print_join(StrBuf *out, const Where *where, const KStmt *s, int indent)
{
    const int team = team_of(where);
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "%*sconst %s %s = grt_join_%s<%d>(", indent, "", c_value_type(s->dtype),
                  s->name, op_info[s->op].name, team <= WARP ? team : team / WARP * WARP);
    print_c_value(&line, s->value, s->dtype);
    if (team > WARP)
        strbuf_printf(&line, ", joins_%s", dtype_info[s->dtype].name);
    strbuf_puts(&line, ");\n");
    print_c_wrapped(out, strbuf_text(&line));
}

static void print_atomic(StrBuf *out, const KStmt *s, int indent)
{
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "%*satomicAdd(&%s[", indent, "", s->buffer->name);
    print_c_index(&line, s->buffer, s->index);
    strbuf_puts(&line, "], ");
    print_c_value(&line, s->value, s->dtype);
    strbuf_puts(&line, ");\n");
    print_c_wrapped(out, strbuf_text(&line));
}

/* A place that is known to fit is as wide as the loops' variables. */
static bool is_place(const Where *where, const KStmt *s)
{
    const KExpr *x = s->value;
    return s->kind == KS_LET && !s->mutable_ && !where->launch->wide && s->dtype == DT_I64 &&
           (x->kind == KE_INT || x->kind == KE_AT) && x->low >= INT32_MIN / 2 &&
           x->high <= INT32_MAX / 2;
}

static void print_place(StrBuf *out, const KStmt *s, int indent)
{
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "%*sconst int %s = ", indent, "", s->name);
    print_c_expr(&line, s->value, BIND_ANY);
    strbuf_puts(&line, ";\n");
    print_c_wrapped(out, strbuf_text(&line));
}

static void print_simple(StrBuf *out, const Where *where, const KStmt *s, int indent)
{
    if (s->atomic)
        print_atomic(out, s, indent);
    else if (is_place(where, s))
        print_place(out, s, indent);
    else
        print_c_line(out, s, indent);
}

static void print_one(StrBuf *out, const Where *where, const KStmt *s, int indent)
{
    print_c_comment(out, s, indent);
    if (s->sync)
        print_sync(out, where, indent);
    if (s->kind == KS_FOR && s->share == SHARE_TILE && where->team && !where->shared)
        print_cuda_team_tile(out, where->launch, s, indent);
    else if (s->kind == KS_FOR)
        print_loop(out, where, s, indent);
    else if (s->kind == KS_ARRAY)
        print_array(out, where, s, indent);
    else if (s->kind == KS_LET && s->join && where->team)
        print_join(out, where, s, indent);
    else
        print_simple(out, where, s, indent);
}

/* Stores of the first thread, from this one on, between which nobody waits; how many. */
static int print_stores(StrBuf *out, const Where *where, const KStmtVec *body, int first,
                        int indent)
{
    int count = 1;
    while (first + count < body->count && is_for_one(where, body->data[first + count]) &&
           !body->data[first + count]->sync)
        count++;
    if (body->data[first]->sync)
        print_sync(out, where, indent);
    strbuf_printf(out, "%*sif (%s == 0)%s\n", indent, "", lane_of(where), count > 1 ? " {" : "");
    for (int i = first; i < first + count; i++) {
        print_c_comment(out, body->data[i], indent + 4);
        print_simple(out, where, body->data[i], indent + 4);
    }
    if (count > 1)
        strbuf_printf(out, "%*s}\n", indent, "");
    return count;
}

static void print_body(StrBuf *out, const Where *where, const KStmtVec *body, int indent)
{
    for (int i = 0; i < body->count;) {
        if (is_for_one(where, body->data[i])) {
            i += print_stores(out, where, body, i, indent);
            continue;
        }
        print_one(out, where, body->data[i], indent);
        i++;
    }
}

void print_cuda_stmts(StrBuf *out, const Launch *launch, const KStmtVec *body, int indent,
                      bool within_team)
{
    const Where where = {.launch = launch, .team = within_team};
    print_body(out, &where, body, indent);
}

/* ---- the shared loop ---- */

static const KStmt *inner_loop(const KStmt *loop)
{
    return loop->body.data[loop->body.count - 1];
}

/* const int i = place / 64, j = place % 64; and the locals between the loops */
void print_cuda_places(StrBuf *out, const Launch *launch, const KStmt *loop, int depth, int indent)
{
    const char *type = index_type(launch);
    for (int d = 0; d < depth; d++, loop = inner_loop(loop)) {
        StrBuf rest = strbuf_new(out->arena);
        const KStmt *inner = loop;
        KExpr *below = NULL;
        for (int i = d + 1; i < depth; i++) {
            inner = inner_loop(inner);
            below = below ? kexpr_mul(out->arena, below, inner->extent) : inner->extent;
        }
        if (below)
            print_c_expr(&rest, below, BIND_UNARY);
        strbuf_printf(out, "%*sconst %s %s = place", indent, "", type, loop->name);
        if (below)
            strbuf_printf(out, " / %s", strbuf_text(&rest));
        if (d > 0) {
            strbuf_puts(out, " % ");
            print_c_expr(out, loop->extent, BIND_UNARY);
        }
        strbuf_puts(out, ";\n");
        if (d + 1 == depth)
            break;
        for (int i = 0; i + 1 < loop->body.count; i++)
            print_c_line(out, loop->body.data[i], indent);
    }
}

static bool has_warps(const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++)
        if (body->data[i]->share == SHARE_WARPS || has_warps(&body->data[i]->body))
            return true;
    return false;
}

/* What comes before the loop over teams: who this thread is in its own. */
static void print_head(StrBuf *out, const Launch *launch, const char **start, const char **stride)
{
    const char *type = index_type(launch);
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
    if (!every || gpu_flat_reads(&launch->stmt->body, name))
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
    strbuf_printf(out, "    for (%s %s = %s; %s < ", index_type(launch), name, start, name);
    print_c_expr(out, launch->turns, BIND_SUM);
    strbuf_printf(out, "; %s += %s) {\n", name, stride);
    print_cuda_stmts(out, launch, &launch->stmt->body, 8, launch->kind == LAUNCH_TEAMS);
    if (launch->kind == LAUNCH_TEAMS && has_shared_array(&launch->stmt->body)) {
        const Where where = {.launch = launch};
        print_sync(out, &where, 8);
    }
    strbuf_puts(out, "    }\n");
}

/* ---- launches ---- */

/* By all threads of a block, which need shared memory for it? */
static bool joins(const KStmtVec *body, DType dtype)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        if (s->share != SHARE_WARPS && ((s->join && s->dtype == dtype) || joins(&s->body, dtype)))
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
    if (launch->kind == LAUNCH_TILES)
        strbuf_printf(out, ", %d", print_cuda_tile_blocks(launch));
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

void print_cuda_kernel(StrBuf *out, const Kernel *k)
{
    bool first = true;
    for (int i = 0; i < k->launches.count; i++) {
        const Launch *launch = k->launches.data[i];
        if (launch->kind == LAUNCH_GEMM || launch->kind == LAUNCH_ZERO)
            continue;
        if (first)
            print_c_kernel_comment(out, k);
        else
            strbuf_putc(out, '\n');
        first = false;
        print_launch(out, launch);
    }
}
