/* parser.y -- the grammar; docs/grammar.md is its readable form.
 *
 * Actions only call the builders of ast_build.c.  After an error the parser goes on with the next
 * statement: token_filter.c sees to it that there is one. */

%code requires {
#include "frontend/syntax.h"

typedef struct IfBlocks { /* what follows `if c` */
    StmtVec body, otherwise;
} IfBlocks;
}

%code provides {
/* lexer.l and token_filter.c: the kind of the next token. */
int lexer_scan(YYSTYPE *value, Loc *loc, void *scanner);
int token_next(YYSTYPE *value, Loc *loc, Syntax *s);
}

%code {
#define yylex token_next

/* Above what AST_MAX_DEPTH levels of brackets need; longer chains are refused by this. */
#define YYMAXDEPTH 20000

#define YYLLOC_DEFAULT(current, rhs, count)                                                        \
    ((current) = (count) ? loc_span(YYRHSLOC(rhs, 1), YYRHSLOC(rhs, count))                        \
                         : (Loc){YYRHSLOC(rhs, 0).file, YYRHSLOC(rhs, 0).end, YYRHSLOC(rhs, 0).end})

static void yyerror(const Loc *loc, Syntax *s, const char *message);
}

%define api.pure full
%define api.location.type {Loc}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param {Syntax *s}
%initial-action { @$ = (Loc){s->file, 0, 0}; }

%union {
    int64_t integer;
    double number;
    Text string;
    const char *text;
    Operator op;
    Expr *expr;
    ExprVec exprs;
    Arg arg;
    ArgVec args;
    TypeExpr *type;
    Param param;
    ParamVec params;
    Stmt *stmt;
    StmtVec stmts;
    Group group;
    GroupVec groups;
    IfBlocks blocks;
}

%token END 0        "the end of the file"
%token NEWLINE      "the end of the line"
%token INVALID      "an invalid token"
%token <text> NAME  "a name"
%token <integer> INT "an integer"
%token <number> FLOAT "a number"
%token <string> STRING "a string"
%token TRUE_ "'true'" FALSE_ "'false'"
%token CONST "'const'" OPTION "'option'" INPUT "'input'" PARAM "'param'" STATE "'state'"
%token OUTPUT "'output'" METRIC "'metric'" PRINT "'print'" SAVE "'save'" IMPORT "'import'" RETURN "'return'"
%token <text> DEF "'def'" MODULE "'module'" OPTIMIZER "'optimizer'"
%token SCAN "'scan'" YIELD "'yield'"
%token FOR "'for'" IN "'in'" IF "'if'" ELSE "'else'"
%token DATA "'data'" TRAIN "'train'" REPORT "'report'" GENERATE "'generate'" STEP "'step'" MINIMIZE "'minimize'" WITH "'with'" OVER "'over'"
%token AND "'and'" OR "'or'" NOT "'not'"
%token EQ "'=='" NE "'!='" LE "'<='" GE "'>='" POW "'**'" FLOORDIV "'//'"
%token PIPE "'|>'" LARROW "'<-'" DOTDOT "'..'"
%token <op> UPDATE "'+='"

%type <stmts> stmts block
%type <stmt> stmt declared pathed if_stmt
%type <blocks> if_rest
%type <groups> groups with_groups over_groups
%type <group> with_group over_group
%type <params> params param_list
%type <param> param
%type <type> type
%type <exprs> values opt_values dims
%type <expr> expr ternary range pipe disjunction conjunction negation comparison compared chained
%type <expr> scan sum product unary power postfix primary slice dim opt_expr
%type <args> args arg_list items carried carries
%type <arg> arg item
%type <op> relation additive multiplicative
%type <integer> declarator bool
%type <stmt> binder

%%

program: stmts                      { s->program = $1; }
    ;

stmts: %empty                       { $$ = (StmtVec){0}; }
    | stmts stmt NEWLINE            { $$ = $1; if ($2) vec_push(s->arena, &$$, $2); }
    | stmts error NEWLINE           { $$ = $1; yyerrok; }
    ;

block: '{' stmts '}'                { $$ = $2; }
    ;

