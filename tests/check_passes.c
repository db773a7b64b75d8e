/* check_passes.c -- what the passes keep: values, through random graphs and whole splits; and what
 * they make, in small graphs of the textual IR.  Gradients have check_grad.c. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "passes/pass.h"
#include "tests/interp.h"

static const Loc nowhere;
static Arena *arena;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

/* ---- models from text ---- */

static const char header[] = "model m\n"
                             "batch_bound 16\n"
                             "option @lr float = 0.125\n"
                             "input @x : f64[batch, 3]\n"
                             "input @n : i32[batch]\n"
                             "param @w : f32[2, 3]\n"
                             "state @s : f64[1, 3]\n";

static Model *read_model(const char *text)
{
    char *said = NULL;
    size_t size = 0;
    Diag *diag = diag_new(arena);
    Model *m = model_read(arena, source_new(arena, "test.ir", text, strlen(text)), diag);
    FILE *out = open_memstream(&said, &size);
    ck_assert_ptr_nonnull(out);
    diag_flush(diag, out);
    fclose(out);
    ck_assert_msg(m != NULL, "%s\nof\n%s", said, text);
    free(said);
    return m;
}

static Model *read_graph(const char *entry, const char *body)
{
    return read_model(arena_printf(arena, "%sgraph g {\n%s}\nentry %s graph=g step=0 every=1\n",
                                   header, body, entry));
}

/* A graph's lines between the braces. */
static const char *graph_body(const Graph *g)
{
    StrBuf out = strbuf_new(arena);
    graph_print(&out, g);
    const char *begin = strchr(strbuf_text(&out), '\n') + 1;
    return arena_strndup(arena, begin, (size_t)(strrchr(begin, '}') - begin));
}

static void assert_sound(const Model *m)
{
    for (int i = 0; i < m->entries.count; i++)
        ck_assert_pstr_eq(graph_verify(m->entries.data[i].graph), NULL);
}

/* ---- what one pass makes of one graph ---- */

typedef struct Rewrite {
    const char *pass, *before, *after; /* after NULL: the same */
} Rewrite;

/* clang-format off */
#define W "  %0 = param @w : f32[2, 3]\n"
#define X "  %0 = input @x : f64[batch, 3]\n"

/* A product of 64 KiB. */
#define P "  %0 = const 0.5 : f32[128, 64]\n  %1 = contract %0 %0 labels=ik,jk->ij : f32[128, 128]\n"

/* A convolution along one axis, with a border of 1. */
#define I W "  %1 = reshape %0 : f32[1, 2, 3]\n  %2 = pad %1 start=[0, 0, 1] step=[1, 1, 1] fill=0.0 : f32[1, 2, 5]\n" \
            "  %3 = window %2 axis=2 step=[1, 1] : f32[1, 2, 4, 2]\n  %4 = const 0.5 : f32[3, 2, 2]\n" \
            "  %5 = contract %3 %4 labels=ncok,mck->nmo : f32[1, 3, 4]\n"

/* The same, its channels last. */
#define IMAGES_LAST(permuted, padded, windows, weight, made) W "  %1 = reshape %0 : f32[1, 2, 3]\n" \
            "  %" permuted " = permute %1 axes=[0, 2, 1] : f32[1, 3, 2]\n" \
            "  %" padded " = pad %" permuted " start=[0, 1, 0] step=[1, 1, 1] fill=0.0 : f32[1, 5, 2]\n" \
            "  %" windows " = window %" padded " axis=1 step=[1, 1] : f32[1, 4, 2, 2]\n" \
            "  %" weight " = const 0.5 : f32[2, 2, 3]\n" \
            "  %" made " = contract %" windows " %" weight " labels=nokc,kcm->nom : f32[1, 4, 3]\n"

