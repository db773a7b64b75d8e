/* print_cuda_tile.c -- products in tiles as CUDA.
 *
 *     using Tile = GrtTile<float, 128, 32, 4, 4>;
 *     __shared__ Tile tile;
 *     const int row = blockIdx.x * 128, column = 0;
 *     grt_tile<true, false>(
 *         tile, row, column, batch * 16, 32, 144,
 *         [&](int i, int k) { return v_pad[(i / 16 * 36 + ...) * 16 + k % 16]; },
 *         [&](int k, int j) { return v_weight[k * 32 + j]; },
 *         [&](int i, int j, float t_conv) {
 *             v_conv[i * 32 + j] = t_conv;
 *         }); */
#include "codegen/print_cuda_tile.h"

#include <string.h>

#include "codegen/gpu_tile.h"
#include "codegen/kexpr.h"
#include "codegen/print_cuda.h"
#include "codegen/print_expr.h"

enum { LINE = 100 };

static KTile take_tile(const KStmt *loop)
{
    KTile tile;
    if (!kstmt_tile(loop, &tile))
        ice("a loop in tiles is none: %s", loop->name);
    return tile;
}

/* ---- the sum's loops as one ---- */

static bool is_nest(const KTile *tile)
{
    return tile->inner != tile->innermost;
}

static KExpr *count_terms(Arena *arena, const KTile *tile)
{
    KExpr *terms = tile->inner->extent;
    for (const KStmt *loop = tile->inner; loop != tile->innermost; loop = loop->body.data[0])
        terms = kexpr_mul(arena, terms, loop->body.data[0]->extent);
    return terms;
}

/* Of several loops: const int k = term / 5, l = term % 5; */
static void print_places(StrBuf *out, const Launch *launch, const KTile *tile)
{
    Arena *arena = out->arena;
    KExpr *terms = count_terms(arena, tile), *below = terms;
    KExpr *term = kexpr_index(arena, "term", terms->high > 0 ? terms->high - 1 : 0);
    for (const KStmt *loop = tile->inner;; loop = loop->body.data[0]) {
        below = loop == tile->innermost
                    ? kexpr_int(arena, 1)
                    : count_terms(arena, &(KTile){.inner = loop->body.data[0],
                                                  .innermost = tile->innermost});
        KExpr *at = kexpr_div(arena, term, below);
        if (loop != tile->inner)
            at = kexpr_mod(arena, at, loop->extent);
        strbuf_printf(out, "const %s %s = ", print_cuda_index_type(launch), loop->name);
        print_c_expr(out, at, BIND_ANY);
        strbuf_puts(out, "; ");
        if (loop == tile->innermost)
            return;
    }
}

static const char *term_name(const KTile *tile)
{
    return is_nest(tile) ? "term" : tile->inner->name;
}

/* ---- functions that the product calls ---- */

/* [&](int i, int k) { return x[i * 64 + k]; }, in one line or three. */
static void print_operand(StrBuf *out, const Launch *launch, const KTile *tile, const KExpr *x,
                          const char *first, const char *second, int indent)
{
    StrBuf head = strbuf_new(out->arena), value = strbuf_new(out->arena);
    const char *type = print_cuda_index_type(launch);
    strbuf_printf(&head, "%*s[&](%s %s, %s %s) {", indent, "", type, first, type, second);
    if (is_nest(tile))
        print_places(&value, launch, tile);
    strbuf_puts(&value, "return ");
    print_c_value(&value, x, tile->sum->dtype);
    strbuf_putc(&value, ';');
    if (head.length + value.length + strlen("  },") <= LINE) {
        strbuf_printf(out, "%s %s },\n", strbuf_text(&head), strbuf_text(&value));
        return;
    }
    strbuf_printf(out, "%s\n", strbuf_text(&head));
    print_c_wrapped(out, arena_printf(out->arena, "%*s%s\n", indent + 4, "", strbuf_text(&value)));
    strbuf_printf(out, "%*s},\n", indent, "");
}

