/* wrap.c -- generated statements in lines of at most 100 columns, broken as people do.
 *
 *     static void k_relu(int64_t batch, const float *restrict v_linear1_product,
 *                        const float *restrict p_linear1_bias, float *restrict v_relu)
 *
 * A line breaks behind "=" where the value then fits in one line; else behind a comma or before an
 * operator, outside of as many brackets as can be. */
#include <limits.h>
#include <string.h>

#include "codegen/print_expr.h"

enum { WIDTH = 100 };

enum { NESTED = 32, FURTHEST = 48 }; /* brackets followed; the last column that lines start at */

typedef struct Wrap {          /* where a line that goes on starts: behind the innermost bracket */
    int columns[NESTED + 1];   /* [0]: outside of all, behind the first " = " */
    int depth, indent, column; /* of the byte that is looked at */
    bool assigned;
} Wrap;

static void wrap_step(Wrap *w, const char *c)
{
    w->column++;
    if (*c == '(' || *c == '[' || *c == '{') {
        w->depth += w->depth < NESTED;
        w->columns[w->depth] = w->column;
    } else if (*c == ')' || *c == ']' || *c == '}') {
        w->depth -= w->depth > 0;
    } else if (*c == '=' && w->depth == 0 && !w->assigned && c[1] == ' ') {
        w->columns[0] = w->column + 1;
        w->assigned = true;
    }
}

/* How bad a break at this space is; -1 where none may be.  Lines break behind commas and before
 * operators, those that bind loosely first. */
static int break_cost(const char *space, int depth)
{
    enum { PER_BRACKET = 16 };
    static const char operators[] = "?:|&=!<>+-*/%";
    const char *op = space[1] ? strchr(operators, space[1]) : NULL;
    const size_t length = op ? strspn(space + 1, operators) : 0;
    if (space[-1] == ',')
        return PER_BRACKET * depth;
    if (!op || space[1 + length] != ' ' || space[length] == '=' || (length == 1 && *op == '&'))
        return -1;
    return PER_BRACKET * depth + 1 + (int)(op - operators);
}

/* Further left where the rest then fits. */
static int line_start(const Wrap *w, size_t rest)
{
    const int column = w->columns[w->depth];
    const bool fits_left =
        rest > (size_t)(WIDTH - column) && rest <= (size_t)(WIDTH - w->indent - 4);
    return column > FURTHEST || (w->depth == 0 && fits_left) ? w->indent + 4 : column;
}

/* Where to break a text longer than room, in its latter half if that can be; 0 if nowhere.  *w is
 * moved there. */
static size_t find_break(const char *text, size_t room, Wrap *w)
{
    Wrap at = *w;
    size_t best = 0;
    int least = INT_MAX;
    for (size_t i = 0; i <= room && text[i]; i++) {
        const int cost = text[i] == ' ' && i > 0 ? break_cost(text + i, at.depth) : -1;
        if (cost >= 0 && (cost <= least || best <= room / 3)) {
            least = cost;
            best = i;
            *w = at;
        }
        wrap_step(&at, text + i);
    }
    return best;
}

/* Where the value begins that fits in a line of its own; 0 if there is none. */
static size_t find_value(const char *text, const Wrap *w)
{
    const char *equals = strstr(text, "= "); /* of =, +=, -= */
    while (equals && (equals == text || !strchr(" +-", equals[-1])))
        equals = strstr(equals + 1, "= ");
    if (!equals || strlen(equals + 2) > (size_t)(WIDTH - w->indent - 4))
        return 0;
    return (size_t)(equals - text) + 1;
}

/* Where not even the next part fits, lines start further left. */
static void make_room(Wrap *w, const char *rest)
{
    Wrap probe = *w;
    const size_t room = (size_t)(WIDTH - w->column);
    if (strlen(rest) > room && find_break(rest, room, &probe) == 0)
        w->column = w->columns[w->depth] = w->indent + 4;
}

/* Prints a statement in lines of at most WIDTH where it can be broken. */
void print_c_wrapped(StrBuf *out, const char *text)
{
    const int indent = (int)strspn(text, " ");
    const bool is_list = !strchr(text, ';'); /* of parameters alone, which are aligned */
    Wrap w = {.indent = indent, .columns = {indent + 4 * !is_list}};
    strbuf_write(out, text, (size_t)indent);
    text += indent;
    w.column = indent;
    while (strcspn(text, "\n") > (size_t)(WIDTH - w.column)) {
        const size_t value = find_value(text, &w);
        const size_t cut = value ? value : find_break(text, (size_t)(WIDTH - w.column), &w);
        if (cut == 0)
            break;
        w.column = value ? indent + 4 : line_start(&w, strlen(text + cut + 1));
        strbuf_write(out, text, cut);
        text += cut + 1;
        make_room(&w, text);
        strbuf_printf(out, "\n%*s", w.column, "");
    }
    strbuf_puts(out, text);
}