static const Rewrite rewrites[] = {
    {"fold", W "  %1 = const 2.0 : f32[2, 3]\n  %2 = const 3.0 : f32[2, 3]\n  %3 = add %1 %2 : f32[2, 3]\n"
             "  %4 = mul %0 %3 : f32[2, 3]\n  value y = %4\n",
             W "  %5 = const 5.0 : f32[2, 3]\n  %4 = mul %0 %5 : f32[2, 3]\n  value y = %4\n"},
    {"fold", W "  %1 = const 1.0 : f32[2, 3]\n  %2 = mul %1 %0 : f32[2, 3]\n  %3 = div %2 %1 : f32[2, 3]\n"
             "  %4 = pow %3 %1 : f32[2, 3]\n  value y = %4\n", W "  value y = %0\n"},
    {"fold", W "  %1 = const 4.0 : f32[2, 3]\n  %2 = div %0 %1 : f32[2, 3]\n  value y = %2\n",
             W "  %3 = const 0.25 : f32[2, 3]\n  %4 = mul %0 %3 : f32[2, 3]\n  value y = %4\n"},
    {"fold", W "  %1 = const 3.0 : f32[2, 3]\n  %2 = div %0 %1 : f32[2, 3]\n  value y = %2\n", NULL},
    {"fold", X "  %1 = const 0.5 : f64[batch, 3]\n  %2 = div %0 %1 : f64[batch, 3]\n  value y = %2\n",
             X "  %3 = const 2.0 : f64[batch, 3]\n  %4 = mul %0 %3 : f64[batch, 3]\n  value y = %4\n"},
    {"fold", W "  %1 = neg %0 : f32[2, 3]\n  %2 = neg %1 : f32[2, 3]\n  %3 = detach %2 : f32[2, 3]\n  value y = %3\n",
             W "  value y = %0\n"},
    {"fold", W "  %1 = cast %0 : f64[2, 3]\n  %2 = cast %1 : f32[2, 3]\n  value y = %2\n", W "  value y = %0\n"},
    {"fold", X "  %1 = cast %0 : f32[batch, 3]\n  %2 = cast %1 : f64[batch, 3]\n  value y = %2\n", NULL},
    {"fold", W "  %1 = reshape %0 : f32[6]\n  %2 = reshape %1 : f32[3, 2]\n  %3 = reshape %2 : f32[2, 3]\n  value y = %3\n",
             W "  value y = %0\n"},
    {"fold", W "  %1 = permute %0 axes=[1, 0] : f32[3, 2]\n  %2 = contract %0 %1 labels=ik,kj->ij : f32[2, 2]\n  value y = %2\n",
             W "  %3 = contract %0 %0 labels=ik,jk->ij : f32[2, 2]\n  value y = %3\n"},
    {"fold", W "  %1 = contract %0 %0 labels=ik,jk->ij : f32[2, 2]\n  %2 = permute %1 axes=[1, 0] : f32[2, 2]\n  value y = %2\n",
             W "  %3 = contract %0 %0 labels=ik,jk->ji : f32[2, 2]\n  value y = %3\n"},
    {"fold", W "  %1 = contract %0 %0 labels=ik,jk->ij : f32[2, 2]\n  %2 = permute %1 axes=[1, 0] : f32[2, 2]\n"
             "  value y = %2\n  value z = %1\n", NULL},
    {"fold", W "  %1 = add %0 %0 : f32[2, 3]\n  value y = %1\n",
     W "  %2 = const 2.0 : f32[2, 3]\n  %3 = mul %0 %2 : f32[2, 3]\n  value y = %3\n"},
    {"fold", W "  %1 = neg %0 : f32[2, 3]\n  %2 = sum %1 axes=[0] : f32[1, 3]\n  value y = %2\n",
     W "  %3 = sum %0 axes=[0] : f32[1, 3]\n  %4 = neg %3 : f32[1, 3]\n  value y = %4\n"},
    {"fold", "  %0 = input @n : i32[batch]\n  %1 = cast %0 : f64[batch]\n"
             "  %2 = scatter %1 %0 axis=1 labels=av,a->a : f64[batch, 5]\n"
             "  %3 = sum %2 axes=[1] : f64[batch, 1]\n  value y = %3\n",
     "  %0 = input @n : i32[batch]\n  %1 = cast %0 : f64[batch]\n"
             "  %4 = reshape %1 : f64[batch, 1]\n  value y = %4\n"},
    {"fold", "  %0 = input @n : i32[batch]\n  %1 = cast %0 : f64[batch]\n"
             "  %2 = scatter %1 %0 axis=1 labels=av,a->a : f64[batch, 5]\n"
             "  %3 = sum %2 axes=[0] : f64[1, 5]\n  value y = %3\n", NULL},
    {"fold", W "  %1 = sum %0 axes=[0] : f32[1, 3]\n  %2 = sum %1 axes=[0, 1] : f32[1, 1]\n  value y = %2\n",
             W "  %1 = sum %0 axes=[0] : f32[1, 3]\n  %3 = sum %1 axes=[1] : f32[1, 1]\n  value y = %3\n"},
    {"fold", "  %0 = option @lr : f64\n  %1 = const 1.0 : f64\n  %2 = mul %0 %1 : f64\n  %3 = cast %2 : f32\n  value y = %3\n",
             "  %0 = option @lr : f64\n  %3 = cast %0 : f32\n  value y = %3\n"},
    {"fold", W "  %1 = const true : bool[2, 3]\n  %2 = neg %0 : f32[2, 3]\n"
             "  %3 = where %1 %0 %2 : f32[2, 3]\n  value y = %3\n", W "  value y = %0\n"},
    {"fold", W "  %1 = reshape %0 : f32[1, 2, 3]\n  %2 = permute %1 axes=[1, 2, 0] : f32[2, 3, 1]\n"
             "  %3 = permute %2 axes=[1, 0, 2] : f32[3, 2, 1]\n  value y = %3\n",
             W "  %1 = reshape %0 : f32[1, 2, 3]\n  %4 = permute %1 axes=[2, 1, 0] : f32[3, 2, 1]\n  value y = %4\n"},
    {"fold", W "  %1 = const 2.0 : f32[2, 3]\n  %2 = pow %0 %1 : f32[2, 3]\n  value y = %2\n",
             W "  %3 = mul %0 %0 : f32[2, 3]\n  value y = %3\n"},
    {"fold", W "  %1 = const 0.5 : f32[2, 3]\n  %2 = pow %0 %1 : f32[2, 3]\n  value y = %2\n",
             W "  %3 = sqrt %0 : f32[2, 3]\n  value y = %3\n"},
    {"fold", "  %0 = input @n : i32[batch]\n  %1 = const 0 : i32[batch]\n  %2 = mul %0 %1 : i32[batch]\n  value y = %2\n",
             "  %1 = const 0 : i32[batch]\n  value y = %1\n"},
    {"fold", W "  %1 = const 0.0 : f32[2, 3]\n  %2 = mul %0 %1 : f32[2, 3]\n  value y = %2\n", NULL}, /* of inf: NaN */
    {"fold", W "  %1 = const 0.0 : f32[2, 3]\n  %2 = const false : bool[2, 3]\n  %3 = where %2 %0 %1 : f32[2, 3]\n  value y = %3\n",
             "  %1 = const 0.0 : f32[2, 3]\n  value y = %1\n"},
    {"fold", W "  %1 = lt %0 %0 : bool[2, 3]\n  %2 = where %1 %0 %0 : f32[2, 3]\n  value y = %2\n", W "  value y = %0\n"},
    {"fold", W "  %1 = uniform key=0x0000000000000001 : f32[2, 3]\n  %2 = const 1.0 : f32[2, 3]\n  %3 = lt %1 %2 : bool[2, 3]\n"
               "  %4 = cast %3 : f32[2, 3]\n  %5 = mul %0 %4 : f32[2, 3]\n  value y = %5\n",
             W "  value y = %0\n"}, /* dropout that drops nothing */
    {"fold", "  %0 = uniform key=0x0000000000000001 : f32[2, 3]\n  %1 = const 0.75 : f32[2, 3]\n  %2 = lt %0 %1 : bool[2, 3]\n"
             "  value y = %2\n", NULL},
    {"fold", W "  %1 = cast %0 : bool[2, 3]\n  %2 = cast %1 : f32[2, 3]\n  value y = %2\n", NULL},
    {"fold", W "  %1 = slice %0 start=[0, 0] step=[1, 1] : f32[2, 3]\n"
             "  %2 = pad %1 start=[0, 0] step=[1, 1] fill=0.0 : f32[2, 3]\n  value y = %2\n", W "  value y = %0\n"},
    {"fold", W "  %1 = slice %0 start=[1, 0] step=[-1, 1] : f32[2, 3]\n  value y = %1\n", NULL},
    {"fold", W "  %1 = slice %0 start=[0, 0] step=[1, 1] : f32[1, 3]\n"
             "  %2 = slice %1 start=[0, 2] step=[1, -1] : f32[1, 3]\n  value y = %2\n",
             W "  %3 = slice %0 start=[0, 2] step=[1, -1] : f32[1, 3]\n  value y = %3\n"},
    /* The gradient of a convolution by its data is a convolution; of what lies apart, no sum. */
    {"fold", W "  %1 = contract %0 %0 labels=co,ck->ok : f32[3, 3]\n  %2 = fold %1 axis=0 step=[2, 1] : f32[8]\n  value y = %2\n",
             W "  %3 = pad %0 start=[0, 2] step=[1, 2] fill=0.0 : f32[2, 10]\n  %4 = window %3 axis=1 step=[1, 1] : f32[2, 8, 3]\n"
             "  %5 = slice %0 start=[0, 2] step=[1, -1] : f32[2, 3]\n"
             "  %6 = contract %4 %5 labels=cok,ck->o : f32[8]\n  value y = %6\n"},
    {"fold", W "  %1 = fold %0 axis=0 step=[4, 1] : f32[8]\n  value y = %1\n",
             W "  %2 = pad %0 start=[0, 0] step=[1, 1] fill=0.0 : f32[2, 4]\n  %3 = reshape %2 : f32[8]\n  value y = %3\n"},
    {"fold", W "  %1 = fold %0 axis=0 step=[1, 2] : f32[6]\n  value y = %1\n", NULL},
    {"fold", W "  %1 = pad %0 start=[1, 1] step=[1, 2] fill=0.0 : f32[4, 7]\n  %2 = slice %1 start=[0, 3] step=[1, 1] : f32[4, 3]\n"
             "  value y = %2\n",
             W "  %3 = slice %0 start=[0, 1] step=[1, 1] : f32[2, 2]\n"
             "  %4 = pad %3 start=[1, 0] step=[1, 2] fill=0.0 : f32[4, 3]\n  value y = %4\n"},
    {"fold", W "  %1 = contract %0 %0 labels=ik,jk->ij : f32[2, 2]\n  %2 = slice %1 start=[1, 0] step=[1, 1] : f32[1, 2]\n"
             "  value y = %2\n",
             W "  %3 = slice %0 start=[1, 0] step=[1, 1] : f32[1, 3]\n"
             "  %4 = contract %3 %0 labels=ik,jk->ij : f32[1, 2]\n  value y = %4\n"},
    {"fold", W "  %1 = window %0 axis=1 step=[1, 1] : f32[2, 2, 2]\n"
             "  %2 = pad %1 start=[1, 0, 0] step=[1, 1, 1] fill=0.0 : f32[4, 2, 2]\n  value y = %2\n",
             W "  %3 = pad %0 start=[1, 0] step=[1, 1] fill=0.0 : f32[4, 3]\n"
             "  %4 = window %3 axis=1 step=[1, 1] : f32[4, 2, 2]\n  value y = %4\n"},
    {"fold", "  %0 = option @lr : f64\n  %1 = reshape %0 : f64\n  value y = %1\n", NULL}, /* a tensor, not the host's */
    {"fold", "  %0 = const 1 : i32\n  %1 = const 0 : i32\n  %2 = floordiv %0 %1 : i32\n  value y = %2\n", NULL},
    {"fold", W "  %1 = reshape %0 : f32[1, 2, 3]\n  %2 = permute %1 axes=[1, 2, 0] : f32[2, 3, 1]\n"
             "  %3 = contract %2 %0 labels=abc,ib->iac : f32[2, 2, 1]\n  value y = %3\n",
             W "  %1 = reshape %0 : f32[1, 2, 3]\n  %4 = contract %1 %0 labels=cab,ib->iac : f32[2, 2, 1]\n  value y = %4\n"},
    {"cse", W "  %1 = exp %0 : f32[2, 3]\n  %2 = exp %0 : f32[2, 3] name=e\n  %3 = mul %1 %2 : f32[2, 3]\n  value y = %3\n",
            W "  %1 = exp %0 : f32[2, 3] name=e\n  %3 = mul %1 %1 : f32[2, 3]\n  value y = %3\n"},
    {"cse", W "  %1 = const 0.0 : f32[2, 3]\n  %2 = const -0.0 : f32[2, 3]\n  %3 = mul %0 %1 : f32[2, 3]\n"
            "  %4 = mul %0 %2 : f32[2, 3]\n  %5 = add %3 %4 : f32[2, 3]\n  value y = %5\n", NULL},
    {"cse", "  %0 = uniform key=0x0000000000000001 : f32[2]\n  %1 = uniform key=0x0000000000000002 : f32[2]\n"
            "  %2 = normal key=0x0000000000000001 : f32[2]\n  %3 = uniform key=0x0000000000000001 : f32[2]\n"
            "  %4 = concat %0 %1 %2 %3 axis=0 : f32[8]\n  value y = %4\n",
            "  %0 = uniform key=0x0000000000000001 : f32[2]\n  %1 = uniform key=0x0000000000000002 : f32[2]\n"
            "  %2 = normal key=0x0000000000000001 : f32[2]\n  %4 = concat %0 %1 %2 %0 axis=0 : f32[8]\n  value y = %4\n"},
    {"cse", W "  %1 = sum %0 axes=[0] : f32[1, 3]\n  %2 = sum %0 axes=[1] : f32[2, 1]\n  %3 = max %0 axes=[0] : f32[1, 3]\n"
            "  value a = %1\n  value b = %2\n  value c = %3\n", NULL},
    {"cse", "  %0 = const [1.0, 2.0] : f32[2]\n  %1 = const [1.0, 3.0] : f32[2]\n  %2 = const [1.0, 2.0] : f32[2]\n"
            "  value a = %0\n  value b = %1\n  value c = %2\n",
            "  %0 = const [1.0, 2.0] : f32[2]\n  %1 = const [1.0, 3.0] : f32[2]\n  value a = %0\n  value b = %1\n  value c = %0\n"},
    {"cse", W "  %1 = exp %0 : f32[2, 3]\n  %2 = contract %0 %1 labels=ik,jk->ij : f32[2, 2]\n"
            "  %3 = contract %0 %1 labels=ik,jk->ji : f32[2, 2]\n  value y = %2\n  value z = %3\n", NULL},
    {"dce", W "  %1 = exp %0 : f32[2, 3]\n  %2 = neg %0 : f32[2, 3]\n  value y = %2\n",
            W "  %2 = neg %0 : f32[2, 3]\n  value y = %2\n"},
    {"masks", W "  %1 = const 0.0 : f32[2, 3]\n  %2 = le %0 %1 : bool[2, 3]\n  %3 = where %2 %1 %0 : f32[2, 3]\n"
              "  %4 = exp %3 : f32[2, 3]\n  %5 = where %2 %1 %4 : f32[2, 3]\n  value y = %5\n",
              W "  %1 = const 0.0 : f32[2, 3]\n  %2 = le %0 %1 : bool[2, 3]\n  %3 = where %2 %1 %0 : f32[2, 3]\n"
              "  %4 = exp %3 : f32[2, 3]\n  %6 = le %3 %1 : bool[2, 3]\n  %5 = where %6 %1 %4 : f32[2, 3]\n  value y = %5\n"},
    {"masks", W "  %1 = const 0.0 : f32[2, 3]\n  %2 = lt %0 %1 : bool[2, 3]\n  %3 = where %2 %1 %0 : f32[2, 3]\n"
              "  %4 = where %2 %0 %3 : f32[2, 3]\n  value y = %4\n", NULL}, /* a NaN and -0 differ */
    {"masks", W "  %1 = const 0.0 : f32[2, 3]\n  %2 = le %0 %1 : bool[2, 3]\n  %3 = where %2 %1 %0 : f32[2, 3]\n"
              "  value y = %3\n", NULL}, /* nobody else asks */
    {"channels_last", I "  %6 = sum %5 axes=[2] : f32[1, 3, 1]\n  %7 = exp %5 : f32[1, 3, 4]\n  value a = %6\n  value b = %7\n",
             IMAGES_LAST("8", "9", "10", "11", "12") "  %13 = sum %12 axes=[1] : f32[1, 1, 3]\n"
             "  %14 = exp %12 : f32[1, 4, 3]\n"
             "  %15 = reshape %13 : f32[1, 3, 1]\n"
             "  %16 = permute %14 axes=[0, 2, 1] : f32[1, 3, 4]\n"
             "  value a = %15\n"
             "  value b = %16\n"},
    {"channels_last", I "  %6 = reshape %5 : f32[3, 2, 2]\n  %7 = add %6 %4 : f32[3, 2, 2]\n  value a = %7\n",
             IMAGES_LAST("8", "9", "10", "11", "12") "  %13 = reshape %12 : f32[2, 2, 3]\n"
             "  %14 = const 0.5 : f32[2, 2, 3]\n"
             "  %15 = add %13 %14 : f32[2, 2, 3]\n"
             "  %16 = permute %15 axes=[2, 0, 1] : f32[3, 2, 2]\n"
             "  value a = %16\n"},
    {"channels_last", I "  %6 = contract %5 %3 labels=nmo,ncok->mck : f32[3, 2, 2]\n  value a = %6\n",
             IMAGES_LAST("7", "8", "9", "10", "11") "  %12 = contract %11 %9 labels=nom,nokc->kcm : f32[2, 2, 3]\n"
             "  %13 = permute %12 axes=[2, 1, 0] : f32[3, 2, 2]\n"
             "  value a = %13\n"},
    {"channels_last", W "  %1 = contract %0 %0 labels=ik,jk->ij : f32[2, 2]\n  value y = %1\n", NULL},
    /* A quotient of what is kept is made again, a tanh is not; a mask is asked of what a product reads. */
    {"recompute", P "  %2 = sum %1 axes=[1] : f32[128, 1]\n  %3 = expand %2 : f32[128, 128]\n  %4 = div %1 %3 : f32[128, 128]\n"
             "  %5 = exp %4 : f32[128, 128]\n  %6 = mul %4 %1 : f32[128, 128] grad_of=%5\n"
             "  %7 = add %6 %4 : f32[128, 128] grad_of=%5\n  value e = %5\n  value g = %7\n",
             P "  %2 = sum %1 axes=[1] : f32[128, 1]\n  %3 = expand %2 : f32[128, 128]\n  %4 = div %1 %3 : f32[128, 128]\n"
             "  %5 = exp %4 : f32[128, 128]\n  %8 = expand %2 : f32[128, 128] grad_of=%3\n"
             "  %9 = div %1 %8 : f32[128, 128] grad_of=%4\n  %6 = mul %9 %1 : f32[128, 128] grad_of=%5\n"
             "  %7 = add %6 %9 : f32[128, 128] grad_of=%5\n  value e = %5\n  value g = %7\n"},
    {"recompute", P "  %2 = tanh %1 : f32[128, 128]\n  %3 = exp %2 : f32[128, 128]\n  %4 = mul %2 %1 : f32[128, 128] grad_of=%3\n"
             "  value e = %3\n  value g = %4\n", NULL},
    {"recompute", P "  %2 = const 0.0 : f32[128, 128]\n  %3 = le %1 %2 : bool[128, 128]\n  %4 = where %3 %2 %1 : f32[128, 128]\n"
             "  %5 = contract %4 %0 labels=ij,jk->ik : f32[128, 64]\n  %6 = const 1.0 : f32[128, 128]\n"
             "  %7 = where %3 %2 %6 : f32[128, 128] grad_of=%4\n  value a = %5\n  value g = %7\n",
             P "  %2 = const 0.0 : f32[128, 128]\n  %3 = le %1 %2 : bool[128, 128]\n  %4 = where %3 %2 %1 : f32[128, 128]\n"
             "  %5 = contract %4 %0 labels=ij,jk->ik : f32[128, 64]\n  %6 = const 1.0 : f32[128, 128]\n"
             "  %8 = le %4 %2 : bool[128, 128] grad_of=%3\n"
             "  %7 = where %8 %2 %6 : f32[128, 128] grad_of=%4\n  value a = %5\n  value g = %7\n"},
};
/* clang-format on */

