/* gpu_flash_block.c -- a block of queries and keys at work (gpu_flash.c): what of it lies in shared
 * memory, and its products.
 *
 *     t_s[32 * 33]     scores, then weights: a row for each query
 *     t_o[32 * 64]     sums of the products made of rows
 *     t_k[32 * 65]     copies of operands, as far as there is room */
#include "codegen/gpu_flash_parts.h"

#include "codegen/gpu.h"
#include "codegen/kexpr.h"

enum { FOUR = 4 }; /* of f32 in 128 bits */

KExpr *flash_number(const Flash *f, int64_t value)
{
    return kexpr_int(f->l->arena, value);
}

bool flash_is_here(const Flash *f, const FlashPart *part)
{
    return part->b->kind == BLOCK_INTO || (part->b->kind == BLOCK_SUMMED) == f->by_keys;
}

/* ---- places ---- */

/* From here on arrays are read and written at this query and key of the block. */
void flash_set_place(Flash *f, KExpr *row, KExpr *column)
{
    Arena *arena = f->l->arena;
    f->row = row;
    f->column = column;
    for (int i = 0; i < f->arrays.count; i++) {
        f->arrays.data[i]->row = row;
        f->arrays.data[i]->key = column;
    }
    f->rows->outer[f->last] =
        kexpr_at_most(arena, kexpr_add(arena, f->first_query, row), f->queries - 1);
    f->key = kexpr_at_most(arena, kexpr_add(arena, f->first_key, column), f->keys - 1);
}

/* What a block has of a member or a product: an element for each query, and for each key.  A row
 * takes an odd number of times 16 bytes, so that four elements of it are read at once, and those of
 * neighbouring rows from other banks. */
static Buffer *make_array(Flash *f, const Node *n)
{
    Lowering *l = f->l;
    const Axes at = rows_axes(l, n);
    Type type = n->type;
    int query_axis = 0, key_axis = 0;
    for (int axis = 0; axis < type.rank; axis++) {
        const bool query = at.of[axis] == f->last, key = at.of[axis] == AXIS_ANY;
        query_axis = query ? axis : query_axis;
        key_axis = key ? axis : key_axis;
        type.dims[axis] = dim_fixed(query ? f->size.height
                                    : key ? gpu_flash_stride(f->size.width, type.dtype)
                                          : 1);
    }
    Buffer *array = block_array(&l->block, lower_name(l, n), &type);
    gpu_share_array(l);
    gpu_align_array(l);
    array->row_axis = query_axis;
    array->key_axis = key_axis;
    array->row = array->key = flash_number(f, 0);
    vec_push(l->arena, &f->arrays, array);
    return array;
}

static Buffer *make_plain_array(Flash *f, const Node *n, const char *name, int64_t rows,
                                int64_t columns)
{
    const Type type = {
        .dtype = n->type.dtype, .rank = 2, .dims = {dim_fixed(rows), dim_fixed(columns)}};
    Buffer *array = block_array(&f->l->block, name, &type);
    gpu_share_array(f->l);
    gpu_align_array(f->l);
    return array;
}

KExpr *flash_place(const Flash *f, const Buffer *array, KExpr *row, KExpr *column)
{
    Arena *arena = f->l->arena;
    return kexpr_add(arena, kexpr_mul(arena, row, flash_number(f, array->type.dims[1].size)),
                     column);
}

/* ---- weights: rows that products are made of ---- */

static bool is_weight(const Flash *f, const Node *n)
{
    for (int i = 0; i < f->count; i++)
        if (f->parts[i].b->kind != BLOCK_INTO && flash_is_here(f, &f->parts[i]) &&
            block_rows(f->parts[i].b) == n)
            return true;
    return false;
}

/* A weight is stored over the scores, an element by the thread that has read it. */
static Buffer *find_scores(const Flash *f, const Node *n, int taken)
{
    const Axes at = rows_axes(f->l, n);
    for (int i = 0; i < f->count; i++) {
        const Node *into = f->parts[i].b->n;
        const Axes its = rows_axes(f->l, into);
        if (f->parts[i].b->kind == BLOCK_INTO && taken-- == 0)
            return type_equal(&into->type, &n->type) && axes_equal(&n->type, &at, &its)
                       ? f->l->info[into->id].array
                       : NULL;
    }
    return NULL;
}

/* In registers, or in shared memory where those would be too many. */
static void make_sums(Flash *f, FlashPart *part)
{
    const Node *n = part->b->n;
    const char *name = arena_printf(f->l->arena, "%s_sums", lower_name(f->l, n));
    const Type type = {.dtype = n->type.dtype,
                       .rank = 2,
                       .dims = {dim_fixed(f->by_keys ? f->size.width : f->size.height),
                                part->p.dims[part->b->other]}};
    part->kept = f->size.kept;
    part->sums = block_array(&f->l->block, name, &type);
    if (part->kept)
        gpu_tile_array(f->l);
    else
        gpu_share_array(f->l);
}

