/* product_plan.c -- choosing blocks.
 *
 * The micro-kernel keeps about 8 x 48 sums in registers and walks down the rows for the same
 * columns of b.  So a panel of b, 48 columns for all terms, is read again and again, from the cache
 * called L2; a block of rows of a should stay there as well while all panels pass, and a block of
 * the result until what follows the product has been computed from it.  The figures below are where
 * measured times were lowest, or no longer changed. */
#include "codegen/product_plan.h"

enum {
    PANEL = 48,             /* a multiple of the widths of all processors' tiles */
    ROWS_STEP = 8,          /* the tallest tile */
    L2_BYTES = 512 << 10,   /* of one operand that stay there */
    ROWS_BYTES = 384 << 10, /* of a block of a's rows */
    ROWS = 96,
    COLUMNS = 192, /* of a block of the result */
    PACK_ROWS = 32,
    PACK_TERMS = 64,         /* from which on a copy of b pays that need not be */
    FAR = 1024,              /* elements between rows of b from which on it does */
    BLOCK_BYTES = 256 << 10, /* of a packed b in an array of the kernel's own */
    LONG_TERMS = 256,        /* of a block where the sum is parted */
    LONG_ROWS = 384,
    LONG_COLUMNS = 384,
    LONG_ARRAY_COLUMNS = 192, /* if the block is an array of the kernel's own */
    SHARE = 1 << 20,          /* multiplications that are worth a thread */
    SHARES = 16               /* and how many threads there may be */
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t count_parts(int64_t whole, int64_t part)
{
    return (whole + part - 1) / part;
}

static int64_t round_up(int64_t x, int64_t step)
{
    return count_parts(x, step) * step;
}

/* Even parts of about `limit`, multiples of step; all of it where that is little more. */
static int64_t part(int64_t whole, int64_t limit, int64_t step)
{
    const int64_t parts = whole / limit + (whole % limit > limit / 2);
    return parts <= 1 ? whole : round_up(count_parts(whole, parts), step);
}

/* Into how many parts a product is worth sharing, beside the loops around it. */
static int64_t count_shares(const ProductShape *s)
{
    const double terms = (double)s->inner * (double)s->outer;
    const double shares = (double)s->rows * (double)s->columns * terms * (double)s->turns / SHARE;
    if (s->turns >= SHARES || shares < 2)
        return 1;
    return shares > SHARES ? SHARES : (int64_t)shares;
}

static Packing choose_packing(const ProductShape *s, bool parted)
{
    const bool often = s->rows >= PACK_ROWS && s->columns >= PACK_ROWS && s->inner >= PACK_TERMS;
    if (!s->scattered && !(s->apart >= FAR && often))
        return PACK_NONE;
    return s->shared && !parted && !s->resumed ? PACK_WHOLE : PACK_BLOCK;
}

/* The sum in parts, each of which goes to all of a block of the result before the next. */
static void plan_long_sum(const ProductShape *s, ProductPlan *plan)
{
    const int64_t shares = count_shares(s);
    plan->terms = part(s->inner, most(LONG_TERMS / s->outer, 1), 1);
    plan->rows = part(s->rows, LONG_ROWS, ROWS_STEP);
    plan->columns = part(s->columns, s->array ? LONG_ARRAY_COLUMNS : LONG_COLUMNS, PANEL);
    const int64_t across = count_parts(s->columns, plan->columns);
    plan->columns_outside = across >= shares || across > count_parts(s->rows, plan->rows);
    if (!plan->columns_outside) /* rows of a are not used again: small shares cost little */
        plan->rows = least(plan->rows,
                           most(round_up(count_parts(s->rows, shares), ROWS_STEP), 4 * ROWS_STEP));
}

/* Into shares of rows, which all read the whole of b; or, where only a's rows stay in the cache, of
 * columns. */
static void share(const ProductShape *s, int64_t deep, int64_t shares, ProductPlan *plan)
{
    const bool b_stays = deep * s->columns <= L2_BYTES, a_stays = deep * s->rows <= L2_BYTES;
    const int64_t lowest = b_stays || s->rows < 4 * ROWS_STEP ? ROWS_STEP : 4 * ROWS_STEP;
    plan->columns_outside = !b_stays && a_stays;
    if (plan->columns_outside)
        plan->columns = least(plan->columns, round_up(count_parts(s->columns, shares), PANEL));
    else
        plan->rows =
            least(plan->rows, most(round_up(count_parts(s->rows, shares), ROWS_STEP), lowest));
    const int64_t down = count_parts(s->rows, plan->rows);
    if (!plan->columns_outside && 2 * down < shares) {
        plan->columns =
            least(plan->columns, round_up(count_parts(s->columns, shares / down), PANEL));
        plan->columns_outside = down < count_parts(s->columns, plan->columns);
    }
}

static void plan_short_sum(const ProductShape *s, ProductPlan *plan)
{
    const int64_t deep = s->inner * s->outer * s->bytes;
    const int64_t tall = least(ROWS, most(ROWS_BYTES / deep, 2 * ROWS_STEP));
    plan->rows = part(s->rows, tall / ROWS_STEP * ROWS_STEP, ROWS_STEP);
    plan->columns = part(s->columns, COLUMNS, PANEL);
    if (plan->packing == PACK_BLOCK && deep * plan->columns > BLOCK_BYTES)
        plan->columns = least(plan->columns, most(BLOCK_BYTES / deep / PANEL, 1) * PANEL);
    share(s, deep, count_shares(s), plan);
    plan->columns_outside |= plan->packing == PACK_BLOCK;
}

ProductPlan product_plan(const ProductShape *s)
{
    ProductPlan plan = {.terms = s->inner};
    const int64_t wide = round_up(s->columns, 64 / s->bytes);
    const bool parted =
        s->inner * s->outer > PRODUCT_LONG_SUM && s->rows >= PACK_ROWS && s->columns >= PACK_ROWS;
    plan.packing = choose_packing(s, parted);
    if (parted)
        plan_long_sum(s, &plan);
    else
        plan_short_sum(s, &plan);
    /* 64 columns are no panel and a third; a block of fewer begins where a panel does. */
    plan.panel = wide <= PANEL + 16 && plan.columns >= s->columns ? wide : PANEL;
    return plan;
}