stmt: binder '=' expr               { $$ = $1; $$->loc = @$; $$->value = $3; }
    | INPUT NAME ':' type           { $$ = stmt_named(s, STMT_INPUT, @$, @2, $2); $$->type = $4; }
    | declared
    | values '=' values             { $$ = stmt_assign(s, @$, $1, NULL, $3); }
    | values ':' type '=' values    { $$ = stmt_assign(s, @$, $1, $3, $5); }
    | values '=' scan               { $$ = stmt_assign(s, @$, $1, NULL, exprs_of_one(s, $3)); }
    | values ':' type '=' scan      { $$ = stmt_assign(s, @$, $1, $3, exprs_of_one(s, $5)); }
    | binder '=' scan               { $$ = $1; $$->loc = @$; $$->value = $3; }
    | RETURN scan                   { $$ = stmt_new(s, STMT_RETURN, @$);
                                      $$->values = exprs_of_one(s, $2); }
    | scan                          { $$ = $1->scan; }
    | YIELD values                  { $$ = stmt_new(s, STMT_YIELD, @$); $$->values = $2; }
    | values ':' type               { $$ = stmt_undeclared(s, @$); }
    | values UPDATE expr            { $$ = stmt_change(s, STMT_UPDATE, @$, $2, $1, $3); }
    | values LARROW expr            { $$ = stmt_change(s, STMT_WRITE, @$, OPER_ADD, $1, $3); }
    | values                        { $$ = stmt_unused_value(s, @$, $1.data[$1.count - 1]); }
    | DEF NAME '(' params ')' '=' values {
                                      $$ = stmt_named(s, STMT_DEF, @$, @2, $2);
                                      $$->doc = $1; $$->params = $4; $$->value = expr_group(s, $7); }
    | DEF NAME '(' params ')' block {
                                      $$ = stmt_named(s, STMT_DEF, loc_span(@1, @5), @2, $2);
                                      $$->doc = $1; $$->params = $4;
                                      stmt_set_blocks(s, $$, $6, (StmtVec){0}); }
    | MODULE NAME '(' params ')' '(' params ')' block {
                                      $$ = stmt_named(s, STMT_MODULE, loc_span(@1, @8), @2, $2);
                                      $$->doc = $1; $$->params = $4; $$->inputs = $7;
                                      stmt_set_blocks(s, $$, $9, (StmtVec){0}); }
    | OPTIMIZER NAME '(' params ')' '(' params ')' block {
                                      $$ = stmt_named(s, STMT_OPTIMIZER, loc_span(@1, @8), @2, $2);
                                      $$->doc = $1; $$->params = $4; $$->inputs = $7;
                                      stmt_set_blocks(s, $$, $9, (StmtVec){0}); }
    | RETURN values                 { $$ = stmt_new(s, STMT_RETURN, @$); $$->values = $2; }
    | PRINT arg_list                { $$ = stmt_print(s, @$, $2); }
    | SAVE STRING ',' arg_list      { $$ = stmt_save(s, @$, expr_string(s, @2, $2), $4); }
    | SAVE '(' STRING ',' args ')'  { $$ = stmt_save(s, @$, expr_string(s, @3, $3), $5); }
    | IMPORT STRING                 { $$ = stmt_named(s, STMT_IMPORT, @$, @2, $2.bytes);
                                      $$->value = expr_string(s, @2, $2); }
    | FOR NAME IN expr block        { $$ = stmt_named(s, STMT_FOR, loc_span(@1, @4), @2, $2);
                                      $$->value = $4;
                                      stmt_set_blocks(s, $$, $5, (StmtVec){0}); }
    | if_stmt
    | DATA NAME block               { $$ = stmt_named(s, STMT_DATA, loc_span(@1, @2), @2, $2);
                                      stmt_set_blocks(s, $$, $3, (StmtVec){0}); }
    | TRAIN block                   { $$ = stmt_new(s, STMT_TRAIN, @1);
                                      stmt_set_blocks(s, $$, $2, (StmtVec){0}); }
    | REPORT block                  { $$ = stmt_new(s, STMT_REPORT, @1);
                                      stmt_set_blocks(s, $$, $2, (StmtVec){0}); }
    | GENERATE block                { $$ = stmt_new(s, STMT_GENERATE, @1);
                                      stmt_set_blocks(s, $$, $2, (StmtVec){0}); }
    | STEP block                    { $$ = stmt_new(s, STMT_STEP, @1);
                                      stmt_set_blocks(s, $$, $2, (StmtVec){0}); }
    | MINIMIZE expr groups          { $$ = stmt_new(s, STMT_MINIMIZE, @$);
                                      $$->value = $2; $$->groups = $3; }
    ;

