/* builtins_random.c -- random tensors, and the first values of parameters.
 *
 *     randn(100, 1)                          f32[100, 1]
 *     param w: f32[3, 2] = uniform(-1, 1)    takes the shape of the declaration
 *
 * Each call gets a key for its place in the program (elab_random_key): what is drawn depends on it,
 * the seed, the step and the element, and on nothing else. */
#include "frontend/builtins.h"

#include <string.h>

/* f16 and bf16 are cast from f32, a uniform one with as many bits as they hold: it stays below 1.
 */
static Node *draw(Call *call, Op op, const Type *type)
{
    Graph *g = elab_graph(call->e);
    Type drawn = *type;
    if (!dtype_is_half(type->dtype))
        return graph_random(g, op, type, elab_random_key(call->e));
    drawn.dtype = DT_F32;
    Node *x = graph_random(g, op, &drawn, elab_random_key(call->e));
    if (op == OP_uniform) {
        const double steps = type->dtype == DT_F16 ? 2048 : 256;
        x = graph_binary(g, OP_mul, x, graph_number(g, steps, &drawn));
        x = graph_binary(g, OP_mul, graph_unary(g, OP_floor, x),
                         graph_number(g, 1 / steps, &drawn));
    }
    return graph_cast(g, x, type->dtype);
}

/* rand or randn? */
static Op drawn_op(const Call *call)
{
    return strncmp(call->builtin->name, "randn", 5) == 0 ? OP_normal : OP_uniform;
}

static Value draw_floats(Call *call, const Type *type)
{
    if (!dtype_is_float(type->dtype))
        return call_fail(call, -1, NULL, "%s draws floats, not %s; for integers there is randint",
                         call->builtin->name, dtype_info[type->dtype].name);
    return value_tensor(draw(call, drawn_op(call), type));
}

Value call_rand(Call *call)
{
    Type type = {.dtype = DT_F32};
    if (!call_shape(call, &type, NULL) ||
        !value_want_dtype(call->e, &call->args[1], call->locs[1], &type.dtype))
        return value_error();
    return draw_floats(call, &type);
}

Value call_rand_like(Call *call)
{
    const Node *like = call_tensor(call, 0);
    return like ? draw_floats(call, &like->type) : value_error();
}

/* floor(u * (high - low)) + low, in f64: exact while the range fits into 53 bits. */
Value call_randint(Call *call)
{
    Graph *g = elab_graph(call->e);
    Type type = {.dtype = DT_F64};
    int64_t low, high, range;
    if (!value_want_int(call->e, &call->args[0], call->locs[0], "randint's low end", &low) ||
        !value_want_int(call->e, &call->args[1], call->locs[1], "randint's high end", &high) ||
        !call_shape(call, &type, NULL))
        return value_error();
    if (low >= high)
        return call_fail(call, 1, NULL,
                         "randint draws from %lld up to, but not including, %lld: "
                         "there is nothing",
                         (long long)low, (long long)high);
    if (__builtin_sub_overflow(high, low, &range) || range > (int64_t)1 << 53)
        return call_fail(call, 1, NULL, "randint's range is too large (at most 2^53)");
    Node *scaled = graph_binary(g, OP_mul, draw(call, OP_uniform, &type),
                                graph_number(g, (double)range, &type));
    Node *whole = graph_cast(g, graph_unary(g, OP_floor, scaled), DT_I64);
    return value_tensor(
        graph_binary(g, OP_add, whole, graph_const(g, scalar_int(DT_I64, low), &whole->type)));
}

/* The shape that is asked for, which p must broadcast to; else p's own. */
static bool bernoulli_type(Call *call, const Node *p, Type *type)
{
    Type joined;
    *type = p->type;
    if (call->rest.count == 0)
        return true;
    if (!call_shape(call, type, NULL) ||
        !broadcast_shapes(call->e, type, &p->type, "draw", call->loc, &joined))
        return false;
    if (type_same_shape(type, &joined))
        return true;
    call_fail(call, 0, NULL, "the probabilities are %s, larger than the shape asked for",
              call_type_text(call, p));
    return false;
}

