/* gpu_conv.c -- which products over windows are convolutions of cuDNN, and their calls.
 *
 *     x: pad[n, 34, 34, c] in windows, labels n o k p l c     (o, p: places; k, l: taps)
 *
 *     x, klcm -> nopm     a convolution: filters m k l c, result n o p m
 *     x, nopm -> klcm     the gradient by its filters
 *
 * The gradient by the images is a convolution too (passes/fold_windows.c).  Borders are in memory
 * already, and channels lie last (passes/channels_last.c).  Filters lie otherwise than cuDNN wants
 * them, and are copied.  Groups, and windows along one axis or three, are for the tiles. */
#include "codegen/gpu_conv.h"

#include <string.h>

#include "codegen/fuse.h"
#include "codegen/kexpr.h"

enum { IMAGE, ROW, ROW_TAP, COLUMN, COLUMN_TAP, CHANNEL, WINDOW_LABELS };

typedef struct ConvWindows {
    const Node *x; /* what lies in memory: image, row, column, channel */
    int operand;
    char labels[WINDOW_LABELS + 1];
    char filter; /* the label of the other operand and the result */
    bool gradient;
    int64_t step[2], dilation[2];
} ConvWindows;

/* ---- recognising ---- */

static bool is_view_of_windows(const Lowering *l, const Node *n)
{
    return n->op == OP_window && !l->info[n->id].root;
}

/* Windows down and across, made in either order, of images that lie in memory. */
static bool find_windows(const Lowering *l, const Node *contract, int operand, ConvWindows *w)
{
    const Node *outer = contract->args[operand];
    if (!is_view_of_windows(l, outer) || !is_view_of_windows(l, outer->args[0]))
        return false;
    const Node *inner = outer->args[0], *x = inner->args[0];
    const int first = inner->attr.axes[0], second = outer->attr.axes[0];
    const bool across_first = first == 2 && second == 1;
    if ((!across_first && (first != 1 || second != 3)) || x->type.rank != 4 ||
        !(fuse_is_variable(x) || l->info[x->id].root))
        return false;
    for (int axis = 1; axis < 4; axis++)
        if (x->type.dims[axis].batch)
            return false;
    const Node *const by_axis[] = {across_first ? outer : inner, across_first ? inner : outer};
    for (int i = 0; i < 2; i++) {
        w->step[i] = by_axis[i]->attr.step[0];
        w->dilation[i] = by_axis[i]->attr.step[1];
    }
    w->x = x;
    w->operand = operand;
    memcpy(w->labels, contract->attr.labels[operand], sizeof w->labels);
    return true;
}

static bool all_in(const bool *in, const char *labels)
{
    for (; *labels; labels++)
        if (!in[*labels - 'a'])
            return false;
    return true;
}

static bool none_in(const bool *in, const char *labels)
{
    for (; *labels; labels++)
        if (in[*labels - 'a'])
            return false;
    return true;
}

/* The labels of the places or of the taps: "nop" or "klc". */
static void places_of(const ConvWindows *w, char labels[4])
{
    const char all[] = {w->labels[IMAGE], w->labels[ROW], w->labels[COLUMN], '\0'};
    memcpy(labels, all, sizeof all);
}

static void taps_of(const ConvWindows *w, char labels[4])
{
    const char all[] = {w->labels[ROW_TAP], w->labels[COLUMN_TAP], w->labels[CHANNEL], '\0'};
    memcpy(labels, all, sizeof all);
}

/* The one label of the other operand that the windows lack; false where it is not one. */
static bool find_filter(const Product *p, ConvWindows *w)
{
    int count = 0;
    for (const char *c = p->n->attr.labels[1 - w->operand]; *c; c++)
        if (!p->in[w->operand][*c - 'a']) {
            w->filter = *c;
            count++;
        }
    return count == 1 && p->in[2][w->filter - 'a'] && !p->dims[w->filter - 'a'].batch;
}

/* What is summed, and what is not, says which of the two it is. */
static bool find_kind(const Product *p, ConvWindows *w)
{
    const bool *other = p->in[1 - w->operand], *result = p->in[2];
    char places[4], taps[4];
    places_of(w, places);
    taps_of(w, taps);
    w->gradient = all_in(result, taps);
    return w->gradient ? all_in(other, places) && none_in(other, taps) && none_in(result, places)
                       : all_in(other, taps) && none_in(other, places) && all_in(result, places) &&
                             none_in(result, taps);
}