void flash_make_arrays(Flash *f)
{
    Lowering *l = f->l;
    const Rows *r = f->rows;
    int taken = 0;
    f->arrays.count = f->copy_count = 0;
    for (int i = 0; i < f->count; i++)
        if (f->parts[i].b->kind == BLOCK_INTO)
            l->info[f->parts[i].b->n->id].array = make_array(f, f->parts[i].b->n);
    for (int i = 0; i < r->count; i++) {
        const Node *n = r->members[i].n;
        f->weights[i] = is_weight(f, n) ? find_scores(f, n, taken++) : NULL;
        if (is_weight(f, n) && !f->weights[i])
            f->weights[i] = make_array(f, n);
        l->info[n->id].array = r->members[i].folded && !f->by_keys ? make_array(f, n) : NULL;
    }
    for (int i = 0; i < f->count; i++) {
        FlashPart *part = &f->parts[i];
        if (part->b->kind == BLOCK_INTO || !flash_is_here(f, part))
            continue;
        make_sums(f, part);
    }
    if (f->softmax.max && !f->by_keys)
        f->before = make_plain_array(f, f->softmax.max, "before", f->size.height, 1);
}

/* ---- operands ---- */

void flash_bind_labels(const Flash *f, const FlashPart *part, KExpr *other, KExpr **by_label)
{
    for (int label = 0; label < PRODUCT_LABELS; label++) {
        const int axis = block_outer_axis(f->l, part->b, label);
        by_label[label] = label == part->b->key     ? f->key
                          : label == part->b->other ? other
                          : axis >= 0               ? f->rows->outer[axis]
                                                    : flash_number(f, 0);
    }
}

/* Does the operand belong to the block's queries, rather than to its keys? */
static bool is_of_queries(const FlashPart *part, int operand)
{
    return part->b->kind == BLOCK_INTO ? operand != part->b->columns
                                       : part->b->kind == BLOCK_SUMMED;
}

/* An operand that is not made of rows. */
static bool lies_elsewhere(const FlashPart *part, int operand)
{
    return part->b->kind == BLOCK_INTO || operand == part->b->columns;
}

static int role_of(const Flash *f, const FlashPart *part, int operand, int axis)
{
    enum { ROLE_KEY = MAX_RANK, ROLE_OTHER, ROLE_NONE };
    const int label = part->b->n->attr.labels[operand][axis] - 'a';
    const int outer = block_outer_axis(f->l, part->b, label);
    return label == part->b->key     ? ROLE_KEY
           : label == part->b->other ? ROLE_OTHER
           : outer >= 0              ? outer
                                     : ROLE_NONE;
}

static bool reads_same(const Flash *f, const FlashPart *a, int of_a, const FlashPart *b, int of_b)
{
    const Node *n = a->b->n->args[of_a];
    if (n != b->b->n->args[of_b])
        return false;
    for (int axis = 0; axis < n->type.rank; axis++)
        if (role_of(f, a, of_a, axis) != role_of(f, b, of_b, axis))
            return false;
    return true;
}

static const FlashCopy *find_copy(const Flash *f, const FlashPart *part, int operand)
{
    for (int i = 0; i < f->copy_count; i++)
        if (reads_same(f, f->copies[i].part, f->copies[i].operand, part, operand))
            return &f->copies[i];
    return NULL;
}

/* Operands are copied, as far as there is room: first those of keys, whose neighbours in a product
 * into rows lie far apart in memory. */
void flash_make_copies(Flash *f, bool of_queries)
{
    for (int i = 0; i < f->count; i++) {
        const FlashPart *part = &f->parts[i];
        for (int operand = 0; operand < 2 && flash_is_here(f, part); operand++) {
            if (!lies_elsewhere(part, operand) || is_of_queries(part, operand) != of_queries ||
                find_copy(f, part, operand))
                continue;
            const Node *n = part->b->n->args[operand];
            const int64_t rows = of_queries ? f->size.height : f->size.width;
            const int64_t columns =
                gpu_flash_stride(part->p.dims[part->b->other].size, n->type.dtype);
            const int64_t bytes = rows * columns * dtype_info[n->type.dtype].bytes;
            if (bytes > FLASH_SHARED_BYTES - f->size.bytes ||
                n->type.dtype != part->p.n->type.dtype)
                continue;
            f->size.bytes += bytes;
            f->copies[f->copy_count++] = (FlashCopy){
                part, operand, make_plain_array(f, n, lower_name(f->l, n), rows, columns)};
        }
    }
}

