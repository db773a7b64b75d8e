/* fuse_blocks.c -- rows together with the products that they are made of, and that are made of
 * them: attention and its gradient, found by their structure.
 *
 *     s = q k^T        for each head, for each block of some queries:
 *     p = softmax(s)       s's rows of the block into an array, by the micro-kernels,
 *     o = p v              for each of its queries the loops over the row, then o's rows
 *
 * In: groups as they were formed.  Out: a group of rows takes such products over (Group.products),
 * and their own groups are left empty.  A product *into* rows has its result read by this group
 * alone; one *of* rows has a member of the group as an operand, and the group's last outer axis,
 * the query, as rows of its result (dq = ds k) or summed over (dv = p^T do). */
#include "codegen/blocks.h"

#include "codegen/fuse_parts.h"
#include "codegen/gpu.h"
#include "codegen/gpu_flash.h"
#include "codegen/rows.h"
#include "support/checked.h"

enum {
    PACKED_LARGEST = 1 << 18, /* bytes of an operand's copy on the stack */
    ROW_LARGEST = 1 << 14,    /* and of a row; */
    GPU_ROW_LARGEST = 1 << 12 /* of a whole row in what the threads of a GPU share */
};

/* ---- who reads what ---- */

typedef struct Readers {
    int *group; /* by node id: the one that reads it, NO_GROUP, or MANY */
    int reader;
} Readers;

enum { NO_GROUP = -1, MANY = -2 };

static void note_reader(Lowering *l, const Node *read, bool same, void *context)
{
    Readers *r = context;
    int *group = &r->group[read->id];
    (void)l;
    (void)same;
    *group = *group == NO_GROUP || *group == r->reader ? r->reader : MANY;
}

static Readers find_readers(Lowering *l)
{
    Readers r = {.group = arena_array(l->arena, int, l->graph->next_id)};
    for (int i = 0; i < l->graph->next_id; i++)
        r.group[i] = NO_GROUP;
    for (r.reader = 0; r.reader < l->groups.count; r.reader++)
        for (int i = 0; i < l->groups.data[r.reader].roots.count; i++)
            fuse_visit_reads(l, l->groups.data[r.reader].roots.data[i], note_reader, &r);
    return r;
}

/* ---- labels ---- */

/* Where a tensor of the group's rows has its axes: the query's, that along the row, those of the
 * outer ones before. */
typedef struct Frame {
    int query, key;     /* labels */
    bool head[26];      /* by label */
    const char *labels; /* of the tensor */
} Frame;

static bool find_frame(const Group *group, const Type *type, const Axes *at, const char *labels,
                       Frame *f)
{
    int seen[MAX_RANK] = {0}, keys = 0, key_axis = 0, query_axis = 0;
    *f = (Frame){.labels = labels};
    for (int axis = 0; axis < type->rank; axis++) {
        const int label = labels[axis] - 'a', outer = at->of[axis];
        if (outer == AXIS_ANY) {
            keys++;
            key_axis = axis;
            f->key = label;
        } else if (outer >= 0) {
            seen[outer]++;
            query_axis = outer == group->outer_count - 1 ? axis : query_axis;
            f->head[label] = true;
        }
    }
    for (int k = 0; k < group->outer_count; k++)
        if (seen[k] != 1)
            return false;
    f->query = labels[query_axis] - 'a';
    f->head[f->query] = false;
    return keys == 1 && query_axis < key_axis && !type->dims[key_axis].batch;
}

typedef enum Role { ROLE_NONE, ROLE_HEAD, ROLE_QUERY, ROLE_KEY, ROLE_OTHER } Role;

static Role role_of(const Frame *f, int label)
{
    return f->head[label]      ? ROLE_HEAD
           : label == f->query ? ROLE_QUERY
           : label == f->key   ? ROLE_KEY
                               : ROLE_OTHER;
}

typedef struct Labels { /* of a contract */
    bool in[3][26];
    Dim dims[26];
} Labels;

static Labels labels_of(const Node *n)
{
    Labels x = {.in = {{false}}};
    for (int t = 0; t < 3; t++) {
        const Type *type = t < 2 ? &n->args[t]->type : &n->type;
        for (int axis = 0; n->attr.labels[t][axis]; axis++) {
            const int label = n->attr.labels[t][axis] - 'a';
            x.in[t][label] = true;
            x.dims[label] = type->dims[axis];
        }
    }
    return x;
}

static int64_t bytes_of(const Node *n, Dim rows, Dim columns)
{
    int64_t bytes = dtype_info[n->type.dtype].bytes;
    return checked_mul(bytes, rows.size, &bytes) && checked_mul(bytes, columns.size, &bytes)
               ? bytes
               : INT64_MAX;
}

/* The one label that is of no role in the frame, and lies in just these tensors; -1 if there is not
 * one alone, or a label of a role lies elsewhere than `wanted` says: bits of the tensors, by role;
 * heads may be missing in tensor `other`. */