static bool is_zero(const KExpr *x)
{
    return x->kind == KE_NUMBER && (dtype_is_float(x->dtype) ? x->value.f == 0 : x->value.i == 0);
}

/* What becomes of an element, whose sum is named as the local is. */
static void print_finish(StrBuf *out, const Launch *launch, const KTile *tile, int indent)
{
    const char *type = print_cuda_index_type(launch), *value = c_value_type(tile->sum->dtype);
    const bool starts = !is_zero(tile->sum->value);
    const KStmtVec *body = &tile->columns->body;
    KStmtVec rest = {body->data + tile->rest, body->count - tile->rest, 0};
    strbuf_printf(out, "%*s[&](%s %s, %s %s, %s %s) {\n", indent, "", type, tile->rows->name, type,
                  tile->columns->name, value, starts ? "terms" : tile->sum->name);
    if (starts) {
        StrBuf line = strbuf_new(out->arena);
        strbuf_printf(&line, "%*s%s %s = ", indent + 4, "", value, tile->sum->name);
        print_c_expr(&line, tile->sum->value, BIND_SUM);
        strbuf_puts(&line, " + terms;\n");
        print_c_wrapped(out, strbuf_text(&line));
    }
    print_cuda_stmts(out, launch, &rest, indent + 4, false);
    strbuf_printf(out, "%*s});\n", indent, "");
}

static void print_functions(StrBuf *out, const Launch *launch, const KTile *tile, int indent)
{
    const char *term = term_name(tile);
    print_operand(out, launch, tile, tile->a, tile->rows->name, term, indent);
    print_operand(out, launch, tile, tile->b, term, tile->columns->name, indent);
    print_finish(out, launch, tile, indent);
}

/* rows, columns, terms */
static void print_extents(StrBuf *out, const KTile *tile)
{
    KExpr *const extents[] = {tile->rows->extent, tile->columns->extent,
                              count_terms(out->arena, tile)};
    for (int i = 0; i < 3; i++) {
        print_c_expr(out, extents[i], BIND_ANY);
        strbuf_puts(out, i < 2 ? ", " : ",\n");
    }
}

/* ---- launches ---- */

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

/* const int row = blockIdx.x / 3 % 5 * 64, column = blockIdx.x % 3 * 64; */
static void print_tile_place(StrBuf *out, const Launch *launch, const KTile *tile,
                             const TileSize *size, bool around)
{
    Arena *arena = out->arena;
    const char *type = print_cuda_index_type(launch);
    KExpr *across = gpu_tile_parts(arena, tile->columns->extent, size->columns);
    KExpr *down = gpu_tile_parts(arena, tile->rows->extent, size->rows);
    StrBuf line = strbuf_new(arena);
    strbuf_printf(&line, "    const %s row = (%s)blockIdx.x", type, type);
    if (!kexpr_is_int(across, 1)) {
        strbuf_puts(&line, " / ");
        print_c_expr(&line, across, BIND_UNARY);
    }
    if (around) {
        strbuf_puts(&line, " % ");
        print_c_expr(&line, down, BIND_UNARY);
    }
    strbuf_printf(&line, " * %d;\n", size->rows);
    print_c_wrapped(out, strbuf_text(&line));
    line = strbuf_new(arena);
    if (kexpr_is_int(across, 1)) {
        strbuf_printf(&line, "    const %s column = 0;\n", type);
    } else {
        strbuf_printf(&line, "    const %s column = (%s)blockIdx.x %% ", type, type);
        print_c_expr(&line, across, BIND_UNARY);
        strbuf_printf(&line, " * %d;\n", size->columns);
    }
    print_c_wrapped(out, strbuf_text(&line));
}

static const KStmt *find_product(const Launch *launch)
{
    int depth;
    if (launch->stmt->share == SHARE_TILE)
        return launch->stmt;
    const KStmt *last = gpu_launch_nest(launch->stmt, SHARE_TEAMS, &depth);
    return last->body.data[last->body.count - 1];
}

