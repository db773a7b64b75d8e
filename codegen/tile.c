/* tile.c -- products over windows: a part of the result is summed in an array of the kernel's own.
 *
 *     y[n, m, o, p] = sum over c, k, l of x[n, c, o + k, p + l] w[m, c, k, l]
 *
 * becomes, with m for the column, p for the rows and l for the terms,
 *
 *     for n, o:  tile[p][m] = 0
 *                for c, k; for each block of rows p:
 *                    a0 = x[.. p + 0] ... a10 = x[.. p + 10]     rows share what their windows
 * share for m:  b0 = w[.. 0 ..] ... b4 = w[.. 4 ..] tile[p + 0][m] += a0 b0 + ... + a4 b4 tile[p +
 * 1][m] += a1 b0 + ... + a5 b4  ... y[n, m, o, p] = tile[p][m]
 *
 * A gradient by the weight is the same with the places for the terms.  Every element is still
 * summed in the order of its terms, whatever the tile and however many threads there are. */
#include "codegen/tile.h"

#include "codegen/kexpr.h"

enum {
    TILE_LEAST = 4096, /* multiplications for which it is worth it */
    TILE_BYTES = 8192,
    MOST = 8,       /* rows, or terms, in one pass over the columns */
    MOST_SUMS = 40, /* and products of them */
    COLUMNS = 64,   /* in a tile */
    REGISTERS = 16
};

typedef struct Tile {
    Product *p;
    int column, columns; /* the label, and the operand that has it */
    int row, term;       /* labels; row is -1 where there is none */
    int row_step, term_step;
    int64_t chunk, block; /* rows and columns in a tile */
    int inner[MAX_RANK];  /* rows' labels that are in the tile as well, outermost first */
    int inner_count;
    double worth; /* of a pass over the columns: work by all that it takes, roughly */
    Type type;    /* of the array: inner labels, rows, columns */
    Buffer *array;
    KExpr *row_base, *column_base; /* where the tile begins */
} Tile;

/* ---- choosing ---- */

static bool is_windows(const Node *n)
{
    while (n->op != OP_window && n->arity == 1 && op_info[n->op].class == CLASS_VIEW)
        n = n->args[0];
    return n->op == OP_window;
}

static int64_t size_of(const Tile *t, int label)
{
    return t->p->dims[label].size;
}

/* An axis of known length that one operand has alone. */
static bool is_free(const Product *p, int label)
{
    return p->in[2][label] && p->in[0][label] != p->in[1][label] && !p->dims[label].batch &&
           p->dims[label].size > 1;
}

/* The share of vectors of eight, or four, that is used. */
static double vector_share(int64_t count)
{
    const int64_t left = count % 8;
    return (double)count / 8 / (double)(count / 8 + left / 4 + left % 4);
}

/* The columns of a tile: all, or a part that divides them; 0 if there is none. */
static int64_t choose_block(int64_t size)
{
    if (size <= COLUMNS)
        return size;
    for (int64_t block = COLUMNS; block >= 8; block -= 8)
        if (size % block == 0)
            return block;
    return 0;
}

/* How many different elements `rows` by `terms` of the rows' operand are. */
static int count_different(const Tile *t, int rows, int terms)
{
    int64_t by_row = 0, by_term, seen[MOST * MOST];
    int count = 0;
    const KExpr *element = product_element(t->p, 1 - t->columns);
    if ((t->row >= 0 && !product_stride(element, t->row, &by_row)) ||
        !product_stride(element, t->term, &by_term))
        return rows * terms;
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < terms; i++) {
            const int64_t at = r * by_row + i * by_term;
            int k = 0;
            while (k < count && seen[k] != at)
                k++;
            if (k == count)
                seen[count++] = at;
        }
    return count;
}

/* The most rows that fit and are a whole number of steps and of tiles; 0 if there are none. */
static int64_t choose_chunk(const Tile *t, int64_t rows, int step)
{
    const int64_t most = TILE_BYTES / (t->block * dtype_info[t->p->n->type.dtype].bytes);
    if (rows <= most)
        return rows;
    for (int64_t chunk = most - most % step; chunk >= step; chunk -= step)
        if (rows % chunk == 0)
            return chunk;
    return 0;
}

static bool steps_fit(int64_t size, int step)
{
    return size % step == 0 || (step == 4 && size > MOST);
}

