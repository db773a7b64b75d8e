/* ast_build.c -- tree nodes for the parser's actions; checks what the grammar cannot say.
 *
 * Every node knows how deep the tree below it is, so that a chain of 100,000 operators is refused
 * here and whoever walks the tree may recurse. */
#include "frontend/syntax.h"

#include <string.h>

#include "frontend/foreign.h"

static void check_depth(Syntax *s, int depth, Loc loc)
{
    if (depth > AST_MAX_DEPTH)
        syntax_too_deep(s, loc);
}

/* ---- expressions ---- */

static void expr_adopt(Syntax *s, Expr *parent, const Expr *child)
{
    if (!child || child->depth < parent->depth)
        return;
    parent->depth = child->depth + 1;
    check_depth(s, parent->depth, parent->loc);
}

Expr *expr_leaf(Syntax *s, ExprKind kind, Loc loc)
{
    Expr *e = arena_new_of(s->arena, Expr);
    e->kind = kind;
    e->loc = e->op_loc = loc;
    e->depth = 1;
    return e;
}

Expr *expr_integer(Syntax *s, ExprKind kind, Loc loc, int64_t integer)
{
    Expr *e = expr_leaf(s, kind, loc);
    e->integer = integer;
    return e;
}

Expr *expr_float(Syntax *s, Loc loc, double number)
{
    Expr *e = expr_leaf(s, EXPR_FLOAT, loc);
    e->number = number;
    return e;
}

Expr *expr_string(Syntax *s, Loc loc, Text text)
{
    Expr *e = expr_leaf(s, EXPR_STRING, loc);
    e->text = text.bytes;
    e->integer = text.length;
    return e;
}

Expr *expr_name(Syntax *s, Loc loc, const char *name)
{
    Expr *e = expr_leaf(s, EXPR_NAME, loc);
    e->text = name;
    return e;
}

Expr *expr_three(Syntax *s, ExprKind kind, Loc loc, Expr *left, Expr *right, Expr *third)
{
    Expr *e = expr_leaf(s, kind, loc);
    e->left = left;
    e->right = right;
    e->third = third;
    expr_adopt(s, e, left);
    expr_adopt(s, e, right);
    expr_adopt(s, e, third);
    return e;
}

Expr *expr_unary(Syntax *s, Operator op, Loc op_loc, Expr *operand)
{
    Expr *e = expr_three(s, EXPR_UNARY, loc_span(op_loc, operand->loc), operand, NULL, NULL);
    e->op = op;
    e->op_loc = op_loc;
    return e;
}

Expr *expr_binary(Syntax *s, Operator op, Loc op_loc, Expr *left, Expr *right)
{
    Expr *e = expr_three(s, EXPR_BINARY, loc_span(left->loc, right->loc), left, right, NULL);
    e->op = op;
    e->op_loc = op_loc;
    return e;
}

Expr *expr_chained(Syntax *s, Operator op, Loc op_loc, Expr *left, Expr *right)
{
    const char *middle = syntax_excerpt(s, left->right->loc);
    syntax_error(s, op_loc, NULL, "comparisons do not chain: write '%s %s %s and %s %s %s'",
                 syntax_excerpt(s, left->left->loc), operator_text[left->op], middle, middle,
                 operator_text[op], syntax_excerpt(s, right->loc));
    return left;
}

Expr *expr_pipe(Syntax *s, Loc op_loc, Expr *left, Expr *right)
{
    const ExprKind kind = right->kind;
    if (kind != EXPR_NAME && kind != EXPR_MEMBER && kind != EXPR_CALL)
        syntax_error(s, right->loc,
                     kind == EXPR_BINARY ? "put the pipe in parentheses: (x |> f) + 1" : NULL,
                     "right of '|>' stands a name or a call");
    Expr *e = expr_three(s, EXPR_PIPE, loc_span(left->loc, right->loc), left, right, NULL);
    e->op_loc = op_loc;
    return e;
}

Expr *expr_member(Syntax *s, Expr *left, Loc name_loc, const char *name)
{
    Expr *e = expr_three(s, EXPR_MEMBER, loc_span(left->loc, name_loc), left, NULL, NULL);
    e->text = name;
    e->op_loc = name_loc;
    return e;
}

Expr *expr_with_args(Syntax *s, ExprKind kind, Loc loc, Expr *left, ArgVec args)
{
    Expr *e = expr_three(s, kind, loc, left, NULL, NULL);
    e->args = args;
    for (int i = 0; i < args.count; i++)
        expr_adopt(s, e, args.data[i].value);
    return e;
}

ExprVec exprs_of_one(Syntax *s, Expr *e)
{
    const ExprVec one = {arena_new_of(s->arena, Expr *), 1, 1};
    one.data[0] = e;
    return one;
}

ArgVec args_of_one(Syntax *s, Arg arg)
{
    const ArgVec one = {arena_new_of(s->arena, Arg), 1, 1};
    one.data[0] = arg;
    return one;
}

ArgVec args_from_exprs(Syntax *s, ExprVec exprs)
{
    const ArgVec args = {arena_array(s->arena, Arg, exprs.count), exprs.count, exprs.count};
    for (int i = 0; i < exprs.count; i++)
        args.data[i].value = exprs.data[i];
    return args;
}

Expr *expr_group(Syntax *s, ExprVec exprs)
{
    if (exprs.count == 1)
        return exprs.data[0];
    const Loc loc = loc_span(exprs.data[0]->loc, exprs.data[exprs.count - 1]->loc);
    return expr_with_args(s, EXPR_TUPLE, loc, NULL, args_from_exprs(s, exprs));
}

