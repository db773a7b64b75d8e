/* ast_print.c -- the tree as text: a line for a statement, its expressions in prefix form.
 *
 *     y = x @ w + 1 |> relu    ->    assign y = (|> (+ (@ x w) 1) relu#1)
 *
 * A block's statements are indented; `#n` is a call's number in its scope. */
#include "frontend/ast.h"

#include <inttypes.h>

#include "support/text.h"

static void print_expr(StrBuf *out, const Expr *e);

static void print_parts(StrBuf *out, const char *head, const Expr *a, const Expr *b, const Expr *c)
{
    const Expr *parts[] = {a, b, c};
    strbuf_printf(out, "(%s", head);
    for (int i = 0; i < 3; i++)
        if (parts[i]) {
            strbuf_putc(out, ' ');
            print_expr(out, parts[i]);
        }
    strbuf_putc(out, ')');
}

static void print_slice(StrBuf *out, const Expr *e)
{
    const Expr *parts[] = {e->left, e->right, e->third};
    strbuf_puts(out, "(slice");
    for (int i = 0; i < 3; i++) {
        strbuf_putc(out, ' ');
        if (parts[i])
            print_expr(out, parts[i]);
        else
            strbuf_putc(out, '_');
    }
    strbuf_putc(out, ')');
}

static void print_args(StrBuf *out, const ArgVec *args)
{
    for (int i = 0; i < args->count; i++) {
        const Arg *arg = &args->data[i];
        strbuf_putc(out, ' ');
        if (arg->name)
            strbuf_printf(out, "%s=", arg->name);
        print_expr(out, arg->value);
    }
}

/* (head left args...) */
static void print_list(StrBuf *out, const char *head, int ordinal, const Expr *e)
{
    strbuf_printf(out, "(%s", head);
    if (ordinal)
        strbuf_printf(out, "#%d", ordinal);
    if (e->left) {
        strbuf_putc(out, ' ');
        print_expr(out, e->left);
    }
    print_args(out, &e->args);
    strbuf_putc(out, ')');
}

static void print_expr(StrBuf *out, const Expr *e)
{
    switch (e->kind) {
    case EXPR_INT:
        strbuf_printf(out, "%" PRId64, e->integer);
        break;
    case EXPR_FLOAT:
        text_c_double(out, e->number, false);
        break;
    case EXPR_BOOL:
        strbuf_puts(out, e->integer ? "true" : "false");
        break;
    case EXPR_STRING:
        text_c_string(out, e->text, (size_t)e->integer);
        break;
    case EXPR_NAME:
        strbuf_puts(out, e->text);
        if (e->ordinal)
            strbuf_printf(out, "#%d", e->ordinal);
        break;
    case EXPR_LIST:
        print_list(out, "list", 0, e);
        break;
    case EXPR_EACH:
        strbuf_printf(out, "(each %s ", e->text);
        print_expr(out, e->left);
        strbuf_putc(out, ' ');
        print_expr(out, e->right);
        strbuf_putc(out, ')');
        break;
    case EXPR_TUPLE:
        print_list(out, "tuple", 0, e);
        break;
    case EXPR_CALL:
        print_list(out, "call", e->ordinal, e);
        break;
    case EXPR_INDEX:
        print_list(out, "index", 0, e);
        break;
    case EXPR_MEMBER:
        print_expr(out, e->left);
        strbuf_printf(out, ".%s", e->text);
        break;
    case EXPR_SLICE:
        print_slice(out, e);
        break;
    case EXPR_ELLIPSIS:
        strbuf_puts(out, "..");
        break;
    case EXPR_UNARY:
    case EXPR_BINARY:
        print_parts(out, operator_text[e->op], e->left, e->right, NULL);
        break;
    case EXPR_PIPE:
        print_parts(out, "|>", e->left, e->right, NULL);
        break;
    case EXPR_RANGE:
        print_parts(out, "..", e->left, e->right, NULL);
        break;
    case EXPR_SCAN:
        strbuf_printf(out, "(scan %s ", e->text);
        print_expr(out, e->left);
        print_args(out, &e->args);
        strbuf_putc(out, ')');
        break;
    case EXPR_IF:
        print_parts(out, "if", e->third, e->left, e->right);
        break;
    }
}

static void print_exprs(StrBuf *out, const char *before, const ExprVec *exprs)
{
    for (int i = 0; i < exprs->count; i++) {
        strbuf_puts(out, i == 0 ? before : ", ");
        print_expr(out, exprs->data[i]);
    }
}

static void print_type(StrBuf *out, const TypeExpr *type)
{
    if (!type)
        return;
    strbuf_printf(out, ": %s", type->dtype);
    print_exprs(out, "[", &type->dims);
    if (type->has_shape)
        strbuf_putc(out, ']');
}

