/* token_filter.c -- between lexer and parser: which newlines end a statement, and which words are
 * keywords where they stand.
 *
 *     y = f(a,          NAME '=' NAME '(' NAME ',' NAME ')'
 *           b)     ->     PIPE NAME NEWLINE
 *         |> relu
 *
 * A newline is dropped inside ( ) and [ ], after an operator or a comma, and before a line that
 * starts with `|>`, `else`, `with` or `over`.  `}` ends the statement before it and its own.
 * After a syntax error the filter finds the next statement for the parser. */
#include "frontend/syntax.h"

#include <string.h>

#include "frontend/parser.h"

typedef struct Token {
    int kind;
    YYSTYPE value;
    Loc loc;
    uint32_t column; /* bytes from the begin of its line */
} Token;

typedef struct Bracket {
    int kind;
    Loc loc;
} Bracket;

struct TokenFilter {
    Token ahead[2]; /* taken from the lexer, not yet given out; a stack */
    int ahead_count;
    Bracket open[AST_MAX_DEPTH];
    int open_count;
    Token last;       /* given out */
    bool last_closed; /* it closed a bracket */
    Loc previous;     /* before that */
    Token first;      /* of the statement */
    bool recovering;  /* from a syntax error, until the statement ends */
};

TokenFilter *token_filter_new(Arena *arena)
{
    TokenFilter *f = arena_new_of(arena, TokenFilter);
    f->last.kind = NEWLINE;
    return f;
}

Loc token_filter_previous(const Syntax *s)
{
    return s->filter->previous;
}

int token_filter_statement(const Syntax *s)
{
    return s->filter->first.kind;
}

int token_filter_open(const Syntax *s, Loc *where)
{
    const TokenFilter *f = s->filter;
    if (f->open_count == 0)
        return 0;
    *where = f->open[f->open_count - 1].loc;
    return f->open[f->open_count - 1].kind;
}

/* ---- the lexer's tokens ---- */

/* An error at the end of the file is shown where the last line ends. */
static Loc token_end_loc(const Syntax *s)
{
    const Token *last = &s->filter->last;
    const uint32_t end = last->kind == NEWLINE ? last->loc.begin : last->loc.end;
    return (Loc){s->file, end, end};
}

static Token token_take(Syntax *s)
{
    TokenFilter *f = s->filter;
    if (f->ahead_count > 0)
        return f->ahead[--f->ahead_count];
    Token t = {0};
    t.kind = lexer_scan(&t.value, &t.loc, s->scanner);
    t.column = t.kind == NEWLINE ? 0 : t.loc.begin - s->line_begin;
    return t;
}

static void token_untake(TokenFilter *f, Token t)
{
    f->ahead[f->ahead_count++] = t;
}

/* The next token, still to be taken. */
static Token token_peek(Syntax *s)
{
    const Token t = token_take(s);
    token_untake(s->filter, t);
    return t;
}

/* The same, newlines before it taken. */
static Token token_peek_line(Syntax *s)
{
    Token t = token_take(s);
    while (t.kind == NEWLINE)
        t = token_take(s);
    token_untake(s->filter, t);
    return t;
}

/* ---- questions ---- */

static bool at_statement_start(const TokenFilter *f)
{
    return f->last.kind == NEWLINE || f->last.kind == '{';
}

static bool in_parentheses(const TokenFilter *f)
{
    return f->open_count > 0 && f->open[f->open_count - 1].kind != '{';
}

/* An operator or a comma: its right operand may stand on the next line. */
static bool continues_behind(int kind)
{
    switch (kind) { /* clang-format off */
    case AND: case OR: case NOT: case EQ: case NE: case LE: case GE: case POW: case FLOORDIV:
    case PIPE: case LARROW: case DOTDOT: case UPDATE: /* clang-format on */
        return true;
    default:
        return kind > 0 && kind < 128 && strchr("=<>+-*/%@,.", kind);
    }
}

static bool continues_before(int kind)
{
    return kind == PIPE || kind == ELSE || kind == WITH || kind == OVER;
}

/* `input`, `data` ... are keywords only here: first in a statement, before a name or a `{`; `save`
 * before its path. */
static int contextual_keyword(Syntax *s, const char *name)
{
    static const struct {
        const char *name;
        int kind;
    } words[] = {{"input", INPUT}, {"state", STATE},   {"output", OUTPUT},    {"step", STEP},
                 {"data", DATA},   {"option", OPTION}, {"metric", METRIC},    {"train", TRAIN},
                 {"save", SAVE},   {"report", REPORT}, {"generate", GENERATE}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].name, name) != 0)
            continue;
        const int next = token_peek(s).kind;
        if (words[i].kind == SAVE) /* a path follows: save "y.npy", y */
            return next == STRING || next == '(' ? SAVE : NAME;
        const bool named = next == NAME || (next >= TRUE_ && next <= NOT);
        const bool nameless =
            words[i].kind == TRAIN || words[i].kind == REPORT || words[i].kind == GENERATE;
        return next == '{' || (named && !nameless) ? words[i].kind : NAME;
    }
    return NAME;
}

