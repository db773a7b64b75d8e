/* ast.h -- a model file as written: the syntax tree.
 *
 * Every node has its Loc.  Names and strings are NUL-terminated copies in the arena; strings have
 * a length too, for they may hold any byte but NUL.  The parser only builds these; all meaning is
 * given by the elaborator (elaborate.h). */
#ifndef GRADC_AST_H
#define GRADC_AST_H

#include "support/diag.h"
#include "support/strbuf.h"

typedef struct Expr Expr;
typedef struct Stmt Stmt;
typedef Vec(Expr *) ExprVec;
typedef Vec(Stmt *) StmtVec;

enum { AST_MAX_DEPTH = 1000 }; /* of an expression, and of blocks: walkers may recurse safely */

typedef enum ExprKind {
    EXPR_INT,      /* 64, 0xff: integer */
    EXPR_FLOAT,    /* 1e-3, 0.5: number */
    EXPR_BOOL,     /* true false: integer */
    EXPR_STRING,   /* "digits.csv": text, integer is its length */
    EXPR_NAME,     /* text */
    EXPR_LIST,     /* [a, b]: args */
    EXPR_EACH,     /* [right for text in left] */
    EXPR_TUPLE,    /* (2, 3) as a value, right of = or as an argument: args */
    EXPR_CALL,     /* left(args); x.f(args) is parsed as a call whose left is a MEMBER */
    EXPR_MEMBER,   /* left.text */
    EXPR_INDEX,    /* left[args], an argument may be a SLICE or an ELLIPSIS */
    EXPR_SLICE,    /* start:stop:step, each may be NULL: left, right, third; also as the value of
                      a named argument, `rows = :1500` */
    EXPR_ELLIPSIS, /* `..` in an index or a type */
    EXPR_UNARY,    /* op left: OP_NEG, OP_NOT */
    EXPR_BINARY,   /* left op right */
    EXPR_PIPE,     /* left |> right */
    EXPR_RANGE,    /* left..right, the end excluded */
    EXPR_IF,       /* `a if c else b`: left third right; chosen when compiling */
    EXPR_SCAN      /* scan name in left with args { body }: right of = or return, or by itself */
} ExprKind;

typedef enum Operator {
    OPER_ADD,
    OPER_SUB,
    OPER_MUL,
    OPER_DIV,
    OPER_FLOORDIV,
    OPER_MOD,
    OPER_POW,
    OPER_MATMUL,
    OPER_EQ,
    OPER_NE,
    OPER_LT,
    OPER_LE,
    OPER_GT,
    OPER_GE,
    OPER_AND,
    OPER_OR,
    OPER_NEG,
    OPER_NOT,
    OPER_COUNT
} Operator;

extern const char *const operator_text[OPER_COUNT]; /* "+", "and", ... */

typedef struct Arg {
    const char *name; /* NULL if positional */
    Loc name_loc;
    Expr *value;
} Arg;

typedef Vec(Arg) ArgVec;

struct Expr {
    ExprKind kind;
    Operator op;
    Loc loc;    /* the whole expression */
    Loc op_loc; /* BINARY, PIPE: the operator; MEMBER: the name behind the point */
    int64_t integer;
    double number;
    const char *text;
    Expr *left, *right, *third;
    ArgVec args;
    struct Stmt *scan; /* SCAN: a statement SCAN with its name and body */
    int depth;         /* levels of the tree from here down, 1 for a leaf; at most AST_MAX_DEPTH */
    int ordinal; /* CALL, and NAME right of |>: how many-th textual occurrence of this callee name
                    in its scope (file, def or module body), from 1; set by ast_number_calls */
};

typedef struct TypeExpr { /* f32[batch, 64]; i32; f32[.., n] */
    const char *dtype;
    Loc loc, dtype_loc;
    bool has_shape;
    ExprVec dims; /* NAME, INT, arithmetic, or ELLIPSIS for any leading dimensions */
} TypeExpr;

typedef struct Param { /* of a def, module or optimizer */
    const char *name;
    Loc loc;
    TypeExpr *type; /* or NULL */
    Expr *value;    /* the default, or NULL */
} Param;

typedef Vec(Param) ParamVec;

typedef enum StmtKind {
    STMT_CONST,     /* const name = value */
    STMT_OPTION,    /* option name = value */
    STMT_INPUT,     /* input name: type */
    STMT_PARAM,     /* param name "path": type = value; type or value may be missing, not both */
    STMT_STATE,     /* state name: type = value, likewise */
    STMT_ASSIGN,    /* targets (: type) = value; several targets unpack or pair off */
    STMT_UPDATE,    /* target op= value: targets.data[0], op */
    STMT_WRITE,     /* target <- value */
    STMT_DEF,       /* def name(params) = value, or def name(params) { body } */
    STMT_MODULE,    /* module name(params)(inputs) { body } */
    STMT_OPTIMIZER, /* optimizer name(params)(inputs) { body } */
    STMT_RETURN,    /* return values */
    STMT_FOR,       /* for name in value { body } */
    STMT_IF,        /* if value { body } else { otherwise } */
    STMT_OUTPUT,    /* output name = value */
    STMT_METRIC,    /* metric name = value */
    STMT_PRINT,     /* print args */
    STMT_SAVE,      /* save value, args: a path and what is written to it */
    STMT_DATA,      /* data name { body: ASSIGNs } */
    STMT_TRAIN,     /* train { body: MINIMIZE, STEP, ASSIGNs as settings } */
    STMT_REPORT,    /* report { body } */
    STMT_GENERATE,  /* generate { body: with ASSIGNs as settings } */
    STMT_STEP,      /* step { body } inside train */
    STMT_MINIMIZE,  /* minimize value groups */
    STMT_IMPORT,    /* import "file.dsl" */
    STMT_SCAN,      /* value: an expression SCAN, whose body is here */
    STMT_YIELD      /* yield values, in a scan */
} StmtKind;

typedef struct Group { /* with optimizer over names; the first match wins */
    Expr *optimizer;
    ExprVec over; /* NAME, MEMBER, INDEX or STRING patterns; empty: everything */
} Group;

typedef Vec(Group) GroupVec;

struct Stmt {
    StmtKind kind;
    Operator op; /* UPDATE */
    Loc loc;     /* the whole statement, or a block statement's head */
    Loc name_loc;
    const char *name;
    const Expr *path; /* PARAM STATE: the STRING behind the name, or NULL */
    TypeExpr *type;
    ExprVec targets; /* ASSIGN UPDATE WRITE: NAMEs, or members where the elaborator allows */
    Expr *value;
    ExprVec values; /* RETURN YIELD */
    ArgVec args;    /* PRINT SAVE */
    ParamVec params, inputs;
    StmtVec body, otherwise;
    GroupVec groups;
    int depth;       /* levels of blocks from here down, 1 without one; at most AST_MAX_DEPTH */
    const char *doc; /* DEF MODULE OPTIMIZER: the comment lines directly above, or NULL */
};

typedef struct Ast {
    const SourceFile *file;
    StmtVec body;
} Ast;

/* Parses a whole file.  Reports every syntax error it can find through diag and goes on; the tree
 * is complete only if there was none.  Nesting beyond 1,000 levels is an error. */
Ast *ast_parse(Arena *arena, const SourceFile *file, Diag *diag);

/* Sets Expr.ordinal; called by ast_parse. */
void ast_number_calls(Ast *ast);

/* The tree as text, for tests and `gradc --dump=ast`. */

void ast_print(StrBuf *out, const Ast *ast);

#endif
