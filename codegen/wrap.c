/* wrap.c -- generated statements in lines of at most 100 columns, broken as people do.
 *
 *     static void k_relu(int64_t batch, const float *restrict v_linear1_product,
 *                        const float *restrict p_linear1_bias, float *restrict v_relu)
 *
 *     const float t_gate =
 *         v_sigmoid[i] * t_long_name
 *         + v_tanh[i] * t_other_long_name;
 *
 * What does not fit is broken where it is bound least: behind ";" and ",", behind "=", before an
 * operator outside of all brackets, the loosest first.  Only a part that has no such place is
 * broken within its brackets: what is in them goes on behind the bracket, or below it where that
 * gives better lines. */
#include <string.h>

#include "codegen/print_expr.h"

enum {
    WIDTH = 100,
    FURTHEST = 48, /* lines begin further right only where they gain by it */
    STEP = 4,
    TRIES = 6,   /* so many brackets deep all ways are tried, the first deeper down, */
    LONG = 2000, /* or in what is so long anyway: a choice of a thousand is brackets in brackets; */
    ENDLESS = 4096 /* lines of that are just filled */
};

typedef struct Span {
    const char *text;
    int length;
} Span;

typedef enum Level {
    LEVEL_SEMICOLON,
    LEVEL_COMMA,
    LEVEL_ASSIGN,
    LEVEL_SELECT,
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_EQUAL,
    LEVEL_LESS,
    LEVEL_SUM,
    LEVEL_PRODUCT,
    LEVEL_NONE /* in one piece, but for its brackets */
} Level;

/* Where a text stands. */
typedef struct Frame {
    int column;  /* at which it begins */
    int goes_on; /* the column of its later lines */
    int trail;   /* the bytes that must follow in its last line */
    int depth;   /* of brackets around it */
    bool subscript;
} Frame;

/* Lines as they are made. */
typedef struct Layout {
    StrBuf text;
    int column; /* of the end */
    int over;   /* columns behind WIDTH, of all lines */
    int cost;   /* of the breaks */
} Layout;

static Layout layout_new(Arena *arena, int column)
{
    return (Layout){.text = strbuf_new(arena), .column = column};
}

static int excess(int column)
{
    return column > WIDTH ? column - WIDTH : 0;
}

static void put(Layout *out, Span span)
{
    strbuf_write(&out->text, span.text, (size_t)span.length);
    out->column += span.length;
}

static void put_layout(Layout *out, const Layout *part)
{
    strbuf_write(&out->text, strbuf_text(&part->text), part->text.length);
    out->column = part->column;
    out->over += part->over;
    out->cost += part->cost;
}

/* A break within a subscript is as bad as three lines more. */
static void put_break(Layout *out, int column, bool subscript)
{
    out->over += excess(out->column);
    out->cost += subscript ? 4 : 1;
    strbuf_printf(&out->text, "\n%*s", column, "");
    out->column = column;
}

static bool is_better(const Layout *a, const Layout *b, int trail)
{
    const int over_a = a->over + excess(a->column + trail);
    const int over_b = b->over + excess(b->column + trail);
    return over_a != over_b ? over_a < over_b : a->cost < b->cost;
}

static Span rest_of(Span span, int from)
{
    return (Span){span.text + from, span.length - from};
}

/* ---- where a text can be broken ---- */

static bool is_word(Span span, const char *word)
{
    return span.length == (int)strlen(word) && memcmp(span.text, word, (size_t)span.length) == 0;
}

/* The word between two blanks, as an operator. */
static Level operator_level(Span word)
{
    static const struct {
        const char *word;
        Level level;
    } operators[] = {
        {"=", LEVEL_ASSIGN},  {"+=", LEVEL_ASSIGN}, {"-=", LEVEL_ASSIGN}, {"*=", LEVEL_ASSIGN},
        {"?", LEVEL_SELECT},  {":", LEVEL_SELECT},  {"||", LEVEL_OR},     {"&&", LEVEL_AND},
        {"==", LEVEL_EQUAL},  {"!=", LEVEL_EQUAL},  {"<", LEVEL_LESS},    {"<=", LEVEL_LESS},
        {">", LEVEL_LESS},    {">=", LEVEL_LESS},   {"+", LEVEL_SUM},     {"-", LEVEL_SUM},
        {"*", LEVEL_PRODUCT}, {"/", LEVEL_PRODUCT}, {"%", LEVEL_PRODUCT}};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (is_word(word, operators[i].word))
            return operators[i].level;
    return LEVEL_NONE;
}

/* What a break at this blank would part; LEVEL_NONE where none may be. */
static Level level_at(Span span, int blank)
{
    if (blank == 0)
        return LEVEL_NONE;
    const char before = span.text[blank - 1];
    if (before == ';' || before == ',')
        return before == ';' ? LEVEL_SEMICOLON : LEVEL_COMMA;
    int start = blank;
    while (start > 0 && span.text[start - 1] != ' ')
        start--;
    if (operator_level((Span){span.text + start, blank - start}) == LEVEL_ASSIGN)
        return LEVEL_ASSIGN;
    int end = blank + 1;
    while (end < span.length && span.text[end] != ' ')
        end++;
    const Level level = end < span.length
                            ? operator_level((Span){span.text + blank + 1, end - blank - 1})
                            : LEVEL_NONE;
    return level == LEVEL_ASSIGN ? LEVEL_NONE : level;
}