static void print_params(StrBuf *out, const ParamVec *params)
{
    strbuf_putc(out, '(');
    for (int i = 0; i < params->count; i++) {
        const Param *param = &params->data[i];
        strbuf_printf(out, "%s%s", i == 0 ? "" : ", ", param->name);
        print_type(out, param->type);
        if (param->value) {
            strbuf_puts(out, " = ");
            print_expr(out, param->value);
        }
    }
    strbuf_putc(out, ')');
}

static void print_groups(StrBuf *out, const GroupVec *groups)
{
    for (int i = 0; i < groups->count; i++) {
        strbuf_puts(out, " with ");
        print_expr(out, groups->data[i].optimizer);
        print_exprs(out, " over ", &groups->data[i].over);
    }
}

/* The words of a statement before its value. */
static void print_head(StrBuf *out, const Stmt *stmt)
{
    static const char *const word[] = {[STMT_CONST] = "const",
                                       [STMT_OPTION] = "option",
                                       [STMT_INPUT] = "input",
                                       [STMT_PARAM] = "param",
                                       [STMT_STATE] = "state",
                                       [STMT_ASSIGN] = "assign",
                                       [STMT_UPDATE] = "update",
                                       [STMT_WRITE] = "write",
                                       [STMT_DEF] = "def",
                                       [STMT_MODULE] = "module",
                                       [STMT_OPTIMIZER] = "optimizer",
                                       [STMT_RETURN] = "return",
                                       [STMT_FOR] = "for",
                                       [STMT_IF] = "if",
                                       [STMT_OUTPUT] = "output",
                                       [STMT_METRIC] = "metric",
                                       [STMT_PRINT] = "print",
                                       [STMT_SAVE] = "save",
                                       [STMT_DATA] = "data",
                                       [STMT_TRAIN] = "train",
                                       [STMT_REPORT] = "report",
                                       [STMT_GENERATE] = "generate",
                                       [STMT_STEP] = "step",
                                       [STMT_MINIMIZE] = "minimize",
                                       [STMT_IMPORT] = "import",
                                       [STMT_SCAN] = "scan",
                                       [STMT_YIELD] = "yield"};
    strbuf_puts(out, word[stmt->kind]);
    if (stmt->name && stmt->kind != STMT_IMPORT && stmt->kind != STMT_SCAN)
        strbuf_printf(out, " %s", stmt->name);
    if (stmt->path) {
        strbuf_putc(out, ' ');
        print_expr(out, stmt->path);
    }
    print_exprs(out, " ", &stmt->targets);
    print_type(out, stmt->type);
    if (stmt->kind == STMT_DEF || stmt->kind == STMT_MODULE || stmt->kind == STMT_OPTIMIZER)
        print_params(out, &stmt->params);
    if (stmt->kind == STMT_MODULE || stmt->kind == STMT_OPTIMIZER)
        print_params(out, &stmt->inputs);
    print_exprs(out, " ", &stmt->values);
}

static void print_value(StrBuf *out, const Stmt *stmt)
{
    if (!stmt->value)
        return;
    if (stmt->kind == STMT_UPDATE)
        strbuf_printf(out, " %s= ", operator_text[stmt->op]);
    else if (stmt->kind == STMT_WRITE)
        strbuf_puts(out, " <- ");
    else if (stmt->kind == STMT_FOR)
        strbuf_puts(out, " in ");
    else if (stmt->kind == STMT_IF || stmt->kind == STMT_MINIMIZE || stmt->kind == STMT_IMPORT ||
             stmt->kind == STMT_SAVE || stmt->kind == STMT_SCAN)
        strbuf_putc(out, ' ');
    else
        strbuf_puts(out, " = ");
    print_expr(out, stmt->value);
}

static void print_block(StrBuf *out, const StmtVec *block, int indent);

/* Of `x = scan ...` and `return scan ...`. */
static void print_scan_body(StrBuf *out, const Stmt *stmt, int indent)
{
    const Expr *value = stmt->values.count == 1 ? stmt->values.data[0] : stmt->value;
    if (value && value->kind == EXPR_SCAN && stmt->kind != STMT_SCAN)
        print_block(out, &value->scan->body, indent);
}

static void print_stmt(StrBuf *out, const Stmt *stmt, int indent)
{
    strbuf_printf(out, "%*s", indent, "");
    print_head(out, stmt);
    print_value(out, stmt);
    print_args(out, &stmt->args);
    print_groups(out, &stmt->groups);
    strbuf_putc(out, '\n');
    print_block(out, &stmt->body, indent + 4);
    print_scan_body(out, stmt, indent + 4);
    if (stmt->otherwise.count > 0)
        strbuf_printf(out, "%*selse\n", indent, "");
    print_block(out, &stmt->otherwise, indent + 4);
}

static void print_block(StrBuf *out, const StmtVec *block, int indent)
{
    for (int i = 0; i < block->count; i++)
        print_stmt(out, block->data[i], indent);
}

void ast_print(StrBuf *out, const Ast *ast)
{
    print_block(out, &ast->body, 0);
}