START_TEST(test_rewrites)
{
    const Rewrite *r = &rewrites[_i];
    Model *m = read_graph("print", r->before);
    Graph *g = m->entries.data[0].graph;
    const bool changed = pass_find(r->pass)->graph(g);
    assert_sound(m);
    ck_assert_str_eq(graph_body(g), r->after ? r->after : r->before);
    ck_assert_int_eq(changed, r->after != NULL);
    ck_assert(!pass_find(r->pass)->graph(g)); /* nothing is left to do */
}
END_TEST

/* ---- random graphs ---- */

enum { RANDOM_GRAPHS = 300, RANDOM_NODES = 30, MOST_RANK = 3 };

typedef struct Maker {
    Graph *g;
    uint64_t state;
    NodeVec pool; /* f32 tensors of at most MOST_RANK axes */
} Maker;

static int pick(Maker *k, int count)
{
    k->state = k->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((k->state >> 33) % (uint64_t)count);
}

static Node *any_node(Maker *k)
{
    return k->pool.data[pick(k, k->pool.count)];
}

static double any_number(Maker *k)
{
    static const double numbers[] = {0, 1, 2, 0.5, 4, -1, 3, -0.25};
    return numbers[pick(k, (int)(sizeof numbers / sizeof *numbers))];
}

/* One that x can be added to, or a number. */
static Node *any_like(Maker *k, Node *x)
{
    Node *y = any_node(k);
    return type_equal(&x->type, &y->type) ? y : graph_number(k->g, any_number(k), &x->type);
}

