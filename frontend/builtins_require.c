/* builtins_require.c -- what functions written in the language check about their arguments.
 *
 *     x = require(x, ndim(x) == 4, "maxpool2d needs an image, not ", x)
 *                              x; or an error where the user called, with the texts joined
 *     per_axis(3, 2)           [3, 3]
 *     per_axis([3, 5], 2)      [3, 5] */
#include "frontend/builtins.h"

/* A value inside a message: numbers and lists as they are written, tensors by their type. */
static void describe_into(Call *call, StrBuf *out, const Value *v)
{
    switch (v->kind) {
    case VALUE_STRING:
        strbuf_puts(out, v->text);
        break;
    case VALUE_INT:
        strbuf_printf(out, "%lld", (long long)v->integer);
        break;
    case VALUE_FLOAT:
        strbuf_printf(out, "%.6g", v->number);
        break;
    case VALUE_BOOL:
        strbuf_puts(out, v->integer ? "true" : "false");
        break;
    case VALUE_NONE:
        strbuf_puts(out, "none");
        break;
    case VALUE_DIM:
        if (v->dim.size != 1)
            strbuf_printf(out, "%lld*", (long long)v->dim.size);
        strbuf_puts(out, "batch");
        break;
    case VALUE_LIST:
        strbuf_putc(out, '[');
        for (int i = 0; i < v->items->count; i++) {
            strbuf_puts(out, i ? ", " : "");
            describe_into(call, out, &v->items->data[i]);
        }
        strbuf_putc(out, ']');
        break;
    default:
        strbuf_puts(out, value_describe(call->e, v));
    }
}

Value call_require(Call *call)
{
    int count;
    bool holds;
    const Value *texts = call_rest(call, &count);
    StrBuf message = strbuf_new(elab_arena(call->e));
    if (!value_want_bool(call->e, &call->args[1], call->locs[1], "what is required", &holds))
        return value_error();
    if (call_has(call, 3) && call->args[3].kind != VALUE_STRING)
        return call_fail(call, 3, NULL, "require's hint must be a string");
    if (holds)
        return call->args[0];
    for (int i = 0; i < count; i++)
        describe_into(call, &message, &texts[i]);
    diag_error(elab_diag(call->e), elab_user_loc(call->e, call->loc),
               call_has(call, 3) ? call->args[3].text : NULL, "%s", strbuf_text(&message));
    return value_error();
}

Value call_per_axis(Call *call)
{
    int64_t count, each;
    const Value *v = &call->args[0];
    if (!value_want_int(call->e, &call->args[1], call->locs[1], "the number of axes", &count))
        return value_error();
    if (count < 1 || count > MAX_RANK)
        return call_fail(call, 1, NULL, "the number of axes must be from 1 to %d", MAX_RANK);
    const char *what = "what is given for each axis";
    if (v->kind == VALUE_LIST && v->items->count == count) {
        for (int i = 0; i < count; i++)
            if (!value_want_int(call->e, &v->items->data[i], call->locs[0], what, &each))
                return value_error();
        return *v;
    }
    if (v->kind == VALUE_LIST) {
        diag_error(elab_diag(call->e), elab_user_loc(call->e, call->loc), NULL,
                   "one integer or %lld of them, not %s", (long long)count,
                   value_describe(call->e, v));
        return value_error();
    }
    if (!value_want_int(call->e, v, call->locs[0], what, &each))
        return value_error();
    Value items[MAX_RANK];
    for (int i = 0; i < count; i++)
        items[i] = *v;
    return value_list(call->e, items, (int)count);
}
