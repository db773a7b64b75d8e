/* ast.c -- operator names, and the numbers of calls.
 *
 *     x |> linear(8) |> relu |> linear(2)    ->    linear #1, relu #1, linear #2
 *
 * The numbers count the textual occurrences of a callee's name in its scope; parameters without a
 * layer's name are named by them ("linear1.weight"), whatever branches are taken. */
#include "frontend/ast.h"

/* clang-format off */
const char *const operator_text[OPER_COUNT] = {
    [OPER_ADD] = "+", [OPER_SUB] = "-", [OPER_MUL] = "*", [OPER_DIV] = "/",
    [OPER_FLOORDIV] = "//", [OPER_MOD] = "%", [OPER_POW] = "**", [OPER_MATMUL] = "@",
    [OPER_EQ] = "==", [OPER_NE] = "!=", [OPER_LT] = "<", [OPER_LE] = "<=", [OPER_GT] = ">",
    [OPER_GE] = ">=", [OPER_AND] = "and", [OPER_OR] = "or", [OPER_NEG] = "-", [OPER_NOT] = "not",
};
/* clang-format on */

typedef struct Scope { /* a file's, def's, module's or optimizer's calls so far */
    Arena *arena;
    StrMap *counts; /* name to int */
} Scope;

static int scope_next(Scope *scope, const char *name)
{
    int *count = strmap_get(scope->counts, name);
    if (!count) {
        count = arena_new_of(scope->arena, int);
        strmap_set(scope->counts, name, count);
    }
    return ++*count;
}

static void number_expr(Scope *scope, Expr *e);
static void number_block(Scope *scope, const StmtVec *block);

static void number_exprs(Scope *scope, const ExprVec *exprs)
{
    for (int i = 0; i < exprs->count; i++)
        number_expr(scope, exprs->data[i]);
}

/* In the order of the text: what the callee is taken from, its name, the arguments. */
static void number_call(Scope *scope, Expr *call)
{
    Expr *callee = call->left;
    if (callee->kind == EXPR_MEMBER)
        number_expr(scope, callee->left);
    else
        number_expr(scope, callee);
    if (callee->kind == EXPR_NAME || callee->kind == EXPR_MEMBER)
        call->ordinal = scope_next(scope, callee->text);
}

static void number_expr(Scope *scope, Expr *e)
{
    if (!e)
        return;
    if (e->kind == EXPR_CALL)
        number_call(scope, e);
    else
        number_expr(scope, e->left);
    if (e->kind == EXPR_PIPE && e->right->kind == EXPR_NAME)
        e->right->ordinal = scope_next(scope, e->right->text);
    if (e->kind == EXPR_IF) /* a if c else b: c stands in the middle */
        number_expr(scope, e->third);
    number_expr(scope, e->right);
    if (e->kind != EXPR_IF)
        number_expr(scope, e->third);
    for (int i = 0; i < e->args.count; i++)
        number_expr(scope, e->args.data[i].value);
    if (e->kind == EXPR_SCAN)
        number_block(scope, &e->scan->body);
}

static void number_type(Scope *scope, const TypeExpr *type)
{
    if (type)
        number_exprs(scope, &type->dims);
}

static void number_params(Scope *scope, const ParamVec *params)
{
    for (int i = 0; i < params->count; i++) {
        number_type(scope, params->data[i].type);
        number_expr(scope, params->data[i].value);
    }
}

static void number_stmt(Scope *scope, const Stmt *stmt)
{
    Scope inner = *scope;
    if (stmt->kind == STMT_DEF || stmt->kind == STMT_MODULE || stmt->kind == STMT_OPTIMIZER)
        inner.counts = strmap_new(scope->arena);
    number_params(&inner, &stmt->params);
    number_params(&inner, &stmt->inputs);
    number_exprs(&inner, &stmt->targets);
    number_type(&inner, stmt->type);
    number_expr(&inner, stmt->value);
    number_exprs(&inner, &stmt->values);
    for (int i = 0; i < stmt->args.count; i++)
        number_expr(&inner, stmt->args.data[i].value);
    for (int i = 0; i < stmt->groups.count; i++)
        number_expr(&inner, stmt->groups.data[i].optimizer);
    if (stmt->kind != STMT_SCAN) /* whose body its expression has numbered */
        number_block(&inner, &stmt->body);
    number_block(&inner, &stmt->otherwise);
}

static void number_block(Scope *scope, const StmtVec *block)
{
    for (int i = 0; i < block->count; i++)
        number_stmt(scope, block->data[i]);
}

void ast_number_calls(Ast *ast)
{
    Arena *arena = arena_new(); /* the maps are needed here only */
    Scope scope = {arena, strmap_new(arena)};
    number_block(&scope, &ast->body);
    arena_free(arena);
}
