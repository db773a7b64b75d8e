/* gpu_fill.c -- scatters that add up, for a GPU: in a fixed order, without atomics.
 *
 *     y[place[p], c] += x[p, c]     the gradient of an embedding
 *
 * The positions p are put into the order of their places, those of one place by their number:
 *
 *     k_y      for (p ..) rank = how many positions come before p;        a warp for each: the
 *              t_order[rank] = p;  t_places[rank] = place[p]              threads count in turn
 *     k_y_2    for (v ..) t_starts[v] = how many places are below v       by halving
 *     k_y_3    for (v ..) for (c ..) y[v, c] = sum of x[t_order[k], c]
 *              for k from t_starts[v] to t_starts[v + 1]
 *
 * so that each element of y is stored once, by one thread, in the order in which C adds.  Counting
 * compares each position with each: 64 thousand of them take some milliseconds.  Few positions are
 * looked through by each element of y itself.  Where y is small and the runs are long, a run is
 * summed in parts. */
#include <string.h>

#include "codegen/gpu.h"
#include "codegen/kexpr.h"
#include "support/checked.h"

enum {
    DEAR = 4,                      /* cost of a place that is not computed again and again */
    FEW = 64,                      /* positions that each element looks through */
    PARTS = 32,                    /* of a run, at most, */
    LONG_RUN = 16,                 /* if they are this long on the whole: some are much longer */
    PART_THREADS = 4 * GPU_THREADS /* that add up parts */
};

typedef struct Scatter {
    Lowering *l;
    const Node *n;
    int axis;                 /* of the result, that the places are of */
    int64_t places;           /* its size */
    char heads[MAX_RANK + 1]; /* labels that places and result share: scatters side by side */
    char sums[MAX_RANK + 1];  /* labels of positions */
    Dim head_dims[MAX_RANK], sum_dims[MAX_RANK];
    int head_count, sum_count;
    Buffer *given;                 /* the places, where they are dear; or NULL */
    int64_t positions;             /* at the batch bound */
    Buffer *order, *keys, *starts; /* [head][position or place] */
    Buffer *parts;                 /* [part][element], or NULL */
    int64_t part_count;
    DType dtype; /* in which it is summed */
} Scatter;

/* ---- labels ---- */

static void take_label(char *labels, Dim *dims, int *count, char label, Dim dim)
{
    labels[*count] = label;
    dims[(*count)++] = dim;
}

/* False where a label that is summed over is none of the places: then the plain rule has to do. */
static bool sort_labels(Scatter *s)
{
    const char *const *labels = s->n->attr.labels;
    const Type *index = &s->n->args[1]->type;
    for (int k = 0; labels[1][k]; k++) {
        if (strchr(labels[0], labels[1][k]))
            take_label(s->heads, s->head_dims, &s->head_count, labels[1][k], index->dims[k]);
        else
            take_label(s->sums, s->sum_dims, &s->sum_count, labels[1][k], index->dims[k]);
    }
    for (const char *c = labels[2]; *c; c++)
        if (!strchr(labels[0], *c) && !strchr(s->sums, *c))
            return false;
    return true;
}

static void bind(const char *labels, KExpr *const *index, KExpr **by_label)
{
    lower_bind_labels(labels, index, by_label);
}

/* The position as the indices of its axes. */
static void bind_position(const Scatter *s, KExpr *at, KExpr **by_label)
{
    KExpr *index[MAX_RANK];
    gpu_unflatten(s->l, s->sum_dims, s->sum_count, at, index);
    bind(s->sums, index, by_label);
}

static void bind_head(const Scatter *s, KExpr *at, KExpr **by_label)
{
    KExpr *index[MAX_RANK];
    gpu_unflatten(s->l, s->head_dims, s->head_count, at, index);
    bind(s->heads, index, by_label);
}

/* ---- expressions ---- */

static KExpr *number(const Scatter *s, int64_t value)
{
    return kexpr_int(s->l->arena, value);
}

