/* random_program.h -- random well-typed model files, for tests.
 *
 *     RandomProgram *p = random_program_new(arena, 7);     always the same for the number 7
 *     random_program_text(p)
 *
 *         input v0: f32[batch, 3]
 *         param v1: f32[3, 5] = 0
 *         v2: f32[batch, 5] = v0 @ v1
 *         v3: f32 = mean(v2 * tanh(v2))
 *         output o_2 = v2
 *         output loss = ...
 *         output g1 = grad(loss, v1)
 *
 * A program is a list of statements, each of one value with a type that the generator works out
 * itself and states: the compiler must come to the same.  Values stay of moderate size.  What there
 * is to choose from are the rows of random_math.c, random_views.c and random_layers.c, one or more
 * for each built-in function and each name of the library; random_uncovered() says which has none.
 */
#ifndef GRADC_TESTS_RANDOM_PROGRAM_H
#define GRADC_TESTS_RANDOM_PROGRAM_H

#include "ir/type.h"

enum { MOST_OPERANDS = 4, MOST_STATEMENTS = 96, RANDOM_BATCH = 5 };

typedef struct Statement {
    const char *text; /* "v3: f32[2] = exp(v1)"; more lines may come before */
    Type type;        /* of its value */
    double size;      /* no element is larger */
    int args[MOST_OPERANDS], arg_count;
    bool is_source; /* an input or a param: nothing to simplify */
    bool is_param;
    bool is_layer; /* has parameters of its own: weight */
    bool output;   /* shown */
} Statement;

typedef struct RandomProgram {
    Arena *arena;
    uint64_t seed, state;
    Statement statements[MOST_STATEMENTS];
    int count;
    /* The loss: a weighted sum of these values; -1: none.  Its gradients by these sources, and
     * those of the sum of the gradients' squares. */
    int terms[4], term_count;
    int wanted[4], wanted_count;
    int batch;      /* samples, at most: 5 */
    int64_t most;   /* elements of a value, at most */
    DType sums;     /* of the loss: f64 */
    bool second;    /* the gradients' own gradients too */
    bool cut;       /* detach stands in it: gradients are not the loss's derivative */
    bool uses_rand; /* values differ from the interpreter's */
    /* Being made: */
    const char *recipe;
    int operands[MOST_OPERANDS], operand_count;
} RandomProgram;

RandomProgram *random_program_new(Arena *arena, uint64_t seed);
/* One recipe alone, of operands of a certain dtype and of sizes that GPUs' blocks and warps do not
 * divide, or just do; false where it has none that fit.  Its value, the loss of it, gradients. */
RandomProgram *random_grid_program(Arena *arena, int recipe, int variant);
int random_recipe_count(void);
int random_variant_count(void);
/* What its outputs need of it, as a model file. */
const char *random_program_text(const RandomProgram *p);
/* Is this statement needed by an output? */
bool random_program_needs(const RandomProgram *p, int statement);
/* A copy with the statement's value brought by an input instead. */
RandomProgram *random_program_without(const RandomProgram *p, int statement);

/* ---- for the recipes ---- */

int random_below(RandomProgram *p, int count); /* in [0, count) */
bool random_chance(RandomProgram *p, int percent);
/* A value that this accepts, later ones more often; -1 if there is none. */
typedef bool Accepts(const Statement *s);
int random_value(RandomProgram *p, Accepts *accepts);
/* Its name, for the text of the statement being made, of which it becomes an operand. */
const char *random_use(RandomProgram *p, int value);
/* The statement `name: type = text`.  Floats larger than some tens are scaled down. */
bool random_add(RandomProgram *p, const Type *type, double size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* One row: what it makes, of which operands; false if it found none that fit. */
typedef struct Recipe Recipe;
typedef bool Make(RandomProgram *p, const Recipe *r);
struct Recipe {
    const char *name; /* the built-in function, or the library's, that it tries */
    Make *make;
    const char *text; /* $0 and $1 are operands */
    double size;      /* bound on the result; 0: that of the operands */
    int weight;       /* how often, beside others */
};
extern const Recipe *const random_recipe_lists[]; /* each ends with a row without a name */
bool random_make(RandomProgram *p);               /* one statement more, by a random recipe */
void random_source(RandomProgram *p, const Type *type, bool is_param);
/* Why a name has no recipe, or NULL where it has one or where nobody says why. */
const char *random_excuse(const char *name);
bool random_has_recipe(const char *name);

#endif
