/* split.c -- a kernel as phases that a team of threads goes through.
 *
 * In: a kernel's statements.  Out: each of them marked as
 *
 *     parallel    a loop whose turns store to different places: each thread takes a part of them
 *     (a loop)    around such loops: every thread goes through it, and its body is phases again
 *     (locals)    every thread computes them for itself
 *     single      anything else that stores
 *
 * A kernel that sets a local in a phase for one thread is not split: the others would not know it.
 */
#include "codegen/split.h"

#include <string.h>

#include "codegen/kexpr.h"
#include "codegen/touch.h"
#include "support/checked.h"

enum {
    SPLIT_LEAST = 1500, /* nanoseconds of a kernel for which a barrier or two are worth it */
    SPLIT_TURNS = 8,    /* of a loop that is shared without looking for more inside */
    PRODUCT_RATE = 50,  /* operations in a nanosecond of a product */
    ELEMENT_RATE = 8,   /* and of anything else */
    BYTE_RATE = 16
};

/* ---- independent turns ---- */

typedef struct Place {
    const Buffer *buffer;
    const KExpr *index;
} Place;

typedef struct Turns { /* what is known of a loop's body */
    Arena *arena;
    const KStmt *loop;
    const Buffer *array;      /* the kernel's, but taken for a buffer; or NULL */
    Vec(const KStmt *) loops; /* it, and the ones inside around the statement at hand */
    StrMap *locals;           /* made within a turn */
    Vec(Place) stores, loads;
    bool dependent;
} Turns;

/* Is the index a different one for each turn of the loop, whatever the turns of those inside?  It
 * is where each variable's step reaches beyond what the smaller ones together can: a number in
 * mixed radix. */
static bool is_apart(const Turns *t, const KExpr *index)
{
    int64_t factors[MAX_LOOPS], spans[MAX_LOOPS], reach = 0;
    int count = 0;
    for (int i = 0; i < t->loops.count; i++) {
        const KStmt *loop = t->loops.data[i];
        int64_t factor, span;
        if (!kexpr_factor(index, loop->name, &factor) || factor == INT64_MIN || loop->step > 1)
            return false;
        factor = factor < 0 ? -factor : factor;
        if (factor == 0 && i == 0)
            return false;
        if (factor == 0 || loop->extent->high < 2)
            continue;
        if (!checked_mul(factor, loop->extent->high - 1, &span))
            return false;
        int at = count++;
        for (; at > 0 && factors[at - 1] > factor; at--) {
            factors[at] = factors[at - 1];
            spans[at] = spans[at - 1];
        }
        factors[at] = factor;
        spans[at] = span;
    }
    for (int i = 0; i < count; i++)
        if (factors[i] <= reach || !checked_add(reach, spans[i], &reach))
            return false;
    return true;
}

static void note_loads(Turns *t, const KExpr *x)
{
    const Place place = {x->buffer, x->kind == KE_LOAD ? x->args[0] : NULL};
    if (x->kind == KE_LOAD && !strmap_get(t->locals, x->buffer->name))
        vec_push(t->arena, &t->loads, place);
    for (int i = 0; i < x->arity; i++)
        note_loads(t, x->args[i]);
}

static void note_store(Turns *t, const KStmt *s)
{
    const Place place = {s->buffer, s->index};
    const bool local = s->buffer->place == PLACE_LOCAL && s->buffer != t->array;
    if (local) {
        t->dependent |= !strmap_get(t->locals, s->buffer->name);
        return;
    }
    t->dependent |= s->kind == KS_ZERO || !is_apart(t, s->index);
    vec_push(t->arena, &t->stores, place);
}

static void note_body(Turns *t, KStmtVec *body);

static void note_statement(Turns *t, KStmt *s)
{
    if (s->extent)
        note_loads(t, s->extent);
    if (s->index)
        note_loads(t, s->index);
    if (s->value)
        note_loads(t, s->value);
    switch (s->kind) {
    case KS_LET:
    case KS_ARRAY:
        strmap_set(t->locals, s->name, s);
        break;
    case KS_SET:
        t->dependent |= !strmap_get(t->locals, s->name);
        break;
    case KS_STORE:
    case KS_ZERO:
        note_store(t, s);
        break;
    case KS_GEMM: /* the library has threads of its own */
    case KS_CONV:
    case KS_PRODUCT:
    case KS_PACK: /* whoever makes blocks knows */
        t->dependent = true;
        break;
    case KS_FOR:
        if (t->loops.count == MAX_LOOPS) {
            t->dependent = true;
            break;
        }
        vec_push(t->arena, &t->loops, (const KStmt *){s});
        note_body(t, &s->body);
        t->loops.count--;
        break;
    }
}

static void note_body(Turns *t, KStmtVec *body)
{
    for (int i = 0; i < body->count && !t->dependent; i++)
        note_statement(t, body->data[i]);
}