/* The same, known to lie in [low, high]. */
static KExpr *between(const Scatter *s, const KExpr *x, int64_t low, int64_t high)
{
    KExpr *copy = kexpr_at_most(s->l->arena, x, high);
    copy->low = low;
    copy->high = high;
    return copy;
}

static KExpr *either(const Scatter *s, KExpr *a, KExpr *b)
{
    return kexpr_op(s->l->arena, OP_or, DT_BOOL, (KExpr *[]){a, b}, 2);
}

/* Of the tables: a row of `size` for each head. */
static KExpr *table_place(const Scatter *s, KExpr *head, int64_t size, KExpr *at)
{
    return kexpr_add(s->l->arena, kexpr_mul(s->l->arena, head, number(s, size)), at);
}

/* The place of the position that the labels have. */
static KExpr *place_of(const Scatter *s, const char *name, KExpr *head, KExpr *at,
                       KExpr *const *by_label)
{
    Lowering *l = s->l;
    KExpr *place;
    if (s->given) {
        place = kexpr_cast(l->arena,
                           kexpr_load(l->arena, s->given, table_place(s, head, s->positions, at)),
                           DT_I64);
        place = between(s, place, 0, s->places - 1);
    } else {
        place = lower_index_place(l, s->n, by_label, s->places);
    }
    return place->kind == KE_TEMP ? place : block_let(&l->block, name, place);
}

static Buffer *new_table(const Scatter *s, const char *what, int64_t size)
{
    Lowering *l = s->l;
    const Type type = {
        .dtype = DT_I32,
        .rank = 2,
        .dims = {dim_fixed(gpu_bound(l, s->head_dims, s->head_count)), dim_fixed(size)}};
    return lower_new_buffer(l, "v_", arena_printf(l->arena, "%s_%s", lower_name(l, s->n), what),
                            &type, s->n->loc);
}

/* ---- the order of the positions ---- */

/* How many positions come before p: of a lower place, or of the same and earlier. */
static KExpr *count_before(const Scatter *s, KExpr *head, KExpr *p, KExpr *place, KExpr **by_label)
{
    Lowering *l = s->l;
    const int depth = l->block.depth;
    KExpr *before =
        block_let_mutable(&l->block, "before", kexpr_number(l->arena, scalar_int(DT_I32, 0)));
    KExpr *q = gpu_open_flat(l, s->sum_dims, s->sum_count, SHARE_TEAM, 0);
    bind_position(s, q, by_label);
    KExpr *other = place_of(s, "other", head, q, by_label);
    KExpr *tie = kexpr_and(l->arena, kexpr_eq(l->arena, other, place), kexpr_lt(l->arena, q, p));
    KExpr *is_before = either(s, kexpr_lt(l->arena, other, place), tie);
    block_set(&l->block, before,
              lower_step(l, OP_sum, before, kexpr_cast(l->arena, is_before, DT_I32)));
    lower_close(l, depth);
    KExpr *rank = kexpr_cast(l->arena, gpu_join(l, "rank", OP_sum, before), DT_I64);
    return between(s, rank, 0, s->positions - 1);
}

/* Places that are dear to compute are computed once. */
static void give_places(Scatter *s)
{
    Lowering *l = s->l;
    KExpr *by_label[26] = {NULL};
    KExpr *head = gpu_open_flat(l, s->head_dims, s->head_count, SHARE_GRID, 0);
    KExpr *p = gpu_open_flat(l, s->sum_dims, s->sum_count, SHARE_GRID, 0);
    Buffer *given = new_table(s, "given", s->positions);
    bind_head(s, head, by_label);
    bind_position(s, p, by_label);
    KExpr *place = place_of(s, "place", head, p, by_label);
    block_store(&l->block, given, table_place(s, head, s->positions, p),
                kexpr_cast(l->arena, place, DT_I32));
    lower_close(l, 0);
    s->given = given;
}