/* Not an operand: what is behind it would be behind a block. */
scan: SCAN NAME IN expr carried block {
                                      $$ = expr_scan(s, loc_span(@1, @4), @2, $2, $4, $5, $6); }
    ;

carried: %empty                     { $$ = (ArgVec){0}; }
    | WITH carries                  { $$ = $2; }
    ;

carries: NAME '=' expr              { $$ = args_of_one(s, (Arg){$1, @1, $3}); }
    | carries ',' NAME '=' expr     { $$ = $1; vec_push(s->arena, &$$, ((Arg){$3, @3, $5})); }
    ;

binder: CONST NAME                  { $$ = stmt_named(s, STMT_CONST, @$, @2, $2); }
    | OPTION NAME                   { $$ = stmt_named(s, STMT_OPTION, @$, @2, $2); }
    | OUTPUT NAME                   { $$ = stmt_named(s, STMT_OUTPUT, @$, @2, $2); }
    | METRIC NAME                   { $$ = stmt_named(s, STMT_METRIC, @$, @2, $2); }
    ;

declared: pathed ':' type            { $$ = $1; $$->loc = @$; $$->type = $3; }
    | pathed '=' expr               { $$ = $1; $$->loc = @$; $$->value = $3; }
    | pathed ':' type '=' expr      { $$ = $1; $$->loc = @$; $$->type = $3; $$->value = $5; }
    ;

/* The name by which others know it: in checkpoints. */
pathed: declarator NAME             { $$ = stmt_named(s, (StmtKind)$1, @$, @2, $2); }
    | declarator NAME STRING        { $$ = stmt_named(s, (StmtKind)$1, @$, @2, $2);
                                      $$->path = expr_string(s, @3, $3); }
    ;

declarator: PARAM                   { $$ = STMT_PARAM; }
    | STATE                         { $$ = STMT_STATE; }
    ;

if_stmt: IF expr if_rest            { $$ = stmt_new(s, STMT_IF, loc_span(@1, @2));
                                      $$->value = $2;
                                      stmt_set_blocks(s, $$, $3.body, $3.otherwise); }
    ;

if_rest: block                      { $$ = (IfBlocks){.body = $1}; }
    | block ELSE block              { $$ = (IfBlocks){$1, $3}; }
    | block ELSE if_stmt            { $$ = (IfBlocks){.body = $1};
                                      vec_push(s->arena, &$$.otherwise, $3); }
    ;

/* `with A over X with B over Y`, or `over X with A`; not mixed, or it would be ambiguous. */
groups: with_groups
    | over_groups
    ;

with_groups: with_group             { $$ = (GroupVec){0}; vec_push(s->arena, &$$, $1); }
    | with_groups with_group        { $$ = $1; vec_push(s->arena, &$$, $2); }
    ;

with_group: WITH expr               { $$ = (Group){.optimizer = $2}; }
    | WITH expr OVER values         { $$ = (Group){$2, $4}; }
    ;

over_groups: over_group             { $$ = (GroupVec){0}; vec_push(s->arena, &$$, $1); }
    | over_groups over_group        { $$ = $1; vec_push(s->arena, &$$, $2); }
    ;

over_group: OVER values WITH expr   { $$ = (Group){$4, $2}; }
    ;

params: %empty                      { $$ = (ParamVec){0}; }
    | param_list
    | param_list ','
    ;

