/* infer_rules.h -- the type rules that ops.def names: a call in, the result's type out.
 *
 * For operations whose type is given (const, iota, uniform, normal, cast, reshape, expand, slice,
 * pad, window, fold, scatter) *out holds it on entry and the rule checks it; the other rules write
 * *out.  Where the call is ill-typed a rule returns false and says why, with shapes: the text
 * reaches people through the verifier and `gradc --from-ir`.  op_infer() has checked the number of
 * operands before. */
#ifndef GRADC_INFER_RULES_H
#define GRADC_INFER_RULES_H

#include "ir/graph.h"

typedef struct InferCall {
    const Graph *graph;
    Op op;
    Node *const *args;
    int arity;
    const Attr *attr; /* never NULL */
} InferCall;

typedef bool InferRule(const InferCall *call, Type *out, const char **why);

/* sources */
InferRule infer_const, infer_iota, infer_slot, infer_host, infer_random;
/* elementwise */
InferRule infer_cast, infer_same, infer_number, infer_float, infer_test, infer_logic, infer_compare,
    infer_where;
/* views: infer_views.c */
InferRule infer_reshape, infer_permute, infer_expand, infer_slice, infer_pad, infer_concat,
    infer_window, infer_fold;
/* reductions, running totals, gradients */
InferRule infer_reduce, infer_argreduce, infer_running, infer_grad;
/* what has labels: infer_labels.c */
InferRule infer_contract, infer_gather, infer_scatter;

/* loops: infer_scan.c */
InferRule infer_arg_node, infer_turn, infer_scan, infer_scan_out;

/* For the rules: sets *why to a text in the graph's arena and gives false. */
bool infer_refuse(const InferCall *call, const char **why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const char *infer_show(const InferCall *call, const Type *type);
bool infer_want_axis(const InferCall *call, int axis, const Type *type, const char **why);

bool infer_want_number(const InferCall *call, const Type *type, const char **why);

static inline const Type *infer_arg(const InferCall *call, int i)
{
    return &call->args[i]->type;
}

/* Is the type part of the request, as the shape of a reshape is, rather than its consequence? */
bool op_type_is_given(Op op);

/* What every type must be: rank, sizes not negative, at most one batch dimension, and a number of
 * bytes that fits, for one sample. */
bool type_is_sound(Arena *arena, const Type *type, const char **why);

#endif