static void put_in_order(const Scatter *s)
{
    Lowering *l = s->l;
    KExpr *by_label[26] = {NULL};
    KExpr *head = number(s, 0);
    if (s->head_count > 0)
        head = gpu_open_flat(l, s->head_dims, s->head_count, SHARE_TEAMS, GPU_WARP);
    KExpr *p = gpu_open_flat(l, s->sum_dims, s->sum_count, SHARE_TEAMS, GPU_WARP);
    bind_head(s, head, by_label);
    bind_position(s, p, by_label);
    KExpr *place = place_of(s, "place", head, p, by_label);
    KExpr *rank = count_before(s, head, p, place, by_label);
    KExpr *at = table_place(s, head, s->positions, rank);
    block_store(&l->block, s->order, at, kexpr_cast(l->arena, p, DT_I32));
    block_store(&l->block, s->keys, at, kexpr_cast(l->arena, place, DT_I32));
    lower_close(l, 0);
}

/* ---- where the run of each place begins ---- */

static int halvings(int64_t count)
{
    int bits = 0;
    while (count > 0) {
        bits++;
        count /= 2;
    }
    return bits;
}

static void find_starts(const Scatter *s)
{
    Lowering *l = s->l;
    Arena *arena = l->arena;
    KExpr *head = gpu_open_flat(l, s->head_dims, s->head_count, SHARE_GRID, 0);
    KExpr *v = lower_open_loop(l, number(s, s->places + 1));
    gpu_share(l, SHARE_GRID, 0);
    const int depth = l->block.depth;
    KExpr *low = block_let_mutable(&l->block, "low", number(s, 0));
    KExpr *high = block_let_mutable(&l->block, "high", gpu_extent(l, s->sum_dims, s->sum_count));
    lower_open_loop(l, number(s, halvings(s->positions)));
    KExpr *known_low = between(s, low, 0, s->positions),
          *known_high = between(s, high, 0, s->positions);
    KExpr *sum = kexpr_add(arena, known_low, known_high);
    KExpr *middle = block_let(&l->block, "middle", kexpr_div(arena, sum, number(s, 2)));
    KExpr *at = table_place(s, head, s->positions, kexpr_at_most(arena, middle, s->positions - 1));
    KExpr *key = kexpr_cast(arena, kexpr_load(arena, s->keys, at), DT_I64);
    KExpr *no = kexpr_number(arena, scalar_int(DT_BOOL, 0));
    KExpr *below =
        lower_select(l, kexpr_lt(arena, known_low, known_high), kexpr_lt(arena, key, v), no);
    below = block_let(&l->block, "below", below);
    KExpr *next = kexpr_add(arena, middle, number(s, 1));
    block_set(&l->block, low, kexpr_op(arena, OP_where, DT_I64, (KExpr *[]){below, next, low}, 3));
    block_set(&l->block, high,
              kexpr_op(arena, OP_where, DT_I64, (KExpr *[]){below, high, middle}, 3));
    lower_close(l, depth);
    block_store(&l->block, s->starts, table_place(s, head, s->places + 1, v),
                kexpr_cast(arena, low, DT_I32));
    lower_close(l, 0);
}

/* ---- sums ---- */

static KExpr *head_place(const Scatter *s, KExpr *const *by_label)
{
    KExpr *place = number(s, 0);
    KExpr *index[MAX_RANK];
    const Type type = {.dtype = DT_I32, .rank = s->head_count};
    Type heads = type;
    for (int k = 0; k < s->head_count; k++)
        heads.dims[k] = s->head_dims[k];
    lower_find_labels(s->heads, by_label, index);
    /* as gpu_unflatten() counts: the batch outermost */
    int64_t stride = 1;
    for (int pass = 0; pass < 2; pass++)
        for (int k = s->head_count - 1; k >= 0; k--) {
            if (heads.dims[k].batch != (pass == 1))
                continue;
            place =
                kexpr_add(s->l->arena, kexpr_mul(s->l->arena, index[k], number(s, stride)), place);
            if (!checked_mul(stride, heads.dims[k].size, &stride))
                ice("a scatter of too many heads");
        }
    return place;
}