param_list: param                   { $$ = (ParamVec){0}; vec_push(s->arena, &$$, $1); }
    | param_list ',' param          { $$ = $1; vec_push(s->arena, &$$, $3); }
    ;

param: NAME                         { $$ = (Param){$1, @1, NULL, NULL}; }
    | NAME ':' type                 { $$ = (Param){$1, @1, $3, NULL}; }
    | NAME '=' expr                 { $$ = (Param){$1, @1, NULL, $3}; }
    | NAME ':' type '=' expr        { $$ = (Param){$1, @1, $3, $5}; }
    ;

type: NAME                          { $$ = type_expr(s, @$, @1, $1, NULL); }
    | NAME '[' dims ']'             { $$ = type_expr(s, @$, @1, $1, &$3); }
    ;

dims: dim                           { $$ = exprs_of_one(s, $1); }
    | dims ',' dim                  { $$ = $1; vec_push(s->arena, &$$, $3); }
    ;

dim: expr
    | DOTDOT                        { $$ = expr_leaf(s, EXPR_ELLIPSIS, @$); }
    ;

values: expr                        { $$ = exprs_of_one(s, $1); }
    | values ',' expr               { $$ = $1; vec_push(s->arena, &$$, $3); }
    ;

/* ---- expressions, loosest first ---- */

expr: ternary
    ;

ternary: range
    | range IF range ELSE ternary   { $$ = expr_three(s, EXPR_IF, @$, $1, $5, $3); }
    ;

range: pipe
    | pipe DOTDOT pipe              { $$ = expr_three(s, EXPR_RANGE, @$, $1, $3, NULL); }
    ;

pipe: disjunction
    | pipe PIPE disjunction         { $$ = expr_pipe(s, @2, $1, $3); }
    ;

disjunction: conjunction
    | disjunction OR conjunction    { $$ = expr_binary(s, OPER_OR, @2, $1, $3); }
    ;

conjunction: negation
    | conjunction AND negation      { $$ = expr_binary(s, OPER_AND, @2, $1, $3); }
    ;

negation: comparison
    | NOT negation                  { $$ = expr_unary(s, OPER_NOT, @1, $2); }
    ;

comparison: sum
    | compared
    | chained
    ;

compared: sum relation sum          { $$ = expr_binary(s, $2, @2, $1, $3); }
    ;

chained: compared relation sum      { $$ = expr_chained(s, $2, @2, $1, $3); }
    | chained relation sum          { $$ = $1; }
    ;

relation: EQ                        { $$ = OPER_EQ; }
    | NE                            { $$ = OPER_NE; }
    | '<'                           { $$ = OPER_LT; }
    | LE                            { $$ = OPER_LE; }
    | '>'                           { $$ = OPER_GT; }
    | GE                            { $$ = OPER_GE; }
    ;

sum: product
    | sum additive product          { $$ = expr_binary(s, $2, @2, $1, $3); }
    ;

additive: '+'                       { $$ = OPER_ADD; }
    | '-'                           { $$ = OPER_SUB; }
    ;

product: unary
    | product multiplicative unary  { $$ = expr_binary(s, $2, @2, $1, $3); }
    ;

multiplicative: '*'                 { $$ = OPER_MUL; }
    | '/'                           { $$ = OPER_DIV; }
    | FLOORDIV                      { $$ = OPER_FLOORDIV; }
    | '%'                           { $$ = OPER_MOD; }
    | '@'                           { $$ = OPER_MATMUL; }
    ;

unary: power
    | '-' unary                     { $$ = expr_unary(s, OPER_NEG, @1, $2); }
    ;

/* Binds tighter than a minus on its left, looser than one on its right: -x ** -y. */
power: postfix
    | postfix POW unary             { $$ = expr_binary(s, OPER_POW, @2, $1, $3); }
    ;

postfix: primary
    | postfix '(' args ')'          { $$ = expr_with_args(s, EXPR_CALL, @$, $1, $3); }
    | postfix '[' items ']'         { $$ = expr_with_args(s, EXPR_INDEX, @$, $1, $3); }
    | postfix '.' NAME              { $$ = expr_member(s, $1, @3, $3); }
    ;

