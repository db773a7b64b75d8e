/* tile.c -- the form of a product in tiles, as kernel.h has it. */
#include <string.h>

#include "codegen/kexpr.h"

static bool has_index(const KExpr *x, const char *name)
{
    if (x->kind == KE_INDEX && strcmp(x->name, name) == 0)
        return true;
    for (int i = 0; i < x->arity; i++)
        if (has_index(x->args[i], name))
            return true;
    return false;
}

static bool is_loop(const KStmt *s)
{
    return s->kind == KS_FOR && s->step == 1;
}

/* sum = sum + a * b, behind any casts of the product. */
static bool take_set(const KStmt *set, KTile *tile)
{
    const KExpr *added = set->kind == KS_SET ? set->value : NULL;
    if (!added || strcmp(set->name, tile->sum->name) != 0 || added->kind != KE_OP ||
        added->op != OP_add || added->args[0]->kind != KE_TEMP ||
        strcmp(added->args[0]->name, set->name) != 0)
        return false;
    const KExpr *product = added->args[1];
    while (product->kind == KE_CAST)
        product = product->args[0];
    if (product->kind != KE_OP || product->op != OP_mul)
        return false;
    tile->set = set;
    tile->a = product->args[0];
    tile->b = product->args[1];
    return !has_index(tile->a, tile->columns->name) && !has_index(tile->b, tile->rows->name);
}

bool kstmt_tile(const KStmt *loop, KTile *tile)
{
    *tile = (KTile){.rows = loop};
    if (!is_loop(loop) || loop->body.count != 1 || !is_loop(loop->body.data[0]))
        return false;
    tile->columns = loop->body.data[0];
    const KStmtVec *body = &tile->columns->body;
    if (body->count < 2 || body->data[0]->kind != KS_LET || !body->data[0]->mutable_ ||
        !is_loop(body->data[1]))
        return false;
    tile->sum = body->data[0];
    tile->rest = 2;
    tile->inner = tile->innermost = body->data[1];
    while (tile->innermost->body.count == 1 && is_loop(tile->innermost->body.data[0]))
        tile->innermost = tile->innermost->body.data[0];
    return tile->innermost->body.count == 1 && take_set(tile->innermost->body.data[0], tile);
}

bool kstmt_tile_elements(const KStmt *loop, KTile *tile)
{
    *tile = (KTile){.rows = loop};
    if (!is_loop(loop) || loop->body.count != 1 || !is_loop(loop->body.data[0]))
        return false;
    tile->columns = loop->body.data[0];
    return true;
}

Buffer *kstmt_tile_target(const KTile *tile)
{
    const KStmtVec *body = &tile->columns->body;
    const KStmt *store = tile->rest + 1 == body->count ? body->data[tile->rest] : NULL;
    const bool fits = store && store->kind == KS_STORE && !store->accumulate &&
                      store->value->kind == KE_TEMP &&
                      strcmp(store->value->name, tile->sum->name) == 0;
    return fits ? store->buffer : NULL;
}
