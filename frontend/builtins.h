/* builtins.h -- what operators and built-in functions share; private to them.
 *
 * Everything here reports what is wrong through the elaborator's Diag and then answers false, NULL
 * or VALUE_ERROR, which callers pass on in silence. */
#ifndef GRADC_BUILTINS_H
#define GRADC_BUILTINS_H

#include "frontend/value.h"

/* ---- convert.c: what a value is, and what it can become ---- */

bool value_is_number(const Value *v); /* an integer, float or boolean known when compiling */
bool value_is_host(const Value *v);   /* an option, a counter, or arithmetic over them */
double value_as_double(const Value *v);
/* A number as a constant of the dtype; a number that the dtype cannot hold is an error. */
bool value_to_scalar(Elab *e, const Value *v, DType dtype, Loc loc, Scalar *out);
/* The f64 host scalar of a number, a dimension or a host value. */
Node *value_to_host(Elab *e, const Value *v);

/* ---- list_tensor.c ---- */

/* Numbers with a point become of the dtype `floats` at once: 0.1 of f64 does not go by way of f32.
 */
Node *list_to_tensor(Elab *e, const Value *list, DType floats, Loc loc);

/* ---- want.c: checks of arguments ---- */

/* A dtype, by its name or as text; NONE leaves *out alone. */
bool value_want_dtype(Elab *e, const Value *v, Loc loc, DType *out);
bool value_is_dtype(const Value *v, DType *out);
/* An axis of a tensor of this type, negative ones counted from the end. */
bool value_want_axis(Elab *e, const Value *v, Loc loc, const Type *type, int *out);
/* One axis or a list of them, different from each other, in order; NONE: all. */
bool value_want_axes(Elab *e, const Value *v, Loc loc, const Type *type, int *axes, int *count);
/* Within the limits on rank and number of elements? */
bool type_within_limits(Elab *e, const Type *type, Loc loc);

/* ---- broadcast.c: dtypes and shapes brought together ---- */

typedef enum PairRule {
    PAIR_ANY,     /* what promotion gives */
    PAIR_NUMBERS, /* not bool */
    PAIR_FLOATS   /* integers and bools become f32 */
} PairRule;

/* One type for up to three values: numbers, host values, tensors and lists. */
bool broadcast_values(Elab *e, const Value *values, const Loc *locs, int count, PairRule rule,
                      Node **out, const char *verb, Loc loc);
/* A note that says where a tensor of a failed operation was made. */
void note_origin(Elab *e, const Node *node, Loc error);
/* The common shape of two types, in *out; the dtype is a's. */
bool broadcast_shapes(Elab *e, const Type *a, const Type *b, const char *verb, Loc loc, Type *out);
/* One dtype for all, as PyTorch promotes; what is no number or tensor is reported. */
bool promote_values(Elab *e, const Value *values, const Loc *locs, int count, DType *out);

/* ---- fold.c: arithmetic on what is known when compiling ---- */

/* Do both have a value now, so that the operator has one too?  Then *out is it. */
bool operator_fold(Elab *e, Operator op, const Value *a, const Value *b, Loc loc, Value *out);

/* ---- operators.c ---- */

/* One elementwise operation: host values stay on the host. */
Value binary_apply(Elab *e, Op op, PairRule rule, const Value *a, const Value *b, const char *verb,
                   Loc loc, Loc a_loc, Loc b_loc);

/* ---- places.c: elements at places that an integer tensor says ---- */

/* Is the index of integers, and can it index this axis?  False after reporting, with values that
 * are known when compiling and lie outside; those of inputs are marked to be checked. */
bool places_fit(Elab *e, Node *index, const Type *x, int axis, Loc loc);
/* x without the axis, and with the index's axes before position `at` of what is left: all elements
 * that the index names.  NULL after reporting what the result cannot be. */
Node *places_take(Elab *e, Node *x, Node *index, int axis, int at, Loc loc);
/* x without the axis: the index's axes are those of what is left, from position `first` on, and
 * each has its own element. */