primary: NAME                       { $$ = expr_name(s, @$, $1); }
    | INT                           { $$ = expr_integer(s, EXPR_INT, @$, $1); }
    | FLOAT                         { $$ = expr_float(s, @$, $1); }
    | STRING                        { $$ = expr_string(s, @$, $1); }
    | bool                          { $$ = expr_integer(s, EXPR_BOOL, @$, $1); }
    | '(' expr ')'                  { $$ = $2; $$->loc = @$; }
    | '(' expr ',' args ')'         { ArgVec all = args_of_one(s, (Arg){.value = $2});
                                      for (int i = 0; i < $4.count; i++)
                                          vec_push(s->arena, &all, $4.data[i]);
                                      $$ = expr_with_args(s, EXPR_TUPLE, @$, NULL, all); }
    | '[' expr FOR NAME IN expr ']' { $$ = expr_each(s, @$, $2, @4, $4, $6); }
    | '[' opt_values ']'            { $$ = expr_with_args(s, EXPR_LIST, @$, NULL,
                                                          args_from_exprs(s, $2)); }
    ;

opt_values: %empty                  { $$ = (ExprVec){0}; }
    | values
    | values ','
    ;

bool: TRUE_                         { $$ = 1; }
    | FALSE_                        { $$ = 0; }
    ;

args: %empty                        { $$ = (ArgVec){0}; }
    | arg_list
    | arg_list ','
    ;

arg_list: arg                       { $$ = args_of_one(s, $1); }
    | arg_list ',' arg              { $$ = $1; vec_push(s->arena, &$$, $3); }
    ;

arg: expr                           { $$ = (Arg){.value = $1}; }
    | NAME '=' expr                 { $$ = (Arg){$1, @1, $3}; }
    | NAME '=' slice                { $$ = (Arg){$1, @1, $3}; }
    ;

items: item                         { $$ = args_of_one(s, $1); }
    | items ',' item                { $$ = $1; vec_push(s->arena, &$$, $3); }
    ;

item: expr                          { $$ = (Arg){.value = $1}; }
    | slice                         { $$ = (Arg){.value = $1}; }
    | DOTDOT                        { $$ = (Arg){.value = expr_leaf(s, EXPR_ELLIPSIS, @$)}; }
    ;

slice: opt_expr ':' opt_expr        { $$ = expr_three(s, EXPR_SLICE, @$, $1, $3, NULL); }
    | opt_expr ':' opt_expr ':' opt_expr {
                                      $$ = expr_three(s, EXPR_SLICE, @$, $1, $3, $5); }
    ;

opt_expr: %empty                    { $$ = NULL; }
    | expr
    ;

%%

/* Called by bison only where its stack is full. */
static void yyerror(const Loc *loc, Syntax *s, const char *message)
{
    (void)message;
    syntax_too_deep(s, *loc);
}

static int yyreport_syntax_error(const yypcontext_t *context, Syntax *s)
{
    yysymbol_kind_t kinds[YYNTOKENS];
    const char *expected[YYNTOKENS];
    const int count = yypcontext_expected_tokens(context, kinds, YYNTOKENS);
    for (int i = 0; i < count; i++)
        expected[i] = yysymbol_name(kinds[i]);
    const yysymbol_kind_t found = yypcontext_token(context);
    if (found != YYSYMBOL_INVALID) /* that was reported by the lexer */
        syntax_report(s, *yypcontext_location(context), yysymbol_name(found), expected, count);
    token_filter_recover(s);
    return 0;
}

Ast *ast_parse(Arena *arena, const SourceFile *file, Diag *diag)
{
    Ast *ast = arena_new_of(arena, Ast);
    ast->file = file;
    Syntax s = {.arena = arena, .file = file, .diag = diag, .filter = token_filter_new(arena)};
    if (!literal_check_encoding(&s))
        return ast;
    lexer_open(&s);
    yyparse(&s);
    if (s.errors == 0)
        ast_check_placement(&s);
    if (!s.gave_up) {
        ast->body = s.program;
        ast_number_calls(ast);
    }
    return ast;
}
