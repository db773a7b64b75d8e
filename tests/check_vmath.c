/* check_vmath.c -- runtime/grt_vmath.h: how far its functions are from the exact values.
 *
 * Every 251st float is tried, special ones among them; all 4 294 967 296 with ALL_FLOATS=1 in the
 * environment (`make check-math`).  A result is compared with libm's f64 one: in units of the last
 * place of the float that is nearest to it, of the smallest normal float where it is subnormal.
 * f64 ones are tried at some millions of numbers, beside libm's long double. */
#include <check.h>
#include <float.h>
#include <stdint.h>
#include <stdlib.h>

#include "runtime/grt_vmath.h"

static double exact_sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

typedef struct Function {
    const char *name;
    float (*of)(float);
    double (*exact)(double);
    double bound;    /* in units in the last place */
    float low, high; /* of all values */
} Function;

#define FLOATS(name, exact, bound, low, high)            \
    {                                                    \
#name, grt_##name##_f32, exact, bound, low, high \
    }

static const Function functions[] = {
    FLOATS(exp, exp, 1.1, 0, INFINITY),
    FLOATS(expm1, expm1, 1.7, -1, INFINITY),
    FLOATS(exp2, exp2, 1.3, 0, INFINITY),
    FLOATS(log, log, 1.1, -INFINITY, INFINITY),
    FLOATS(log1p, log1p, 1.6, -INFINITY, INFINITY),
    FLOATS(log2, log2, 2, -INFINITY, INFINITY),
    FLOATS(log10, log10, 2.4, -INFINITY, INFINITY),
    FLOATS(sin, sin, 2.5, -1, 1),
    FLOATS(cos, cos, 2.5, -1, 1),
    FLOATS(sinh, sinh, 2, -INFINITY, INFINITY),
    FLOATS(cosh, cosh, 2, 1, INFINITY),
    FLOATS(tanh, tanh, 2.2, -1, 1),
    FLOATS(sigmoid, exact_sigmoid, 2.4, 0, 1),
    FLOATS(erf, erf, 1.8, -1, 1),
};
enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

/* ---- errors ---- */

/* The distance of two neighbouring floats at x: the exponent of x less 23, as a double. */
static double unit_of(double x)
{
    uint64_t bits;
    double unit;
    memcpy(&bits, &x, sizeof bits);
    uint64_t exponent = bits >> 52 & 0x7ff;
    exponent = exponent < 1023 - 126 ? 1023 - 126 : exponent > 1023 + 127 ? 1023 + 127 : exponent;
    bits = (exponent - 23) << 52;
    memcpy(&unit, &bits, sizeof unit);
    return unit;
}

/* Infinity and zero are numbers here: the first above the largest float, the latter with its sign.
 */
static double error_of(float got, double exact)
{
    if (isnan(exact) || isnan(got))
        return isnan(exact) && isnan(got) ? 0 : INFINITY;
    if (got == 0 && exact == 0)
        return !signbit(got) == !signbit(exact) ? 0 : INFINITY;
    const double most = 0x1p128, y = isinf(got) ? copysign(most, (double)got) : (double)got;
    const double bounded = fabs(exact) > most ? copysign(most, exact) : exact;
    return fabs(y - bounded) / unit_of(bounded);
}

static void check_float(const Function *f, float x)
{
    const float y = f->of(x);
    const double error = error_of(y, f->exact((double)x));
    if (!(error <= f->bound))
        ck_abort_msg("%s(%a) is %a, %.3f units from %a", f->name, (double)x, (double)y, error,
                     f->exact((double)x));
    if (!isnan(y) && !(y >= f->low && y <= f->high))
        ck_abort_msg("%s(%a) is %a, out of range", f->name, (double)x, (double)y);
}

START_TEST(test_error)
{
    const Function *f = &functions[_i];
    const char *all = getenv("ALL_FLOATS");
    const uint64_t step = all && *all ? 1 : 251;
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += step)
        check_float(f, grt_float_of((uint32_t)bits));
    static const uint32_t edges[] = {0,          1,          0x007fffff, 0x00800000,
                                     0x3f800000, 0x7f7fffff, 0x7f800000, 0x7fc00000,
                                     0x42b17217, 0x42b17218, 0x723fa09a};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        check_float(f, grt_float_of(edges[i]));
        check_float(f, grt_float_of(edges[i] | 0x80000000u));
    }
}
END_TEST

/* ---- two operands ---- */

/* Floats of all sizes, in an order without a pattern. */
static float scattered(uint32_t i)
{
    i = (i ^ i >> 15) * 0x2c1b3c6du;
    i = (i ^ i >> 12) * 0x297a2d39u;
    return grt_float_of(i ^ i >> 15);
}

