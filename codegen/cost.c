/* cost.c -- see cost.h.
 *
 * The statements are walked as they would run.  A loop whose turns are alike is counted once and
 * multiplied; one that a size in its body depends on (the last block of some is smaller, a causal
 * row ends at the diagonal) is gone through turn by turn:
 *
 *     for (i = 0; i < 130; i += 128)                  2 turns: of 128 rows, and of 2
 *         product(min(128, 130 - i) rows, ...) */
#include "codegen/cost.h"

#include <string.h>

#include "codegen/kexpr.h"
#include "support/checked.h"

enum {
    TURNS_MOST = 20000
}; /* gone through one by one, in a kernel; beyond, all count as the first */

typedef struct CostLoop { /* a loop around the statement that is counted */
    const char *name;
    int64_t value; /* of its variable */
    int64_t turns; /* that are counted at once */
    bool alone;    /* its turns are gone through one by one */
} CostLoop;

typedef struct Access { /* of a buffer, by reads or by writes */
    const Buffer *buffer;
    int64_t bytes;
} Access;

typedef Vec(Access) AccessVec;

typedef struct Count {
    Kernel *kernel;
    Arena *arena;
    Vec(CostLoop) loops;
    AccessVec reads, writes;
    int64_t turns_left;
} Count;

static int64_t mul_or_max(int64_t a, int64_t b)
{
    int64_t product;
    return checked_mul(a, b, &product) ? product : INT64_MAX;
}

static int64_t add_or_max(int64_t a, int64_t b)
{
    int64_t sum;
    return checked_add(a, b, &sum) ? sum : INT64_MAX;
}

/* ---- sizes ---- */

static bool depends_on(const KExpr *x, const char *loop)
{
    if (x->kind == KE_INDEX)
        return strcmp(x->name, loop) == 0;
    if (x->kind == KE_TEMP && x->held)
        return depends_on(x->held, loop);
    for (int i = 0; i < x->arity; i++)
        if (depends_on(x->args[i], loop))
            return true;
    return false;
}

static int64_t evaluate(const Count *c, const KExpr *x);

static int64_t evaluate_int(const Count *c, const KExpr *x)
{
    const int64_t a = evaluate(c, x->args[0]), b = evaluate(c, x->args[1]);
    int64_t result = 0;
    switch (x->int_op) {
    case INT_ADD:
        return add_or_max(a, b);
    case INT_SUB:
        return a - b;
    case INT_MUL:
        return checked_mul(a, b, &result) ? result : x->high;
    case INT_DIV:
        return b != 0 ? a / b : 0;
    case INT_MOD:
        return b != 0 ? a % b : 0;
    case INT_LEAST:
        return a < b ? a : b;
    case INT_LT:
        return a < b;
    case INT_GE:
        return a >= b;
    case INT_EQ:
        return a == b;
    case INT_AND:
        return a && b;
    case INT_OR:
        return a || b;
    }
    return x->high;
}

/* A size at the batch bound, in the turns of the loops around; what only the run knows counts as
 * large as it can be. */
static int64_t evaluate(const Count *c, const KExpr *x)
{
    if (x->kind == KE_INT)
        return evaluate_int(c, x);
    if (x->kind == KE_TEMP && x->held)
        return evaluate(c, x->held);
    for (int i = c->loops.count - 1; x->kind == KE_INDEX && i >= 0; i--)
        if (strcmp(c->loops.data[i].name, x->name) == 0)
            return c->loops.data[i].value;
    return x->high;
}

/* Does the size of anything in these statements depend on the loop? */
static bool sizes_depend(const KStmtVec *body, const char *loop)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        if (s->extent && depends_on(s->extent, loop))
            return true;
        if (s->tiles && (depends_on(s->tiles->columns, loop) || depends_on(s->tiles->inner, loop)))
            return true;
        if (s->kind == KS_PRODUCT &&
            (depends_on(s->tiles->rows, loop) || depends_on(s->tiles->outer, loop)))
            return true;
        if (s->gemm && (depends_on(s->gemm->m, loop) || depends_on(s->gemm->n, loop) ||
                        depends_on(s->gemm->k, loop)))
            return true;
        if (s->kind == KS_FOR && sizes_depend(&s->body, loop))
            return true;
    }
    return false;
}

/* ---- what is counted ---- */

/* How often a statement runs in the turns that are counted at once. */
static int64_t times_now(const Count *c)
{
    int64_t times = 1;
    for (int i = 0; i < c->loops.count; i++)
        times = mul_or_max(times, c->loops.data[i].turns);
    return times;
}

