/* check_plan.c -- where buffers lie, and when they may share bytes.
 *
 * Random spans never overlap while both are alive, and take at least what is alive at once.  Small
 * models show what may be computed in place of its operand, and what may not.  Random orders of
 * kernels stay such that each kernel reads what it read before. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/place.h"
#include "codegen/plan.h"
#include "codegen/schedule.h"
#include "tests/compiled.h"

static Arena *arena;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

/* ---- spans ---- */

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static Span *random_spans(uint64_t seed, int *count)
{
    uint64_t state = seed;
    *count = (int)(next_random(&state) % 60);
    Span *spans = arena_array(arena, Span, *count);
    for (int i = 0; i < *count; i++) {
        spans[i].first = (int)(next_random(&state) % 40);
        spans[i].last = spans[i].first + (int)(next_random(&state) % 12);
        spans[i].bytes = (int64_t)(next_random(&state) % 50) * PLACE_ALIGNMENT;
    }
    return spans;
}

static bool overlap(const Span *a, const Span *b)
{
    return a->first <= b->last && b->first <= a->last && a->offset < b->offset + b->bytes &&
           b->offset < a->offset + a->bytes;
}

START_TEST(test_spans_never_overlap)
{
    int64_t all = 0, least_of_all = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        int count;
        Span *spans = random_spans(seed, &count);
        const int64_t least = place_least(arena, spans, count);
        const int64_t total = place_spans(arena, spans, count);
        ck_assert_int_ge(total, least);
        for (int i = 0; i < count; i++) {
            ck_assert_int_ge(spans[i].offset, 0);
            ck_assert_int_eq(spans[i].offset % PLACE_ALIGNMENT, 0);
            ck_assert_int_le(spans[i].offset + spans[i].bytes, total);
            for (int k = 0; k < i; k++)
                ck_assert_msg(!overlap(&spans[i], &spans[k]), "seed %d: spans %d and %d overlap",
                              (int)seed, k, i);
        }
        all += total;
        least_of_all += least;
    }
    /* Random lifetimes are harder than those of models. */
    ck_assert_msg((double)all < 1.05 * (double)least_of_all, "%.3f of the least",
                  (double)all / (double)least_of_all);
}
END_TEST

START_TEST(test_spans_that_overflow)
{
    Span spans[] = {{0, 1, INT64_MAX - 127, 0}, {1, 2, INT64_MAX - 127, 0}};
    ck_assert_int_eq(place_spans(arena, spans, 2), -1);
    ck_assert_int_eq(place_room(INT64_MAX - 3), -1);
    ck_assert_int_eq(place_spans(arena, spans, 0), 0);
}
END_TEST

/* Tensors of 4 KiB and its multiples, one behind the other, begin at different places of a page. */
START_TEST(test_room_staggers)
{
    bool seen[4096 / PLACE_ALIGNMENT] = {false};
    for (int i = 0; i < 64; i++) {
        const int64_t at = i * place_room(1 << 20) % 4096 / PLACE_ALIGNMENT;
        ck_assert(!seen[at]);
        seen[at] = true;
    }
    ck_assert_int_eq(place_room(100), 128);
}
END_TEST

/* ---- in place ---- */

static Type type_of(const char *text)
{
    Type type;
    ck_assert(type_read(text, &type));
    return type;
}

typedef struct Chain { /* y = f(exp(x)): both have a buffer, and exp(x) is dead behind y */
    Model *model;
    Graph *g;
    Node *x, *middle;
} Chain;

static Chain new_chain(const char *type_name)
{
    Chain c = {.model = model_new(arena, "test", source_new(arena, "test.dsl", "", 0))};
    c.model->batch_bound = 64;
    c.g = graph_new(c.model, "predict");
    const Entry entry = {.kind = ENTRY_PREDICT, .graph = c.g, .every = 1};
    vec_push(arena, &c.model->entries, entry);
    const Type type = type_of(type_name);
    c.x = graph_slot(c.g, OP_input, model_add_var(c.model, VAR_INPUT, "x", &type, (Loc){0}));
    c.middle = graph_unary(c.g, OP_exp, c.x);
    return c;
}

/* Is the only result computed in the place of an operand? */
static bool is_in_place(const Chain *c, Node *y)
{
    graph_result(c->g, RESULT_VALUE, 0, "y", y, (Loc){0});
    const Program *p = compiled_lower(arena, c->model, 1, BLAS_NONE, false);
    return p->routines.data[0]->values.data[0].buffer->over != NULL;
}

