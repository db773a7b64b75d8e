/* format.c -- lays the items of a file out in lines.
 *
 *     f(first,              the line breaks are those of the file, and the indentation follows from
 *       second)             the brackets: behind an open one with something behind it, else one
 * level g(                    deeper than its line; a statement's other lines are one level deeper
 * than first)            its first.  A line that is too long is broken where that costs least. */
#include "frontend/format.h"

#include <string.h>

#include "frontend/format_item.h"
#include "frontend/parser.h"

enum { INDENT = 4 };

/* An open bracket. */
typedef struct Level {
    int kind;
    int indent;   /* '{': of the statement that it belongs to; else of the line where it stands */
    int inside;   /* of lines inside */
    bool hanging; /* nothing stands behind it on its line */
} Level;

typedef struct Line {
    int first, end; /* items */
    int indent;
    bool gap;        /* a blank line before it */
    int comment_gap; /* blanks before the comment at its end */
} Line;

typedef struct Layout {
    Arena *arena;
    ItemVec items;
    int *column; /* of each item that is placed */
    Vec(Level) levels;
    Vec(Line) lines;
    int statement; /* where the statement in progress begins */
} Layout;

/* ---- what stands where ---- */

static bool is_closer(int kind)
{
    return kind == ')' || kind == ']' || kind == '}';
}

static bool is_opener(int kind)
{
    return kind == '(' || kind == '[' || kind == '{';
}

/* The next item from i on that is no comment. */
static const Item *next_token(const Layout *l, int i)
{
    while (l->items.data[i].kind == ITEM_COMMENT)
        i++;
    return &l->items.data[i];
}

/* Whether `else` at items[i] goes on behind the `}` before it, comments between them or not. */
static bool is_else_of_block(const Layout *l, int i)
{
    if (l->items.data[i].kind != ELSE)
        return false;
    while (i > 0 && l->items.data[i - 1].kind == ITEM_COMMENT)
        i--;
    return i > 0 && l->items.data[i - 1].kind == '}';
}

/* Whether what stands in the braces at items[i] has lines of its own. */
static bool is_open_block(const Layout *l, int i)
{
    const Item *inside = &l->items.data[i + 1];
    return inside->open || inside->lines_before > 0 || inside->kind == ITEM_COMMENT;
}

static bool breaks_before(const Layout *l, int i)
{
    const Item *before = &l->items.data[i - 1], *item = &l->items.data[i];
    if (before->kind == ITEM_COMMENT)
        return true;
    if (before->kind == '{' && (item->kind == '}' || item->begins))
        return item->kind != '}' && is_open_block(l, i - 1);
    if (item->begins || item->kind == END)
        return true;
    if (item->kind == '}')
        return item->lines_before > 0 || item->open || is_open_block(l, item->partner);
    return item->lines_before > 0 && !is_else_of_block(l, i);
}

/* The items from first on that stand on its line, as the file has them. */
static int line_end(const Layout *l, int first)
{
    int end = first + 1;
    while (l->items.data[end - 1].kind != END && !breaks_before(l, end))
        end++;
    return end;
}

/* ---- columns ---- */

static const Level *top_level(const Layout *l)
{
    static const Level none = {.kind = '{'};
    return l->levels.count > 0 ? &l->levels.data[l->levels.count - 1] : &none;
}

static int indent_of(const Layout *l, int i)
{
    const Item *item = &l->items.data[i];
    const Level *top = top_level(l);
    if (item->kind == '}')
        return top->indent;
    if (top->kind != '{')
        return !is_closer(item->kind) ? top->inside : top->hanging ? top->indent : top->inside - 1;
    const Item *next = next_token(l, i);
    if (next->begins || next->kind == '}' || next->kind == END)
        return top->inside;
    return is_else_of_block(l, (int)(next - l->items.data)) ? l->statement : l->statement + INDENT;
}

/* Sets the columns of a line's items; returns the one behind its last token. */
static int set_columns(Layout *l, int first, int end, int indent)
{
    int column = indent, behind = indent;
    for (int i = first; i < end; i++) {
        if (i > first)
            column +=
                format_spaced(&l->items.data[i - 1], &l->items.data[i]) + l->items.data[i].pad;
        l->column[i] = column;
        column += l->items.data[i].width;
        if (l->items.data[i].kind != ITEM_COMMENT)
            behind = column;
    }
    return behind;
}

/* The column that what hangs behind items[i] is indented from: where its statement begins, or the
 * line, if that is another. */
static int base_of(const Layout *l, int first, int i)
{
    while (i > first && !l->items.data[i].begins)
        i--;
    return l->column[i];
}