static int nesting(char c)
{
    return strchr("([{", c) ? 1 : strchr(")]}", c) ? -1 : 0;
}

/* The next blank outside of brackets at which the text can be broken at this level (or at any, of
 * which *level is told); -1: none. */
static int find_break(Span span, int from, Level wanted, Level *level)
{
    int depth = 0;
    for (int i = from; i < span.length; i++) {
        depth += nesting(span.text[i]);
        if (span.text[i] != ' ' || depth > 0)
            continue;
        *level = level_at(span, i);
        if (*level != LEVEL_NONE && (wanted == LEVEL_NONE || wanted == *level))
            return i;
    }
    return -1;
}

static Level loosest_level(Span span)
{
    Level least = LEVEL_NONE, level;
    for (int at = find_break(span, 0, LEVEL_NONE, &level); at >= 0;
         at = find_break(span, at + 1, LEVEL_NONE, &level))
        least = level < least ? level : least;
    return least;
}

/* ---- lines ---- */

static Layout lay(Arena *arena, Span span, Frame frame);

/* Are there to be several layouts of the text, of which the best is taken? */
static bool tries_all(Span span, Frame frame)
{
    return frame.depth < TRIES && span.length <= LONG;
}

/* In a new line: its operator, and behind it what it is applied to. */
static void put_line(Layout *out, Span part, Frame frame, Level level)
{
    const bool leads = level >= LEVEL_SELECT; /* the operator does */
    const int head = leads ? (int)strcspn(part.text, " ") + 1 : 0;
    put_break(out, frame.goes_on, frame.subscript);
    put(out, (Span){part.text, head});
    frame.column = frame.goes_on = out->column;
    const Layout rest = lay(out->text.arena, rest_of(part, head), frame);
    put_layout(out, &rest);
}

/* Goes on in the line with a part that is too long for any. */
static Layout put_within(const Layout *out, Span part, Frame frame)
{
    Layout within = layout_new(out->text.arena, 0);
    put_layout(&within, out);
    put(&within, (Span){" ", 1});
    frame.column = frame.goes_on = within.column;
    const Layout rest = lay(out->text.arena, part, frame);
    put_layout(&within, &rest);
    return within;
}

static void put_part(Layout *out, Span part, Frame frame, Level level)
{
    if (level <= LEVEL_COMMA && tries_all(part, frame) &&
        frame.goes_on + part.length + frame.trail > WIDTH) {
        const Layout within = put_within(out, part, frame);
        put_line(out, part, frame, level);
        if (is_better(&within, out, frame.trail))
            *out = within;
        return;
    }
    put_line(out, part, frame, level);
}

/* As many parts in a line as it takes; behind what takes several lines itself an operator begins
 * one. */
static Layout lay_parts(Arena *arena, Span span, Frame frame, Level level)
{
    Layout out = layout_new(arena, frame.column);
    if (level == LEVEL_SELECT && frame.goes_on == frame.column)
        frame.goes_on += STEP;
    Level found;
    int from = 0, end = find_break(span, 0, level, &found);
    Frame first = frame;
    first.trail = 0;
    first.goes_on += level >= LEVEL_SELECT ? STEP : 0;
    const Layout head = lay(arena, (Span){span.text, end}, first);
    put_layout(&out, &head);
    bool tall = memchr(strbuf_text(&head.text), '\n', head.text.length) != NULL;
    while (end >= 0) {
        from = end + 1;
        end = find_break(span, from, level, &found);
        const Span part = {span.text + from, (end < 0 ? span.length : end) - from};
        Frame inner = frame;
        inner.trail = end < 0 ? frame.trail : 0;
        /* of a choice all that follows "?" is in a line, or each part in one */
        const int kept =
            level == LEVEL_SELECT ? span.length - from + frame.trail : part.length + inner.trail;
        if (out.column + 1 + kept <= WIDTH && !(tall && level >= LEVEL_SELECT)) {
            put(&out, (Span){part.text - 1, part.length + 1});
            continue;
        }
        const size_t length = out.text.length;
        put_part(&out, part, inner, level);
        const char *added = strbuf_text(&out.text) + length + 1;
        tall = strchr(added, '\n') != NULL;
    }
    return out;
}

/* The longest of the brackets that are in none; false if there are none with anything in them. */
static bool find_brackets(Span span, int *open, int *close)
{
    int depth = 0, longest = 1, start = 0;
    for (int i = 0; i < span.length; i++) {
        const int step = nesting(span.text[i]);
        if (step > 0 && depth == 0)
            start = i;
        depth += step;
        if (step < 0 && depth == 0 && i - start > longest) {
            longest = i - start;
            *open = start;
            *close = i;
        }
    }
    return longest > 1;
}

