/* index.c -- x[subscripts].
 *
 *     a[1, ..]        an integer drops its axis
 *     a[:, ::2]       a slice keeps it; Python's rules, negative steps included
 *     a[none]         a new axis of size 1
 *     names[0]        lists and text, too
 *     a[rows], a[:, cols], a[rows, cols]     integer tensors: see index_places
 *
 * The batch dimension can only be passed over. */
#include "frontend/builtins.h"

/* The positions of a slice over `size` elements: start, start + step ... */
typedef struct Span {
    int64_t start, step, count;
} Span;

static int64_t clip(int64_t place, int64_t size, int64_t low, int64_t high)
{
    if (place < 0)
        place = place < -size ? low : place + size;
    return place < low ? low : place > high ? high : place;
}

static Span span_of_slice(const SliceValue *s, int64_t size)
{
    Span span = {.step = s->has_step ? s->step : 1};
    const bool forward = span.step > 0;
    const int64_t low = forward ? 0 : -1, high = forward ? size : size - 1;
    int64_t stop = forward ? size : -1;
    span.start = forward ? 0 : size - 1;
    if (s->has_start)
        span.start = clip(s->start, size, low, high);
    if (s->has_stop)
        stop = clip(s->stop, size, low, high);
    const int64_t distance = forward ? stop - span.start : span.start - stop;
    const uint64_t stride = forward ? (uint64_t)span.step : -(uint64_t)span.step;
    if (distance > 0)
        span.count = (int64_t)(((uint64_t)distance - 1) / stride) + 1;
    if (span.count <= 1) /* the step says nothing then, and may be beyond bounds */
        span.step = 1;
    if (span.count == 0)
        span.start = 0;
    return span;
}