static Node *make_ewise(Maker *k)
{
    static const Op ones[] = {OP_neg, OP_abs, OP_sign, OP_tanh, OP_sin, OP_sigmoid, OP_detach};
    static const Op twos[] = {OP_add, OP_sub, OP_mul, OP_minimum, OP_maximum};
    Node *x = any_node(k), *y = any_like(k, x);
    switch (pick(k, 6)) {
    case 0:
    case 1:
        return graph_unary(k->g, ones[pick(k, 7)], x);
    case 2:
        return graph_binary(k->g, OP_div, x, graph_number(k->g, 1 << pick(k, 3), &x->type));
    case 3:
        return graph_binary(k->g, OP_pow, x, graph_number(k->g, 1 + pick(k, 3), &x->type));
    case 4:
        return graph_where(k->g, graph_binary(k->g, OP_lt, x, y), y, any_like(k, x));
    default:
        return graph_binary(k->g, twos[pick(k, 5)], pick(k, 2) ? x : y, y);
    }
}

static Node *make_casts(Maker *k)
{
    static const DType wides[] = {DT_F64, DT_F16, DT_F32};
    Node *x = any_node(k);
    for (int i = pick(k, 3); i >= 0; i--)
        x = graph_cast(k->g, x, wides[pick(k, 3)]);
    return graph_cast(k->g, x, DT_F32);
}