static const float numbers[] = {0,         -0.0f,   1,        -1,        0.5f, -0.5f,
                                2,         -2,      3,        -3,        2.5f, -7,
                                FLT_MAX,   FLT_MIN, -FLT_MAX, 0x1p-149f, NAN,  INFINITY,
                                -INFINITY, 0x1p24f, 8388609,  -0x1p31f};
enum { NUMBERS = sizeof numbers / sizeof numbers[0], PAIRS = 4000000 };

static void check_pair(const char *name, float (*of)(float, float), double (*exact)(double, double),
                       float x, float y)
{
    const double wanted = exact((double)x, (double)y), error = error_of(of(x, y), wanted);
    if (!(error <= 2.5))
        ck_abort_msg("%s(%a, %a) is %a, %.3f units from %a", name, (double)x, (double)y,
                     (double)of(x, y), error, wanted);
}

static void check_pairs(const char *name, float (*of)(float, float),
                        double (*exact)(double, double))
{
    for (int i = 0; i < NUMBERS * NUMBERS; i++)
        check_pair(name, of, exact, numbers[i / NUMBERS], numbers[i % NUMBERS]);
    for (uint32_t i = 0; i < PAIRS; i++) {
        const float x = scattered(2 * i), y = scattered(2 * i + 1);
        check_pair(name, of, exact, x, y);
        check_pair(name, of, exact, x, grt_float_of((grt_bits_of(y) & 0x807fffffu) | 0x40000000u));
        check_pair(name, of, exact, x, x * (1 + y * 0x1p-120f)); /* near one another */
    }
}

START_TEST(test_pairs)
{
    check_pairs("pow", grt_pow_f32, pow);
    check_pairs("atan2", grt_atan2_f32, atan2);
}
END_TEST

/* ---- f64 ---- */

static long double exact_sigmoid_wide(long double x)
{
    return 1 / (1 + expl(-x));
}

typedef struct Wide {
    const char *name;
    double (*of)(double);
    long double (*exact)(long double);
    double bound, low, high; /* of operands of interest; high 0: all positive ones */
} Wide;

static const Wide wides[] = {
    {"exp", grt_exp_f64, expl, 1.2, -746, 710},
    {"log", grt_log_f64, logl, 1.2, 0, 0},
    {"tanh", grt_tanh_f64, tanhl, 2.3, -22, 22},
    {"sigmoid", grt_sigmoid_f64, exact_sigmoid_wide, 2.4, -746, 40},
    {"erf", grt_erf_f64, erfl, 2, -7, 7},
};
enum { WIDES = sizeof wides / sizeof wides[0] };

static double wide_error(double got, long double exact)
{
    const double nearest = (double)exact;
    int exponent;
    if (isnan(got) || isnan(nearest))
        return isnan(got) && isnan(nearest) ? 0 : INFINITY;
    if (isinf(nearest) || isinf(got))
        return got == nearest ? 0 : INFINITY;
    if (got == 0 && nearest == 0)
        return !signbit(got) == !signbit(nearest) ? 0 : INFINITY;
    frexp(fmax(fabs(nearest), DBL_MIN), &exponent);
    return (double)(fabsl((long double)got - exact) / ldexpl(1, exponent - DBL_MANT_DIG));
}

static void check_wide(const Wide *w, double x)
{
    const double y = w->of(x), error = wide_error(y, w->exact((long double)x));
    if (!(error <= w->bound))
        ck_abort_msg("%s(%a) is %a, %.3f units from %a", w->name, x, y, error,
                     (double)w->exact((long double)x));
}

/* All over the range, and more of them near 0. */
START_TEST(test_wide)
{
    static const double edges[] = {0,      1,    DBL_MIN, DBL_MAX, 0x1p-1074, INFINITY, NAN,
                                   0.8749, 0.55, 708.5,   709.9,   745.2,     0x1p-30,  20};
    const Wide *w = &wides[_i];
    if (LDBL_MANT_DIG <= DBL_MANT_DIG)
        return; /* there is nothing to compare with */
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        check_wide(w, edges[i]);
        check_wide(w, -edges[i]);
    }
    uint64_t state = 1;
    for (int i = 0; i < 1000000; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const uint64_t bits = state ^ state >> 29;
        const double u = (double)(bits >> 11) * 0x1p-53;
        if (w->high == 0) {
            check_wide(w, i % 2 ? 0.5 + 1.5 * u : grt_f64_of(bits >> 1));
            continue;
        }
        check_wide(w, w->low + (w->high - w->low) * u);
        check_wide(w, ldexp(2 * u - 1, -(int)(bits & 31)));
    }
}
END_TEST

static Suite *vmath_suite(void)
{
    Suite *suite = suite_create("vmath");
    TCase *tests = tcase_create("vmath");
    tcase_set_timeout(tests, 3600);
    tcase_add_loop_test(tests, test_error, 0, FUNCTIONS);
    tcase_add_test(tests, test_pairs);
    tcase_add_loop_test(tests, test_wide, 0, WIDES);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(vmath_suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