static void count_flops(Count *c, int64_t each)
{
    c->kernel->flops = add_or_max(c->kernel->flops, mul_or_max(times_now(c), each));
}

/* `elements` of a buffer in each turn; of a loop on which none of the places (some may be NULL)
 * depends, all turns are at the same ones. */
static void count_access(Count *c, bool writes, const Buffer *buffer, int64_t elements,
                         const KExpr *const *places, int place_count)
{
    if (buffer->place == PLACE_LOCAL)
        return;
    for (int i = 0; i < c->loops.count; i++) {
        const CostLoop *loop = &c->loops.data[i];
        bool depends = false;
        for (int k = 0; k < place_count; k++)
            depends |= places[k] && depends_on(places[k], loop->name);
        if (depends)
            elements = mul_or_max(elements, loop->turns);
        else if (loop->alone && loop->value > 0)
            return;
    }
    const int64_t bytes = mul_or_max(elements, dtype_info[buffer->type.dtype].bytes);
    AccessVec *list = writes ? &c->writes : &c->reads;
    for (int i = 0; i < list->count; i++)
        if (list->data[i].buffer == buffer) {
            list->data[i].bytes = add_or_max(list->data[i].bytes, bytes);
            return;
        }
    const Access access = {buffer, bytes};
    vec_push(c->arena, list, access);
}

static void count_loads(Count *c, const KExpr *x)
{
    if (x->kind == KE_LOAD)
        count_access(c, false, x->buffer, 1, (const KExpr *const *)x->args, 1);
    for (int i = 0; i < x->arity; i++)
        count_loads(c, x->args[i]);
}

/* The operations on floats in x. */
static int64_t operations(const KExpr *x)
{
    if (x->kind == KE_LOAD)
        return 0;
    int64_t count =
        x->kind == KE_RANDOM || (x->kind == KE_OP && x->op != OP_where && dtype_is_float(x->dtype));
    for (int i = 0; i < x->arity; i++)
        count += operations(x->args[i]);
    return count;
}

/* ---- statements ---- */

/* Of an element, in additions. */
static int epilogue_cost(const Gemm *g)
{
    enum { GELU = 8 }; /* beside the tanh */
    static const int costs[] = {[GEMM_LINEAR] = 0, [GEMM_RELU] = 1, [GEMM_GELU] = GELU};
    return (g->bias != NULL) + costs[g->activation] +
           (g->activation == GEMM_GELU ? op_info[OP_tanh].cost : 0);
}

static void count_gemm(Count *c, const Gemm *g)
{
    const int64_t m = evaluate(c, g->m), n = evaluate(c, g->n), k = evaluate(c, g->k);
    const KExpr *const a[] = {g->a_offset}, *const b[] = {g->b_offset}, *const to[] = {g->c_offset};
    count_flops(c, mul_or_max(2, mul_or_max(m, mul_or_max(n, k))));
    count_access(c, false, g->a, mul_or_max(m, k), a, 1);
    count_access(c, false, g->b, mul_or_max(k, n), b, 1);
    count_access(c, true, g->c, mul_or_max(m, n), to, 1);
    if (g->accumulate)
        count_access(c, false, g->c, mul_or_max(m, n), to, 1);
    if (g->bias) {
        const KExpr *const bias[] = {g->bias_offset};
        count_access(c, false, g->bias, n, bias, 1);
    }
    if (gemm_has_epilogue(g))
        count_flops(c, mul_or_max(epilogue_cost(g), mul_or_max(m, n)));
}

int64_t conv_places(const Conv *c, int axis)
{
    const int64_t extent = axis == 0 ? c->height : c->width;
    return (extent - c->dilation[axis] * (c->taps[axis] - 1) - 1) / c->step[axis] + 1;
}

static void count_conv(Count *c, const Conv *conv)
{
    const KExpr *const x[] = {conv->x_offset}, *const b[] = {conv->b_offset};
    const int64_t images = evaluate(c, conv->images),
                  window = conv->taps[0] * conv->taps[1] * conv->channels;
    const int64_t results =
        mul_or_max(images, mul_or_max(conv_places(conv, 0) * conv_places(conv, 1), conv->filters));
    const int64_t filters = mul_or_max(window, conv->filters);
    count_flops(c, mul_or_max(2, mul_or_max(results, window)));
    count_access(c, false, conv->x, mul_or_max(images, conv->height * conv->width * conv->channels),
                 x, 1);
    count_access(c, false, conv->b, conv->gradient ? results : filters, b, 1);
    count_access(c, true, conv->out, conv->gradient ? filters : results, NULL, 0);
}