/* Axes in any order: turns alone would commute. */
static Node *make_permute(Maker *k, Node *x)
{
    int axes[MAX_RANK];
    for (int i = 0; i < x->type.rank; i++) {
        const int at = pick(k, i + 1);
        axes[i] = axes[at];
        axes[at] = i;
    }
    return graph_permute(k->g, x, axes);
}

/* With an axis of 1 more or less, and repeated to 3. */
static Node *make_reshape(Maker *k, Node *x)
{
    Type type = x->type;
    if (type.rank < MOST_RANK) {
        type.dims[type.rank++] = dim_fixed(1);
        x = graph_reshape(k->g, x, &type);
        type.dims[type.rank - 1] = dim_fixed(pick(k, 2) ? 1 : 3);
        return graph_expand(k->g, x, &type);
    }
    if (!dim_is_one(type.dims[type.rank - 1]))
        return x;
    type.rank--;
    return graph_reshape(k->g, x, &type);
}

/* Every fixed axis, backwards or its first half; then between other elements. */
static Node *make_slice(Maker *k, Node *x)
{
    int64_t start[MAX_RANK] = {0}, step[MAX_RANK];
    Type type = x->type;
    for (int i = 0; i < type.rank; i++) {
        step[i] = type.dims[i].batch ? 1 : 1 - 2 * pick(k, 2);
        start[i] = step[i] < 0 ? type.dims[i].size - 1 : 0;
        if (!type.dims[i].batch && step[i] > 0 && pick(k, 2))
            type.dims[i].size = (type.dims[i].size + 1) / 2;
    }
    x = graph_slice(k->g, x, start, step, &type);
    for (int i = 0; i < type.rank; i++) {
        start[i] = type.dims[i].batch || type.dims[i].size > 2 ? 0 : pick(k, 2);
        step[i] = 1;
        type.dims[i].size += start[i];
    }
    return graph_pad(k->g, x, start, step, scalar_float(DT_F32, any_number(k)), &type);
}