static void consider(const Tile *t, int rows, int terms, Tile *best)
{
    Tile found = *t;
    const int64_t row_count = t->row < 0 ? 1 : size_of(t, t->row);
    if (rows * terms > MOST_SUMS || !steps_fit(row_count, rows) ||
        !steps_fit(product_bound(t->p, t->term), terms))
        return;
    found.chunk = choose_chunk(t, row_count, rows);
    if (found.chunk == 0)
        return;
    const int different = count_different(t, rows, terms), live = different + terms + 1;
    const int spilled = live > REGISTERS ? live - REGISTERS : 0;
    const double sums = rows * terms, moves = terms + 2 * rows + spilled;
    found.worth = vector_share(t->block) * sums / (sums + moves);
    if (row_count % rows != 0 || product_bound(t->p, t->term) % terms != 0)
        found.worth *= 0.75;
    found.row_step = rows;
    found.term_step = terms;
    if (found.worth > best->worth)
        *best = found;
}

static void consider_steps(const Tile *t, Tile *best)
{
    for (int rows = 1; rows <= (t->row < 0 ? 1 : MOST); rows++)
        for (int terms = 1; terms <= MOST; terms++)
            consider(t, rows, terms, best);
}

static void consider_column(Product *p, int column, int term, Tile *best)
{
    Tile t = {.p = p, .column = column, .term = term, .row = -1};
    t.columns = p->in[1][column] ? 1 : 0;
    t.block = choose_block(p->dims[column].size);
    if (t.block == 0)
        return;
    consider_steps(&t, best);
    for (int label = 0; label < PRODUCT_LABELS; label++) {
        t.row = label;
        if (is_free(p, label) && p->in[1 - t.columns][label])
            consider_steps(&t, best);
    }
}

/* Labels of the result that are loops around the tile. */
static int count_outer(const Tile *t)
{
    int count =
        t->chunk < (t->row < 0 ? 1 : size_of(t, t->row)) || t->block < size_of(t, t->column);
    for (const char *c = t->p->n->attr.labels[2]; *c; c++) {
        const int label = *c - 'a';
        bool inside = label == t->column || label == t->row;
        for (int i = 0; i < t->inner_count; i++)
            inside = inside || label == t->inner[i];
        count += !inside && !dim_is_one(t->p->dims[label]);
    }
    return count;
}

/* More labels of the rows, the last first, while they fit and leave a loop for threads. */
static void choose_inner(Tile *t)
{
    const char *labels = t->p->n->attr.labels[2];
    int64_t bytes = t->chunk * t->block * dtype_info[t->p->n->type.dtype].bytes;
    for (int axis = t->p->n->type.rank - 1; axis >= 0 && t->row >= 0; axis--) {
        const int label = labels[axis] - 'a';
        if (label == t->row || !is_free(t->p, label) || !t->p->in[1 - t->columns][label])
            continue;
        if (bytes * size_of(t, label) > TILE_BYTES || count_outer(t) < 2)
            return;
        bytes *= size_of(t, label);
        for (int i = t->inner_count++; i > 0; i--)
            t->inner[i] = t->inner[i - 1];
        t->inner[0] = label;
    }
}

static bool choose(Product *p, Tile *best)
{
    int term = -1;
    for (int s = 0; s < p->sum_count; s++)
        if (!dim_is_one(p->dims[p->sums[s]]))
            term = p->sums[s]; /* the last: the order of the sum stays */
    if (term < 0)
        return false;
    for (int label = 0; label < PRODUCT_LABELS; label++)
        if (is_free(p, label))
            consider_column(p, label, term, best);
    if (best->worth == 0)
        return false;
    choose_inner(best);
    p->column = best->column;
    p->columns = best->columns;
    p->rows = 1 - best->columns;
    return true;
}

/* ---- loops ---- */

static int64_t row_count(const Tile *t)
{
    return t->row < 0 ? 1 : size_of(t, t->row);
}

static bool is_inner(const Tile *t, int label)
{
    for (int i = 0; i < t->inner_count; i++)
        if (t->inner[i] == label)
            return true;
    return false;
}

