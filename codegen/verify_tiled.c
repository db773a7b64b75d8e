/* verify_tiled.c -- what must hold of loops of SHARE_TILE within a team, and of `tiled` arrays: the
 * threads of the team have the elements of such an array in registers, each its own.
 *
 * In: a kernel.  Out: NULL, or what is wrong:
 *
 *     for (i < rows)                             SHARE_TILE
 *         for (j < columns)
 *             sums[i * 64 + j] = 0               fine: the element of this row and column
 *             y[i] = sums[i * 64 + 3]            "touches elements of sums that other threads have"
 *
 * A product may be added to them, and does nothing else then; a loop without a product is one over
 * the elements of one such array.  Who shares out other turns is the subject of verify_marks.c. */
#include "codegen/verify_tiled.h"

#include "codegen/gpu_launch.h"
#include "codegen/kexpr.h"

typedef struct Tiled {
    Arena *arena;
    StrMap *arrays; /* the tiled ones */
    bool together;  /* all threads of a team come here */
} Tiled;

/* The elements at hand. */
typedef struct Elements {
    const KTile *tile;
    const Buffer *of; /* NULL: of none so far */
} Elements;

static bool is_tiled(const Tiled *t, const Buffer *b)
{
    return strmap_get(t->arrays, b->name) != NULL;
}

/* ---- the element of this row and column ---- */

static bool is_at_hand(Arena *arena, const Buffer *b, const KExpr *place, const KTile *tile)
{
    const KStmt *rows = tile->rows, *columns = tile->columns;
    const int64_t height = b->type.dims[0].size, width = b->type.dims[1].size;
    if (rows->extent->high > height || columns->extent->high > width)
        return false;
    KExpr *row = kexpr_index(arena, rows->name, rows->extent->high - 1);
    KExpr *column = kexpr_index(arena, columns->name, columns->extent->high - 1);
    row = kexpr_mul(arena, row, kexpr_int(arena, width));
    return kexpr_equal(place, kexpr_add(arena, row, column));
}

/* at: NULL where no tiled array may be touched. */
static const char *check_access(const Tiled *t, const Buffer *b, const KExpr *place, Elements *at)
{
    if (!is_tiled(t, b))
        return NULL;
    if (!at || (at->of && at->of != b))
        return arena_printf(t->arena, "has no elements of %s at hand where it touches them",
                            b->name);
    at->of = b;
    return is_at_hand(t->arena, b, place, at->tile)
               ? NULL
               : arena_printf(t->arena, "touches elements of %s that other threads have", b->name);
}

static const char *check_expr(const Tiled *t, const KExpr *x, Elements *at)
{
    const char *why = x->kind == KE_LOAD ? check_access(t, x->buffer, x->args[0], at) : NULL;
    for (int i = 0; i < x->arity && !why; i++)
        why = check_expr(t, x->args[i], at);
    return why;
}

/* ---- statements ---- */

static const char *check_array(const Tiled *t, const KStmt *s)
{
    const Type *type = &s->buffer->type;
    if (!t->together || s->shared || type->rank != 2 || type->dims[0].batch || type->dims[1].batch)
        return arena_printf(t->arena, "has %s in registers, which is no matrix of a team's",
                            s->buffer->name);
    strmap_set(t->arrays, s->buffer->name, t->arrays);
    return NULL;
}

static const char *check_line(const Tiled *t, const KStmt *s, Elements *at)
{
    const KExpr *const all[] = {s->extent, s->index, s->value};
    const char *why = s->kind == KS_ARRAY && s->tiled ? check_array(t, s) : NULL;
    for (size_t i = 0; i < sizeof all / sizeof all[0] && !why; i++)
        why = all[i] ? check_expr(t, all[i], at) : NULL;
    return !why && s->kind == KS_STORE ? check_access(t, s->buffer, s->index, at) : why;
}

static const char *check_lines(const Tiled *t, const KStmtVec *body, Elements *at)
{
    const char *why = NULL;
    for (int i = 0; i < body->count && !why; i++) {
        why = check_line(t, body->data[i], at);
        why = why ? why : check_lines(t, &body->data[i]->body, at);
    }
    return why;
}

/* ---- loops of tiles ---- */

/* The sum may begin with the element to which it goes; nothing else touches one. */
static const char *check_product(const Tiled *t, const KTile *tile)
{
    const Buffer *target = kstmt_tile_target(tile);
    const bool adds = target && is_tiled(t, target);
    Elements at = {tile, target}, *allowed = adds ? &at : NULL;
    const KStmtVec *body = &tile->columns->body;
    const char *why = NULL;
    if (adds && tile->rows->half)
        return arena_printf(t->arena, "adds to %s by half of a team", target->name);
    for (int i = 0; i < body->count && !why; i++) {
        const bool may = body->data[i] == tile->sum || i == tile->rest;
        why = check_line(t, body->data[i], may ? allowed : NULL);
        why = why ? why : check_lines(t, &body->data[i]->body, NULL);
    }
    return why;
}

static const char *check_tile(Tiled *t, const KStmt *loop)
{
    KTile tile;
    const bool product = kstmt_tile(loop, &tile), together = t->together;
    if ((loop->half && !product) || (loop->second && !loop->half))
        return arena_printf(t->arena, "has no half of a team for the loop over %s", loop->name);
    const bool elements = !product && kstmt_tile_elements(loop, &tile);
    Elements at = {&tile, NULL};
    t->together = false;
    const char *why = tile.columns ? check_line(t, tile.columns, NULL) : NULL;
    if (!why && product)
        why = check_product(t, &tile);
    else if (!why && elements)
        why = check_lines(t, &tile.columns->body, &at);
    t->together = together;
    if (!why && !product && !at.of)
        why = arena_printf(t->arena, "has a loop over %s in tiles that is no product", loop->name);
    return why;
}

static const char *check_body(Tiled *t, const KStmtVec *body, bool team)
{
    const char *why = NULL;
    for (int i = 0; i < body->count && !why; i++) {
        const KStmt *s = body->data[i];
        const bool teams = s->share == SHARE_TEAMS && !gpu_launch_is_tiles(s);
        const bool together = t->together;
        why = check_line(t, s, NULL);
        if (!why && s->share == SHARE_TILE && team) {
            why = check_tile(t, s);
            continue;
        }
        t->together = teams || (together && s->share == SHARE_NONE);
        why = why ? why : check_body(t, &s->body, team || teams);
        t->together = together;
    }
    return why;
}

const char *verify_tiled(Arena *arena, const Kernel *k)
{
    Tiled t = {.arena = arena, .arrays = strmap_new(arena)};
    return check_body(&t, &k->body, false);
}