/* The value at a position, as it is added. */
static KExpr *value_at(const Scatter *s, KExpr *const *by_label)
{
    KExpr *inner[MAX_RANK];
    lower_find_labels(s->n->attr.labels[2], by_label, inner);
    return kexpr_cast(s->l->arena, lower_value(s->l, s->n->args[0], inner), s->dtype);
}

static KExpr *open_elements(const Scatter *s, KExpr **index, KExpr **by_label)
{
    Lowering *l = s->l;
    const Type *type = &s->n->type;
    for (int k = 0; k < type->rank; k++) {
        index[k] = lower_open_dim(l, type->dims[k]);
        if (!dim_is_one(type->dims[k]))
            gpu_share(l, SHARE_GRID, 0);
    }
    bind(s->n->attr.labels[0], index, by_label);
    return block_let_mutable(&l->block, lower_name(l, s->n),
                             kexpr_number(l->arena, lower_start(OP_sum, s->dtype)));
}

static void store_total(const Scatter *s, KExpr *const *index, KExpr *total)
{
    Buffer *out = s->l->info[s->n->id].buffer;
    block_store(&s->l->block, out, lower_place(s->l, out, &s->n->type, index),
                kexpr_cast(s->l->arena, total, s->n->type.dtype));
    lower_close(s->l, 0);
}

static KExpr *load_start(const Scatter *s, KExpr *head, KExpr *v, int64_t next)
{
    Arena *arena = s->l->arena;
    KExpr *place = table_place(s, head, s->places + 1, kexpr_add(arena, v, number(s, next)));
    KExpr *start = kexpr_cast(arena, kexpr_load(arena, s->starts, place), DT_I64);
    return block_let(&s->l->block, next ? "end" : "first", between(s, start, 0, s->positions));
}

/* Of a run's part: [first + length part / parts, first + length (part + 1) / parts). */
static void take_part(const Scatter *s, KExpr *part, KExpr **first, KExpr **end)
{
    Lowering *l = s->l;
    Arena *arena = l->arena;
    KExpr *length = kexpr_sub(arena, *end, *first), *parts = number(s, s->part_count);
    length = between(s, length, 0, s->positions);
    KExpr *next = kexpr_add(arena, part, number(s, 1));
    KExpr *from = kexpr_div(arena, kexpr_mul(arena, length, part), parts);
    KExpr *to = kexpr_div(arena, kexpr_mul(arena, length, next), parts);
    KExpr *begin = *first;
    *first = block_let(&l->block, "from", kexpr_add(arena, begin, from));
    *end = block_let(&l->block, "to", kexpr_add(arena, begin, to));
}

static void sum_runs(const Scatter *s)
{
    Lowering *l = s->l;
    Arena *arena = l->arena;
    KExpr *index[MAX_RANK], *by_label[26] = {NULL}, *part = NULL;
    if (s->parts) {
        part = lower_open_loop(l, number(s, s->part_count));
        gpu_share(l, SHARE_GRID, 0);
    }
    KExpr *total = open_elements(s, index, by_label);
    const int depth = l->block.depth;
    KExpr *head = head_place(s, by_label);
    KExpr *first = load_start(s, head, index[s->axis], 0),
          *end = load_start(s, head, index[s->axis], 1);
    if (part)
        take_part(s, part, &first, &end);
    KExpr *turns = between(s, kexpr_sub(arena, end, first), 0, s->positions);
    KExpr *k = kexpr_add(arena, first, lower_open_loop(l, turns));
    KExpr *at = table_place(s, head, s->positions, between(s, k, 0, s->positions - 1));
    KExpr *p = kexpr_cast(arena, kexpr_load(arena, s->order, at), DT_I64);
    p = block_let(&l->block, "p", between(s, p, 0, s->positions - 1));
    bind_position(s, p, by_label);
    block_set(&l->block, total, lower_step(l, OP_sum, total, value_at(s, by_label)));
    lower_close(l, depth);
    if (!part) {
        store_total(s, index, total);
        return;
    }
    KExpr *place = lower_offset(l, &s->n->type, index);
    block_store(&l->block, s->parts, table_place(s, part, s->parts->type.dims[1].size, place),
                total);
    lower_close(l, 0);
}