/* const int place = blockIdx.x / 15; and the indices of the loops around the tile. */
static void print_turn(StrBuf *out, const Launch *launch, const KTile *tile, const TileSize *size)
{
    int depth;
    const KStmt *last = gpu_launch_nest(launch->stmt, SHARE_TEAMS, &depth);
    KExpr *count = gpu_tile_count(out->arena, tile, size);
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "    const %s %s = (%s)blockIdx.x", print_cuda_index_type(launch),
                  depth == 1 ? launch->stmt->name : "place", print_cuda_index_type(launch));
    if (!kexpr_is_int(count, 1)) {
        strbuf_puts(&line, " / ");
        print_c_expr(&line, count, BIND_UNARY);
    }
    strbuf_puts(&line, ";\n");
    print_c_wrapped(out, strbuf_text(&line));
    if (depth > 1)
        print_cuda_places(out, launch, launch->stmt, depth, 4);
    KStmtVec locals = {last->body.data, last->body.count - 1, 0};
    print_cuda_stmts(out, launch, &locals, 4, false);
}

void print_cuda_tiles(StrBuf *out, const Launch *launch)
{
    const bool around = launch->stmt->share == SHARE_TEAMS;
    const KTile tile = take_tile(find_product(launch));
    const TileSize size = gpu_tile_plan(&tile);
    const TileOrder order = gpu_tile_order(&tile);
    StrBuf line = strbuf_new(out->arena);
    if (around)
        print_turn(out, launch, &tile, &size);
    print_tile_place(out, launch, &tile, &size, around);
    strbuf_printf(out,
                  "    using Tile = GrtTile<%s, %d, %d, %d, %d>;\n"
                  "    __shared__ Tile tile;\n"
                  "    grt_tile<%s, %s>(\n",
                  c_value_type(tile.sum->dtype), size.rows, size.columns, size.high, size.wide,
                  truth(order.a_along_sum), truth(order.b_along_sum));
    strbuf_puts(&line, "        tile, row, column, ");
    print_extents(&line, &tile);
    print_c_wrapped(out, strbuf_text(&line));
    print_functions(out, launch, &tile, 8);
}

/* ---- teams ---- */

void print_cuda_team_sums(StrBuf *out, const Launch *launch, const KStmt *array, int indent)
{
    const Dim *dims = array->buffer->type.dims;
    const TileSize size =
        gpu_team_tile_size(dims[0].size, dims[1].size, array->dtype, launch->team);
    array->buffer->by_element = true;
    strbuf_printf(out, "%*sGrtTeamSums<%s, %d, %d, %d, %d, %d> %s;\n", indent, "",
                  c_storage_type(array->dtype), size.rows, size.columns, size.high, size.wide,
                  size.threads, array->name);
}

/* The tiled array of which a loop's statements touch an element. */
static const Buffer *find_element(const KExpr *x)
{
    const Buffer *found = x->kind == KE_LOAD && x->buffer->by_element ? x->buffer : NULL;
    for (int i = 0; i < x->arity && !found; i++)
        found = find_element(x->args[i]);
    return found;
}

static const Buffer *find_touched(const KStmtVec *body)
{
    const Buffer *found = NULL;
    for (int i = 0; i < body->count && !found; i++) {
        const KStmt *s = body->data[i];
        const KExpr *const all[] = {s->extent, s->index, s->value};
        if (s->kind == KS_STORE && s->buffer->by_element)
            return s->buffer;
        for (size_t k = 0; k < sizeof all / sizeof all[0] && !found; k++)
            found = all[k] ? find_element(all[k]) : NULL;
        found = found ? found : find_touched(&s->body);
    }
    return found;
}