Node *places_pick(Elab *e, Node *x, Node *index, int axis, int first);
/* A gather, and a scatter into a tensor of this shape, at the user's line. */
Node *places_gather(Elab *e, Node *x, Node *index, int axis, const char *table, const char *places,
                    const char *elements);
Node *places_scatter(Elab *e, Node *source, Node *index, int axis, const char *table,
                     const char *places, const char *elements, const Type *shape);
/* The labels of x, and of an index of its rank that differs along the axis alone. */
void places_along(const Type *x, int axis, char *table, char *places);

/* ---- index_turn.c ---- */

/* Is the index linear in the turn of a scan, and does x lie outside of that?  Then x is read turn
 * by turn; NULL after reporting an index that is out of range. */
bool index_is_turn(const Node *index, const Node *x);
Node *index_by_turn(Elab *e, Node *x, int axis, const Node *index, Loc loc);

/* ---- matmul.c ---- */

Value matmul_apply(Elab *e, const Value *a, const Value *b, Loc loc, Loc a_loc, Loc b_loc);

/* ---- builtins_diagonal.c ---- */

/* The elements where both axes, not the batch, are at the same place (the second `offset` further):
 * as a last axis, behind all others. */
Node *tensor_diagonal(Graph *g, Node *x, int first, int second, int64_t offset);

/* ---- builtins.c: a builtin's own arguments ---- */

bool call_has(const Call *call, int i); /* not left out, and not `none` */
Node *call_tensor(Call *call, int i);   /* NULL after reporting */
Value call_fail(Call *call, int i, const char *label, const char *format, ...)
    __attribute__((format(printf, 4, 5))); /* an error at argument i, or at the call: -1 */
bool call_flag(Call *call, int i, const char *what, bool *out); /* absent: *out stays */
/* The shape given by `shape...`: integers, or one list. */
bool call_shape(Call *call, Type *out, int *wild);
/* What `...` took, one list opened. */
const Value *call_rest(const Call *call, int *count);
const char *call_type_text(Call *call, const Node *node);

/* ---- the functions in the table of builtins.c ---- */

typedef Value BuiltinApply(Call *call);

/* builtins_create.c */
BuiltinApply call_zeros, call_ones, call_full, call_zeros_like, call_ones_like, call_full_like,
    call_arange, call_linspace, call_eye, call_one_hot, call_cast, call_load;
/* builtins_random.c */
BuiltinApply call_rand, call_rand_like, call_randint, call_bernoulli, call_uniform, call_normal,
    call_fan_in, call_fan_out, call_init_shape;
/* builtins_math.c */
BuiltinApply call_operator, call_neg, call_unary, call_rounding, call_isnan, call_extreme,
    call_atan2, call_clamp, call_where, call_dot, call_outer;
/* builtins_reduce.c */
BuiltinApply call_sum, call_mean, call_var, call_std, call_largest, call_argument, call_any;
/* builtins_shape.c */
BuiltinApply call_transpose, call_permute, call_reshape, call_flatten, call_squeeze, call_unsqueeze,
    call_expand, call_flip, call_movedim, call_contiguous;
/* builtins_join.c */
BuiltinApply call_concat, call_stack, call_hstack, call_vstack, call_dstack, call_split, call_chunk,
    call_unbind;
/* builtins_repeat.c */
BuiltinApply call_repeat, call_tile, call_pad;
/* builtins_diagonal.c */
BuiltinApply call_diag, call_diagonal;
/* einsum.c */
BuiltinApply call_einsum;
/* builtins_require.c */
BuiltinApply call_require, call_per_axis;
/* builtins_conv.c */
BuiltinApply call_conv, call_windows;
/* builtins_ask.c */
BuiltinApply call_shape_of, call_ndim, call_dtype, call_size, call_is_zero, call_len, call_has_batch,
    call_grad, call_detach;
/* builtins_index.c */
BuiltinApply call_take, call_index_select, call_take_along_axis, call_gather, call_pick,
    call_scatter_add, call_index_add, call_cumulate;

#endif