static Node *make_concat(Maker *k, Node *x)
{
    const int axis = pick(k, x->type.rank);
    if (x->type.dims[axis].batch || x->type.dims[axis].size > 2)
        return x;
    return graph_concat(k->g, (Node *[]){x, any_like(k, x)}, 2, axis);
}

/* An axis as windows, and some of their places. */
static Node *make_window(Maker *k, Node *x)
{
    const int axis = pick(k, x->type.rank);
    const int64_t size = x->type.dims[axis].size;
    if (x->type.dims[axis].batch || size < 1 || x->type.rank == MOST_RANK)
        return x;
    Window w = {.axis = axis, .taps = 1 + pick(k, size > 2 ? 3 : 1), .step = 1 + pick(k, 2)};
    w.dilation = w.taps * 2 - 1 <= size ? 1 + pick(k, 2) : 1;
    w.places = (size - (w.taps - 1) * w.dilation - 1) / w.step + 1;
    return make_slice(k, graph_window(k->g, x, &w));
}

/* A product's places and taps added up.  Of -1, 0 and 1: every order of the sum is exact. */
static Node *make_fold(Maker *k)
{
    Node *a = graph_unary(k->g, OP_sign, any_node(k)), *b = graph_unary(k->g, OP_sign, any_node(k));
    const int axis = a->type.rank - 1;
    char la[MAX_RANK + 1] = "", lb[MAX_RANK + 1] = "";
    if (axis < 0 || b->type.rank < 1 || axis + b->type.rank >= MOST_RANK ||
        a->type.dims[axis].batch || b->type.dims[0].batch ||
        (type_batch_axis(&a->type) >= 0 && type_batch_axis(&b->type) >= 0))
        return a;
    for (int i = 0; i <= axis; i++)
        la[i] = (char)('a' + i);
    for (int i = 0; i < b->type.rank; i++)
        lb[i] = (char)('m' + i);
    const Window w = {axis, a->type.dims[axis].size, b->type.dims[0].size, 1 + pick(k, 3),
                      1 + pick(k, 2)};
    if (w.places < 1 || w.taps < 1)
        return a;
    Node *product = graph_contract(k->g, a, b, la, lb, arena_printf(arena, "%s%s", la, lb));
    const int64_t least = (w.places - 1) * w.step + (w.taps - 1) * w.dilation + 1;
    return make_slice(k, graph_fold(k->g, product, &w, least + pick(k, 2)));
}