Value call_bernoulli(Call *call)
{
    Graph *g = elab_graph(call->e);
    Type type;
    const Value *given = &call->args[0];
    if (value_is_number(given) && !(value_as_double(given) >= 0 && value_as_double(given) <= 1))
        return call_fail(call, 0, NULL, "a probability lies between 0 and 1");
    Node *p = value_to_dtype(call->e, given, DT_F32, call->locs[0]);
    if (!p || !bernoulli_type(call, p, &type))
        return value_error();
    type.dtype = DT_F32;
    Node *drawn = draw(call, OP_uniform, &type);
    Node *hit = graph_binary(g, OP_lt, drawn, graph_broadcast(g, p, &type));
    return value_tensor(graph_cast(g, hit, DT_F32));
}

/* ---- first values ---- */

static bool initial_type(Call *call, Type *type)
{
    if (elab_init_shape(call->e, type))
        return true;
    call_fail(call, -1, "there is rand(...) and randn(...) with a shape",
              "%s stands only in the first value of a param or state with a type: "
              "param w: f32[3] = %s(...)",
              call->builtin->name, call->builtin->name);
    return false;
}

/* An argument, or the number it is by default, all over the type. */
static Node *initial_number(Call *call, int i, double otherwise, const Type *type)
{
    Graph *g = elab_graph(call->e);
    if (!call_has(call, i))
        return graph_number(g, otherwise, type);
    Node *node = value_to_dtype(call->e, &call->args[i], type->dtype, call->locs[i]);
    if (node && node->type.rank > 0) {
        call_fail(call, i, NULL, "%s takes numbers, not %s", call->builtin->name,
                  call_type_text(call, node));
        return NULL;
    }
    return node ? graph_broadcast(g, node, type) : NULL;
}

static Value initial(Call *call, Op op)
{
    Graph *g = elab_graph(call->e);
    Type type;
    if (!initial_type(call, &type))
        return value_error();
    if (!dtype_is_float(type.dtype))
        return call_fail(call, -1, NULL, "%s draws floats, not %s", call->builtin->name,
                         dtype_info[type.dtype].name);
    Node *from = initial_number(call, 0, 0, &type), *scale = initial_number(call, 1, 1, &type);
    if (!from || !scale)
        return value_error();
    if (op == OP_uniform)
        scale = graph_binary(g, OP_sub, scale, from); /* the end becomes the width */
    Node *drawn = draw(call, op, &type);
    return value_tensor(graph_binary(g, OP_add, from, graph_binary(g, OP_mul, scale, drawn)));
}

Value call_uniform(Call *call)
{
    return initial(call, OP_uniform);
}

Value call_normal(Call *call)
{
    return initial(call, OP_normal);
}

Value call_init_shape(Call *call)
{
    Type type;
    Value dims[MAX_RANK];
    if (!initial_type(call, &type))
        return value_error();
    for (int i = 0; i < type.rank; i++)
        dims[i] = value_int(type.dims[i].size);
    return value_list(call->e, dims, type.rank);
}

/* Sizes are those of a weight [outputs, inputs, ...], as in PyTorch. */
static Value fan(Call *call, int left_out)
{
    Type type;
    int64_t count;
    if (!initial_type(call, &type))
        return value_error();
    if (type.rank < 2)
        return call_fail(call, -1, NULL, "%s needs a weight of two dimensions or more, not %s",
                         call->builtin->name, type_text(elab_arena(call->e), &type));
    type.dims[left_out] = dim_fixed(1);
    if (!type_count(&type, 1, &count))
        return call_fail(call, -1, NULL, "%s: the weight is too large", call->builtin->name);
    return value_int(count);
}

Value call_fan_in(Call *call)
{
    return fan(call, 0);
}

Value call_fan_out(Call *call)
{
    return fan(call, 1);
}
