/* builtins_diagonal.c -- diagonals: views of every (n + 1)-th element.
 *
 *     diagonal(m)            f32[3] from f32[3, 4]
 *     diagonal(m, offset = 1)    one further to the right
 *     diag(v)                f32[3, 3] from f32[3], zeros beside it; of a matrix, diagonal(m)
 *
 * Nothing is compared or copied: a matrix flattened has its diagonal at equal steps. */
#include "frontend/builtins.h"

#include "support/checked.h"

/* Elements on the diagonal `offset` places right of the main one. */
static int64_t diagonal_count(int64_t rows, int64_t columns, int64_t offset)
{
    const int64_t down = offset >= 0 ? rows : offset > -rows ? rows + offset : 0;
    const int64_t right = offset <= 0 ? columns : offset < columns ? columns - offset : 0;
    return down < right ? down : right;
}

Node *tensor_diagonal(Graph *g, Node *x, int first, int second, int64_t offset)
{
    const int rank = x->type.rank;
    const int64_t rows = x->type.dims[first].size, columns = x->type.dims[second].size;
    int axes[MAX_RANK], kept = 0;
    int64_t start[MAX_RANK] = {0}, step[MAX_RANK];
    for (int axis = 0; axis < rank; axis++)
        if (axis != first && axis != second)
            axes[kept++] = axis;
    axes[kept] = first;
    axes[kept + 1] = second;
    x = graph_permute(g, x, axes);
    Type flat = x->type;
    flat.rank = kept + 1;
    flat.dims[kept] = dim_fixed(rows * columns);
    Type line = flat;
    line.dims[kept] = dim_fixed(diagonal_count(rows, columns, offset));
    for (int axis = 0; axis < flat.rank; axis++)
        step[axis] = 1;
    if (line.dims[kept].size > 0)
        start[kept] = offset >= 0 ? offset : -offset * columns;
    if (line.dims[kept].size > 1)
        step[kept] = columns + 1;
    return graph_slice(g, graph_reshape(g, x, &flat), start, step, &line);
}

/* Its own axes, or the given ones, different and not the batch. */
static bool diagonal_axes(Call *call, const Node *x, int *first, int *second)
{
    if (x->type.rank < 2) {
        call_fail(call, 0, NULL, "%s needs a matrix, not %s", call->builtin->name,
                  call_type_text(call, x));
        return false;
    }
    if ((call_has(call, 2) &&
         !value_want_axis(call->e, &call->args[2], call->locs[2], &x->type, first)) ||
        (call_has(call, 3) &&
         !value_want_axis(call->e, &call->args[3], call->locs[3], &x->type, second)))
        return false;
    if (*first == *second) {
        call_fail(call, 3, NULL, "a diagonal needs two different axes");
        return false;
    }
    if (!x->type.dims[*first].batch && !x->type.dims[*second].batch)
        return true;
    call_fail(call, 0, "give the other axes",
              "cannot take a diagonal of %s along the batch dimension", call_type_text(call, x));
    return false;
}

static bool diagonal_offset(Call *call, int64_t *offset)
{
    *offset = 0;
    return !call_has(call, 1) ||
           value_want_int(call->e, &call->args[1], call->locs[1], "a diagonal's offset", offset);
}

Value call_diagonal(Call *call)
{
    Node *x = call_tensor(call, 0);
    int first = 0, second = 1;
    int64_t offset;
    if (!x || !diagonal_offset(call, &offset) || !diagonal_axes(call, x, &first, &second))
        return value_error();
    return value_tensor(tensor_diagonal(elab_graph(call->e), x, first, second, offset));
}

/* A matrix with the vector on a diagonal: its elements at steps of n + 1, flattened. */
static Value diagonal_matrix(Call *call, Node *x, int64_t offset)
{
    Graph *g = elab_graph(call->e);
    const int64_t count = x->type.dims[0].size;
    const int64_t shift = offset == INT64_MIN ? INT64_MAX : offset < 0 ? -offset : offset;
    int64_t side, elements;
    if (x->type.dims[0].batch)
        return call_fail(call, 0, NULL, "diag of %s would be batch x batch",
                         call_type_text(call, x));
    if (!checked_add(count, shift, &side) || !checked_mul(side, side, &elements))
        return call_fail(call, -1, NULL, "diag: the matrix is too large");
    const Type flat = {.dtype = x->type.dtype, .rank = 1, .dims = {dim_fixed(elements)}};
    const Type matrix = {
        .dtype = x->type.dtype, .rank = 2, .dims = {dim_fixed(side), dim_fixed(side)}};
    if (!type_within_limits(call->e, &matrix, call->loc))
        return value_error();
    const int64_t start = count == 0 ? 0 : offset >= 0 ? offset : shift * side;
    const int64_t step = count > 1 ? side + 1 : 1;
    Node *spread = graph_pad(g, x, &start, &step, scalar_int(x->type.dtype, 0), &flat);
    return value_tensor(graph_reshape(g, spread, &matrix));
}

Value call_diag(Call *call)
{
    Node *x = call_tensor(call, 0);
    int64_t offset;
    int first = 0, second = 1;
    if (!x || !diagonal_offset(call, &offset))
        return value_error();
    if (x->type.rank == 1)
        return diagonal_matrix(call, x, offset);
    if (x->type.rank != 2)
        return call_fail(call, 0, "diagonal(x) takes any number of axes",
                         "diag needs a vector or a matrix, not %s", call_type_text(call, x));
    if (!diagonal_axes(call, x, &first, &second))
        return value_error();
    return value_tensor(tensor_diagonal(elab_graph(call->e), x, first, second, offset));
}