/* Around the tile: in the order of the result. */
static void open_outer(Tile *t, KExpr **by_label)
{
    Lowering *l = t->p->l;
    t->row_base = t->column_base = kexpr_int(l->arena, 0);
    for (const char *c = t->p->n->attr.labels[2]; *c; c++) {
        const int label = *c - 'a';
        if (label == t->row) {
            KExpr *chunk = lower_open_dim(l, dim_fixed(row_count(t) / t->chunk));
            t->row_base = kexpr_mul(l->arena, chunk, kexpr_int(l->arena, t->chunk));
        } else if (label == t->column) {
            KExpr *block = lower_open_dim(l, dim_fixed(size_of(t, label) / t->block));
            t->column_base = kexpr_mul(l->arena, block, kexpr_int(l->arena, t->block));
        } else if (!is_inner(t, label)) {
            by_label[label] = lower_open_dim(l, t->p->dims[label]);
        }
    }
}

/* The array's element where the inner labels, `row` in the chunk and `column` in the block are. */
static KExpr *tile_offset(const Tile *t, KExpr *const *by_label, KExpr *row, KExpr *column)
{
    KExpr *index[MAX_RANK];
    for (int i = 0; i < t->inner_count; i++)
        index[i] = by_label[t->inner[i]];
    index[t->inner_count] = row;
    index[t->inner_count + 1] = column;
    return lower_offset(t->p->l, &t->type, index);
}

static void declare_array(Tile *t)
{
    Lowering *l = t->p->l;
    int64_t count;
    t->type = (Type){.dtype = t->p->n->type.dtype};
    for (int i = 0; i < t->inner_count; i++)
        t->type.dims[t->type.rank++] = dim_fixed(size_of(t, t->inner[i]));
    t->type.dims[t->type.rank++] = dim_fixed(t->chunk);
    t->type.dims[t->type.rank++] = dim_fixed(t->block);
    if (!type_count(&t->type, 1, &count))
        ice("a tile of %s", type_text(l->arena, &t->type));
    t->array = block_array(&l->block, "tile", &t->type);
    const int depth = l->block.depth;
    KExpr *at = lower_open_dim(l, dim_fixed(count));
    block_store(&l->block, t->array, at,
                kexpr_number(l->arena, lower_start(OP_sum, t->type.dtype)));
    lower_close(l, depth);
}

/* The different elements of the rows' operand, each in a local. */
static void let_rows(Tile *t, KExpr **by_label, KExpr *const *rows, int row_total,
                     KExpr *const *terms, int term_total, KExpr *values[][MOST])
{
    Lowering *l = t->p->l;
    KExpr *elements[MOST * MOST], *locals[MOST * MOST];
    int count = 0;
    for (int r = 0; r < row_total; r++)
        for (int i = 0; i < term_total; i++) {
            if (t->row >= 0)
                by_label[t->row] = kexpr_add(l->arena, t->row_base, rows[r]);
            by_label[t->term] = terms[i];
            KExpr *element = lower_operand(l, t->p->n, t->p->rows, by_label);
            int k = 0;
            while (k < count && !kexpr_equal(elements[k], element))
                k++;
            if (k == count) {
                elements[count] = element;
                locals[count++] = block_let(&l->block, arena_printf(l->arena, "a%d", k), element);
            }
            values[r][i] = locals[k];
        }
}

/* One pass over the columns: the given terms are added to the given rows. */
static void emit_pass(Tile *t, KExpr **by_label, KExpr *const *rows, int row_total,
                      KExpr *const *terms, int term_total)
{
    Lowering *l = t->p->l;
    const int depth = l->block.depth;
    const DType dtype = t->type.dtype;
    KExpr *a[MOST][MOST], *b[MOST];
    let_rows(t, by_label, rows, row_total, terms, term_total, a);
    KExpr *column = lower_open_dim(l, dim_fixed(t->block));
    by_label[t->column] = kexpr_add(l->arena, t->column_base, column);
    for (int i = 0; i < term_total; i++) {
        by_label[t->term] = terms[i];
        b[i] = product_column_value(t->p, by_label);
        if (row_total > 1)
            b[i] = block_let(&l->block, arena_printf(l->arena, "b%d", i), b[i]);
    }
    for (int r = 0; r < row_total; r++) {
        KExpr *offset = tile_offset(t, by_label, rows[r], column);
        KExpr *sum = kexpr_load(l->arena, t->array, offset);
        for (int i = 0; i < term_total; i++) {
            KExpr *term = kexpr_op(l->arena, OP_mul, dtype, (KExpr *[]){a[r][i], b[i]}, 2);
            sum = lower_step(l, OP_sum, sum, term);
        }
        block_store(&l->block, t->array, offset, sum);
    }
    lower_close(l, depth);
}