/* One sum, so that exp(x) has two readers and is kept: the second is the one under test. */
static Node *sum_first(const Chain *c)
{
    const Type scalar = type_of("f32");
    Node *sum = graph_reduce(c->g, OP_sum, c->middle, (int[]){0, 1}, 2);
    return graph_broadcast(c->g, graph_reshape(c->g, sum, &scalar), &c->middle->type);
}

START_TEST(test_elementwise_is_in_place)
{
    const Chain c = new_chain("f32[batch, 64]");
    ck_assert(is_in_place(&c, graph_binary(c.g, OP_div, c.middle, sum_first(&c))));
}
END_TEST

START_TEST(test_other_element_is_not)
{
    const Chain c = new_chain("f32[64, 64]");
    Node *turned = graph_permute(c.g, c.middle, (int[]){1, 0});
    ck_assert(!is_in_place(&c, graph_binary(c.g, OP_div, turned, sum_first(&c))));
}
END_TEST

START_TEST(test_two_elements_are_not)
{
    const Chain c = new_chain("f32[64, 64]");
    Node *turned = graph_permute(c.g, c.middle, (int[]){1, 0});
    Node *both = graph_binary(c.g, OP_add, turned, c.middle);
    ck_assert(!is_in_place(&c, graph_binary(c.g, OP_div, both, sum_first(&c))));
}
END_TEST

START_TEST(test_other_size_is_not)
{
    const Chain c = new_chain("f32[batch, 64]");
    Node *y = graph_binary(c.g, OP_div, c.middle, sum_first(&c));
    ck_assert(!is_in_place(&c, graph_cast(c.g, y, DT_F64)));
}
END_TEST

START_TEST(test_what_is_read_later_is_not)
{
    const Chain c = new_chain("f32[batch, 64]");
    Node *y = graph_binary(c.g, OP_div, c.middle, sum_first(&c));
    graph_result(c.g, RESULT_VALUE, 0, "middle", c.middle, (Loc){0});
    ck_assert(!is_in_place(&c, y));
}
END_TEST

/* ---- the order of kernels ---- */

enum { STEP_BUFFERS = 14, STEP_KERNELS = 40 };

static Kernel *random_kernel(uint64_t *state, const Routine *r, int position)
{
    Kernel *k = arena_new_of(arena, Kernel);
    k->name = arena_printf(arena, "k%d", position);
    k->loop = -1;
    for (int i = (int)(next_random(state) % 3); i > 0; i--)
        vec_push(arena, &k->reads, r->buffers.data[next_random(state) % STEP_BUFFERS]);
    vec_push(arena, &k->writes, r->buffers.data[next_random(state) % STEP_BUFFERS]);
    return k;
}

/* A training step whose kernels read and write at random, some of them in a loop or two: nothing
 * computes anything.  Variables are written behind the loss and the faults alone. */
static Routine *random_step(uint64_t seed)
{
    uint64_t state = seed;
    Routine *r = arena_new_of(arena, Routine);
    for (int i = 0; i <= STEP_BUFFERS; i++) {
        Buffer *b = arena_new_of(arena, Buffer);
        *b = (Buffer){.name = arena_printf(arena, "b%d", i),
                      .place = i > 10 && i < STEP_BUFFERS ? PLACE_VARS : PLACE_WORK,
                      .bytes = 64 * (1 + (int64_t)(next_random(&state) % 30)),
                      .loop = -1,
                      .stack_loop = -1};
        vec_push(arena, &r->buffers, b);
    }
    r->loss = r->buffers.data[STEP_BUFFERS];
    r->loss->keep = true;
    const int loss_at = 10 + (int)(next_random(&state) % 20);
    for (int k = 0; k < STEP_KERNELS; k++) {
        Kernel *kernel = random_kernel(&state, r, k);
        if (k == loss_at)
            kernel->writes.data[0] = r->loss;
        else if (k < loss_at && kernel->writes.data[0]->place == PLACE_VARS)
            kernel->writes.data[0] = r->buffers.data[0];
        kernel->uses_fault = k < loss_at && next_random(&state) % 4 == 0;
        vec_push(arena, &r->kernels, kernel);
    }
    const int first = (int)(next_random(&state) % (STEP_KERNELS - 6));
    const Loop loop = {.turns = 3, .outer = -1, .first = first, .end = first + 5};
    vec_push(arena, &r->loops, loop);
    for (int k = loop.first; k < loop.end; k++)
        r->kernels.data[k]->loop = 0;
    return r;
}

