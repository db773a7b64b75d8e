/* syntax.h -- what lexer, token filter, parser and tree builders share; private to them.
 *
 *     text -> lexer.l (tokens) -> token_filter.c (newlines, contextual keywords) -> parser.y -> Ast
 *
 * One Syntax lives for one ast_parse(). */
#ifndef GRADC_SYNTAX_H
#define GRADC_SYNTAX_H

#include "frontend/ast.h"

enum {
    SYNTAX_MAX_NAME = 255,          /* bytes of a name or a number */
    SYNTAX_MAX_ERRORS = 100,        /* then the parser gives up; DIAG_LIMIT of them are shown */
    SYNTAX_MAX_FILE = 256 * 1048576 /* bytes */
};

typedef struct TokenFilter TokenFilter;

/* The comment lines read last: a doc comment if a definition follows directly. */
typedef struct CommentBlock {
    uint32_t begin, end; /* bytes of the file */
    int last_line;       /* 0: none yet */
} CommentBlock;

typedef struct Syntax {
    Arena *arena;
    const SourceFile *file;
    Diag *diag;
    StmtVec program;
    void *scanner; /* flex's */
    TokenFilter *filter;
    uint32_t offset;     /* lexer: the byte behind the token */
    uint32_t line_begin; /* lexer: where the current line begins */
    int line;            /* lexer: its number, from 1 */
    CommentBlock comment;
    int errors;
    bool gave_up; /* nested too deep, or too many errors: only the end of the file follows */
} Syntax;

typedef struct Text { /* a string literal's bytes, NUL-terminated */
    const char *bytes;
    int64_t length;
} Text;

/* ---- syntax_error.c ---- */

/* Reports through diag and counts. */
void syntax_error(Syntax *s, Loc loc, const char *label, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void syntax_too_deep(Syntax *s, Loc loc);
/* The token at loc stands where one of those expected should; all in the parser's spelling. */
void syntax_report(Syntax *s, Loc loc, const char *found, const char *const *expected, int count);
/* The Loc's bytes, cut to a size that fits a message. */
const char *syntax_excerpt(const Syntax *s, Loc loc);

void lexer_open(Syntax *s); /* lexer.l; token by token: lexer_scan() */

/* ---- literal.c: what tokens mean; each reports what is wrong and returns a stand-in ---- */

bool literal_check_encoding(Syntax *s); /* false: not UTF-8 text, or a byte that hides something */
uint32_t literal_skip_bom(const SourceFile *file);
int64_t literal_integer(Syntax *s, Loc loc);
double literal_number(Syntax *s, Loc loc);
void literal_malformed_number(Syntax *s, Loc loc);
Text literal_string(Syntax *s, Loc loc); /* the token with both its quotes */
const char *literal_name(Syntax *s, Loc loc);
/* The comment block as text, without '#'s; NULL unless it ends on the line above. */
const char *literal_doc(Syntax *s, int line);

/* ---- ast_build.c: nodes for the parser's actions ---- */

Expr *expr_leaf(Syntax *s, ExprKind kind, Loc loc);
Expr *expr_integer(Syntax *s, ExprKind kind, Loc loc, int64_t integer); /* INT, BOOL */
Expr *expr_float(Syntax *s, Loc loc, double number);
Expr *expr_string(Syntax *s, Loc loc, Text text);
Expr *expr_name(Syntax *s, Loc loc, const char *name);
Expr *expr_unary(Syntax *s, Operator op, Loc op_loc, Expr *operand);
Expr *expr_binary(Syntax *s, Operator op, Loc op_loc, Expr *left, Expr *right);
Expr *expr_chained(Syntax *s, Operator op, Loc op_loc, Expr *left, Expr *right); /* an error */
Expr *expr_pipe(Syntax *s, Loc op_loc, Expr *left, Expr *right);
Expr *expr_three(Syntax *s, ExprKind kind, Loc loc, Expr *left, Expr *right, Expr *third);
Expr *expr_member(Syntax *s, Expr *left, Loc name_loc, const char *name);
/* A scan; it knows the statement that it is when it stands alone. */
/* [item for name in over] */
Expr *expr_each(Syntax *s, Loc loc, Expr *item, Loc name_loc, const char *name, Expr *over);
Expr *expr_scan(Syntax *s, Loc loc, Loc name_loc, const char *name, Expr *turns, ArgVec carries,
                StmtVec body);
/* LIST, TUPLE (left NULL), CALL, INDEX */
Expr *expr_with_args(Syntax *s, ExprKind kind, Loc loc, Expr *left, ArgVec args);
/* Vectors with room for just what they hold: most lists have a single element. */
ExprVec exprs_of_one(Syntax *s, Expr *e);
ArgVec args_of_one(Syntax *s, Arg arg);
ArgVec args_from_exprs(Syntax *s, ExprVec exprs);
/* One expression as it is, several as a tuple. */
Expr *expr_group(Syntax *s, ExprVec exprs);

TypeExpr *type_expr(Syntax *s, Loc loc, Loc dtype_loc, const char *dtype, const ExprVec *dims);

Stmt *stmt_new(Syntax *s, StmtKind kind, Loc loc);
Stmt *stmt_named(Syntax *s, StmtKind kind, Loc loc, Loc name_loc, const char *name);
Stmt *stmt_assign(Syntax *s, Loc loc, ExprVec targets, TypeExpr *type, ExprVec values);
/* UPDATE, WRITE */
Stmt *stmt_change(Syntax *s, StmtKind kind, Loc loc, Operator op, ExprVec targets, Expr *value);
/* print and save; an only argument in ( ) was meant as a call: print(x, precision = 8). */
Stmt *stmt_print(Syntax *s, Loc loc, ArgVec args);
Stmt *stmt_save(Syntax *s, Loc loc, Expr *path, ArgVec args);
Stmt *stmt_unused_value(Syntax *s, Loc loc, const Expr *value); /* an error; NULL */
Stmt *stmt_undeclared(Syntax *s, Loc loc); /* `x: f32[3]` without `input`; NULL */
void stmt_set_blocks(Syntax *s, Stmt *stmt, StmtVec body, StmtVec otherwise);

/* ---- token_filter.c ---- */

TokenFilter *token_filter_new(Arena *arena);
/* A syntax error was found at the token given out last: find the next statement. */
void token_filter_recover(Syntax *s);
/* What the message about it can use: */
Loc token_filter_previous(const Syntax *s);  /* the token before the one given out last */
int token_filter_statement(const Syntax *s); /* the kind of the statement's first token */
/* The innermost bracket that is open, '(' '[' '{', or 0. */
int token_filter_open(const Syntax *s, Loc *where);

/* ---- ast_check.c: statements where they may not stand; called where there was no error ---- */

void ast_check_placement(Syntax *s);

#endif