static bool are_distinct(const char *labels)
{
    for (; *labels; labels++)
        if (strchr(labels + 1, *labels))
            return false;
    return true;
}

static Conv *describe(const Product *p, const ConvWindows *w)
{
    static const int places[] = {ROW, COLUMN}, taps[] = {ROW_TAP, COLUMN_TAP};
    Conv *c = arena_new_of(p->l->arena, Conv);
    const Dim *dims = w->x->type.dims;
    *c = (Conv){.gradient = w->gradient,
                .images = lower_extent(p->l, dims[0]),
                .height = dims[1].size,
                .width = dims[2].size,
                .channels = dims[3].size,
                .filters = product_bound(p, w->filter - 'a')};
    for (int i = 0; i < 2; i++) {
        c->taps[i] = product_bound(p, w->labels[taps[i]] - 'a');
        c->step[i] = w->step[i];
        c->dilation[i] = w->dilation[i];
    }
    for (int i = 0; i < 2; i++)
        if (conv_places(c, i) != product_bound(p, w->labels[places[i]] - 'a'))
            return NULL;
    return c;
}

static bool fits(const GpuProduct *g, ConvWindows *w)
{
    const Product *p = &g->p;
    const Lowering *l = p->l;
    if (l->scan || l->graph->widened || p->n->type.dtype != DT_F32 || g->dtype != DT_F32 ||
        (p->out && p->out->place != PLACE_WORK))
        return false;
    const bool found = find_windows(l, p->n, 0, w) || find_windows(l, p->n, 1, w);
    return found && are_distinct(p->n->attr.labels[0]) && are_distinct(p->n->attr.labels[1]) &&
           find_filter(p, w) && find_kind(p, w);
}

/* ---- the call ---- */

static void join_labels(char *to, const char *a, const char *b)
{
    for (; *a; a++)
        *to++ = *a;
    for (; *b; b++)
        *to++ = *b;
    *to = '\0';
}

static Buffer *new_array(const Product *p, const char *labels, const char *name)
{
    Type type = {.dtype = DT_F32, .rank = (int)strlen(labels)};
    for (int axis = 0; axis < type.rank; axis++)
        type.dims[axis] = p->dims[labels[axis] - 'a'];
    return lower_new_buffer(p->l, "w_", name, &type, p->n->loc);
}

/* The other operand in the order of these labels: as it lies, or a copy. */
static Buffer *in_order(GpuProduct *g, int operand, const char *labels)
{
    Lowering *l = g->p.l;
    const Node *n = g->p.n->args[operand];
    if (l->info[n->id].root && strcmp(g->p.n->attr.labels[operand], labels) == 0)
        return l->info[n->id].buffer;
    Buffer *copy = new_array(&g->p, labels, lower_name(l, n));
    l->block.comment = arena_printf(l->arena, "a copy of %s as cuDNN wants it", lower_name(l, n));
    gpu_product_copy(g, operand, copy, labels);
    return copy;
}

bool gpu_conv_lower(GpuProduct *g)
{
    ConvWindows w;
    Product *p = &g->p;
    Lowering *l = p->l;
    if (!fits(g, &w))
        return false;
    Conv *c = describe(p, &w);
    KExpr *zero = kexpr_int(l->arena, 0), *const origin[] = {zero, zero, zero, zero};
    const KExpr *first = c ? lower_value(l, w.x, origin) : NULL;
    if (!c || first->kind != KE_LOAD)
        return false;
    const char filter[] = {w.filter, '\0'};
    char places[4], taps[4], image[8], filters[8];
    places_of(&w, places);
    taps_of(&w, taps);
    join_labels(image, places, filter);
    join_labels(filters, filter, taps);
    const char *const made = c->gradient ? filters : image;
    c->x = first->buffer;
    c->x_offset = first->args[0];
    c->b = in_order(g, 1 - w.operand, c->gradient ? image : filters);
    c->b_offset = zero;
    const bool whole =
        p->out && g->epilogue->roots.count == 0 && strcmp(p->n->attr.labels[2], made) == 0;
    c->out = whole ? p->out : new_array(p, made, lower_name(l, p->n));
    block_conv(&l->block, c);
    l->program->uses_cudnn = true;
    if (!whole)
        gpu_product_finish(g, c->out, made);
    return true;
}