static Layout lay_within(Arena *arena, Span span, Frame frame, int open, int close, bool below)
{
    Layout out = layout_new(arena, frame.column);
    Frame inner = frame;
    inner.depth++;
    inner.trail = frame.trail + span.length - close;
    inner.subscript |= span.text[open] == '[';
    put(&out, (Span){span.text, open + 1});
    if (below) {
        out.cost += out.column > FURTHEST ? 1 : 3; /* aligned reads better */
        put_break(&out, frame.goes_on + (frame.goes_on == frame.column ? STEP : 0),
                  inner.subscript);
    } else {
        out.cost += out.column > FURTHEST;
    }
    inner.column = inner.goes_on = out.column;
    const Layout content = lay(arena, (Span){span.text + open + 1, close - open - 1}, inner);
    put_layout(&out, &content);
    put(&out, rest_of(span, close));
    return out;
}

/* Broken within its longest brackets. */
static Layout lay_brackets(Arena *arena, Span span, Frame frame)
{
    int open, close;
    if (!find_brackets(span, &open, &close)) {
        Layout out = layout_new(arena, frame.column);
        put(&out, span);
        return out;
    }
    const Layout behind = lay_within(arena, span, frame, open, close, false);
    if (!tries_all(span, frame))
        return behind;
    const Layout below = lay_within(arena, span, frame, open, close, true);
    return is_better(&below, &behind, frame.trail) ? below : behind;
}

typedef enum ValuePlace { VALUE_BEHIND, VALUE_BEHIND_LEFT, VALUE_BELOW } ValuePlace;

/* The value behind its "=", with its later lines aligned there or, where that is one line, further
 * left; or below. */
static Layout lay_value(Arena *arena, Span target, Span value, Frame frame, ValuePlace where)
{
    Frame inner = frame;
    inner.trail = 0;
    Layout out = lay(arena, target, inner);
    if (where == VALUE_BELOW)
        put_break(&out, frame.goes_on, frame.subscript);
    else
        put(&out, (Span){" ", 1});
    inner = frame;
    inner.column = out.column;
    inner.goes_on = where == VALUE_BEHIND_LEFT ? frame.goes_on : out.column;
    const Layout rest = lay(arena, value, inner);
    put_layout(&out, &rest);
    if (where == VALUE_BEHIND ? inner.column > FURTHEST
                              : where == VALUE_BEHIND_LEFT && rest.cost > 1)
        out.cost++;
    return out;
}

static Layout lay_assign(Arena *arena, Span span, Frame frame)
{
    Level level;
    const int end = find_break(span, 0, LEVEL_ASSIGN, &level);
    const Span target = {span.text, end}, value = rest_of(span, end + 1);
    Layout best = lay_value(arena, target, value, frame, VALUE_BELOW);
    if (frame.goes_on + value.length + frame.trail <= WIDTH || value.length > LONG)
        return best;
    for (ValuePlace where = VALUE_BEHIND; where < VALUE_BELOW; where++) {
        const Layout other = lay_value(arena, target, value, frame, where);
        if (is_better(&other, &best, frame.trail))
            best = other;
    }
    return best;
}

static Layout lay(Arena *arena, Span span, Frame frame)
{
    if (frame.column + span.length + frame.trail <= WIDTH) {
        Layout out = layout_new(arena, frame.column);
        put(&out, span);
        return out;
    }
    const Level level = loosest_level(span);
    if (level == LEVEL_NONE)
        return lay_brackets(arena, span, frame);
    if (level == LEVEL_ASSIGN)
        return lay_assign(arena, span, frame);
    return lay_parts(arena, span, frame, level);
}

/* As much in each line as there is room for. */
static void fill(StrBuf *out, Span span, int indent)
{
    int start = 0, last = 0; /* of the line; the last blank at which it can end */
    for (int i = 0; i <= span.length; i++) {
        if (i < span.length && (span.text[i] != ' ' || level_at(span, i) == LEVEL_NONE))
            continue;
        if (indent + STEP + i - start > WIDTH && last > start) {
            strbuf_write(out, span.text + start, (size_t)(last - start));
            strbuf_printf(out, "\n%*s", indent + STEP, "");
            start = last + 1;
        }
        last = i;
    }
    strbuf_write(out, span.text + start, (size_t)(span.length - start));
}

/* Prints statements, each in lines of at most WIDTH where it can be broken. */
void print_c_wrapped(StrBuf *out, const char *text)
{
    Arena *scratch = arena_new();
    while (*text) {
        const int indent = (int)strspn(text, " ");
        const int length = (int)strcspn(text, "\n");
        const Frame frame = {.column = indent, .goes_on = indent + STEP};
        const Span span = {text + indent, length - indent};
        strbuf_printf(out, "%*s", indent, "");
        if (span.length > ENDLESS) {
            fill(out, span, indent);
        } else {
            const Layout lines = lay(scratch, span, frame);
            strbuf_puts(out, strbuf_text(&lines.text));
        }
        text += length;
        if (*text == '\n') {
            strbuf_putc(out, '\n');
            text++;
        }
    }
    arena_free(scratch);
}
