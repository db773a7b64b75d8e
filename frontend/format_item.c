/* format_item.c -- a file as items for the formatter: what they are, which of them touch, and where
 * a line can be broken.
 *
 * The lexer and the token filter say what the tokens are and where statements end; comments are in
 * the gaps between tokens. */
#include "frontend/format_item.h"

#include <string.h>

#include "frontend/parser.h"
#include "support/text.h"

/* ---- from text to items ---- */

typedef struct Itemizer {
    Arena *arena;
    const SourceFile *file;
    ItemVec items;
    uint32_t at;   /* behind the last item */
    int column;    /* there, from 0 */
    Vec(int) open; /* brackets */
} Itemizer;

/* Columns of text that begins in one: a character is one wide, a tab goes on to the next eighth. */
static int columns_of(const char *text, size_t size, int column)
{
    const int before = column;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\t')
            column += 8 - column % 8;
        else if (((unsigned char)text[i] & 0xC0) != 0x80)
            column++;
    }
    return column - before;
}

/* Passes blanks and line ends up to `end` or a comment: how many lines end, and sets *blanks. */
static int skip_blanks(Itemizer *z, uint32_t end, int *blanks)
{
    const char *text = z->file->text;
    int lines = 0;
    *blanks = 0;
    for (; z->at < end && text[z->at] != '#'; z->at++) {
        const char c = text[z->at];
        if (c == '\n' || c == '\r') {
            lines += c == '\n' || text[z->at + 1] != '\n'; /* CRLF ends one line */
            *blanks = z->column = 0;
        } else {
            const int width = columns_of(&c, 1, z->column);
            *blanks += width;
            z->column += width;
        }
    }
    return lines;
}

static Item *add_item(Itemizer *z, int kind, uint32_t end, int lines, int blanks)
{
    const char *text = z->file->text + z->at;
    size_t size = end - z->at;
    const int width = columns_of(text, size, z->column);
    Item item = {.kind = kind, .text = text, .column = z->column, .blanks = blanks, .partner = -1};
    item.lines_before = lines > 2 ? 2 : lines;
    z->at = end;
    z->column += width;
    while (kind == ITEM_COMMENT && size > 0 && strchr(" \t\f\v", text[size - 1]))
        size--;
    item.size = (int)size;
    item.width = columns_of(text, size, item.column);
    vec_push(z->arena, &z->items, item);
    return &z->items.data[z->items.count - 1];
}

/* The comments before the token at `end`; returns the line ends between the last and the token. */
static int take_comments(Itemizer *z, uint32_t end, int *blanks)
{
    int lines = skip_blanks(z, end, blanks);
    while (z->at < end) {
        const size_t size = strcspn(z->file->text + z->at, "\r\n");
        const size_t left = end - z->at;
        add_item(z, ITEM_COMMENT, z->at + (uint32_t)(size < left ? size : left), lines, *blanks);
        lines = skip_blanks(z, end, blanks);
    }
    return lines;
}

static bool is_operand(int kind)
{
    return kind == NAME || kind == INT || kind == FLOAT || kind == STRING || kind == TRUE_ ||
           kind == FALSE_ || kind == ')' || kind == ']';
}

/* The last token before items[i], NULL at the file's begin. */
static const Item *token_before(const ItemVec *items, int i)
{
    while (--i >= 0)
        if (items->data[i].kind != ITEM_COMMENT)
            return &items->data[i];
    return NULL;
}

/* A ':' stands before a type where no bracket is open, and in ( ) behind the name of a parameter.
 */
static bool is_slice(const Itemizer *z, int i)
{
    const int open = z->open.count > 0 ? z->open.data[z->open.count - 1] : -1;
    const int bracket = open >= 0 ? z->items.data[open].kind : '{';
    if (bracket != '(')
        return bracket == '[';
    const Item *name = token_before(&z->items, i);
    const Item *before = token_before(&z->items, (int)(name - z->items.data));
    return name->kind != NAME || !before || (before->kind != '(' && before->kind != ',');
}