static Node *make_view(Maker *k)
{
    Node *x = any_node(k);
    if (x->type.rank == 0)
        return make_reshape(k, x);
    switch (pick(k, 6)) {
    case 4:
        return make_window(k, x);
    case 5:
        return make_fold(k);
    case 0:
        return make_permute(k, x);
    case 1:
        return make_reshape(k, x);
    case 2:
        return make_slice(k, x);
    default:
        return make_concat(k, x);
    }
}

static Node *make_reduce(Maker *k)
{
    static const Op ops[] = {OP_sum, OP_prod, OP_max, OP_min};
    Node *x = any_node(k);
    int axes[MAX_RANK], count = 0;
    for (int i = 0; i < x->type.rank; i++)
        if (pick(k, 2))
            axes[count++] = i;
    if (count == 1 && pick(k, 4) == 0)
        return graph_cast(k->g, graph_reduce(k->g, OP_argmax, x, axes, 1), DT_F32);
    return graph_reduce(k->g, ops[pick(k, 4)], x, axes, count);
}

/* Axes of the same size may share a letter; each letter stays in the result or not. */
static Node *make_contract(Maker *k)
{
    Node *a = any_node(k), *b = any_node(k);
    char la[MAX_RANK + 1] = "", lb[MAX_RANK + 1] = "", out[MAX_RANK + 1] = "";
    bool batch = false;
    int count = 0;
    for (int i = 0; i < a->type.rank; i++)
        la[i] = (char)('a' + i);
    for (int i = 0; i < b->type.rank; i++) {
        lb[i] = (char)('m' + i);
        for (int j = 0; j < a->type.rank; j++)
            if (dim_equal(a->type.dims[j], b->type.dims[i]) && !strchr(lb, la[j]) && pick(k, 3))
                lb[i] = la[j];
    }
    for (const char *l = arena_printf(arena, "%s%s", lb, la); *l && count < MOST_RANK; l++) {
        const char *in_a = strchr(la, *l), *in_b = strchr(lb, *l);
        const Dim dim = in_a ? a->type.dims[in_a - la] : b->type.dims[in_b - lb];
        if (strchr(out, *l) || (dim.batch && batch) || pick(k, 2))
            continue;
        batch = batch || dim.batch;
        out[count++] = *l;
    }
    return graph_contract(k->g, a, b, la, lb, out);
}

static bool is_small(const Node *n)
{
    int64_t count;
    return n->type.rank <= MOST_RANK && type_count(&n->type, 3, &count) && count <= 81;
}

static Graph *random_graph(uint64_t seed, Model **out)
{
    Model *m = read_graph("print", "  %0 = input @x : f64[batch, 3]\n  %1 = param @w : f32[2, 3]\n"
                                   "  value x = %0\n  value w = %1\n");
    Maker k = {.g = m->entries.data[0].graph, .state = seed};
    vec_push(arena, &k.pool, graph_cast(k.g, k.g->nodes.data[0], DT_F32));
    vec_push(arena, &k.pool, k.g->nodes.data[1]);
    Node *(*const makers[])(Maker *) = {make_ewise,  make_ewise,    make_casts, make_view,
                                        make_reduce, make_contract, make_view};
    for (int i = 0; i < RANDOM_NODES; i++) {
        Node *n = makers[pick(&k, 7)](&k);
        if (is_small(n))
            vec_push(arena, &k.pool, n);
    }
    for (int i = 1; i <= 4; i++)
        graph_result(k.g, RESULT_VALUE, 0, arena_printf(arena, "y%d", i),
                     k.pool.data[k.pool.count - 1 - pick(&k, 8)], nowhere);
    *out = m;
    return k.g;
}

/* The values of the results, one after the other. */
static double *result_values(Interp *in, const Graph *g, int64_t *total)
{
    double **values = interp_run(in, g);
    double *all = arena_array(arena, double, 10000);
    *total = 0;
    for (int i = 0; i < g->results.count; i++) {
        const Node *n = g->results.data[i].node;
        for (int64_t e = 0; e < interp_count(in, &n->type); e++)
            all[(*total)++] = values[n->id][e];
    }
    return all;
}

/* The same number: zeros of either sign, and NaNs, are one. */
static bool is_same(double a, double b)
{
    return (isnan(a) && isnan(b)) || (a <= b && a >= b);
}

static void assert_text_is_kept(const Model *m)
{
    StrBuf once = strbuf_new(arena), twice = strbuf_new(arena);
    model_print(&once, m);
    model_print(&twice, read_model(strbuf_text(&once)));
    ck_assert_str_eq(strbuf_text(&twice), strbuf_text(&once));
}

