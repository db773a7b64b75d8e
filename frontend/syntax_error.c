/* syntax_error.c -- what the parser says: what was found, what was expected, and the mend where a
 * habit from another language is likely.
 *
 *     y = f(a b)    ->    error: expected ',' or ')', found 'b' */
#include "frontend/foreign.h"
#include "frontend/syntax.h"

#include <string.h>

#include "frontend/parser.h"

enum { EXCERPT_BYTES = 40, EXPECTED_SHOWN = 5 };

static void count_error(Syntax *s)
{
    if (++s->errors == SYNTAX_MAX_ERRORS)
        s->gave_up = true;
}

void syntax_error(Syntax *s, Loc loc, const char *label, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(s->arena, format, args);
    va_end(args);
    if (s->gave_up)
        return;
    diag_error(s->diag, loc, label, "%s", message);
    count_error(s);
}

void syntax_too_deep(Syntax *s, Loc loc)
{
    syntax_error(s, loc, NULL, "nested too deep (limit 1,000)");
    s->gave_up = true;
}

const char *syntax_excerpt(const Syntax *s, Loc loc)
{
    const char *text = s->file->text + loc.begin;
    size_t length = loc.end - loc.begin;
    if (length <= EXCERPT_BYTES)
        return arena_strndup(s->arena, text, length);
    length = EXCERPT_BYTES;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) /* within a character */
        length--;
    return arena_printf(s->arena, "%.*s...", (int)length, text);
}

/* ---- syntax errors ---- */

typedef struct Report {
    Syntax *s;
    Loc loc;
    const char *found;           /* the token's kind: "a name", "'='" */
    const char *const *expected; /* kinds */
    int count;
} Report;

static bool expects(const Report *r, const char *kind)
{
    for (int i = 0; i < r->count; i++)
        if (strcmp(r->expected[i], kind) == 0)
            return true;
    return false;
}

static bool is_one_of(const char *kind, const char *const *kinds)
{
    for (; *kinds; kinds++)
        if (strcmp(*kinds, kind) == 0)
            return true;
    return false;
}

/* Whether the list shows this kind: what can begin a value or continue one is summed up. */
static bool is_shown(const Report *r, const char *kind)
{
    static const char *const value[] = {"a name", "an integer", "a number", "a string",
                                        "'true'", "'false'",    "'not'",    "'-'",
                                        "'('",    "'['",        "'scan'",   NULL};
    static const char *const operators[] = {"'('",  "'['",  "'.'",  "'+'",  "'-'",  "'*'",
                                            "'/'",  "'//'", "'%'",  "'@'",  "'**'", "'=='",
                                            "'!='", "'<'",  "'<='", "'>'",  "'>='", "'and'",
                                            "'or'", "'|>'", "'..'", "'if'", NULL};
    static const char *const changes[] = {"'+='", "'<-'", "':'", "','", NULL};
    static const char *const named[] = {"'='", "':'", NULL};
    if (expects(r, "an integer") && is_one_of(kind, value))
        return false;
    if (expects(r, "'**'") && is_one_of(kind, operators))
        return false;
    if (expects(r, "'+='") && is_one_of(kind, changes))
        return false;
    if (expects(r, "'**'") && expects(r, "')'") && is_one_of(kind, named))
        return false;
    return true;
}

/* "a value, ')' or ','" */
static const char *expected_text(const Report *r)
{
    const char *shown[EXPECTED_SHOWN];
    int count = 0;
    if (expects(r, "'def'"))
        return expects(r, "'}'") ? "a statement or '}'" : "a statement";
    if (expects(r, "an integer"))
        shown[count++] = "a value";
    for (int i = 0; i < r->count && count < EXPECTED_SHOWN; i++)
        if (is_shown(r, r->expected[i]))
            shown[count++] = r->expected[i];
    StrBuf out = strbuf_new(r->s->arena);
    for (int i = 0; i < count; i++)
        strbuf_printf(&out, "%s%s", i == 0 ? "" : i == count - 1 ? " or " : ", ", shown[i]);
    return strbuf_text(&out);
}

