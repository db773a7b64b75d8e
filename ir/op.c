/* op.c -- the operation table's plain columns: names, arities, classes, spelling in C.
 *
 *     op_info[OP_add].c              "$0 + $1"
 *     op_from_name("matmul", &op)    false: there is no such operation */
#include "ir/graph.h"

#include <string.h>

const OpInfo op_info[OP_COUNT] = {
#define OP(name, arity, class, cost, infer, grad, eval, lower, c, doc) \
    [OP_##name] = {#name, arity, CLASS_##class, cost, c, doc},
#include "ir/ops.def"
};

/* In the order of Counter, and with the names that models use. */
const char *const counter_names[COUNTER_COUNT] = {
    "step", "steps", "epoch", "steps_per_epoch", "batch", "step_samples", "position"};

bool op_from_name(const char *name, Op *out)
{
    for (int op = 0; op < OP_COUNT; op++) {
        if (strcmp(op_info[op].name, name) == 0) {
            *out = (Op)op;
            return true;
        }
    }
    return false;
}