static int match_labels(const Frame *f, const Labels *x, const int *wanted, int other)
{
    int found = -1;
    for (int label = 0; label < 26; label++) {
        const int in = x->in[0][label] | x->in[1][label] << 1 | x->in[2][label] << 2;
        if (in == 0 || (dim_is_one(x->dims[label]) && role_of(f, label) == ROLE_OTHER))
            continue;
        const Role role = role_of(f, label);
        const bool fits = in == wanted[role] || (role == ROLE_HEAD && (in | 1 << other) == 7);
        if (!fits || (role == ROLE_OTHER && (found >= 0 || x->dims[label].batch)))
            return -1;
        found = role == ROLE_OTHER ? label : found;
    }
    return found;
}

/* Do all heads (samples) have the same columns, as where a weight is multiplied?  That is one large
 * product, which a GPU has better ways to compute. */
static bool is_weighed(const Lowering *l, const Frame *f, const Labels *x, int columns)
{
    bool heads = false, own = false;
    for (int label = 0; label < 26; label++) {
        const bool head = f->head[label] && !dim_is_one(x->dims[label]);
        heads |= head;
        own |= head && x->in[columns][label];
    }
    return l->options->target == TARGET_CUDA && heads && !own;
}

/* May an operand of rows by columns be copied? */
static bool fits_memory(const Lowering *l, const Node *n, Dim rows, Dim columns)
{
    return l->options->target == TARGET_CUDA || bytes_of(n, rows, columns) <= PACKED_LARGEST;
}

/* May a row of it be had at once?  For a GPU that is asked of all rows (fits_block). */
static bool fits_row(const Lowering *l, const Node *n, Dim key)
{
    return l->options->target == TARGET_CUDA || bytes_of(n, dim_fixed(1), key) <= ROW_LARGEST;
}

/* ---- products into rows ---- */

typedef struct Reading { /* where a product is read */
    const Node *product;
    Axes at;
    bool found, fails;
} Reading;

static void note_reading(Lowering *l, const Node *read, const Axes *at, void *context)
{
    Reading *r = context;
    (void)l;
    if (read != r->product)
        return;
    r->fails |= r->found && !axes_equal(&read->type, at, &r->at);
    r->at = *at;
    r->found = true;
}

static bool find_reading(Lowering *l, const Group *group, Reading *r)
{
    for (int i = 0; i < group->roots.count; i++) {
        const Node *n = group->roots.data[i];
        const Axes *site = &l->info[n->id].site;
        if (rows_is_reduction(n))
            fuse_visit_from(l, n->args[0], site, note_reading, r);
        else
            fuse_visit_operands(l, n, site, note_reading, r);
    }
    return r->found && !r->fails;
}

static bool is_plain(const Lowering *l, const Node *n)
{
    const NodeInfo *info = &l->info[n->id];
    return n->op == OP_contract && info->root && !info->write && !info->value &&
           (n->type.dtype == DT_F32 || n->type.dtype == DT_F64);
}

static bool fits_into(Lowering *l, const Group *group, const Node *n, BlockProduct *b)
{
    Reading reading = {.product = n};
    Frame f;
    if (!find_reading(l, group, &reading) ||
        !find_frame(group, &n->type, &reading.at, n->attr.labels[2], &f))
        return false;
    const Labels x = labels_of(n);
    const int columns = x.in[1][f.key];
    if (is_weighed(l, &f, &x, columns))
        return false;
    const int wanted[] = {[ROLE_HEAD] = 7,
                          [ROLE_QUERY] = 4 | 1 << !columns,
                          [ROLE_KEY] = 4 | 1 << columns,
                          [ROLE_OTHER] = 3};
    int sum = match_labels(&f, &x, wanted, 0);
    sum = sum < 0 ? match_labels(&f, &x, wanted, 1) : sum;
    if (sum < 0 || !fits_memory(l, n, x.dims[sum], x.dims[f.key]) || !fits_row(l, n, x.dims[f.key]))
        return false;
    *b = (BlockProduct){n, BLOCK_INTO, columns, f.query, f.key, sum};
    l->info[n->id].site = reading.at;
    return true;
}

/* ---- products of rows ---- */

/* What it reads, but for the member, is there before the group. */
typedef struct Order {
    int group;
    const Node *member;
    bool fails;
} Order;

static void check_order(Lowering *l, const Node *read, bool same, void *context)
{
    Order *o = context;
    const NodeInfo *info = &l->info[read->id];
    (void)same;
    if (info->root && info->group >= 0)
        o->fails |= info->group > o->group || (info->group == o->group && read != o->member);
}