/* Where a line would begin that is broken off before items[i]. */
static int indent_if_broken(const Layout *l, int first, int i)
{
    int closed = 0;
    for (int k = i - 1; k >= first; k--) {
        const Item *item = &l->items.data[k];
        if (is_closer(item->kind))
            closed++;
        else if (is_opener(item->kind) && closed-- == 0)
            return k == i - 1 ? base_of(l, first, k) + INDENT : l->column[k] + 1;
        if (item->begins)
            return l->column[k] + INDENT;
    }
    const Level *top = top_level(l);
    return top->kind == '{' ? l->statement + INDENT : top->inside;
}

/* ---- lines ---- */

/* Where to break the line [first, end), which is too long and whose last token ends at `behind`:
 * the cheapest place that fits, the last of those; where none fits the first at all; 0 where there
 * is none.  It costs more if the rest is still too long. */
static int find_break(const Layout *l, int first, int end, int behind)
{
    enum { STILL_TOO_LONG = 8 };
    int best = 0, best_cost = 0, late = 0;
    for (int i = first + 1; i < end; i++) {
        if (l->items.data[i].kind == ITEM_COMMENT)
            break;
        int cost = format_break_cost(&l->items, i);
        const int gained = l->column[i] - indent_if_broken(l, first, i);
        if (cost < 0 || gained <= 0)
            continue;
        if (behind - gained > FORMAT_WIDTH)
            cost += STILL_TOO_LONG;
        if (l->column[i - 1] + l->items.data[i - 1].width > FORMAT_WIDTH)
            late = late ? late : i;
        else if (!best || cost <= best_cost) {
            best = i;
            best_cost = cost;
        }
    }
    return best ? best : late;
}

/* A line is broken before items[at]: the rest goes on with the next line, at items[end], where both
 * belong to one list. */
static void join_lists(Layout *l, int at, int end)
{
    Item *next = &l->items.data[end];
    if (next[-1].kind == ',' && next->kind != ITEM_COMMENT && next->lines_before == 1 &&
        next->depth == l->items.data[at].depth)
        next->lines_before = 0;
}

/* Gives a block that stands on the line [first, end) whole lines of its own; false if there is
 * none. */
static bool open_block(Layout *l, int first, int end)
{
    for (int i = first; i < end; i++) {
        const int partner = l->items.data[i].kind == '{' ? l->items.data[i].partner : 0;
        if (partner > i + 1 && partner < end) {
            l->items.data[i + 1].open = l->items.data[partner].open = true;
            return true;
        }
    }
    return false;
}

static void open_level(Layout *l, int i, bool last, int base)
{
    const int kind = l->items.data[i].kind;
    Level level = {.kind = kind, .indent = kind == '{' ? l->statement : base, .hanging = last};
    level.inside = last ? level.indent + INDENT : l->column[i] + (kind == '{' ? 2 : 1);
    vec_push(l->arena, &l->levels, level);
}

static void add_line(Layout *l, int first, int end, int indent)
{
    Line line = {.first = first, .end = end, .indent = indent, .comment_gap = 1};
    const Item *item = &l->items.data[first];
    const Item *before = first > 0 ? item - 1 : NULL;
    if (before && before->kind == ITEM_COMMENT && first > 1 && before->lines_before == 0)
        before--;
    line.gap =
        item->lines_before > 1 && before && !is_opener(before->kind) && !is_closer(item->kind);
    vec_push(l->arena, &l->lines, line);
}

/* Adds the line [first, end): what it opens and closes counts for those behind it. */
static void place_line(Layout *l, int first, int end, int indent)
{
    int base = indent, last = end - 1;
    while (last > first && l->items.data[last].kind == ITEM_COMMENT)
        last--;
    set_columns(l, first, end, indent);
    add_line(l, first, end, indent);
    for (int i = first; i < end; i++) {
        const Item *item = &l->items.data[i];
        if (item->begins)
            l->statement = base = l->column[i];
        if (is_opener(item->kind))
            open_level(l, i, i == last, base);
        if (!is_closer(item->kind))
            continue;
        const Level closed = l->levels.data[--l->levels.count];
        if (closed.kind == '{')
            l->statement = base = closed.indent;
    }
}

/* Places the items from first on that stand on its line, on several lines if they are too many;
 * returns where the next line begins. */
