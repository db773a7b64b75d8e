/* product_plan.c -- choosing blocks.
 *
 * The innermost kernel keeps about 8 x 48 sums in registers and walks through its rows for the same
 * columns of b, so that these should stay in the cache next to the processor's, L2, and be read
 * from there in one go; a's rows are few and stay in L1.  What is far apart is packed first, where
 * it is used often enough. */
#include "codegen/product_plan.h"

enum {
    BLOCK_BYTES = 256 << 10, /* of b that stay in L2 beside a and c */
    WHOLE_BYTES = 512 << 10, /* of b, if it need not be parted at all */
    PACK_ROWS = 32, /* that use b, for a copy of it to pay where b could be used as it is */
    PACK_TERMS = 64,
    FAR = 1024,      /* elements between b's rows from which on it does */
    LONG_SUM = 1536, /* terms from which on the sum is parted */
    SUM_PART = 512,  /* into parts of at most so many */
    LONG_ROWS = 256, /* then, so many rows share a packed part */
    LONG_COLUMNS = 192,
    COLUMNS_STEP = 48, /* a multiple of the tiles' columns */
    ROWS_STEP = 8,
    SHARE = 1 << 20, /* multiplications that are worth a thread */
    SHARES = 16      /* and how many threads there may be */
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t round_up(int64_t x, int64_t step)
{
    return (x + step - 1) / step * step;
}

/* Even parts of at most `limit`, each a multiple of step; all of it where that is enough. */
static int64_t part(int64_t whole, int64_t limit, int64_t step)
{
    const int64_t parts = (whole + limit - 1) / limit;
    return parts <= 1 ? whole : round_up((whole + parts - 1) / parts, step);
}

/* Into how many parts a product is worth sharing. */
static int64_t count_shares(const ProductShape *s)
{
    const double work = (double)s->rows * (double)s->columns * (double)s->inner * (double)s->outer;
    const double shares = work * (double)s->turns / SHARE;
    if (s->turns >= SHARES || shares < 2)
        return 1;
    return shares > SHARES ? SHARES : (int64_t)shares;
}

static Packing choose_packing(const ProductShape *s, bool parted)
{
    const bool far = s->apart >= FAR || (s->apart > 0 && s->apart % 512 == 0);
    const bool often = s->rows >= PACK_ROWS && s->columns >= PACK_ROWS && s->inner >= PACK_TERMS;
    if (!s->scattered && !(far && often))
        return PACK_NONE;
    return s->shared && !parted && !s->resumed ? PACK_WHOLE : PACK_BLOCK;
}

ProductPlan product_plan(const ProductShape *s)
{
    ProductPlan plan = {.rows = s->rows, .columns = s->columns, .terms = s->inner};
    const int64_t shares = count_shares(s);
    const bool parted = s->inner > LONG_SUM && s->rows >= PACK_ROWS && s->columns >= PACK_ROWS;
    plan.packing = choose_packing(s, parted);
    if (parted) {
        plan.terms = part(s->inner, SUM_PART, 16);
        plan.columns = part(s->columns, LONG_COLUMNS, COLUMNS_STEP);
        plan.rows = part(s->rows, LONG_ROWS, ROWS_STEP);
    }
    const int64_t deep = plan.terms * s->outer * s->bytes; /* bytes of a column of b */
    const int64_t limit = plan.packing == PACK_BLOCK ? BLOCK_BYTES : WHOLE_BYTES;
    if (deep * plan.columns > limit)
        plan.columns = part(s->columns, most(BLOCK_BYTES / deep / COLUMNS_STEP, 1) * COLUMNS_STEP,
                            COLUMNS_STEP);
    if (plan.packing == PACK_BLOCK && deep * most(plan.columns, 16) > 2 * BLOCK_BYTES)
        plan.terms = part(s->inner, most(BLOCK_BYTES / (s->outer * s->bytes * COLUMNS_STEP), 1), 1);
    if (plan.columns < s->columns && !parted)
        plan.columns =
            least(plan.columns,
                  most(part(s->columns, round_up(s->columns / shares, COLUMNS_STEP), COLUMNS_STEP),
                       COLUMNS_STEP));
    else if (shares > 1)
        plan.rows =
            least(plan.rows, most(round_up((s->rows + shares - 1) / shares, ROWS_STEP), ROWS_STEP));
    const int64_t tall =
        most(BLOCK_BYTES / most(plan.terms * s->outer * s->bytes, 1), 2 * ROWS_STEP);
    plan.rows = part(plan.rows, tall / ROWS_STEP * ROWS_STEP, ROWS_STEP);
    plan.panel = round_up(plan.columns, 64 / s->bytes);
    return plan;
}
