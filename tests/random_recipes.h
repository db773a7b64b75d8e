/* random_recipes.h -- what the files of recipes share. */
#ifndef GRADC_TESTS_RANDOM_RECIPES_H
#define GRADC_TESTS_RANDOM_RECIPES_H

#include "tests/random_program.h"

extern const Recipe random_math[], random_views[], random_index[], random_layers[], random_scan[],
    random_functions[], random_sequences[];

Accepts accepts_float, accepts_f32, accepts_number, accepts_any;
/* The row's text with names for $0 and $1, and the statement's number for #. */
const char *recipe_text(RandomProgram *p, const Recipe *r, int a, int b);
double operand_size(const RandomProgram *p, int value);
/* Of random_math.c: of a float value or a bool, its type or bool; of two that broadcast; of an f32
 * tensor, a number. */
Make make_same, make_test, make_logic, make_pair, make_float_pair, make_compare, make_logic_pair,
    make_loss;
/* Two values that broadcast, and the type of what they give. */
bool random_pair(RandomProgram *p, Accepts *accepts, int *a, int *b, Type *type);

#endif