/* For each element of the thread's, without a product. */
static void print_elements(StrBuf *out, const Launch *launch, const KStmt *loop, int indent)
{
    KTile tile;
    if (!kstmt_tile_elements(loop, &tile))
        ice("a loop over elements is none: %s", loop->name);
    const Buffer *sums = find_touched(&tile.columns->body);
    const char *type = print_cuda_index_type(launch);
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "%*sgrt_team_each<%s>(lane, %s, ", indent, "", type, sums->name);
    print_c_expr(&line, tile.rows->extent, BIND_ANY);
    strbuf_puts(&line, ", ");
    print_c_expr(&line, tile.columns->extent, BIND_ANY);
    strbuf_puts(&line, ",\n");
    print_c_wrapped(out, strbuf_text(&line));
    strbuf_printf(out, "%*s[&](%s %s, %s %s, %s &%s) {\n", indent + 4, "", type, tile.rows->name,
                  type, tile.columns->name, c_value_type(sums->type.dtype), sums->name);
    print_cuda_stmts(out, launch, &tile.columns->body, indent + 8, false);
    strbuf_printf(out, "%*s});\n", indent + 4, "");
}

/* Added to sums that stay in registers; the last function is what they are before. */
static void print_add(StrBuf *out, const Launch *launch, const KTile *tile, const Buffer *sums,
                      int indent)
{
    const char *type = print_cuda_index_type(launch), *value = c_value_type(sums->type.dtype);
    const TileOrder order = gpu_tile_order(tile);
    StrBuf line = strbuf_new(out->arena), start = strbuf_new(out->arena);
    strbuf_printf(&line, "%*sgrt_team_add<%s, %s, %s>(lane, %s, ", indent, "",
                  truth(order.a_along_sum), truth(order.b_along_sum), type, sums->name);
    print_extents(&line, tile);
    print_c_wrapped(out, strbuf_text(&line));
    print_operand(out, launch, tile, tile->a, tile->rows->name, term_name(tile), indent + 4);
    print_operand(out, launch, tile, tile->b, term_name(tile), tile->columns->name, indent + 4);
    strbuf_printf(&start, "%*s[&](%s %s, %s %s, %s %s) {", indent + 4, "", type, tile->rows->name,
                  type, tile->columns->name, value, sums->name);
    StrBuf sum = strbuf_new(out->arena);
    print_c_expr(&sum, tile->sum->value, BIND_ANY);
    const bool fits = start.length + sum.length + strlen(" return ; });") <= LINE;
    if (fits)
        strbuf_printf(&start, " return %s; });\n", strbuf_text(&sum));
    else
        strbuf_printf(&start, "\n%*sreturn %s;\n%*s});\n", indent + 8, "", strbuf_text(&sum),
                      indent + 4, "");
    print_c_wrapped(out, strbuf_text(&start));
}

static void print_product(StrBuf *out, const Launch *launch, const KStmt *loop, const KTile *tile,
                          int indent)
{
    const TileOrder order = gpu_tile_order(tile);
    const TileSize size =
        gpu_team_tile_size(tile->rows->extent->high, tile->columns->extent->high, tile->sum->dtype,
                           loop->half ? launch->team / 2 : launch->team);
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "%*sgrt_team_tile<%s, %d, %d, %d, %d, %d, %s, %s, %s>(lane", indent, "",
                  c_value_type(tile->sum->dtype), size.rows, size.columns, size.high, size.wide,
                  size.threads, truth(order.a_along_sum), truth(order.b_along_sum),
                  print_cuda_index_type(launch));
    if (loop->second)
        strbuf_printf(&line, " - %d", size.threads);
    strbuf_puts(&line, ", ");
    print_extents(&line, tile);
    print_c_wrapped(out, strbuf_text(&line));
    print_functions(out, launch, tile, indent + 4);
}

void print_cuda_team_tile(StrBuf *out, const Launch *launch, const KStmt *loop, int indent)
{
    KTile tile;
    if (!kstmt_tile(loop, &tile)) {
        print_elements(out, launch, loop, indent);
        return;
    }
    const Buffer *sums = kstmt_tile_target(&tile);
    if (sums && sums->by_element)
        print_add(out, launch, &tile, sums, indent);
    else
        print_product(out, launch, loop, &tile, indent);
}