/* Each element of the block's queries (keys) of a result, a warp for each query. */
KExpr *flash_open_elements(Flash *f, const FlashPart *part, bool of_queries, bool tiles,
                           KExpr **other)
{
    Lowering *l = f->l;
    KExpr *zero = flash_number(f, 0);
    KExpr *row = lower_open_loop(l, of_queries ? f->query_count : f->key_count);
    gpu_share(l, tiles ? SHARE_TILE : SHARE_GROUPS, GPU_WARP);
    *other = lower_open_loop(l, lower_extent(l, part->p.dims[part->b->other]));
    if (!tiles)
        gpu_share(l, SHARE_TEAM, 0);
    flash_set_place(f, of_queries ? row : zero, of_queries ? zero : row);
    return row;
}

static KExpr *copied(Flash *f, const FlashCopy *copy, KExpr *row, KExpr *other, bool look)
{
    const FlashPart *part = copy->part;
    const bool of_queries = is_of_queries(part, copy->operand);
    KExpr *zero = flash_number(f, 0), *by_label[PRODUCT_LABELS];
    flash_set_place(f, of_queries ? row : zero, of_queries ? zero : row);
    flash_bind_labels(f, part, other, by_label);
    return look ? product_operand(&part->p, copy->operand, by_label)
                : lower_operand(f->l, part->b->n, copy->operand, by_label);
}

/* Do four neighbours lie side by side, at 16 bytes? */
static bool lies_in_fours(Flash *f, const FlashCopy *copy, Dim columns)
{
    Arena *arena = f->l->arena;
    const FlashPart *part = copy->part;
    int64_t stride;
    if (part->b->n->args[copy->operand]->type.dtype != DT_F32 || columns.batch ||
        columns.size % FOUR != 0)
        return false;
    KExpr *other = kexpr_mul(arena, kexpr_index(arena, "quad", columns.size / FOUR - 1),
                             flash_number(f, FOUR));
    const KExpr *x = copied(f, copy, kexpr_index(arena, "row", f->size.height - 1), other, true);
    const KExpr *element = product_element(&part->p, copy->operand);
    return x->kind == KE_LOAD &&
           (x->buffer->place == PLACE_WORK || x->buffer->place == PLACE_VARS) &&
           kexpr_is_multiple(x->args[0], FOUR) && element->kind == KE_LOAD &&
           product_stride(element, part->b->other, &stride) && stride == 1;
}

/* As many threads for a row as there are fours in it, up to a warp. */
static int threads_of(int64_t fours)
{
    int threads = 2;
    while (threads < GPU_WARP && threads * 2 <= fours)
        threads *= 2;
    return threads;
}

static void fill_copy(Flash *f, const FlashCopy *copy, bool wait)
{
    Lowering *l = f->l;
    const Dim columns = copy->part->p.dims[copy->part->b->other];
    const bool fours = lies_in_fours(f, copy, columns);
    const int depth = l->block.depth;
    KExpr *row = lower_open_loop(l, is_of_queries(copy->part, copy->operand) ? f->query_count
                                                                             : f->key_count);
    gpu_share(l, SHARE_GROUPS, fours ? threads_of(columns.size / FOUR) : GPU_WARP);
    gpu_last_loop(l)->sync = wait;
    KExpr *other =
        lower_open_loop(l, fours ? flash_number(f, columns.size / FOUR) : lower_extent(l, columns));
    gpu_share(l, SHARE_TEAM, 0);
    if (fours) {
        KExpr *first = kexpr_mul(l->arena, other, flash_number(f, FOUR));
        other = kexpr_add(l->arena, first, lower_open_loop(l, flash_number(f, FOUR)));
        gpu_last_loop(l)->four = true;
    }
    block_store(&l->block, copy->array, flash_place(f, copy->array, row, other),
                copied(f, copy, row, other, false));
    lower_close(l, depth);
}

/* Do products into rows read it? */
static bool is_read_first(const Flash *f, const FlashCopy *copy)
{
    for (int i = 0; i < f->count; i++)
        for (int operand = 0; operand < 2; operand++)
            if (f->parts[i].b->kind == BLOCK_INTO && find_copy(f, &f->parts[i], operand) == copy)
                return true;
    return false;
}

/* All that come anew with each block wait at once, so that they are on their way together. */
void flash_fill_copies(Flash *f, bool of_queries, bool all)
{
    bool wait = of_queries == f->by_keys;
    for (int i = 0; i < f->copy_count; i++) {
        const FlashCopy *copy = &f->copies[i];
        if (is_of_queries(copy->part, copy->operand) != of_queries ||
            (!all && !is_read_first(f, copy)))
            continue;
        fill_copy(f, copy, wait);
        wait = false;
    }
}

