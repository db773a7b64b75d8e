/* gpu_flash_fit.c -- which rows with products around them can be had by blocks of keys: see
 * gpu_flash.c.
 *
 * All that is along the row must be computed again wherever it is wanted, an element from its own
 * element of what it is made of, so that any block of keys can be had without the others.  Only
 * folds (max, sum, ..) know of whole rows. */
#include "codegen/gpu.h"
#include "codegen/gpu_flash.h"
#include "codegen/gpu_tile.h"
#include "support/checked.h"

enum {
    LONG_ROW = 64, /* keys that one block of gpu_attention.c has at once, for all its queries */
    SIDE = 32,     /* queries and keys of a block, */
    LEAST_SIDE = 8,
    ENOUGH = 128 /* blocks of threads that keep a device busy */
};

/* ---- sizes ---- */

static Dim dim_of(const Node *n, int label)
{
    for (int t = 0; t < 3; t++) {
        const Type *type = t < 2 ? &n->args[t]->type : &n->type;
        for (int axis = 0; n->attr.labels[t][axis]; axis++)
            if (n->attr.labels[t][axis] - 'a' == label)
                return type->dims[axis];
    }
    ice("a product without label %c", 'a' + label);
}

static int64_t product_of(int64_t a, int64_t b)
{
    int64_t all;
    return checked_mul(a, b, &all) ? all : INT64_MAX / 64;
}

int64_t gpu_flash_stride(int64_t columns, DType dtype)
{
    const int64_t four = 16 / dtype_info[dtype].bytes;
    int64_t count = columns / four + (columns % four > 0);
    return (count | 1) * four;
}

static bool is_here(const BlockProduct *b, bool by_keys)
{
    return (b->kind == BLOCK_SUMMED) == by_keys;
}

/* Sums of products stay in registers where a thread has no more than this of them: there are 128,
 * and those of two turns at 8 x 4 would leave too few for their operands. */
static bool is_kept(const FlashProducts *x, bool by_keys, const FlashSize *size)
{
    enum { ELEMENTS = 32, REGISTERS = 64 };
    int64_t count = 0;
    for (int i = 0; i < x->of_count; i++) {
        const BlockProduct *b = &x->of[i];
        const Dim other = dim_of(b->n, b->other);
        if (!is_here(b, by_keys))
            continue;
        if (other.batch || other.size > GPU_BLOCK)
            return false;
        const DType dtype = b->n->type.dtype;
        const TileSize tile =
            gpu_team_tile_size(by_keys ? size->width : size->height, other.size, dtype, FLASH_TEAM);
        const int64_t elements = gpu_team_tile_elements(&tile);
        if (elements > ELEMENTS)
            return false;
        count += elements * dtype_info[dtype].bytes / 4;
    }
    return count <= REGISTERS;
}

/* Rows of scores and weights, one array for each product into rows or each weight; sums of those
 * made of rows, unless they stay in registers; and a number of each fold for each query. */
static int64_t shared_bytes(const Group *group, const FlashProducts *x, bool by_keys,
                            const FlashSize *size)
{
    int64_t arrays = 0, sums = 0, width = 4;
    DType dtype = DT_F32;
    for (int i = 0; i < x->of_count; i++) {
        const BlockProduct *b = &x->of[i];
        if (!is_here(b, by_keys))
            continue;
        const int64_t bytes = dtype_info[b->n->type.dtype].bytes;
        dtype = bytes > width ? b->n->type.dtype : dtype;
        width = bytes > width ? bytes : width;
        if (!size->kept)
            sums += product_of(product_of(dim_of(b->n, b->other).size, bytes),
                               by_keys ? size->width : size->height);
        arrays++;
    }
    arrays = arrays > x->into_count ? arrays : x->into_count;
    const int64_t numbers = by_keys ? 0 : group->roots.count + 2;
    return sums + arrays * width * size->height * gpu_flash_stride(size->width, dtype) +
           numbers * width * size->height;
}