static const char *found_text(const Report *r)
{
    const Loc loc = r->loc;
    const bool is_line_end = strcmp(r->found, "the end of the line") == 0;
    if (is_line_end && loc.begin == loc.end) /* added by the filter before one of these */
        return loc.file->text[loc.begin] == '}' ? "'}'" : "the end of the file";
    if (is_line_end || strcmp(r->found, "the end of the file") == 0 ||
        strcmp(r->found, "a string") == 0)
        return r->found;
    return arena_printf(r->s->arena, "'%s'", syntax_excerpt(r->s, loc));
}

/* " (to close '(' at line 3)", if that would close what was opened on another line. */
static const char *opener_text(const Report *r)
{
    Loc where;
    const int open = token_filter_open(r->s, &where);
    const char *closer = open == '(' ? "')'" : open == '[' ? "']'" : "'}'";
    if (!open || !expects(r, closer) || loc_line(where) == loc_line(r->loc))
        return "";
    return arena_printf(r->s->arena, " (to close '%c' at line %d)", open, loc_line(where));
}

/* A habit of another language, told by what was found. */
static const char *hint_found(const Report *r, int open, int statement)
{
    const char *before = syntax_excerpt(r->s, token_filter_previous(r->s));
    if (strcmp(r->found, "a string") == 0 && strcmp(before, "f") == 0)
        return "print shows several items, with settings: print \"loss\", loss, precision = 3";
    if (strcmp(r->found, "'for'") == 0 && open == '[')
        return "one item stands before 'for': [f(i) for i in 0..n]";
    if (strcmp(r->found, "'{'") == 0 && strcmp(before, "=") == 0)
        return "{ } are blocks; there are no dictionaries";
    if (strcmp(r->found, "'with'") == 0)
        return "there is no with statement; detach(x) stops gradients";
    if (statement == OPTIMIZER && strcmp(r->found, "'='") == 0)
        return "optimizers stand in the train block: minimize loss with adam(lr = 1e-3)";
    if (statement == IMPORT && expects(r, "a string"))
        return "all functions are there without import; a file of your own: import \"layers.dsl\"";
    return NULL;
}

static const char *hint(const Report *r)
{
    Loc where;
    const int open = token_filter_open(r->s, &where);
    const int statement = token_filter_statement(r->s);
    const char *habit = hint_found(r, open, statement);
    if (habit)
        return habit;
    if (strcmp(r->found, "'='") == 0 && expects(r, "'=='"))
        return statement == IF || open == '(' || open == '[' ? "to compare, write '=='" : NULL;
    if (strcmp(r->found, "'scan'") == 0)
        return "a scan stands alone, or alone right of '=' or 'return': give its result a name";
    if (strcmp(r->found, "'<-'") == 0)
        return "'<-' writes a state; to compare with a negative number, write 'x < -1'";
    if (strcmp(r->found, "':'") == 0 && expects(r, "'{'"))
        return "a block is written in { }";
    if (strcmp(r->found, "'//'") == 0 && expects(r, "'def'"))
        return "a comment begins with '#'";
    if (statement == MODULE && strcmp(r->found, "'{'") == 0 && expects(r, "'('"))
        return "a module has two lists: its configuration, which may be (), and its inputs";
    if (r->found[0] == '\'' && r->found[1] >= 'a' && r->found[1] <= 'z' && expects(r, "a name") &&
        !expects(r, "'def'"))
        return "this is a reserved word";
    return foreign_mend(syntax_excerpt(r->s, token_filter_previous(r->s)));
}

void syntax_report(Syntax *s, Loc loc, const char *found, const char *const *expected, int count)
{
    const Report r = {s, loc, found, expected, count};
    syntax_error(s, loc, hint(&r), "expected %s%s, found %s", expected_text(&r), opener_text(&r),
                 found_text(&r));
}