static void count_matrix(Count *c, bool writes, const Matrix *m, int64_t elements)
{
    const KExpr *const places[] = {m->base, m->row, m->column};
    count_access(c, writes, m->buffer, elements, places, 3);
}

static void count_tiles(Count *c, const KStmt *s)
{
    const Tiles *t = s->tiles;
    const int64_t columns = evaluate(c, t->columns), inner = evaluate(c, t->inner);
    if (s->kind == KS_PACK) {
        count_matrix(c, false, &t->b, mul_or_max(inner, columns));
        count_matrix(c, true, &t->c, mul_or_max(inner, columns));
        return;
    }
    const int64_t rows = evaluate(c, t->rows), terms = mul_or_max(evaluate(c, t->outer), inner);
    count_flops(c, mul_or_max(2, mul_or_max(rows, mul_or_max(columns, terms))));
    count_matrix(c, false, &t->a, mul_or_max(rows, terms));
    count_matrix(c, false, &t->b, mul_or_max(terms, columns));
    count_matrix(c, true, &t->c, mul_or_max(rows, columns));
    if (!kexpr_is_int(t->add, 0))
        count_matrix(c, false, &t->c, mul_or_max(rows, columns));
}

static void count_body(Count *c, const KStmtVec *body);

static void count_loop(Count *c, const KStmt *s)
{
    const int64_t extent = evaluate(c, s->extent);
    const int64_t turns = extent > 0 ? (extent - 1) / s->step + 1 : 0;
    CostLoop loop = {.name = s->name, .turns = turns};
    if (turns == 0)
        return;
    if (turns > c->turns_left || !sizes_depend(&s->body, s->name)) {
        vec_push(c->arena, &c->loops, loop);
        count_body(c, &s->body);
        c->loops.count--;
        return;
    }
    c->turns_left -= turns;
    loop.alone = true;
    loop.turns = 1;
    for (; loop.value < extent; loop.value += s->step) {
        vec_push(c->arena, &c->loops, loop);
        count_body(c, &s->body);
        c->loops.count--;
    }
}

static void count_stmt(Count *c, const KStmt *s)
{
    if (s->value) {
        count_flops(c, operations(s->value) + (s->accumulate && dtype_is_float(s->dtype)));
        count_loads(c, s->value);
    }
    const KExpr *const places[] = {s->index};
    if (s->kind == KS_STORE) {
        count_access(c, true, s->buffer, 1, places, 1);
        count_loads(c, s->index);
        if (s->accumulate)
            count_access(c, false, s->buffer, 1, places, 1);
    }
    if (s->kind == KS_ZERO)
        count_access(c, true, s->buffer, evaluate(c, s->extent), NULL, 0);
    if (s->gemm)
        count_gemm(c, s->gemm);
    if (s->conv)
        count_conv(c, s->conv);
    if (s->tiles)
        count_tiles(c, s);
    if (s->kind == KS_FOR)
        count_loop(c, s);
}

static void count_body(Count *c, const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++)
        count_stmt(c, body->data[i]);
}

/* No more of a buffer is touched than there is. */
static int64_t touched(const AccessVec *list)
{
    int64_t bytes = 0;
    for (int i = 0; i < list->count; i++) {
        const Access *a = &list->data[i];
        bytes = add_or_max(bytes, a->bytes < a->buffer->bytes ? a->bytes : a->buffer->bytes);
    }
    return bytes;
}

void kernel_cost(Kernel *kernel, Arena *arena)
{
    Count c = {.kernel = kernel, .arena = arena, .turns_left = TURNS_MOST};
    kernel->flops = 0;
    count_body(&c, &kernel->body);
    kernel->bytes = add_or_max(touched(&c.reads), touched(&c.writes));
}

/* ---- routines ---- */

Work cost_of_kernel(const Routine *r, int position)
{
    const Kernel *k = r->kernels.data[position];
    Work w = {k->flops, k->bytes};
    for (int loop = k->loop; loop >= 0; loop = r->loops.data[loop].outer) {
        w.flops = mul_or_max(w.flops, r->loops.data[loop].turns);
        w.bytes = mul_or_max(w.bytes, r->loops.data[loop].turns);
    }
    return w;
}

void cost_add(Work *sum, Work w)
{
    sum->flops = add_or_max(sum->flops, w.flops);
    sum->bytes = add_or_max(sum->bytes, w.bytes);
}

double cost_time(Work w)
{
    const double computing = (double)w.flops, moving = COST_OPERATIONS_A_BYTE * (double)w.bytes;
    return computing > moving ? computing : moving;
}