static bool fits_of(Lowering *l, const Group *group, int number, const Node *n, BlockProduct *b)
{
    for (int t = 0; t < 2; t++) {
        const Node *member = n->args[t];
        const NodeInfo *info = &l->info[member->id];
        Order order = {number, member, false};
        Frame f;
        if (!info->root || info->group != number || rows_is_reduction(member))
            continue;
        const Axes at = rows_axes(l, member);
        fuse_visit_reads(l, n, check_order, &order);
        if (order.fails || n->args[0] == n->args[1] ||
            !find_frame(group, &member->type, &at, n->attr.labels[t], &f))
            return false;
        const Labels x = labels_of(n);
        const int other = 1 - t, mine = 1 << t, its = 1 << other;
        const bool summed = !x.in[2][f.query];
        if (is_weighed(l, &f, &x, other))
            return false;
        const int wanted[] = {[ROLE_HEAD] = 7,
                              [ROLE_QUERY] = mine | (summed ? its : 4),
                              [ROLE_KEY] = mine | (summed ? 4 : its),
                              [ROLE_OTHER] = its | 4};
        const int column = match_labels(&f, &x, wanted, other);
        const char *labels = n->attr.labels[2];
        if (column < 0 || labels[n->type.rank - 1] - 'a' != column ||
            !fits_memory(l, n, x.dims[summed ? f.query : f.key], x.dims[column]))
            return false;
        *b = (BlockProduct){n, summed ? BLOCK_SUMMED : BLOCK_OF, other, f.query, f.key, column};
        return true;
    }
    return false;
}

const Node *block_rows(const BlockProduct *b)
{
    return b->kind == BLOCK_INTO ? b->n : b->n->args[1 - b->columns];
}

int block_outer_axis(const Lowering *l, const BlockProduct *b, int label)
{
    const Axes *at = &l->info[block_rows(b)->id].site;
    const char *labels = b->n->attr.labels[b->kind == BLOCK_INTO ? 2 : 1 - b->columns];
    for (int axis = 0; labels[axis]; axis++)
        if (labels[axis] - 'a' == label)
            return at->of[axis];
    return -1;
}

/* ---- groups ---- */

static bool may_have_blocks(const Lowering *l, const Group *group)
{
    const Dim query =
        group->kind == GROUP_ROWS ? group->outer[group->outer_count - 1] : dim_fixed(1);
    if (query.batch || dim_is_one(query))
        return false;
    for (int i = 0; i < group->roots.count; i++)
        if (rows_is_total(l, group->roots.data[i]))
            return false;
    return true;
}

static int64_t key_bytes(const BlockProduct *b)
{
    return bytes_of(b->n, dim_fixed(1), labels_of(b->n).dims[b->key]);
}

/* On a GPU rows are had by blocks of keys; or a row of all that may be kept has to fit at once. */
static bool fits_block(Lowering *l, Group *group, int number, const FlashProducts *x)
{
    int64_t longest = 0;
    if (l->options->target != TARGET_CUDA)
        return true;
    group->by_keys = gpu_flash_fits(l, group, number, x);
    for (int i = 0; i < x->into_count + x->of_count; i++) {
        const int64_t bytes =
            key_bytes(i < x->into_count ? &x->into[i] : &x->of[i - x->into_count]);
        longest = bytes > longest ? bytes : longest;
    }
    return group->by_keys || (longest <= GPU_ROW_LARGEST &&
                              longest * (group->roots.count + x->into_count) <= GPU_SHARED_BYTES);
}

static void take_over(Lowering *l, Group *group, int number, const BlockProduct *b)
{
    NodeInfo *info = &l->info[b->n->id];
    l->groups.data[info->group].roots.count = 0;
    info->group = number;
    vec_push(l->arena, &group->products, *b);
}

static void find_blocks(Lowering *l, int number, const Readers *readers)
{
    Group *group = &l->groups.data[number];
    BlockProduct into[BLOCK_PRODUCTS], of[BLOCK_PRODUCTS];
    int into_count = 0, of_count = 0;
    for (int g = 0; g < l->groups.count; g++) {
        const Group *other = &l->groups.data[g];
        if (other->kind != GROUP_PRODUCT || other->roots.count != 1)
            continue;
        const Node *n = other->roots.data[0];
        if (!is_plain(l, n))
            continue;
        if (g < number && into_count < BLOCK_PRODUCTS && readers->group[n->id] == number)
            into_count += fits_into(l, group, n, &into[into_count]);
        if (g > number && of_count < BLOCK_PRODUCTS)
            of_count += fits_of(l, group, number, n, &of[of_count]);
    }
    const FlashProducts products = {into, of, into_count, of_count};
    if (into_count == 0 || of_count == 0 || !fits_block(l, group, number, &products))
        return;
    for (int i = 0; i < into_count; i++)
        take_over(l, group, number, &into[i]);
    for (int i = 0; i < of_count; i++)
        take_over(l, group, number, &of[i]);
}

void fuse_find_blocks(Lowering *l)
{
    const Readers readers = find_readers(l);
    for (int g = 0; g < l->groups.count; g++)
        if (may_have_blocks(l, &l->groups.data[g]))
            find_blocks(l, g, &readers);
}