/* Which kernel's value each kernel finds in what it reads, in this order: as one text for each. */
static const char **observe(const Routine *r)
{
    const char **seen = arena_array(arena, const char *, STEP_KERNELS);
    StrMap *writers = strmap_new(arena);
    for (int k = 0; k < r->kernels.count; k++) {
        const Kernel *kernel = r->kernels.data[k];
        StrBuf text = strbuf_new(arena);
        for (int i = 0; i < kernel->reads.count; i++) {
            const Kernel *writer = strmap_get(writers, kernel->reads.data[i]->name);
            strbuf_printf(&text, "%s ", writer ? writer->name : "-");
        }
        seen[atoi(kernel->name + 1)] = strbuf_text(&text);
        for (int i = 0; i < kernel->writes.count; i++)
            strmap_set(writers, kernel->writes.data[i]->name, r->kernels.data[k]);
    }
    StrBuf last = strbuf_new(arena);
    for (int i = 0; i < r->buffers.count; i++) {
        const Kernel *writer = strmap_get(writers, r->buffers.data[i]->name);
        const bool stays = r->buffers.data[i]->place == PLACE_VARS || r->buffers.data[i]->keep;
        strbuf_printf(&last, "%s ", writer && stays ? writer->name : "-");
    }
    seen[0] = arena_printf(arena, "%s and at the end %s", seen[0], strbuf_text(&last));
    return seen;
}

static int64_t peak_of(Routine *r)
{
    int at;
    plan_lifetimes(r);
    return plan_peak(r, arena, &at);
}

/* What changes variables comes behind the loss and behind all faults, which keep their order; a
 * loop's kernels follow each other. */
static void check_order(const Routine *r)
{
    int last_fault = -1, loss = -1, first_change = STEP_KERNELS;
    for (int k = 0; k < r->kernels.count; k++) {
        const Kernel *kernel = r->kernels.data[k];
        const int number = atoi(kernel->name + 1);
        if (kernel->uses_fault) {
            ck_assert_int_gt(number, last_fault);
            ck_assert_int_gt(first_change, k);
            last_fault = number;
        }
        if (kernel->writes.data[0] == r->loss)
            loss = k;
        if (kernel->writes.data[0]->place == PLACE_VARS && first_change == STEP_KERNELS)
            first_change = k;
        if (k > r->loops.data[0].first && k < r->loops.data[0].end)
            ck_assert_int_eq(number, atoi(r->kernels.data[k - 1]->name + 1) + 1);
        ck_assert_int_eq(kernel->loop == 0,
                         k >= r->loops.data[0].first && k < r->loops.data[0].end);
    }
    ck_assert_int_lt(loss, first_change);
}

START_TEST(test_order_keeps_meaning)
{
    int better = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        Routine *r = random_step(seed);
        KernelVec order = {0};
        const char **before = observe(r);
        const int64_t given = peak_of(r);
        if (!schedule_find(r, arena, &order))
            continue;
        schedule_apply(r, &order);
        const char **after = observe(r);
        ck_assert_int_eq(r->kernels.count, STEP_KERNELS);
        for (int k = 0; k < STEP_KERNELS; k++)
            ck_assert_msg(strcmp(before[k], after[k]) == 0,
                          "seed %d: kernel %d reads of %s, not %s", (int)seed, k, after[k],
                          before[k]);
        check_order(r);
        ck_assert_int_le(peak_of(r), given);
        better += peak_of(r) < given;
    }
    ck_assert_int_gt(better, 100);
}
END_TEST

static Suite *plan_suite(void)
{
    Suite *suite = suite_create("plan");
    TCase *tests = tcase_create("plan");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_spans_never_overlap);
    tcase_add_test(tests, test_spans_that_overflow);
    tcase_add_test(tests, test_room_staggers);
    tcase_add_test(tests, test_elementwise_is_in_place);
    tcase_add_test(tests, test_other_element_is_not);
    tcase_add_test(tests, test_two_elements_are_not);
    tcase_add_test(tests, test_other_size_is_not);
    tcase_add_test(tests, test_what_is_read_later_is_not);
    tcase_add_test(tests, test_order_keeps_meaning);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(plan_suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
