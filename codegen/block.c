/* block.c -- building a kernel's statements, and finding what they use. */
#include "codegen/block.h"

#include <string.h>

#include "codegen/cost.h"
#include "codegen/kexpr.h"
#include "support/checked.h"

void block_start(Block *b, Arena *arena, Kernel *kernel)
{
    *b = (Block){.arena = arena, .kernel = kernel, .names = names_new(arena)};
}

static KStmt *append(Block *b, KStmtKind kind)
{
    KStmt *s = arena_new_of(b->arena, KStmt);
    s->kind = kind;
    s->comment = b->comment;
    b->comment = NULL;
    KStmtVec *body = b->depth > 0 ? &b->loops[b->depth - 1]->body : &b->kernel->body;
    vec_push(b->arena, body, s);
    return s;
}

KExpr *block_open_steps(Block *b, KExpr *extent, int64_t step)
{
    static const char *const letters[] = {"i", "j", "k", "l", "m", "n"};
    enum { LETTERS = sizeof letters / sizeof letters[0] };
    if (b->depth == MAX_LOOPS)
        ice("loops nest deeper than %d", b->depth);
    KStmt *loop = append(b, KS_FOR);
    loop->name =
        b->depth < LETTERS ? letters[b->depth] : arena_printf(b->arena, "i%d", b->depth + 1);
    loop->extent = extent;
    loop->step = step;
    b->loops[b->depth++] = loop;
    return kexpr_index(b->arena, loop->name,
                       extent->high > 0 ? (extent->high - 1) / step * step : 0);
}

KExpr *block_open_loop(Block *b, KExpr *extent)
{
    return block_open_steps(b, extent, 1);
}

void block_close(Block *b)
{
    b->depth--;
}

static KExpr *let(Block *b, const char *text, KExpr *value, bool is_mutable)
{
    KStmt *s = append(b, KS_LET);
    s->name = name_unique(b->names, "t_", text);
    s->dtype = value->dtype;
    s->value = value;
    s->mutable_ = is_mutable;
    return kexpr_temp(b->arena, s->name, value);
}

KExpr *block_let(Block *b, const char *text, KExpr *value)
{
    return let(b, text, value, false);
}

/* How many loops were open where the local was made; all of them, if it may change. */
static int depth_of_local(const Block *b, const char *name)
{
    for (int d = b->depth; d >= 0; d--) {
        const KStmtVec *body = d > 0 ? &b->loops[d - 1]->body : &b->kernel->body;
        for (int i = 0; i < body->count; i++)
            if (body->data[i]->kind == KS_LET && strcmp(body->data[i]->name, name) == 0)
                return body->data[i]->mutable_ ? b->depth : d;
    }
    return b->depth;
}

/* The innermost of the open loops, counted from 1, that the expression depends on. */
static int depth_of(const Block *b, const KExpr *x)
{
    int depth = x->kind == KE_TEMP ? depth_of_local(b, x->name) : 0;
    for (int d = 1; d <= b->depth && x->kind == KE_INDEX; d++)
        if (strcmp(b->loops[d - 1]->name, x->name) == 0)
            depth = d;
    for (int i = 0; i < x->arity; i++) {
        const int of_arg = depth_of(b, x->args[i]);
        depth = of_arg > depth ? of_arg : depth;
    }
    return depth;
}

KExpr *block_let_outside(Block *b, const char *text, KExpr *value)
{
    const int inside = b->depth;
    int depth = depth_of(b, value);
    if (depth > 0 && depth < inside && b->loops[depth - 1]->share == SHARE_TILE)
        depth++; /* of tiles, the loop over rows has that over columns, and nothing else */
    KStmtVec *body = depth > 0 ? &b->loops[depth - 1]->body : &b->kernel->body;
    for (int i = 0; i < body->count; i++) { /* it may be there already */
        const KStmt *s = body->data[i];
        if (s->kind == KS_LET && !s->mutable_ && kexpr_equal(s->value, value))
            return kexpr_temp(b->arena, s->name, value);
    }
    if (depth == inside)
        return block_let(b, text, value);
    b->depth = depth;
    KExpr *local = block_let(b, text, value);
    b->depth = inside;
    KStmt *made = body->data[body->count - 1]; /* before the loop that is open there */
    body->data[body->count - 1] = body->data[body->count - 2];
    body->data[body->count - 2] = made;
    return local;
}

KExpr *block_let_mutable(Block *b, const char *text, KExpr *value)
{
    KExpr *temp = let(b, text, value, true);
    temp->held = NULL;
    temp->low = INT64_MIN;
    temp->high = INT64_MAX;
    return temp;
}

void block_set(Block *b, const KExpr *temp, KExpr *value)
{
    KStmt *s = append(b, KS_SET);
    s->name = temp->name;
    s->dtype = temp->dtype;
    s->value = value;
}

/* Storing f16 and bf16 rounds by itself. */
static KExpr *unrounded(const Buffer *buffer, KExpr *value)
{
    const bool rounds = value->kind == KE_CAST && value->dtype == buffer->type.dtype &&
                        dtype_is_half(value->dtype) && value->args[0]->dtype == DT_F32;
    return rounds ? value->args[0] : value;
}

Buffer *block_array(Block *b, const char *text, const Type *type)
{
    Buffer *array = arena_new_of(b->arena, Buffer);
    *array = (Buffer){
        .name = name_unique(b->names, "t_", text), .place = PLACE_LOCAL, .type = *type, .var = -1};
    if (!type_bytes(type, 1, &array->bytes))
        ice("a local array of %s", type_text(b->arena, type));
    KStmt *s = append(b, KS_ARRAY);
    s->name = array->name;
    s->buffer = array;
    s->dtype = type->dtype;
    return array;
}