/* What a turn loads, no other turn stores: it is the same element, or of the turn's own rows. */
static bool loads_are_apart(const Turns *t)
{
    for (int i = 0; i < t->loads.count; i++)
        for (int k = 0; k < t->stores.count; k++) {
            const Place *load = &t->loads.data[i], *store = &t->stores.data[k];
            int64_t a, b;
            if (load->buffer == store->buffer && !kexpr_equal(load->index, store->index) &&
                (!touch_is_owned(load->index, t->loop, &a) ||
                 !touch_is_owned(store->index, t->loop, &b) || a != b))
                return false;
        }
    return true;
}

/* array: of the kernel's own, stored to as if it were a buffer; or NULL. */
static bool turns_are_independent(Arena *arena, KStmt *loop, const Buffer *array)
{
    if (loop->independent)
        return true;
    Turns t = {.arena = arena, .loop = loop, .array = array, .locals = strmap_new(arena)};
    vec_push(arena, &t.loops, (const KStmt *){loop});
    note_body(&t, &loop->body);
    return !t.dependent && loads_are_apart(&t);
}

bool split_is_apart(Arena *arena, KStmt *loop)
{
    return turns_are_independent(arena, loop, NULL);
}

/* ---- phases ---- */

/* The buffer into which the statement itself stores, or NULL. */
static const Buffer *stored_buffer(const KStmt *s)
{
    if (s->kind == KS_STORE || s->kind == KS_ZERO)
        return s->buffer;
    return s->tiles ? s->tiles->c.buffer : s->gemm ? s->gemm->c : NULL;
}

/* Does the statement store anywhere but in arrays of the kernel's own? */
static bool stores_for_others(const KStmt *s)
{
    const Buffer *stored = stored_buffer(s);
    if (stored && stored->place != PLACE_LOCAL)
        return true;
    for (int i = 0; i < s->body.count; i++)
        if (stores_for_others(s->body.data[i]))
            return true;
    return false;
}

/* Does it leave something in a local, or in an array of the kernel's own, that stands around it? */
static bool leaves_locals(const KStmt *s, StrMap *locals)
{
    const Buffer *stored = stored_buffer(s);
    const bool array = stored && stored->place == PLACE_LOCAL;
    if (s->kind == KS_LET || s->kind == KS_ARRAY)
        strmap_set(locals, s->name, (void *)s);
    if ((s->kind == KS_SET && !strmap_get(locals, s->name)) ||
        (array && !strmap_get(locals, stored->name)))
        return true;
    for (int i = 0; i < s->body.count; i++)
        if (leaves_locals(s->body.data[i], locals))
            return true;
    return false;
}

static int64_t count_turns(const KStmt *loop)
{
    return (loop->extent->high + loop->step - 1) / loop->step;
}

/* How much there is to do, in statements and products of two numbers; `shared`: in loops that
 * threads share. */
static double count_work(const KStmtVec *body, bool shared)
{
    double work = 0;
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        const Tiles *t = s->tiles;
        if (s->kind == KS_FOR)
            work += (double)count_turns(s) * count_work(&s->body, shared && !s->parallel);
        else if (!shared)
            work += s->kind != KS_PRODUCT ? 1
                                          : (double)t->rows->high * (double)t->columns->high *
                                                (double)t->inner->high * (double)t->outer->high;
    }
    return work;
}

static bool is_split(const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++)
        if (body->data[i]->parallel || is_split(&body->data[i]->body))
            return true;
    return false;
}

static void forget(KStmtVec *body)
{
    for (int i = 0; i < body->count; i++) {
        KStmt *s = body->data[i];
        s->parallel = s->single = s->barrier = false;
        forget(&s->body);
    }
}

/* Is another loop all that the loop's turns do? */
static bool is_nest(const KStmt *loop)
{
    int loops = 0;
    for (int i = 0; i < loop->body.count; i++) {
        if (loop->body.data[i]->kind == KS_FOR)
            loops++;
        else if (loop->body.data[i]->kind != KS_LET)
            return false;
    }
    return loops == 1;
}

/* False where the phase can't be.  nanoseconds: at most, that it takes each time. */
static bool mark_phase(Arena *arena, KStmt *s, int64_t nanoseconds)
{
    if (!stores_for_others(s))
        return true; /* every thread, for itself */
    const int64_t turns = s->kind == KS_FOR ? count_turns(s) : 0;
    const int64_t each = turns > 0 ? nanoseconds / turns : 0;
    const bool apart = turns > 1 && turns_are_independent(arena, s, NULL);
    bool inside = apart ? turns < SPLIT_TURNS && is_nest(s) : turns > 0 && each >= SPLIT_LEAST;
    for (int i = 0; i < s->body.count && inside; i++)
        inside = mark_phase(arena, s->body.data[i], each);
    if (inside && is_split(&s->body))
        return true;
    forget(&s->body);
    s->parallel = apart;
    s->grain = s->step;
    s->single = !apart;
    return apart || !leaves_locals(s, strmap_new(arena));
}

/* ---- arrays ---- */