static Value index_fail(Elab *e, Loc loc, const char *label, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static Value index_fail(Elab *e, Loc loc, const char *label, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(elab_arena(e), format, args);
    va_end(args);
    diag_error(elab_diag(e), loc, label, "%s", message);
    return value_error();
}

/* A place counted from the start; false after reporting one that is outside. */
static bool place_within(Elab *e, int64_t *place, int64_t size, const char *what, Loc loc)
{
    if (*place >= -size && *place < size) {
        *place += *place < 0 ? size : 0;
        return true;
    }
    const char *range = size == 0 ? "there are no elements"
                                  : arena_printf(elab_arena(e), "%lld to %lld are there",
                                                 (long long)-size, (long long)(size - 1));
    diag_error(elab_diag(e), loc, range, "index %lld is outside %s", (long long)*place, what);
    return false;
}

/* ---- lists and text ---- */

static Value element_of(Elab *e, const Value *x, int64_t i)
{
    return x->kind == VALUE_LIST ? x->items->data[i]
                                 : value_string(arena_strndup(elab_arena(e), x->text + i, 1), 1);
}

static Value part_of(Elab *e, const Value *x, const Span *span)
{
    if (x->kind == VALUE_LIST) {
        Value *items = arena_array(elab_arena(e), Value, span->count + 1);
        for (int64_t i = 0; i < span->count; i++)
            items[i] = x->items->data[span->start + i * span->step];
        return value_list(e, items, (int)span->count);
    }
    char *text = arena_alloc(elab_arena(e), (size_t)span->count + 1);
    for (int64_t i = 0; i < span->count; i++)
        text[i] = x->text[span->start + i * span->step];
    return value_string(text, span->count);
}

static Value index_sequence(Elab *e, const Value *x, const Subscript *sub)
{
    const int64_t size = x->kind == VALUE_LIST ? x->items->count : x->integer;
    if (sub->value.kind == VALUE_SLICE) {
        if (sub->value.slice.has_step && sub->value.slice.step == 0)
            return index_fail(e, sub->loc, NULL, "a slice's step cannot be 0");
        const Span span = span_of_slice(&sub->value.slice, size);
        return part_of(e, x, &span);
    }
    int64_t place;
    if (!value_want_int(e, &sub->value, sub->loc, "an index", &place) ||
        !place_within(e, &place, size, x->kind == VALUE_LIST ? "the list" : "the text", sub->loc))
        return value_error();
    return element_of(e, x, place);
}

/* ---- tensors ---- */

typedef struct Indexing {
    Elab *e;
    const Type *from;
    int axis;                                /* the next of x */
    int64_t start[MAX_RANK], step[MAX_RANK]; /* of x's axes */
    Type sliced;                             /* x's rank */
    Type result;
    int place_count; /* integer tensors among the subscripts: */
    Node *places[MAX_RANK];
    int place_axis[MAX_RANK]; /* the axis of the result so far that each indexes */
    Loc place_loc[MAX_RANK];
} Indexing;

static bool result_add(Indexing *ix, Dim d, Loc loc)
{
    if (ix->result.rank < MAX_RANK) {
        ix->result.dims[ix->result.rank++] = d;
        return true;
    }
    index_fail(ix->e, loc, NULL, "the result has too many dimensions");
    return false;
}

static bool pass_axis(Indexing *ix, Loc loc)
{
    const Dim d = ix->from->dims[ix->axis];
    ix->start[ix->axis] = 0;
    ix->step[ix->axis] = 1;
    ix->sliced.dims[ix->axis++] = d;
    return result_add(ix, d, loc);
}

static bool slice_is_whole(const SliceValue *s)
{
    return !s->has_start && !s->has_stop && (!s->has_step || s->step == 1);
}

static bool slice_axis(Indexing *ix, const SliceValue *s, Loc loc)
{
    const Dim d = ix->from->dims[ix->axis];
    if (slice_is_whole(s))
        return pass_axis(ix, loc);
    if (s->has_step && s->step == 0) {
        index_fail(ix->e, loc, NULL, "a slice's step cannot be 0");
        return false;
    }
    if (d.batch) {
        index_fail(ix->e, loc, "':' passes over it", "cannot slice %s along the batch dimension",
                   type_text(elab_arena(ix->e), ix->from));
        return false;
    }
    const Span span = span_of_slice(s, d.size);
    ix->start[ix->axis] = span.start;
    ix->step[ix->axis] = span.step;
    ix->sliced.dims[ix->axis++] = dim_fixed(span.count);
    return result_add(ix, dim_fixed(span.count), loc);
}

static bool drop_axis(Indexing *ix, int64_t place, Loc loc)
{
    const Dim d = ix->from->dims[ix->axis];
    const char *shown = type_text(elab_arena(ix->e), ix->from);
    if (d.batch) {
        index_fail(ix->e, loc, "':' passes over it",
                   "cannot take one sample out of %s: the batch dimension cannot be indexed",
                   shown);
        return false;
    }
    const char *what = arena_printf(elab_arena(ix->e), "axis %d of %s", ix->axis, shown);
    if (!place_within(ix->e, &place, d.size, what, loc))
        return false;
    ix->start[ix->axis] = place;
    ix->step[ix->axis] = 1;
    ix->sliced.dims[ix->axis++] = dim_fixed(1);
    return true;
}

/* A tensor passes over its axis, to index what has been sliced by then. */
static bool place_axis(Indexing *ix, const Subscript *sub)
{
    Node *index = value_to_tensor(ix->e, &sub->value, sub->loc);
    if (!index || !places_fit(ix->e, index, ix->from, ix->axis, sub->loc))
        return false;
    ix->places[ix->place_count] = index;
    ix->place_axis[ix->place_count] = ix->result.rank;
    ix->place_loc[ix->place_count++] = sub->loc;
    return pass_axis(ix, sub->loc);
}

static bool subscript_apply(Indexing *ix, const Subscript *sub, int hidden)
{
    if (sub->ellipsis) {
        while (hidden-- > 0)
            if (!pass_axis(ix, sub->loc))
                return false;
        return true;
    }
    switch (sub->value.kind) {
    case VALUE_ERROR:
        return false;
    case VALUE_NONE:
        return result_add(ix, dim_fixed(1), sub->loc);
    case VALUE_SLICE:
        return slice_axis(ix, &sub->value.slice, sub->loc);
    case VALUE_INT:
        return drop_axis(ix, sub->value.integer, sub->loc);
    case VALUE_TENSOR:
    case VALUE_LIST:
        if (!value_is_host(&sub->value))
            return place_axis(ix, sub);
        index_fail(ix->e, sub->loc, "make it a tensor of integers: i64(...)",
                   "a value of options or counters cannot be an index");
        return false;
    default:
        index_fail(ix->e, sub->loc, NULL,
                   "an index is an integer, a tensor of integers, a slice, '..' or none, not %s",
                   value_describe(ix->e, &sub->value));
        return false;
    }
}

/* How many axes no subscript names: the ellipsis stands for them, or they follow.  -1: too many
 * subscripts, or two ellipses. */
static int count_hidden(const Type *type, const Subscript *subs, int count)
{
    int named = 0, ellipses = 0;
    for (int i = 0; i < count; i++) {
        ellipses += subs[i].ellipsis;
        named += !subs[i].ellipsis && subs[i].value.kind != VALUE_NONE;
    }
    return ellipses > 1 ? -1 : type->rank - named;
}

/* ---- tensors as subscripts ---- */

/* The axis of place k is gone. */
static void forget_place(Indexing *ix, int k)
{
    const int axis = ix->place_axis[k];
    ix->place_count--;
    for (int i = k; i < ix->place_count; i++) {
        ix->places[i] = ix->places[i + 1];
        ix->place_axis[i] = ix->place_axis[i + 1];
        ix->place_loc[i] = ix->place_loc[i + 1];
    }
    for (int i = 0; i < ix->place_count; i++)
        ix->place_axis[i] -= ix->place_axis[i] > axis;
}

/* All indices in one shape; false after reporting. */
static bool broadcast_places(Indexing *ix)
{
    Type shape = ix->places[0]->type;
    for (int k = 1; k < ix->place_count; k++)
        if (!broadcast_shapes(ix->e, &shape, &ix->places[k]->type, "index together",
                              ix->place_loc[k], &shape))
            return false;
    for (int k = 0; k < ix->place_count; k++)
        ix->places[k] = graph_broadcast(elab_graph(ix->e), ix->places[k], &shape);
    return true;
}

/* Their axes stand where those are that they index, or first, if those are not side by side. */
static int places_position(const Indexing *ix)
{
    for (int k = 1; k < ix->place_count; k++)
        if (ix->place_axis[k] != ix->place_axis[k - 1] + 1)
            return 0;
    return ix->place_axis[0];
}

/* y, of ix->result's shape, at the subscripts that are tensors.  An integer drops its axis; of the
 * others, together, the first takes whole slices, and the next choose among them:
 *
 *     a[i, :, j]    f32[5, 6, 7]   i, j i64[3]    f32[3, 6, 7] by i, then f32[3, 6] by j for each
 */
static Node *index_places(Indexing *ix, Node *y, Loc loc)
{
    for (int k = ix->place_count - 1; k >= 0 && y; k--) {
        if (ix->places[k]->type.rank > 0)
            continue;
        y = places_take(ix->e, y, ix->places[k], ix->place_axis[k], ix->place_axis[k], loc);
        forget_place(ix, k);
    }
    if (!y || ix->place_count == 0)
        return y;
    if (!broadcast_places(ix))
        return NULL;
    const int at = places_position(ix), rank = ix->places[0]->type.rank;
    y = places_take(ix->e, y, ix->places[0], ix->place_axis[0], at, loc);
    for (forget_place(ix, 0); y && ix->place_count > 0; forget_place(ix, 0))
        y = places_pick(ix->e, y, ix->places[0], ix->place_axis[0] + rank, at);
    return y;
}

/* The index of a scan, or what is linear in it. */
static bool is_turn(const Subscript *sub, const Node *x)
{
    return !sub->ellipsis && sub->value.kind == VALUE_TENSOR && sub->value.node->type.rank == 0 &&
           index_is_turn(sub->value.node, x);
}

/* The axis of x that subscript i is for. */
static int axis_of(const Subscript *subs, int i, int hidden)
{
    int axis = 0;
    for (int k = 0; k < i; k++)
        axis += subs[k].ellipsis ? hidden : subs[k].value.kind != VALUE_NONE;
    return axis;
}

static Value index_tensor(Elab *e, Node *x, const Subscript *subs, int count, Loc loc);

/* x without the axis that subscript i picks from, then the others. */
static Value index_turn(Elab *e, Node *x, const Subscript *subs, int count, int i, int hidden,
                        Loc loc)
{
    const int axis = axis_of(subs, i, hidden);
    if (x->type.dims[axis].batch)
        return index_fail(e, subs[i].loc, "':' passes over it",
                          "cannot take one sample out of %s: the batch dimension cannot be indexed",
                          type_text(elab_arena(e), &x->type));
    Node *picked = index_by_turn(e, x, axis, subs[i].value.node, subs[i].loc);
    if (!picked)
        return value_error();
    Subscript *others = arena_array(elab_arena(e), Subscript, count);
    for (int k = 0, n = 0; k < count; k++)
        if (k != i)
            others[n++] = subs[k];
    return count == 1 ? value_tensor(picked) : index_tensor(e, picked, others, count - 1, loc);
}

static Value index_tensor(Elab *e, Node *x, const Subscript *subs, int count, Loc loc)
{
    Indexing ix = {.e = e, .from = &x->type, .sliced = x->type};
    const int hidden = count_hidden(&x->type, subs, count);
    if (hidden < 0)
        return index_fail(e, loc, NULL, "too many subscripts for %s",
                          type_text(elab_arena(e), &x->type));
    for (int i = 0; i < count; i++)
        if (is_turn(&subs[i], x))
            return index_turn(e, x, subs, count, i, hidden, loc);
    for (int i = 0; i < count; i++)
        if (!subscript_apply(&ix, &subs[i], hidden))
            return value_error();
    while (ix.axis < x->type.rank)
        if (!pass_axis(&ix, loc))
            return value_error();
    Graph *g = elab_graph(e);
    bool cuts = false;
    for (int i = 0; i < x->type.rank; i++)
        cuts |= !dim_equal(ix.sliced.dims[i], x->type.dims[i]) || ix.step[i] != 1;
    if (cuts)
        x = graph_slice(g, x, ix.start, ix.step, &ix.sliced);
    if (!type_same_shape(&x->type, &ix.result))
        x = graph_reshape(g, x, &ix.result);
    Node *y = index_places(&ix, x, loc);
    return y ? value_tensor(y) : value_error();
}

Value index_apply(Elab *e, Value x, const Subscript *subs, int count, Loc loc)
{
    if (x.kind == VALUE_ERROR)
        return x;
    elab_graph(e)->loc = loc;
    const bool places = count > 0 && !subs[0].ellipsis &&
                        (subs[0].value.kind == VALUE_TENSOR || subs[0].value.kind == VALUE_LIST);
    const bool sequence = x.kind == VALUE_STRING || (x.kind == VALUE_LIST && !places);
    if (sequence && count == 1 && !subs[0].ellipsis && subs[0].value.kind != VALUE_NONE)
        return subs[0].value.kind == VALUE_ERROR ? value_error() : index_sequence(e, &x, &subs[0]);
    if (x.kind != VALUE_TENSOR && x.kind != VALUE_LIST)
        return index_fail(e, loc, NULL, "%s cannot be indexed", value_describe(e, &x));
    Node *node = value_to_tensor(e, &x, loc);
    return node ? index_tensor(e, node, subs, count, loc) : value_error();
}