typedef struct Steps { /* a label in steps of so many, then, one by one, what is left */
    KExpr *at[MOST];
    int count;
} Steps;

/* Opens the loop of a part, 0 or 1; false if there is none. */
static bool open_steps(Lowering *l, KExpr *extent, int step, int part, Steps *steps)
{
    Arena *arena = l->arena;
    KExpr *by = kexpr_int(arena, step);
    KExpr *blocks = kexpr_div(arena, extent, by), *left = kexpr_mod(arena, extent, by);
    KExpr *turns = part == 0 ? blocks : left;
    if (turns->high <= 0)
        return false;
    KExpr *turn = kexpr_is_int(turns, 1) ? kexpr_int(arena, 0) : lower_open_loop(l, turns);
    steps->count = part == 0 ? step : 1;
    KExpr *first = part == 0 ? kexpr_mul(arena, turn, by)
                             : kexpr_add(arena, kexpr_mul(arena, blocks, by), turn);
    for (int i = 0; i < steps->count; i++)
        steps->at[i] =
            kexpr_at_most(arena, kexpr_add(arena, first, kexpr_int(arena, i)), extent->high - 1);
    return true;
}

static void emit_rows(Tile *t, KExpr **by_label, const Steps *terms)
{
    Lowering *l = t->p->l;
    const int depth = l->block.depth;
    Steps rows;
    for (int i = 0; i < t->inner_count; i++)
        by_label[t->inner[i]] = lower_open_dim(l, t->p->dims[t->inner[i]]);
    const int inside = l->block.depth;
    for (int part = 0; part < 2; part++) {
        if (open_steps(l, kexpr_int(l->arena, t->chunk), t->row_step, part, &rows))
            emit_pass(t, by_label, rows.at, rows.count, terms->at, terms->count);
        lower_close(l, inside);
    }
    lower_close(l, depth);
}

static void emit_sums(Tile *t, KExpr **by_label)
{
    Lowering *l = t->p->l;
    const int depth = l->block.depth;
    Steps terms;
    for (int s = 0; s < t->p->sum_count; s++)
        if (t->p->sums[s] != t->term)
            by_label[t->p->sums[s]] = lower_open_dim(l, t->p->dims[t->p->sums[s]]);
    const int inside = l->block.depth;
    for (int part = 0; part < 2; part++) {
        KExpr *extent = lower_extent(l, t->p->dims[t->term]);
        if (open_steps(l, extent, t->term_step, part, &terms))
            emit_rows(t, by_label, &terms);
        lower_close(l, inside);
    }
    lower_close(l, depth);
}

static void emit_result(Tile *t, KExpr **by_label)
{
    Lowering *l = t->p->l;
    const int depth = l->block.depth;
    KExpr *row = kexpr_int(l->arena, 0), *column = row;
    for (const char *c = t->p->n->attr.labels[2]; *c; c++) {
        const int label = *c - 'a';
        if (label == t->row) {
            row = lower_open_dim(l, dim_fixed(t->chunk));
            by_label[label] = kexpr_add(l->arena, t->row_base, row);
        } else if (label == t->column) {
            column = lower_open_dim(l, dim_fixed(t->block));
            by_label[label] = kexpr_add(l->arena, t->column_base, column);
        } else if (is_inner(t, label)) {
            by_label[label] = lower_open_dim(l, t->p->dims[label]);
        }
    }
    KExpr *sum = kexpr_load(l->arena, t->array, tile_offset(t, by_label, row, column));
    block_store(&l->block, t->p->out, product_out_offset(t->p, by_label), sum);
    lower_close(l, depth);
}

bool tile_takes(const Product *p)
{
    const DType dtype = p->n->type.dtype;
    return (dtype == DT_F32 || dtype == DT_F64) && product_size(p) >= TILE_LEAST &&
           (is_windows(p->n->args[0]) || is_windows(p->n->args[1]));
}

bool tile_lower(Product *p)
{
    Tile t = {.worth = 0};
    KExpr *by_label[PRODUCT_LABELS] = {NULL};
    if (!tile_takes(p) || !choose(p, &t))
        return false;
    product_plan_copy(p);
    if (p->copy)
        product_emit_copy(p);
    open_outer(&t, by_label);
    declare_array(&t);
    emit_sums(&t, by_label);
    emit_result(&t, by_label);
    lower_close(p->l, 0);
    return true;
}
