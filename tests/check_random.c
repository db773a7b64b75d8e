/* check_random.c -- Philox against its published vectors, and what is made of its bits. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "runtime/grt_random.h"

/* kat_vectors of Random123: counter, key, result. */
static const struct {
    uint32_t counter[4], key[2], result[4];
} vectors[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, /* the digits of pi */
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

START_TEST(philox_gives_the_published_vectors)
{
    GrtPhilox counter;
    for (int i = 0; i < 4; i++)
        counter.v[i] = vectors[_i].counter[i];
    const GrtPhilox r = grt_philox(counter, vectors[_i].key[0], vectors[_i].key[1]);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(r.v[i], vectors[_i].result[i]);
}
END_TEST

enum { DRAWS = 200000 };

typedef double (*Draw)(GrtRng rng, uint64_t place, int64_t sample, int64_t element);

static double uniform_f32(GrtRng rng, uint64_t place, int64_t sample, int64_t element)
{
    return grt_uniform_f32(rng, place, sample, element);
}

static double normal_f32(GrtRng rng, uint64_t place, int64_t sample, int64_t element)
{
    return grt_normal_f32(rng, place, sample, element);
}

/* The k-th moment about a point, over samples and elements. */
static double moment(Draw draw, double about, int k)
{
    const GrtRng rng = {.seed = 42, .step = 3};
    double sum = 0;
    for (int64_t i = 0; i < DRAWS; i++)
        sum += pow(draw(rng, 77, i / 1000, i % 1000) - about, k);
    return sum / DRAWS;
}

/* Five standard errors of each moment: fixed draws, so this passes or fails for good. */
static void check_moments(Draw draw, double mean, const double *central)
{
    ck_assert_double_eq_tol(moment(draw, 0, 1), mean, 5 * sqrt(central[2] / DRAWS));
    for (int k = 2; k <= 4; k++) {
        const double error = sqrt((central[2 * k] - central[k] * central[k]) / DRAWS);
        ck_assert_double_eq_tol(moment(draw, mean, k), central[k], 5 * error);
    }
}

START_TEST(uniform_has_its_moments)
{
    const double central[] = {1, 0, 1.0 / 12, 0, 1.0 / 80, 0, 1.0 / 448, 0, 1.0 / 2304};
    check_moments(uniform_f32, 0.5, central);
    check_moments(grt_uniform_f64, 0.5, central);
}
END_TEST

START_TEST(normal_has_its_moments)
{
    const double central[] = {1, 0, 1, 0, 3, 0, 15, 0, 105};
    check_moments(normal_f32, 0, central);
    check_moments(grt_normal_f64, 0, central);
}
END_TEST

/* 100 equal bins of the uniform: chi squared with 99 degrees of freedom stays below 148.2 in all
 * but one of a thousand cases. */
START_TEST(uniform_fills_its_bins_evenly)
{
    int bins[100] = {0};
    const GrtRng rng = {.seed = 7};
    double chi = 0;
    for (int64_t i = 0; i < DRAWS; i++)
        bins[(int)(100 * grt_uniform_f32(rng, 1, 0, i))]++;
    for (int i = 0; i < 100; i++)
        chi += (bins[i] - DRAWS / 100) * (bins[i] - DRAWS / 100) / (DRAWS / 100.0);
    ck_assert_double_lt(chi, 148.2);
}
END_TEST

START_TEST(draws_stay_in_their_range)
{
    const GrtRng rng = {.seed = 9};
    for (int64_t i = 0; i < DRAWS; i++) {
        ck_assert(grt_uniform_f32(rng, 5, i, 0) >= 0 && grt_uniform_f32(rng, 5, i, 0) < 1);
        ck_assert(grt_uniform_f64(rng, 5, i, 0) >= 0 && grt_uniform_f64(rng, 5, i, 0) < 1);
        ck_assert(isfinite(grt_normal_f64(rng, 5, i, 0)));
    }
}
END_TEST

START_TEST(a_draw_depends_on_each_coordinate)
{
    const GrtRng rng = {.seed = 1, .step = 2, .first_sample = 3};
    const GrtRng seed = {.seed = 4, .step = 2, .first_sample = 3};
    const GrtRng step = {.seed = 1, .step = 5, .first_sample = 3};
    const double base = grt_uniform_f64(rng, 10, 20, 30);
    ck_assert_double_eq(base, grt_uniform_f64(rng, 10, 20, 30));
    ck_assert_double_ne(base, grt_uniform_f64(seed, 10, 20, 30));
    ck_assert_double_ne(base, grt_uniform_f64(step, 10, 20, 30));
    ck_assert_double_ne(base, grt_uniform_f64(rng, 11, 20, 30));
    ck_assert_double_ne(base, grt_uniform_f64(rng, 10, 21, 30));
    ck_assert_double_ne(base, grt_uniform_f64(rng, 10, 20, 31));
    ck_assert_double_ne(base, grt_uniform_f64(rng, 10, 20, 30 + (INT64_C(1) << 32)));
}
END_TEST

/* The second half of a batch draws the same as a micro-batch that begins there. */
START_TEST(micro_batches_draw_as_the_whole_batch)
{
    const GrtRng whole = {.seed = 1, .step = 2};
    const GrtRng part = {.seed = 1, .step = 2, .first_sample = 16};
    for (int64_t i = 0; i < 16; i++)
        ck_assert_double_eq(grt_normal_f64(whole, 8, 16 + i, 5), grt_normal_f64(part, 8, i, 5));
}
END_TEST

START_TEST(f32_draws_are_the_f64_ones_rounded)
{
    const GrtRng rng = {.seed = 11};
    for (int64_t i = 0; i < 1000; i++) {
        ck_assert_double_eq_tol(grt_uniform_f32(rng, 2, 0, i), grt_uniform_f64(rng, 2, 0, i),
                                0x1p-24);
        ck_assert(grt_normal_f32(rng, 2, 0, i) == (float)grt_normal_f64(rng, 2, 0, i));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random");
    TCase *tests = tcase_create("random");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, philox_gives_the_published_vectors, 0, 3);
    tcase_add_test(tests, uniform_has_its_moments);
    tcase_add_test(tests, normal_has_its_moments);
    tcase_add_test(tests, uniform_fills_its_bins_evenly);
    tcase_add_test(tests, draws_stay_in_their_range);
    tcase_add_test(tests, a_draw_depends_on_each_coordinate);
    tcase_add_test(tests, micro_batches_draw_as_the_whole_batch);
    tcase_add_test(tests, f32_draws_are_the_f64_ones_rounded);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
