/* matmul.c -- the product `@`, as torch.matmul: a contraction with a label for each axis.
 *
 *     f32[batch, 64] @ f32[64, 10]          f32[batch, 10]        ij,jk->ik
 *     f32[3] @ f32[3]                       f32                   j,j->
 *     f32[8, 1, 2, 3] @ f32[5, 3, 4]        f32[8, 5, 2, 4]       aij,bjk->abik
 *
 * Leading axes broadcast.  One of size 1 against a larger one is dropped from its operand first, so
 * that nothing is copied. */
#include "frontend/builtins.h"

#include <string.h>

typedef struct Side { /* one operand, on its way */
    Node *node;
    int lead;           /* leading (broadcast) axes */
    Dim left[MAX_RANK]; /* their sizes */
    char labels[MAX_RANK + 1];
} Side;

/* Letters: leading axes from the end a, b, c ...; then i (rows), j (summed), k (columns). */
static char lead_label(int back)
{
    return (char)('a' + back);
}

static Value matmul_fail(Elab *e, const Node *a, const Node *b, Loc loc, const char *label)
{
    diag_error(elab_diag(e), loc, label, "cannot multiply %s by %s",
               type_text(elab_arena(e), &a->type), type_text(elab_arena(e), &b->type));
    note_origin(e, a, loc);
    if (b != a)
        note_origin(e, b, loc);
    return value_error();
}

static const char *size_text(Elab *e, Dim d)
{
    const Type type = {.rank = 1, .dims = {d}};
    if (!d.batch)
        return arena_printf(elab_arena(e), "%lld", (long long)d.size);
    const char *shown = type_text(elab_arena(e), &type); /* bool[2*batch] */
    return arena_strndup(elab_arena(e), shown + 5, strlen(shown) - 6);
}

static void side_split(Side *side, Node *node, int matrix_axes)
{
    side->node = node;
    side->lead = node->type.rank - matrix_axes;
    for (int i = 0; i < side->lead; i++)
        side->left[i] = node->type.dims[i];
}

/* The size of the leading axis `back` places before the matrix, 1 where there is none. */
static Dim side_lead(const Side *side, int back)
{
    return back < side->lead ? side->left[side->lead - 1 - back] : dim_fixed(1);
}

/* Drops the leading axes of size 1, labels the others and appends the matrix's labels. */
static void side_finish(Elab *e, Side *side, const Side *other, const char *matrix)
{
    Type kept = {.dtype = side->node->type.dtype};
    int count = 0;
    for (int i = 0; i < side->lead; i++) {
        const int back = side->lead - 1 - i;
        if (dim_is_one(side->left[i]) && !dim_is_one(side_lead(other, back)))
            continue;
        kept.dims[kept.rank++] = side->left[i];
        side->labels[count++] = lead_label(back);
    }
    for (int i = 0; matrix[i]; i++) {
        kept.dims[kept.rank++] = side->node->type.dims[side->lead + i];
        side->labels[count++] = matrix[i];
    }
    side->labels[count] = '\0';
    if (!type_same_shape(&kept, &side->node->type))
        side->node = graph_reshape(elab_graph(e), side->node, &kept);
}

/* The labels that both sides have leading, and the result's dimensions; NULL if they fit, else
 * what is wrong. */
static const char *leads_join(Elab *e, const Side *a, const Side *b, char *labels, Type *out)
{
    const int lead = a->lead > b->lead ? a->lead : b->lead;
    for (int i = 0; i < lead; i++) {
        const int back = lead - 1 - i;
        const Dim x = side_lead(a, back), y = side_lead(b, back);
        if (!dim_is_one(x) && !dim_is_one(y) && !dim_equal(x, y))
            return arena_printf(elab_arena(e), "leading dimensions differ: %s and %s",
                                size_text(e, x), size_text(e, y));
        labels[i] = lead_label(back);
        out->dims[out->rank++] = dim_is_one(x) ? y : x;
    }
    labels[lead] = '\0';
    return NULL;
}

/* An axis that both operands lead with and that is 1 in both stays in both: the labels agree.  One
 * that only the longer has stays there. */
static Value matmul_build(Elab *e, Side *a, Side *b, bool vector_a, bool vector_b, Loc loc)
{
    char labels[MAX_RANK + 1];
    Type type = {.dtype = a->node->type.dtype};
    Node *x = a->node, *y = b->node;
    const char *problem = leads_join(e, a, b, labels, &type);
    if (problem)
        return matmul_fail(e, x, y, loc, problem);
    if (!vector_a)
        type.dims[type.rank++] = x->type.dims[a->lead];
    if (!vector_b)
        type.dims[type.rank++] = y->type.dims[b->lead + 1];
    int batches = 0;
    for (int i = 0; i < type.rank; i++)
        batches += type.dims[i].batch;
    if (batches > 1)
        return matmul_fail(e, x, y, loc, "the result would be batch x batch");
    if (!type_within_limits(e, &type, loc))
        return value_error();
    side_finish(e, a, b, vector_a ? "j" : "ij");
    side_finish(e, b, a, vector_b ? "j" : "jk");
    const char *out =
        arena_printf(elab_arena(e), "%s%s%s", labels, vector_a ? "" : "i", vector_b ? "" : "k");
    return value_tensor(graph_contract(elab_graph(e), a->node, b->node, a->labels, b->labels, out));
}

/* Both as tensors of one dtype. */
static bool matmul_operands(Elab *e, const Value *a, const Value *b, Loc loc, Loc a_loc, Loc b_loc,
                            Node **x, Node **y)
{
    *x = value_to_tensor(e, a, a_loc);
    *y = value_to_tensor(e, b, b_loc);
    if (!*x || !*y)
        return false;
    const DType dtype = dtype_promote((*x)->type.dtype, (*y)->type.dtype);
    if (dtype == DT_BOOL) {
        matmul_fail(e, *x, *y, loc, "convert them: f32(...)");
        return false;
    }
    *x = graph_cast(elab_graph(e), *x, dtype);
    *y = graph_cast(elab_graph(e), *y, dtype);
    return true;
}

/* Is the right side stored the other way round, as linear's weight is? */
static bool transposed_fits(const Node *right, Dim inner)
{
    return right->type.rank == 2 && dim_equal(right->type.dims[1], inner);
}

Value matmul_apply(Elab *e, const Value *a, const Value *b, Loc loc, Loc a_loc, Loc b_loc)
{
    Node *x, *y;
    if (!matmul_operands(e, a, b, loc, a_loc, b_loc, &x, &y))
        return value_error();
    if (x->type.rank == 0 || y->type.rank == 0)
        return matmul_fail(e, x, y, loc, "one is a scalar: use *");
    const bool vector_a = x->type.rank == 1, vector_b = y->type.rank == 1;
    Side left = {0}, right = {0};
    side_split(&left, x, vector_a ? 1 : 2);
    side_split(&right, y, vector_b ? 1 : 2);
    const Dim inner_a = x->type.dims[x->type.rank - 1], inner_b = y->type.dims[right.lead];
    if (!dim_equal(inner_a, inner_b))
        return matmul_fail(e, x, y, loc,
                           arena_printf(elab_arena(e), "inner dimensions differ: %s and %s%s",
                                        size_text(e, inner_a), size_text(e, inner_b),
                                        transposed_fits(y, inner_a)
                                            ? "; to multiply by its rows, transpose it"
                                            : ""));
    return matmul_build(e, &left, &right, vector_a, vector_b, loc);
}
