/* eval_rules.h -- the value rules that ops.def names: an element's value from constant operands.
 *
 * A rule returns false where the call does not fold: an integer division by zero stays in the
 * program.  Operands have the dtypes that the type rules ask for; op_eval() rounds and wraps the
 * result to its own. */
#ifndef GRADC_EVAL_RULES_H
#define GRADC_EVAL_RULES_H

#include "ir/graph.h"

typedef struct EvalCall {
    Op op;
    const Type *type; /* of the result */
    const Attr *attr;
    const Scalar *args;
} EvalCall;

typedef bool EvalRule(const EvalCall *call, Scalar *out);

EvalRule eval_none, eval_splat;
EvalRule eval_cast, eval_detach, eval_neg, eval_abs, eval_sign, eval_exp, eval_expm1, eval_exp2,
    eval_log, eval_log2, eval_log10, eval_log1p, eval_sqrt, eval_rsqrt, eval_sin, eval_cos,
    eval_sinh, eval_cosh, eval_tanh, eval_sigmoid, eval_erf, eval_floor, eval_ceil, eval_round,
    eval_isnan, eval_not;
EvalRule eval_add, eval_sub, eval_mul, eval_div, eval_floordiv, eval_mod, eval_pow, eval_atan2,
    eval_minimum, eval_maximum, eval_eq, eval_ne, eval_lt, eval_le, eval_gt, eval_ge, eval_and,
    eval_or, eval_where;

#endif
