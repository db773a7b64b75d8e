/* print_cuda_stmts.c -- the statements of a launch as CUDA.
 *
 *     for (int j = lane; j < 64; j += 32)        a loop whose turns a team shares
 *         t_e[j] = expf(v_x[n * 64 + j]);
 *     __syncwarp();                              sync
 *     const float t_s = grt_join_sum<32>(p_s);   a join
 *     if (lane == 0)                             a store outside of such loops
 *         v_s[n] = t_s;
 *
 * Which thread takes which turns is said by marks on the statements (kernel.h). */
#include <inttypes.h>

#include "codegen/kexpr.h"
#include "codegen/kwalk.h"
#include "codegen/print_cuda.h"
#include "codegen/print_cuda_tile.h"
#include "codegen/print_expr.h"

enum { WARP = 32 };

typedef struct Where {
    const Launch *launch;
    bool team;   /* in a loop over teams: all threads of the team come here */
    bool shared; /* in a loop whose turns the team shares: each thread has its own */
    int group;   /* in a loop whose turns groups of so many share: the group is the team */
    bool part;   /* ... and some of a warp may not come */
    bool alone;  /* the statement is all that stands in these braces */
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
    return where->group > 0 ? where->group : where->launch->team;
}

/* The thread's number in its team, and its group's, of groups of so many. */
static const char *lane_of(Arena *arena, const Where *where)
{
    return where->group == 0      ? "lane"
           : where->group == WARP ? "warp_lane"
                                  : arena_printf(arena, "lane %% %d", where->group);
}

static const char *number_of(Arena *arena, int group)
{
    return group == WARP ? "warp" : arena_printf(arena, "lane / %d", group);
}

/* Stores to what others see too, outside of the loops that a team shares, are the first thread's.
 */
static bool is_for_one(const Where *where, const KStmt *s)
{
    if (!where->team || where->shared || s->kind != KS_STORE)
        return false;
    return s->buffer->place != PLACE_LOCAL || is_shared(&where->launch->part->body, s->buffer);
}

void print_cuda_sync(StrBuf *out, int team, int indent)
{
    strbuf_printf(out, "%*s%s();\n", indent, "", team <= WARP ? "__syncwarp" : "__syncthreads");
}

static void print_sync(StrBuf *out, const Where *where, int indent)
{
    if (where->part)
        strbuf_printf(out, "%*s__syncwarp(grt_group<%d>());\n", indent, "", where->group);
    else
        print_cuda_sync(out, team_of(where), indent);
}

static bool is_for_groups(const Where *where, const KStmt *s)
{
    return s->share == SHARE_GROUPS && where->team && !where->shared && where->group == 0;
}

static bool is_apart(const Where *where, const KStmt *s)
{
    return s->share == SHARE_TEAM && where->team && !where->shared;
}

/* The threads, or the groups, that share its turns. */
static int sharers_of(const Where *where, const KStmt *loop)
{
    return is_for_groups(where, loop) ? where->launch->team / loop->team : team_of(where);
}

static Where inside_of(const Where *where, const KStmt *loop)
{
    Where inside = *where;
    inside.shared |= is_apart(where, loop);
    if (is_for_groups(where, loop)) {
        const int groups = WARP / loop->team; /* of a warp */
        inside.group = loop->team;
        inside.part = loop->extent->kind != KE_NUMBER || loop->extent->value.i % groups != 0;
    }
    return inside;
}

/* A loop whose turns are shared, one for each thread: it is none. */
static bool is_one_turn(const Where *where, const KStmt *loop)
{
    return (is_apart(where, loop) || is_for_groups(where, loop)) &&
           kexpr_is_int(loop->extent, sharers_of(where, loop));
}

/* Braces are left out around one statement that needs none itself. */
static bool needs_braces(const Where *where, const KStmt *loop)
{
    const KStmt *only = loop->body.count == 1 ? loop->body.data[0] : NULL;
    const Where inside = inside_of(where, loop);
    return !only || only->comment || only->sync || is_for_one(&inside, only) ||
           (only->kind == KS_FOR && (only->extent->dtype == DT_BOOL || is_one_turn(&inside, only) ||
                                     needs_braces(&inside, only)));
}

/* { const int j = lane; ... } */
static void print_one_turn(StrBuf *out, const Where *where, const KStmt *s, int indent)
{
    const Where inside = inside_of(where, s);
    const int within = where->alone ? indent : indent + 4;
    if (!where->alone)
        strbuf_printf(out, "%*s{\n", indent, "");
    if (kwalk_stmts_mention(&s->body, s->name))
        strbuf_printf(out, "%*sconst %s %s = %s;\n", within, "",
                      print_cuda_index_type(where->launch), s->name,
                      inside.shared ? lane_of(out->arena, where) : number_of(out->arena, s->team));
    print_body(out, &inside, &s->body, within);
    if (!where->alone)
        strbuf_printf(out, "%*s}\n", indent, "");
}

/* Each thread of a part of a warp has the same few turns, which the compiler is to write out: one
 * does not wait for the other. */
static int turns_of(const Where *where, const KStmt *loop)
{
    enum { FEW = 16 };
    const int group = where->group;
    if (!is_apart(where, loop) || group == 0 || group == WARP || loop->extent->kind != KE_NUMBER ||
        loop->extent->value.i % group != 0 || loop->extent->value.i / group > FEW)
        return 0;
    return (int)(loop->extent->value.i / group);
}