void block_store(Block *b, Buffer *buffer, KExpr *index, KExpr *value)
{
    value = unrounded(buffer, value);
    KStmt *s = append(b, KS_STORE);
    s->buffer = buffer;
    s->dtype = buffer->type.dtype;
    s->index = index;
    s->value = value;
}

void block_accumulate(Block *b, Buffer *buffer, KExpr *index, KExpr *value)
{
    block_store(b, buffer, index, value);
    KStmtVec *body = b->depth > 0 ? &b->loops[b->depth - 1]->body : &b->kernel->body;
    body->data[body->count - 1]->accumulate = true;
}

bool gemm_has_epilogue(const Gemm *g)
{
    return g->bias || g->activation != GEMM_LINEAR;
}

void block_gemm(Block *b, Gemm *gemm)
{
    append(b, KS_GEMM)->gemm = gemm;
}

void block_conv(Block *b, Conv *conv)
{
    append(b, KS_CONV)->conv = conv;
}

void block_product(Block *b, Tiles *tiles)
{
    append(b, KS_PRODUCT)->tiles = tiles;
}

void block_pack(Block *b, Tiles *tiles)
{
    append(b, KS_PACK)->tiles = tiles;
}

/* ---- what a kernel uses ---- */

typedef struct Summary {
    Kernel *kernel;
    Arena *arena;
    StrMap *seen; /* buffers by use and name; host scalars by name */
} Summary;

/* True where the key is new. */
static bool is_first(Summary *s, const char *use, const char *name)
{
    const char *key = arena_printf(s->arena, "%s %s", use, name);
    if (strmap_get(s->seen, key))
        return false;
    strmap_set(s->seen, key, s);
    return true;
}

static void use_buffer(Summary *s, Buffer *buffer, bool write)
{
    if (buffer->place == PLACE_LOCAL || !is_first(s, write ? "write" : "read", buffer->name))
        return;
    if (write)
        vec_push(s->arena, &s->kernel->writes, buffer);
    else
        vec_push(s->arena, &s->kernel->reads, buffer);
}

static void summarize_expr(Summary *s, const KExpr *x)
{
    if (x->kind == KE_LOAD)
        use_buffer(s, x->buffer, false);
    else if (x->kind == KE_HOST && is_first(s, "host", x->name))
        vec_push(s->arena, &s->kernel->hosts, x->name);
    if (x->kind == KE_TURN && is_first(s, "turn", x->name))
        vec_push(s->arena, &s->kernel->turns, x->name);
    s->kernel->uses_batch |= x->kind == KE_BATCH;
    s->kernel->uses_random |= x->kind == KE_RANDOM;
    s->kernel->uses_fault |= x->kind == KE_AT;
    for (int i = 0; i < x->arity; i++)
        summarize_expr(s, x->args[i]);
}

static void summarize_gemm(Summary *s, const Gemm *g)
{
    KExpr *const all[] = {g->m, g->n, g->k, g->a_offset, g->b_offset, g->c_offset};
    if (g->batch)
        summarize_expr(s, g->batch);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        summarize_expr(s, all[i]);
    use_buffer(s, g->a, false);
    use_buffer(s, g->b, false);
    use_buffer(s, g->c, true);
    if (g->accumulate)
        use_buffer(s, g->c, false);
    if (g->bias) {
        summarize_expr(s, g->bias_offset);
        use_buffer(s, g->bias, false);
    }
}

static void summarize_conv(Summary *s, const Conv *c)
{
    KExpr *const all[] = {c->images, c->x_offset, c->b_offset};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        summarize_expr(s, all[i]);
    use_buffer(s, c->x, false);
    use_buffer(s, c->b, false);
    use_buffer(s, c->out, true);
}

static void summarize_matrix(Summary *s, const Matrix *m, bool write)
{
    KExpr *const all[] = {m->base, m->row, m->column};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        summarize_expr(s, all[i]);
    use_buffer(s, m->buffer, write);
}

static void summarize_tiles(Summary *s, const KStmt *st)
{
    const Tiles *t = st->tiles;
    summarize_expr(s, t->columns);
    summarize_expr(s, t->inner);
    summarize_matrix(s, &t->b, false);
    summarize_matrix(s, &t->c, true);
    if (st->kind == KS_PACK)
        return;
    summarize_expr(s, t->rows);
    summarize_expr(s, t->outer);
    summarize_expr(s, t->add);
    summarize_matrix(s, &t->a, false);
}

static void summarize_stmts(Summary *s, const KStmtVec *body);

static void summarize_stmt(Summary *s, const KStmt *st)
{
    if (st->extent)
        summarize_expr(s, st->extent);
    if (st->index)
        summarize_expr(s, st->index);
    if (st->value)
        summarize_expr(s, st->value);
    if (st->buffer) {
        use_buffer(s, st->buffer, true);
        if (st->accumulate)
            use_buffer(s, st->buffer, false);
    }
    if (st->gemm)
        summarize_gemm(s, st->gemm);
    if (st->conv)
        summarize_conv(s, st->conv);
    if (st->tiles)
        summarize_tiles(s, st);
    if (st->kind == KS_FOR)
        summarize_stmts(s, &st->body);
}

static void summarize_stmts(Summary *s, const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++)
        summarize_stmt(s, body->data[i]);
}

void kernel_summarize(Kernel *kernel, Arena *arena)
{
    Summary s = {kernel, arena, strmap_new(arena)};
    summarize_stmts(&s, &kernel->body);
    kernel_cost(kernel, arena);
}