/* ---- brackets ---- */

static bool bracket_push(Syntax *s, const Token *t)
{
    TokenFilter *f = s->filter;
    if (f->open_count == AST_MAX_DEPTH) {
        syntax_too_deep(s, t->loc);
        return false;
    }
    f->open[f->open_count++] = (Bracket){t->kind, t->loc};
    return true;
}

/* Forgets what is open inside the innermost block. */
static void brackets_drop_inner(TokenFilter *f)
{
    while (in_parentheses(f))
        f->open_count--;
}

/* Whether there was one to close. */
static bool bracket_pop(TokenFilter *f, int closer)
{
    if (closer == '}')
        brackets_drop_inner(f);
    const int opener = closer == ')' ? '(' : closer == ']' ? '[' : '{';
    if (f->open_count == 0 || f->open[f->open_count - 1].kind != opener)
        return false;
    f->open_count--;
    return true;
}

/* ---- after an error ---- */

/* Takes everything up to the `}` of a block whose `{` was just taken. */
static void skip_block(Syntax *s)
{
    for (int64_t depth = 1; depth > 0;) {
        const Token t = token_take(s);
        depth += (t.kind == '{') - (t.kind == '}');
        if (t.kind == END) {
            token_untake(s->filter, t);
            return;
        }
    }
}

void token_filter_recover(Syntax *s)
{
    TokenFilter *f = s->filter;
    f->recovering = true;
    if (f->last.kind == '{') { /* of a head with an error in it: nobody would close it */
        bracket_pop(f, '}');
        skip_block(s);
        f->last.kind = '}';
    } else if (f->last.kind == '}' && f->last_closed) { /* `f(x }`: it closes the block still */
        bracket_push(s, &(Token){.kind = '{', .loc = f->last.loc});
        token_untake(f, f->last);
        f->last.kind = INVALID;
    }
}

/* While recovering, a newline inside brackets ends the statement if the next line is not indented
 * deeper than the statement: the bracket was likely forgotten. */
static bool ends_broken_statement(Syntax *s)
{
    const Token next = token_peek_line(s);
    return next.kind == END || next.column <= s->filter->first.column;
}

/* ---- the filter ---- */

static bool newline_counts(Syntax *s)
{
    TokenFilter *f = s->filter;
    if (at_statement_start(f))
        return false;
    if (in_parentheses(f)) {
        if (!f->recovering || !ends_broken_statement(s))
            return false;
        brackets_drop_inner(f);
        return true;
    }
    if (f->recovering)
        return true;
    return !continues_behind(f->last.kind) && !continues_before(token_peek_line(s).kind);
}

/* Whether a statement ends before t, though no newline says so. */
static bool ends_statement_before(const TokenFilter *f, const Token *t)
{
    if (at_statement_start(f))
        return false;
    if (t->kind == '}' || t->kind == END)
        return !in_parentheses(f);
    return f->last.kind == '}' && t->kind != ELSE;
}

static int give_out(TokenFilter *f, Token t, YYSTYPE *value, Loc *loc)
{
    if (at_statement_start(f) && t.kind != NEWLINE)
        f->first = t;
    if (t.kind == NEWLINE)
        f->recovering = false;
    f->previous = f->last.loc;
    f->last = t;
    *value = t.value;
    *loc = t.loc;
    return t.kind;
}

/* The next token that is not a newline to drop; an added newline where a statement ends. */
static Token next_meant(Syntax *s)
{
    TokenFilter *f = s->filter;
    for (;;) {
        Token t = token_take(s);
        if (t.kind == NEWLINE && !newline_counts(s))
            continue;
        if (t.kind == END)
            t.loc = token_end_loc(s);
        if (f->recovering && (t.kind == '}' || t.kind == END))
            brackets_drop_inner(f);
        if (t.kind != NEWLINE && ends_statement_before(f, &t)) {
            token_untake(f, t);
            t.kind = NEWLINE;
            t.loc.end = t.loc.begin;
            return t;
        }
        if (t.kind != '{' || !f->recovering)
            return t;
        skip_block(s);
        f->last.kind = '}';
    }
}

int token_next(YYSTYPE *value, Loc *loc, Syntax *s)
{
    TokenFilter *f = s->filter;
    Token t = {.kind = END, .loc = f->last.loc};
    if (!s->gave_up)
        t = next_meant(s);
    if (t.kind == NAME && at_statement_start(f))
        t.kind = contextual_keyword(s, t.value.text);
    if ((t.kind == '(' || t.kind == '[' || t.kind == '{') && !bracket_push(s, &t))
        t.kind = END;
    f->last_closed = (t.kind == ')' || t.kind == ']' || t.kind == '}') && bracket_pop(f, t.kind);
    return give_out(f, t, value, loc);
}