static void print_turns(StrBuf *out, const Where *where, const KStmt *s, int indent)
{
    const Where inside = inside_of(where, s);
    strbuf_printf(
        out, "#pragma unroll\n%*sfor (int %s = %s, turn = 0; turn < %d; turn++, %s += %d) {\n",
        indent, "", s->name, lane_of(out->arena, where), turns_of(where, s), s->name, where->group);
    print_body(out, &inside, &s->body, indent + 4);
    strbuf_printf(out, "%*s}\n", indent, "");
}

/* A loop that this thread goes through alone, or, from lane on, with its team. */
static void print_loop(StrBuf *out, const Where *where, const KStmt *s, int indent)
{
    StrBuf head = strbuf_new(out->arena);
    if (s->extent->dtype == DT_BOOL) { /* as often as a test holds */
        strbuf_printf(&head, "%*sif (", indent, "");
        print_c_expr(&head, s->extent, BIND_ANY);
        strbuf_puts(&head, ") {\n");
        print_c_wrapped(out, strbuf_text(&head));
        print_body(out, where, &s->body, indent + 4);
        strbuf_printf(out, "%*s}\n", indent, "");
        return;
    }
    if (is_one_turn(where, s)) {
        print_one_turn(out, where, s, indent);
        return;
    }
    if (turns_of(where, s) > 0) {
        print_turns(out, where, s, indent);
        return;
    }
    const bool apart = is_apart(where, s), groups = is_for_groups(where, s);
    const bool braces = needs_braces(where, s);
    if (s->unroll)
        strbuf_puts(out, "#pragma unroll\n");
    const Where inside = inside_of(where, s);
    strbuf_printf(&head, "%*sfor (%s %s = %s; %s < ", indent, "",
                  print_cuda_index_type(where->launch), s->name,
                  apart    ? lane_of(out->arena, where)
                  : groups ? number_of(out->arena, s->team)
                           : "0",
                  s->name);
    print_c_expr(&head, s->extent, BIND_SUM);
    if (apart || groups)
        strbuf_printf(&head, "; %s += %d)%s\n", s->name, sharers_of(where, s), braces ? " {" : "");
    else if (s->step == 1)
        strbuf_printf(&head, "; %s++)%s\n", s->name, braces ? " {" : "");
    else
        strbuf_printf(&head, "; %s += %" PRId64 ")%s\n", s->name, s->step, braces ? " {" : "");
    print_c_wrapped(out, strbuf_text(&head));
    print_body(out, &inside, &s->body, indent + 4);
    if (braces)
        strbuf_printf(out, "%*s}\n", indent, "");
}

static void print_array(StrBuf *out, const Where *where, const KStmt *s, int indent)
{
    const char *type = c_storage_type(s->dtype);
    const int64_t count = s->buffer->bytes / dtype_info[s->dtype].bytes;
    const int team = where->launch->team, teams = team > 0 ? where->launch->threads / team : 1;
    if (s->tiled && where->team)
        print_cuda_team_sums(out, where->launch, s, indent);
    else if (!s->shared || !where->team)
        strbuf_printf(out, "%*s%s %s[%" PRId64 "];\n", indent, "", type, s->name, count);
    else if (teams == 1)
        strbuf_printf(out, "%*s%s__shared__ %s %s[%" PRId64 "];\n", indent, "",
                      s->aligned ? "__align__(16) " : "", type, s->name, count);
    else
        print_c_wrapped(out, arena_printf(out->arena,
                                          "%*s__shared__ %s %s_of[%d][%" PRId64 "];\n"
                                          "%*s%s *const %s = %s_of[threadIdx.x / %d];\n",
                                          indent, "", type, s->name, teams, count, indent, "", type,
                                          s->name, s->name, team));
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
    else if (where->part)
        strbuf_printf(&line, ", grt_group<%d>()", team);
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

/* A loop over four neighbours, all at once. */
static void print_four(StrBuf *out, const KStmt *loop, int indent)
{
    const KStmt *s = loop->body.data[0];
    const Buffer *from = s->value->buffer;
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "%*sgrt_store_four(%s + ", indent, "", s->buffer->name);
    print_c_index(&line, s->buffer, kexpr_at_first(out->arena, s->index, loop->name));
    strbuf_printf(&line, ", grt_load_four(%s + ", from->name);
    print_c_index(&line, from, kexpr_at_first(out->arena, s->value->args[0], loop->name));
    strbuf_puts(&line, "));\n");
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
    else if (s->kind == KS_FOR && s->four)
        print_four(out, s, indent);
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
    strbuf_printf(out, "%*sif (%s == 0)%s\n", indent, "", lane_of(out->arena, where),
                  count > 1 ? " {" : "");
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
    Where each = *where;
    each.alone = body->count == 1;
    for (int i = 0; i < body->count;) {
        if (is_for_one(where, body->data[i])) {
            i += print_stores(out, where, body, i, indent);
            continue;
        }
        print_one(out, &each, body->data[i], indent);
        i++;
    }
}

void print_cuda_stmts(StrBuf *out, const Launch *launch, const KStmtVec *body, int indent,
                      bool within_team)
{
    const Where where = {.launch = launch, .team = within_team};
    print_body(out, &where, body, indent);
}

/* ---- places ---- */

static const KStmt *inner_loop(const KStmt *loop)
{
    return loop->body.data[loop->body.count - 1];
}

/* const int i = place / 64, j = place % 64; and the locals between the loops */
void print_cuda_places(StrBuf *out, const Launch *launch, const KStmt *loop, int depth, int indent)
{
    const char *type = print_cuda_index_type(launch);
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
