/* places.c -- elements of a tensor at places that an integer tensor says: the checks and the nodes
 * that indexing (index.c) and the functions of builtins_index.c share.
 *
 *     x f32[50, 8], index i64[batch, 3], along axis 0      f32[batch, 3, 8], all rows that it names
 *     x f32[batch, 10], index i64[batch], along axis 1     f32[batch], one of each row
 *
 * What is known when compiling is checked here, an input before training, and what the program
 * computes when it runs. */
#include "frontend/builtins.h"

/* ---- checks ---- */

static bool places_fail(Elab *e, Loc loc, const char *label, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static bool places_fail(Elab *e, Loc loc, const char *label, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(elab_arena(e), format, args);
    va_end(args);
    diag_error(elab_diag(e), loc, label, "%s", message);
    return false;
}

/* The constant that the index is made of, or NULL. */
static const Node *find_constant(const Node *index)
{
    while (index->op == OP_reshape || index->op == OP_expand || index->op == OP_permute ||
           (index->op == OP_cast && dtype_is_int(index->args[0]->type.dtype)))
        index = index->args[0];
    return index->op == OP_const ? index : NULL;
}

static bool constant_fits(Elab *e, const Node *index, const Type *x, int axis, Loc loc)
{
    const int64_t size = x->dims[axis].size;
    const Node *constant = find_constant(index);
    int64_t count;
    if (!constant || !type_count(&constant->type, 1, &count))
        return true;
    if (!constant->attr.elements && count > 1)
        count = 1;
    for (int64_t i = 0; i < count; i++) {
        const Scalar s =
            constant->attr.elements ? constant->attr.elements[i] : constant->attr.value;
        if (s.i < -size || s.i >= size)
            return places_fail(e, loc,
                               arena_printf(elab_arena(e), "%lld to %lld are there",
                                            (long long)-size, (long long)(size - 1)),
                               "index %lld is outside axis %d of %s", (long long)s.i, axis,
                               type_text(elab_arena(e), x));
    }
    return true;
}

bool places_fit(Elab *e, Node *index, const Type *x, int axis, Loc loc)
{
    const char *shown = type_text(elab_arena(e), x);
    const char *index_shown = type_text(elab_arena(e), &index->type);
    if (index->type.dtype == DT_BOOL)
        return places_fail(e, loc, "use where(mask, x, 0), or x * mask",
                           "%s cannot choose elements: how many it would choose is known only when "
                           "the program runs",
                           index_shown);
    if (!dtype_is_int(index->type.dtype))
        return places_fail(e, loc, "convert it: i64(...)", "an index must be of integers, not %s",
                           index_shown);
    if (x->dims[axis].batch)
        return places_fail(e, loc, "':' passes over it",
                           "%s cannot be indexed along the batch dimension", shown);
    if (x->dims[axis].size == 0)
        return places_fail(e, loc, NULL, "axis %d of %s has no elements to choose from", axis,
                           shown);
    if (!constant_fits(e, index, x, axis, loc))
        return false;
    elab_mark_range(e, index, -x->dims[axis].size, x->dims[axis].size - 1);
    return true;
}

/* ---- nodes ---- */

/* "abc": the letters of so many axes, from the given one on. */
static void letters(char *out, char first, int count)
{
    for (int i = 0; i < count; i++)
        out[i] = (char)(first + i);
    out[count] = '\0';
}

/* Out's letters: those of x but for the axis, with the index's before position `at` of them. */
static void splice(char *out, const char *x, int axis, const char *index, int at)
{
    char rest[MAX_RANK + 1];
    int count = 0, length = 0;
    for (int i = 0; x[i]; i++)
        if (i != axis)
            rest[count++] = x[i];
    for (int i = 0; i < at; i++)
        out[length++] = rest[i];
    for (; *index; index++)
        out[length++] = *index;
    for (int i = at; i < count; i++)
        out[length++] = rest[i];
    out[length] = '\0';
}

/* False after reporting, if the result would have too many axes, two batches or too many elements.
 */
static bool result_fits(Elab *e, const Node *x, const Node *index, int axis, Loc loc)
{
    Type all = {.dtype = x->type.dtype}; /* its axes, in any order */
    const char *shown = type_text(elab_arena(e), &x->type);
    const char *index_shown = type_text(elab_arena(e), &index->type);
    if (x->type.rank - 1 + index->type.rank > MAX_RANK)
        return places_fail(e, loc, NULL, "%s indexed by %s has more than %d dimensions", shown,
                           index_shown, MAX_RANK);
    if (type_batch_axis(&x->type) >= 0 && type_batch_axis(&index->type) >= 0)
        return places_fail(e, loc, "pick(x, index) and take_along_axis(x, index) take one for each",
                           "%s indexed by %s would have two batch dimensions", shown, index_shown);
    for (int k = 0; k < x->type.rank; k++)
        if (k != axis)
            all.dims[all.rank++] = x->type.dims[k];
    for (int k = 0; k < index->type.rank; k++)
        all.dims[all.rank++] = index->type.dims[k];
    return type_within_limits(e, &all, loc);
}

Node *places_gather(Elab *e, Node *x, Node *index, int axis, const char *table, const char *places,
                    const char *out)
{
    Graph *g = elab_graph(e);
    const Loc loc = g->loc;
    g->loc = elab_user_loc(e, loc); /* an index out of range is told by its line */
    Node *y = graph_gather(g, x, index, axis, table, places, out);
    g->loc = loc;
    return y;
}

Node *places_scatter(Elab *e, Node *source, Node *index, int axis, const char *table,
                     const char *places, const char *elements, const Type *shape)
{
    Graph *g = elab_graph(e);
    const Attr attr = {.axes = {axis},
                       .axis_count = 1,
                       .labels = {arena_strdup(elab_arena(e), table),
                                  arena_strdup(elab_arena(e), places),
                                  arena_strdup(elab_arena(e), elements)}};
    const Loc loc = g->loc;
    g->loc = elab_user_loc(e, loc);
    Node *y = graph_scatter(g, source, index, &attr, shape);
    g->loc = loc;
    return y;
}

Node *places_take(Elab *e, Node *x, Node *index, int axis, int at, Loc loc)
{
    char table[MAX_RANK + 1], places[MAX_RANK + 1], out[2 * MAX_RANK + 1];
    if (!result_fits(e, x, index, axis, loc))
        return NULL;
    letters(table, 'a', x->type.rank);
    letters(places, (char)('a' + x->type.rank), index->type.rank);
    splice(out, table, axis, places, at);
    return places_gather(e, x, index, axis, table, places, out);
}

Node *places_pick(Elab *e, Node *x, Node *index, int axis, int first)
{
    char table[MAX_RANK + 1], places[MAX_RANK + 1], out[MAX_RANK + 1];
    letters(table, 'a', x->type.rank);
    splice(out, table, axis, "", 0);
    letters(places, 'a', 0);
    for (int i = 0; i < index->type.rank; i++)
        places[i] = out[first + i];
    places[index->type.rank] = '\0';
    return places_gather(e, x, index, axis, table, places, out);
}

void places_along(const Type *x, int axis, char *table, char *places)
{
    letters(table, 'a', x->rank);
    letters(places, 'a', x->rank);
    places[axis] = (char)('a' + x->rank);
}