bool gpu_flash_size(const Lowering *l, const Group *group, const FlashProducts *products,
                    bool by_keys, FlashSize *size)
{
    const int last = group->outer_count - 1;
    const BlockProduct *b = &products->into[0];
    const int64_t heads = gpu_bound(l, group->outer, last);
    const int64_t all = by_keys ? dim_of(b->n, b->key).size : group->outer[last].size;
    *size = (FlashSize){SIDE, SIDE, 0, false};
    int64_t *side = by_keys ? &size->width : &size->height;
    for (*side = SIDE; *side >= LEAST_SIDE; *side /= 2) {
        size->kept = is_kept(products, by_keys, size);
        size->bytes = shared_bytes(group, products, by_keys, size);
        if (size->bytes <= FLASH_SHARED_BYTES &&
            (product_of(heads, all / *side + 1) >= ENOUGH || *side < SIDE))
            return true;
    }
    return false;
}

/* ---- members ---- */

typedef struct Fit {
    int group;
    int64_t keys;
    const FlashProducts *products;
    bool fails;
} Fit;

static bool is_into(const FlashProducts *x, const Node *n)
{
    for (int i = 0; i < x->into_count; i++)
        if (x->into[i].n == n)
            return true;
    return false;
}

static bool is_of(const FlashProducts *x, const Node *n)
{
    for (int i = 0; i < x->of_count; i++)
        if (x->of[i].n == n)
            return true;
    return false;
}

/* A member is read at its own element, or it is one number of the row. */
static void check_own(Lowering *l, const Node *read, const Axes *at, void *context)
{
    Fit *f = context;
    const NodeInfo *info = &l->info[read->id];
    const bool member = info->root && info->group == f->group;
    if (member || is_into(f->products, read))
        f->fails |= !rows_is_own_element(l, read, at);
}

/* Rows are not to be in memory: nobody else reads them. */
static void check_escape(Lowering *l, const Node *read, bool same, void *context)
{
    Fit *f = context;
    const NodeInfo *info = &l->info[read->id];
    const Type *type;
    int axes[MAX_RANK];
    (void)same;
    if (info->root && info->group == f->group && !rows_is_folded(l, read))
        f->fails |= rows_loop(l, read, &type, axes) > 0;
}

static bool fits_member(Lowering *l, const Node *n, Fit *f)
{
    const NodeInfo *info = &l->info[n->id];
    const Type *type;
    int axes[MAX_RANK];
    const int count = rows_loop(l, n, &type, axes);
    const bool folded = rows_is_folded(l, n);
    const bool joins = n->type.dtype == DT_F32 || n->type.dtype == DT_F64;
    if (info->indexes || (rows_is_reduction(n) && !folded) || (folded && !joins) || count > 1)
        return false;
    if (count == 1 && (type->dims[axes[0]].batch || type->dims[axes[0]].size != f->keys))
        return false;
    if (count == 1 && !folded && (info->write || info->value))
        return false;
    rows_visit(l, n, check_own, f);
    return !f->fails;
}

bool gpu_flash_fits(Lowering *l, const Group *group, int number, const FlashProducts *products)
{
    const BlockProduct *first = &products->into[0];
    Fit f = {.group = number, .keys = dim_of(first->n, first->key).size, .products = products};
    FlashSize size;
    if (f.keys <= LONG_ROW || !gpu_flash_size(l, group, products, false, &size) ||
        !gpu_flash_size(l, group, products, true, &size))
        return false;
    for (int i = 0; i < products->into_count; i++)
        f.fails |= dim_of(products->into[i].n, products->into[i].key).size != f.keys;
    for (int i = 0; i < products->of_count; i++)
        f.fails |= dim_of(products->of[i].n, products->of[i].key).size != f.keys;
    for (int i = 0; i < group->roots.count && !f.fails; i++)
        f.fails |= !fits_member(l, group->roots.data[i], &f);
    for (int g = 0; g < l->groups.count && !f.fails; g++)
        for (int i = 0; i < l->groups.data[g].roots.count && g != number; i++)
            if (!is_of(products, l->groups.data[g].roots.data[i]))
                fuse_visit_reads(l, l->groups.data[g].roots.data[i], check_escape, &f);
    return !f.fails;
}