TypeExpr *type_expr(Syntax *s, Loc loc, Loc dtype_loc, const char *dtype, const ExprVec *dims)
{
    TypeExpr *type = arena_new_of(s->arena, TypeExpr);
    type->dtype = dtype;
    type->loc = loc;
    type->dtype_loc = dtype_loc;
    type->has_shape = dims != NULL;
    if (dims)
        type->dims = *dims;
    return type;
}

/* ---- statements ---- */

Stmt *stmt_new(Syntax *s, StmtKind kind, Loc loc)
{
    Stmt *stmt = arena_new_of(s->arena, Stmt);
    stmt->kind = kind;
    stmt->loc = stmt->name_loc = loc;
    stmt->depth = 1;
    return stmt;
}

Stmt *stmt_named(Syntax *s, StmtKind kind, Loc loc, Loc name_loc, const char *name)
{
    Stmt *stmt = stmt_new(s, kind, loc);
    stmt->name_loc = name_loc;
    stmt->name = name;
    return stmt;
}

/* A target is a name or a member: elements are not assigned, for names are rebound, not mutated. */
static void check_targets(Syntax *s, const ExprVec *targets)
{
    for (int i = 0; i < targets->count; i++) {
        const Expr *t = targets->data[i];
        if (t->kind == EXPR_INDEX)
            syntax_error(s, t->loc, "names are rebound, elements never change; see where()",
                         "cannot assign to an element");
        else if (t->kind != EXPR_NAME && t->kind != EXPR_MEMBER)
            syntax_error(s, t->loc, NULL, "only a name can be assigned to");
    }
}

Stmt *stmt_assign(Syntax *s, Loc loc, ExprVec targets, TypeExpr *type, ExprVec values)
{
    Stmt *stmt = stmt_new(s, STMT_ASSIGN, loc);
    check_targets(s, &targets);
    if (type && targets.count > 1)
        syntax_error(s, type->loc, NULL, "a type stands behind a single name");
    stmt->targets = targets;
    stmt->type = type;
    stmt->value = expr_group(s, values);
    return stmt;
}

Stmt *stmt_change(Syntax *s, StmtKind kind, Loc loc, Operator op, ExprVec targets, Expr *value)
{
    Stmt *stmt = stmt_new(s, kind, loc);
    check_targets(s, &targets);
    if (targets.count > 1)
        syntax_error(s, targets.data[1]->loc, NULL, "'%s' takes a single name on its left",
                     kind == STMT_WRITE ? "<-" : "+=");
    stmt->targets = targets;
    stmt->op = op;
    stmt->value = value;
    return stmt;
}

Stmt *stmt_print(Syntax *s, Loc loc, ArgVec args)
{
    Stmt *stmt = stmt_new(s, STMT_PRINT, loc);
    const bool call = args.count == 1 && args.data[0].value->kind == EXPR_TUPLE;
    stmt->args = call ? args.data[0].value->args : args;
    return stmt;
}

Stmt *stmt_save(Syntax *s, Loc loc, Expr *path, ArgVec args)
{
    Stmt *stmt = stmt_new(s, STMT_SAVE, loc);
    stmt->value = path;
    stmt->args = args;
    return stmt;
}

/* loss.backward(), x.add_(1), torch.manual_seed(0): calls that are made for their effect. */
static const char *effect_mend(Syntax *s, const Expr *value)
{
    const Expr *callee = value->kind == EXPR_CALL ? value->left : value;
    const bool named = callee->kind == EXPR_NAME || callee->kind == EXPR_MEMBER;
    if (!named)
        return NULL;
    const char *mend = foreign_mend(callee->text);
    const size_t length = strlen(callee->text);
    if (mend || callee->kind != EXPR_MEMBER || length < 2 || callee->text[length - 1] != '_')
        return mend;
    return arena_printf(s->arena, "nothing is changed in place: write x = %.*s(x, ...)",
                        (int)length - 1, callee->text);
}

Stmt *stmt_unused_value(Syntax *s, Loc loc, const Expr *value)
{
    const char *mend = effect_mend(s, value);
    syntax_error(s, loc, mend ? mend : "assign it to a name, or print it",
                 "this value is not used");
    return NULL;
}

Stmt *stmt_undeclared(Syntax *s, Loc loc)
{
    syntax_error(s, loc, "begin with input, param or state, or give it a value",
                 "a type alone declares nothing");
    return NULL;
}

static void stmt_adopt(Syntax *s, Stmt *parent, const StmtVec *children)
{
    for (int i = 0; i < children->count; i++)
        if (children->data[i]->depth >= parent->depth)
            parent->depth = children->data[i]->depth + 1;
    check_depth(s, parent->depth, parent->loc);
}

void stmt_set_blocks(Syntax *s, Stmt *stmt, StmtVec body, StmtVec otherwise)
{
    stmt->body = body;
    stmt->otherwise = otherwise;
    stmt_adopt(s, stmt, &body);
    stmt_adopt(s, stmt, &otherwise);
}

Expr *expr_each(Syntax *s, Loc loc, Expr *item, Loc name_loc, const char *name, Expr *over)
{
    Expr *e = expr_three(s, EXPR_EACH, loc, over, item, NULL);
    e->text = name;
    e->op_loc = name_loc;
    return e;
}

Expr *expr_scan(Syntax *s, Loc loc, Loc name_loc, const char *name, Expr *turns, ArgVec carries,
                StmtVec body)
{
    Expr *e = expr_with_args(s, EXPR_SCAN, loc, turns, carries);
    e->text = name;
    e->op_loc = name_loc;
    e->scan = stmt_named(s, STMT_SCAN, loc, name_loc, name);
    e->scan->value = e;
    stmt_set_blocks(s, e->scan, body, (StmtVec){0});
    if (e->depth <= e->scan->depth)
        e->depth = e->scan->depth + 1;
    return e;
}