static void join_parts(const Scatter *s)
{
    Lowering *l = s->l;
    KExpr *index[MAX_RANK], *by_label[26] = {NULL};
    KExpr *total = open_elements(s, index, by_label);
    const int depth = l->block.depth;
    KExpr *part = lower_open_loop(l, number(s, s->part_count));
    KExpr *place =
        table_place(s, part, s->parts->type.dims[1].size, lower_offset(l, &s->n->type, index));
    block_set(&l->block, total,
              lower_step(l, OP_sum, total, kexpr_load(l->arena, s->parts, place)));
    lower_close(l, depth);
    store_total(s, index, total);
}

/* Each element looks through all positions. */
static void look_through(const Scatter *s)
{
    Lowering *l = s->l;
    KExpr *index[MAX_RANK], *by_label[26] = {NULL};
    KExpr *total = open_elements(s, index, by_label);
    const int depth = l->block.depth;
    KExpr *p = gpu_open_flat(l, s->sum_dims, s->sum_count, SHARE_NONE, 0);
    bind_position(s, p, by_label);
    KExpr *place = block_let(&l->block, "place", lower_index_place(l, s->n, by_label, s->places));
    KExpr *value = value_at(s, by_label);
    KExpr *nothing = kexpr_number(l->arena, lower_start(OP_sum, s->dtype));
    KExpr *added = lower_select(l, kexpr_eq(l->arena, index[s->axis], place), value, nothing);
    block_set(&l->block, total, lower_step(l, OP_sum, total, added));
    lower_close(l, depth);
    store_total(s, index, total);
}

/* ---- all of it ---- */

static void plan_parts(Scatter *s)
{
    Lowering *l = s->l;
    const int64_t elements = gpu_bound(l, s->n->type.dims, s->n->type.rank);
    if (s->positions / s->places < LONG_RUN || elements > PART_THREADS / 2)
        return;
    s->part_count = PART_THREADS / (elements > 0 ? elements : 1);
    s->part_count = s->part_count > PARTS ? PARTS : s->part_count;
    const Type type = {
        .dtype = s->dtype, .rank = 2, .dims = {dim_fixed(s->part_count), dim_fixed(elements)}};
    s->parts = lower_new_buffer(l, "v_", arena_printf(l->arena, "%s_parts", lower_name(l, s->n)),
                                &type, s->n->loc);
}

/* False: it is none that this can do. */
static bool scatter(Lowering *l, const Node *n)
{
    Scatter *s = arena_new_of(l->arena, Scatter);
    const bool halves = dtype_is_half(n->type.dtype);
    *s = (Scatter){
        .l = l, .n = n, .axis = n->attr.axes[0], .dtype = halves ? DT_F32 : n->type.dtype};
    s->places = n->type.dims[s->axis].size;
    if (!sort_labels(s) || n->type.dims[s->axis].batch || s->places == 0)
        return false;
    s->positions = gpu_bound(l, s->sum_dims, s->sum_count);
    if (s->positions == 0 || s->positions >= INT32_MAX || s->places >= INT32_MAX)
        return false;
    if (s->positions <= FEW) {
        look_through(s);
        return true;
    }
    s->order = new_table(s, "order", s->positions);
    s->keys = new_table(s, "places", s->positions);
    s->starts = new_table(s, "starts", s->places + 1);
    plan_parts(s);
    const NodeInfo *index = &l->info[n->args[1]->id];
    if (!index->root && index->cost > DEAR)
        give_places(s);
    put_in_order(s);
    find_starts(s);
    sum_runs(s);
    if (s->parts)
        join_parts(s);
    return true;
}

void gpu_fill_lower(Lowering *l, const Group *group)
{
    const Node *n = group->roots.data[0];
    if (l->options->level > 0 && n->op != OP_scatter)
        gpu_running(l, n);
    else if (l->options->level == 0 || !scatter(l, n))
        lower_by_rule(l, n, NULL);
}