/* Depth and partners of brackets. */
static void note_bracket(Itemizer *z, int i)
{
    Item *item = &z->items.data[i];
    if (item->kind == ')' || item->kind == ']' || item->kind == '}') {
        if (z->open.count == 0)
            ice("format: a bracket is closed that is not open");
        item->partner = z->open.data[--z->open.count];
        z->items.data[item->partner].partner = i;
    }
    for (int k = z->open.count - 1; k >= 0 && z->items.data[z->open.data[k]].kind != '{'; k--)
        item->depth++;
    if (item->kind == '(' || item->kind == '[' || item->kind == '{')
        vec_push(z->arena, &z->open, i);
}

static void add_token(Itemizer *z, int kind, Loc loc, bool begins)
{
    int blanks;
    const int lines = take_comments(z, loc.begin, &blanks);
    const Item *before = token_before(&z->items, z->items.count);
    const bool unary = kind == '-' && !(before && is_operand(before->kind));
    Item *item = add_item(z, kind, loc.end, lines, blanks);
    item->begins = begins && kind != '}' && kind != END;
    item->unary = unary;
    note_bracket(z, z->items.count - 1);
    if (kind == ':')
        z->items.data[z->items.count - 1].slice = is_slice(z, z->items.count - 1);
}

ItemVec format_items(Arena *arena, const SourceFile *file)
{
    Itemizer z = {.arena = arena, .file = file, .at = literal_skip_bom(file)};
    Syntax s = {.arena = arena, .file = file, .diag = diag_new(arena)};
    s.filter = token_filter_new(arena);
    lexer_open(&s);
    bool begins = true;
    for (int kind = NEWLINE; kind != END;) {
        YYSTYPE value;
        Loc loc;
        kind = token_next(&value, &loc, &s);
        if (kind == END)
            loc.begin = loc.end = (uint32_t)file->size;
        if (kind != NEWLINE)
            add_token(&z, kind, loc, begins);
        begins = kind == NEWLINE || kind == '{';
    }
    return z.items;
}

/* ---- blanks ---- */

bool format_spaced(const Item *before, const Item *item)
{
    const int a = before->kind, b = item->kind;
    if (b == ITEM_COMMENT)
        return true;
    if ((a == PRINT || a == SAVE) &&
        b == '(') /* print (1 + 2) * 3, and print(x, precision = 2): as it was */
        return item->blanks > 0 || item->lines_before > 0;
    if (b == ',' || b == ')' || b == ']' || a == '(' || a == '[' || a == '.' || b == '.')
        return false;
    if (before->unary || a == DOTDOT || (a == ':' && before->slice) || (b == ':' && !item->slice))
        return false;
    if (b == DOTDOT || (b == ':' && item->slice) || b == '(' || b == '[')
        return !is_operand(a);
    return !(a == '{' && b == '}');
}

/* ---- line breaks ---- */

/* Whether items[i] is in the head of a `def`. */
static bool is_of_def(const ItemVec *items, int i)
{
    while (i > 0 && !items->data[i].begins)
        i--;
    return items->data[i].kind == DEF;
}

int format_break_cost(const ItemVec *items, int i)
{
    enum { DEEPER = 10 };
    const Item *before = &items->data[i - 1], *item = &items->data[i];
    const int depth = item->depth * DEEPER;
    if (item->kind == PIPE || ((item->kind == WITH || item->kind == OVER) && item->depth == 0))
        return depth;
    if (item->kind == ')' || item->kind == ']')
        return -1;
    switch (before->kind) {
    case '=':
        return depth > 0 ? -1 : is_of_def(items, i) ? 1 : 9;
    case ',':
        return depth + 1;
    case OR:
        return depth + 2;
    case AND:
        return depth + 3;
    case '+':
        return depth + 4;
    case '-':
        return before->unary ? -1 : depth + 4;
    case EQ:
    case NE:
    case LE:
    case GE:
    case '<':
    case '>':
        return depth + 5;
    case '*':
    case '/':
    case '@':
    case '%':
    case FLOORDIV:
        return depth + DEEPER + 2; /* a comma in the brackets behind it is better */
    case '(':
    case '[':
        return depth + DEEPER + 5;
    default:
        return -1;
    }
}