KExpr *flash_operand(const Flash *f, const FlashPart *part, int which, KExpr *other)
{
    KExpr *by_label[PRODUCT_LABELS];
    const FlashCopy *copy = lies_elsewhere(part, which) ? find_copy(f, part, which) : NULL;
    if (copy)
        return kexpr_load(
            f->l->arena, copy->array,
            flash_place(f, copy->array, is_of_queries(part, which) ? f->row : f->column, other));
    flash_bind_labels(f, part, other, by_label);
    return lower_operand(f->l, part->b->n, which, by_label);
}

/* ---- products ---- */

/* What was added up of the blocks before, to which a product is added. */
static KExpr *sum_before(const Flash *f, const FlashPart *part, KExpr *i, KExpr *j)
{
    Arena *arena = f->l->arena;
    KExpr *before = kexpr_load(arena, part->sums, flash_place(f, part->sums, i, j));
    if (!f->softmax.max || f->by_keys)
        return before;
    KExpr *factors[] = {before, kexpr_load(arena, f->before, i)};
    return kexpr_op(arena, OP_mul, before->dtype, factors, 2);
}

static void store_product(Flash *f, const FlashPart *part, KExpr *i, KExpr *j, KExpr *sum)
{
    Lowering *l = f->l;
    if (part->b->kind == BLOCK_INTO) {
        KExpr *index[MAX_RANK], *by_label[PRODUCT_LABELS];
        Buffer *array = l->info[part->b->n->id].array;
        flash_bind_labels(f, part, flash_number(f, 0), by_label);
        lower_find_labels(part->b->n->attr.labels[2], by_label, index);
        block_store(&l->block, array, lower_array_place(l, array, index), sum);
        return;
    }
    KExpr *place = flash_place(f, part->sums, i, j);
    KExpr *all = part->kept ? sum : lower_step(l, OP_sum, sum_before(f, part, i, j), sum);
    block_store(&l->block, part->sums, place, all);
}

/* halves: half of the team is at this product, and half at the one before it or behind it. */
static void multiply(Flash *f, const FlashPart *part, bool halves, int turn)
{
    Lowering *l = f->l;
    const BlockProduct *b = part->b;
    const bool into = b->kind == BLOCK_INTO, summed = b->kind == BLOCK_SUMMED;
    const int depth = l->block.depth;
    KExpr *others = lower_extent(l, part->p.dims[b->other]);
    KExpr *i = lower_open_loop(l, summed ? f->key_count : f->query_count);
    gpu_share(l, SHARE_TILE, 0);
    gpu_last_loop(l)->half = halves;
    gpu_last_loop(l)->second = halves && turn % 2;
    KExpr *j = lower_open_loop(l, into ? f->key_count : others);
    KExpr *start = part->kept && !into
                       ? sum_before(f, part, i, j)
                       : kexpr_number(l->arena, lower_start(OP_sum, b->n->type.dtype));
    KExpr *sum = block_let_mutable(&l->block, lower_name(l, b->n), start);
    KExpr *k = lower_open_loop(l, into ? others : summed ? f->query_count : f->key_count);
    flash_set_place(f, summed ? k : i, into ? j : summed ? i : k);
    l->guarded++; /* operands are expressions: no locals */
    KExpr *left = flash_operand(f, part, 1 - b->columns, into ? k : j);
    KExpr *right = flash_operand(f, part, b->columns, into ? k : j);
    l->guarded--;
    KExpr *term = kexpr_op(l->arena, OP_mul, sum->dtype, (KExpr *[]){left, right}, 2);
    block_set(&l->block, sum, lower_step(l, OP_sum, sum, term));
    lower_close(l, depth + 2);
    store_product(f, part, i, j, sum);
    lower_close(l, depth);
}

void flash_multiply_all(Flash *f, bool into)
{
    int count = 0, turn = 0;
    for (int i = 0; i < f->count; i++)
        count += (f->parts[i].b->kind == BLOCK_INTO) == into && flash_is_here(f, &f->parts[i]);
    for (int i = 0; i < f->count; i++)
        if ((f->parts[i].b->kind == BLOCK_INTO) == into && flash_is_here(f, &f->parts[i]))
            multiply(f, &f->parts[i], into && count % 2 == 0, turn++);
}

/* Rows of weights are where products look for them; or they are still to be computed. */
void flash_show_weights(Flash *f, bool shown)
{
    for (int i = 0; i < f->rows->count; i++)
        if (f->weights[i])
            f->l->info[f->rows->members[i].n->id].array = shown ? f->weights[i] : NULL;
}
