/* value.c -- values: making them, and saying in words what they are.
 *
 *     f32[batch, 64]    the integer 3    the string "adam"    a list of 2    the layer 'fc' */
#include "frontend/elab.h"

Value value_error(void)
{
    return (Value){.kind = VALUE_ERROR};
}

Value value_none(void)
{
    return (Value){.kind = VALUE_NONE};
}

Value value_tensor(Node *node)
{
    return (Value){.kind = VALUE_TENSOR, .node = node};
}

Value value_int(int64_t integer)
{
    return (Value){.kind = VALUE_INT, .integer = integer};
}

Value value_float(double number)
{
    return (Value){.kind = VALUE_FLOAT, .number = number};
}

Value value_bool(bool b)
{
    return (Value){.kind = VALUE_BOOL, .integer = b};
}

Value value_string(const char *text, int64_t length)
{
    return (Value){.kind = VALUE_STRING, .text = text, .integer = length};
}

Value value_list(Elab *e, const Value *items, int count)
{
    ValueVec *list = arena_new_of(e->arena, ValueVec);
    for (int i = 0; i < count; i++)
        vec_push(e->arena, list, items[i]);
    return (Value){.kind = VALUE_LIST, .items = list};
}

const char *value_kind_name(const Value *v)
{
    static const char *const names[] = {
        [VALUE_ERROR] = "an error",       [VALUE_NONE] = "none",
        [VALUE_TENSOR] = "a tensor",      [VALUE_INT] = "an integer",
        [VALUE_FLOAT] = "a number",       [VALUE_BOOL] = "a boolean",
        [VALUE_STRING] = "a string",      [VALUE_DTYPE] = "a dtype",
        [VALUE_LIST] = "a list",          [VALUE_RANGE] = "a range",
        [VALUE_SLICE] = "a slice",        [VALUE_FUNCTION] = "a function",
        [VALUE_BUILTIN] = "a function",   [VALUE_LAYER] = "a layer",
        [VALUE_DIM] = "a batch dimension"};
    if (v->kind == VALUE_FUNCTION && v->function->stmt->kind != STMT_DEF)
        return v->function->stmt->kind == STMT_MODULE ? "a module" : "an optimizer";
    return names[v->kind];
}

static const char *describe_node(Elab *e, const Node *node)
{
    if (node->op == OP_option)
        return arena_printf(e->arena, "the option '%s'",
                            e->model->options.data[node->attr.slot].name);
    if (node->op == OP_counter)
        return arena_printf(e->arena, "the counter '%s'", counter_names[node->attr.slot]);
    if (node->op == OP_turn)
        return "the index of a scan, which is known only at run time";
    return node->host ? "a number known only at run time" : type_text(e->arena, &node->type);
}

static const char *describe_dim(Elab *e, Dim dim)
{
    return dim.size == 1 ? "the dimension batch"
                         : arena_printf(e->arena, "the dimension %lld*batch", (long long)dim.size);
}

const char *value_describe(Elab *e, const Value *v)
{
    switch (v->kind) {
    case VALUE_TENSOR:
        return describe_node(e, v->node);
    case VALUE_INT:
        return arena_printf(e->arena, "the integer %lld", (long long)v->integer);
    case VALUE_FLOAT:
        return arena_printf(e->arena, "the number %g", v->number);
    case VALUE_BOOL:
        return v->integer ? "true" : "false";
    case VALUE_STRING:
        return arena_printf(e->arena, "the string \"%.40s\"", v->text);
    case VALUE_DTYPE:
        return arena_printf(e->arena, "the dtype %s", dtype_info[v->dtype].name);
    case VALUE_LIST:
        return arena_printf(e->arena, "a list of %d", v->items->count);
    case VALUE_RANGE:
        return arena_printf(e->arena, "the range %lld..%lld", (long long)v->integer,
                            (long long)v->integer2);
    case VALUE_FUNCTION:
        return arena_printf(e->arena, "the %s '%s'",
                            v->function->stmt->kind == STMT_DEF      ? "function"
                            : v->function->stmt->kind == STMT_MODULE ? "module"
                                                                     : "optimizer",
                            v->function->stmt->name);
    case VALUE_BUILTIN:
        return arena_printf(e->arena, "the function '%s'", v->builtin->name);
    case VALUE_LAYER:
        return arena_printf(e->arena, "the %s '%s'",
                            v->layer->function->stmt->kind == STMT_MODULE ? "layer" : "optimizer",
                            v->layer->path);
    case VALUE_DIM:
        return describe_dim(e, v->dim);
    default:
        return value_kind_name(v);
    }
}