static int place_items(Layout *l, int first)
{
    const int indent = indent_of(l, first);
    int end = line_end(l, first);
    /* Alignment is for a statement's first line. */
    for (int i = first; i < end && !l->items.data[i].begins; i++)
        l->items.data[i].pad = 0;
    while (set_columns(l, first, end, indent) > FORMAT_WIDTH && open_block(l, first, end))
        end = line_end(l, first);
    const int behind = set_columns(l, first, end, indent);
    if (behind > FORMAT_WIDTH) {
        const int at = find_break(l, first, end, behind);
        if (at)
            join_lists(l, at, end);
        end = at ? at : end;
    }
    place_line(l, first, end, indent);
    return end;
}

/* Comments at the ends of lines that follow each other, in one column, stay in one: as far from the
 * longest line as they were. */
static void align_comments(Layout *l)
{
    const Item *items = l->items.data;
    for (int n = 0; n < l->lines.count;) {
        int widest = 0, gap = 0, k = n;
        const int column = items[l->lines.data[n].end - 1].column;
        for (; k < l->lines.count; k++) {
            const Line *line = &l->lines.data[k];
            const Item *comment = &items[line->end - 1];
            if (comment->kind != ITEM_COMMENT || line->end - line->first < 2 ||
                comment->column != column || (k > n && line->gap))
                break;
            const int behind = set_columns(l, line->first, line->end, line->indent);
            widest = behind > widest ? behind : widest;
            gap = k == n || comment->blanks < gap ? comment->blanks : gap;
        }
        for (int m = n; m < k; m++) {
            Line *line = &l->lines.data[m];
            line->comment_gap =
                widest + (gap > 0 ? gap : 1) - set_columns(l, line->first, line->end, line->indent);
        }
        n = k > n ? k : n + 1;
    }
}

/* ---- text ---- */

static void put_line(StrBuf *out, const Layout *l, const Line *line)
{
    if (line->gap)
        strbuf_putc(out, '\n');
    strbuf_printf(out, "%*s", line->indent, "");
    for (int i = line->first; i < line->end; i++) {
        const Item *item = &l->items.data[i];
        if (i > line->first && item->kind == ITEM_COMMENT)
            strbuf_printf(out, "%*s", line->comment_gap, "");
        else if (i > line->first)
            strbuf_printf(out, "%*s", item->pad + format_spaced(item - 1, item), "");
        strbuf_write(out, item->text, (size_t)item->size);
    }
    strbuf_putc(out, '\n');
}

static void format_items_to(Arena *arena, ItemVec items, StrBuf *out)
{
    Layout l = {.arena = arena, .items = items, .column = arena_array(arena, int, items.count)};
    format_align(arena, &l.items);
    for (int i = 0; items.data[i].kind != END;)
        i = place_items(&l, i);
    align_comments(&l);
    for (int i = 0; i < l.lines.count; i++)
        put_line(out, &l, &l.lines.data[i]);
}

/* ---- the same program? ---- */

static bool same_comments(const ItemVec *a, const ItemVec *b)
{
    int i = 0, k = 0;
    for (;; i++, k++) {
        while (a->data[i].kind != ITEM_COMMENT && a->data[i].kind != END)
            i++;
        while (b->data[k].kind != ITEM_COMMENT && b->data[k].kind != END)
            k++;
        const Item *one = &a->data[i], *two = &b->data[k];
        if (one->kind != two->kind || one->size != two->size ||
            memcmp(one->text, two->text, (size_t)one->size) != 0)
            return false;
        if (one->kind == END)
            return true;
    }
}

static const char *tree_text(Arena *arena, const Ast *ast)
{
    StrBuf text = strbuf_new(arena);
    ast_print(&text, ast);
    return strbuf_text(&text);
}

bool format_source(Arena *arena, const SourceFile *file, Diag *diag, StrBuf *out)
{
    const Ast *ast = ast_parse(arena, file, diag);
    if (diag_error_count(diag) > 0)
        return false;
    const ItemVec items = format_items(arena, file);
    StrBuf text = strbuf_new(arena);
    format_items_to(arena, items, &text);
    /* Nothing that means something else leaves here. */
    Diag *again = diag_new(arena);
    const SourceFile *result = source_new(arena, file->path, strbuf_text(&text), text.length);
    const Ast *ast_again = ast_parse(arena, result, again);
    if (diag_error_count(again) > 0 ||
        strcmp(tree_text(arena, ast), tree_text(arena, ast_again)) != 0)
        ice("gradc fmt would change what '%s' means; it is left as it was", file->path);
    const ItemVec items_again = format_items(arena, result);
    if (!same_comments(&items, &items_again))
        ice("gradc fmt would lose a comment of '%s'; it is left as it was", file->path);
    strbuf_write(out, strbuf_text(&text), text.length);
    return true;
}