static bool stores_into(const KStmt *s, const Buffer *b)
{
    if (stored_buffer(s) == b)
        return true;
    for (int i = 0; i < s->body.count; i++)
        if (stores_into(s->body.data[i], b))
            return true;
    return false;
}

static bool has_loop(const KStmt *s)
{
    for (int i = 0; i < s->body.count; i++)
        if (s->body.data[i]->kind == KS_FOR)
            return true;
    return false;
}

/* Is the array filled by a loop whose turns can be shared, and are worth it? */
static bool is_filled_apart(Arena *arena, const Kernel *kernel, const Buffer *array)
{
    for (int i = 0; i < kernel->body.count; i++) {
        KStmt *s = kernel->body.data[i];
        if (s->kind == KS_FOR && has_loop(s) && stores_into(s, array) && count_turns(s) > 1 &&
            turns_are_independent(arena, s, array))
            return true;
    }
    return false;
}

void split_move_array(Lowering *l, Kernel *kernel, Buffer *b)
{
    b->name = name_unique(l->buffer_names, "w_", b->name + strlen("t_"));
    b->place = PLACE_WORK;
    b->loc = kernel->loc;
    b->loop = kernel->loop;
    b->stack_loop = -1;
    vec_push(l->arena, &l->routine->buffers, b);
    vec_push(l->arena, &kernel->writes, b);
    vec_push(l->arena, &kernel->reads, b);
}

/* Such an array is seen by all threads: it becomes a buffer in work memory. */
static void share_arrays(Lowering *l, Kernel *kernel)
{
    int kept = 0;
    for (int i = 0; i < kernel->body.count; i++) {
        KStmt *s = kernel->body.data[i];
        if (s->kind != KS_ARRAY || !is_filled_apart(l->arena, kernel, s->buffer)) {
            kernel->body.data[kept++] = s;
            continue;
        }
        split_move_array(l, kernel, s->buffer);
    }
    kernel->body.count = kept;
}

/* ---- packing ---- */

/* A copy of a whole matrix becomes a loop over parts of it, for threads to share. */
static KStmt *part_pack(Arena *arena, KStmt *pack)
{
    enum { PACK_PART = 64 };
    const Tiles *whole = pack->tiles;
    KStmt *loop = arena_new_of(arena, KStmt);
    KStmt *part = arena_new_of(arena, KStmt);
    Tiles *tiles = arena_new_of(arena, Tiles);
    KExpr *first = kexpr_index(arena, "i", (whole->inner->high - 1) / PACK_PART * PACK_PART);
    *tiles = *whole;
    tiles->inner =
        kexpr_min(arena, kexpr_int(arena, PACK_PART), kexpr_sub(arena, whole->inner, first));
    tiles->b.row = kexpr_add(arena, whole->b.row, first);
    tiles->c.row = kexpr_add(arena, whole->c.row, first);
    *part = (KStmt){.kind = KS_PACK, .tiles = tiles};
    *loop = (KStmt){.kind = KS_FOR,
                    .name = "i",
                    .independent = true,
                    .extent = whole->inner,
                    .step = PACK_PART,
                    .comment = pack->comment};
    vec_push(arena, &loop->body, part);
    return loop;
}

static void part_packs(Arena *arena, Kernel *kernel)
{
    enum { PACK_LEAST = 128 };
    for (int i = 0; i < kernel->body.count; i++) {
        KStmt *s = kernel->body.data[i];
        if (s->kind == KS_PACK && s->tiles->c.buffer->place != PLACE_LOCAL &&
            s->tiles->inner->high >= PACK_LEAST)
            kernel->body.data[i] = part_pack(arena, s);
    }
}

/* ---- kernels ---- */

static bool multiplies(const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++)
        if (body->data[i]->kind == KS_PRODUCT || multiplies(&body->data[i]->body))
            return true;
    return false;
}

int64_t split_nanoseconds(const Kernel *kernel)
{
    const int64_t rate = multiplies(&kernel->body) ? PRODUCT_RATE : ELEMENT_RATE;
    const int64_t compute = kernel->flops / rate, memory = kernel->bytes / BYTE_RATE;
    return compute > memory ? compute : memory;
}

void split_kernel(Lowering *l, Kernel *kernel)
{
    const bool always = l->options->threads == THREADS_ALWAYS;
    const int64_t nanoseconds = always ? INT64_MAX : split_nanoseconds(kernel);
    bool good = nanoseconds >= SPLIT_LEAST;
    if (good) {
        share_arrays(l, kernel);
        part_packs(l->arena, kernel);
    }
    for (int i = 0; i < kernel->body.count && good; i++)
        good = mark_phase(l->arena, kernel->body.data[i], nanoseconds);
    const double all = count_work(&kernel->body, false),
                 rest = all - count_work(&kernel->body, true);
    kernel->split = good && (always ? rest < all : rest < all / 2);
    if (!kernel->split)
        forget(&kernel->body);
}

void split_undo(Kernel *kernel)
{
    kernel->split = false;
    forget(&kernel->body);
}