static void keep_values(const char *const *passes_run, int count, uint64_t seed)
{
    Model *m;
    Graph *g = random_graph(seed, &m);
    Interp in = interp_new(m, 1 + (int64_t)(seed % 3));
    for (int i = 0; i < 9; i++)
        interp_var(&in, 0)[i % (3 * in.batch)] = sin(1.5 * i + (double)seed);
    for (int i = 0; i < 6; i++)
        interp_var(&in, 2)[i] = (float)cos(i * i + (double)seed);
    int64_t had, has;
    const double *before = result_values(&in, g, &had);
    for (int p = 0; p < count; p++) {
        pass_find(passes_run[p])->graph(g);
        ck_assert_pstr_eq(graph_verify(g), NULL);
        assert_text_is_kept(m);
        const double *after = result_values(&in, g, &has);
        ck_assert_int_eq(had, has);
        for (int64_t e = 0; e < has; e++)
            ck_assert_msg(is_same(before[e], after[e]),
                          "%s of graph %d: element %d is %.17g, was %.17g", passes_run[p],
                          (int)seed, (int)e, after[e], before[e]);
    }
}

START_TEST(test_values_are_kept)
{
    static const char *const orders[][4] = {{"fold", "cse", "dce", "fold"},
                                            {"cse", "fold", "cse", "dce"},
                                            {"dce", "fold", "fold", "cse"}};
    for (int seed = 0; seed < RANDOM_GRAPHS; seed++) {
        keep_values(orders[seed % 3], 4, (uint64_t)seed);
        tear_down();
        set_up();
    }
}
END_TEST

/* ---- size ---- */

/* Many equal and foldable nodes in a row: no pass takes more than its share of time or stack. */
START_TEST(test_long_graphs)
{
    enum { LENGTH = 50000 };
    Model *m = read_graph("print", W "  value w = %0\n");
    Graph *g = m->entries.data[0].graph;
    Node *w = g->nodes.data[0], *x = w;
    for (int i = 0; i < LENGTH; i++) {
        const Scalar elements[] = {scalar_float(DT_F32, i)};
        Node *number =
            graph_literal(g, elements, &(Type){.dtype = DT_F32, .rank = 1, .dims = {{1, false}}});
        x = graph_binary(g, OP_add, x, graph_broadcast(g, number, &w->type));
        x = graph_unary(g, OP_neg, graph_unary(g, OP_neg, x));
    }
    graph_result(g, RESULT_VALUE, 0, "y", x, nowhere);
    ck_assert(pass_fold(g));
    ck_assert(!pass_cse(g));
    ck_assert(!pass_dce(g));
    ck_assert_int_eq(g->nodes.count, 1 + 4 * LENGTH);
}
END_TEST

/* ---- the pipeline ---- */

static const char shared[] = W "  %1 = exp %0 : f32[2, 3]\n  %2 = exp %0 : f32[2, 3]\n"
                               "  %3 = const 1.0 : f32[2, 3]\n  %4 = mul %2 %3 : f32[2, 3]\n"
                               "  %5 = add %1 %4 : f32[2, 3]\n  value y = %5\n";

static int nodes_after(PipelineOptions options)
{
    Model *m = read_graph("print", shared);
    pipeline_run(m, &options);
    assert_sound(m);
    return m->entries.data[0].graph->nodes.count;
}

START_TEST(test_pipeline_options)
{
    const char *fold = "fold", *cse = "cse", *grad = "grad";
    ck_assert_int_eq(nodes_after((PipelineOptions){.level = 0}), 6);
    ck_assert_int_eq(nodes_after((PipelineOptions){.level = 1}), 3);
    ck_assert_int_eq(nodes_after((PipelineOptions){.level = 1, .skip = &cse, .skip_count = 1}), 4);
    ck_assert_int_eq(nodes_after((PipelineOptions){.level = 1, .skip = &fold, .skip_count = 1}), 5);
    ck_assert_int_eq(nodes_after((PipelineOptions){.level = 1, .stop_after = fold}), 4);
    ck_assert_int_eq(nodes_after((PipelineOptions){.level = 1, .stop_after = grad}), 6);
    ck_assert_int_eq(nodes_after((PipelineOptions){.level = 1, .skip = &grad, .skip_count = 1}), 3);
    ck_assert_ptr_null(pass_find("flod"));
}
END_TEST

/* What --dump shows after each pass: text that reads back. */
START_TEST(test_pipeline_dump)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    Model *m = read_graph("print", shared);
    pipeline_run(m, &(PipelineOptions){.level = 1, .dump_after = "cse", .dump_to = out});
    fflush(out);
    ck_assert_int_eq(strncmp(text, "# after cse\nmodel m\n", 20), 0);
    read_model(arena_strdup(arena, text));
    rewind(out);
    pipeline_run(m, &(PipelineOptions){.level = 1, .dump_after = "all", .dump_to = out});
    fclose(out);
    for (int i = 0; i < pass_count; i++)
        ck_assert_msg(strstr(text, arena_printf(arena, "# after %s\n", passes[i].name)),
                      "no dump after %s", passes[i].name);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("passes");
    TCase *tests = tcase_create("passes");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_rewrites, 0, (int)(sizeof rewrites / sizeof *rewrites));
    tcase_add_test(tests, test_values_are_kept);
    tcase_add_test(tests, test_long_graphs);
    tcase_add_test(tests, test_pipeline_options);
    tcase_add_test(tests, test_pipeline_dump);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
